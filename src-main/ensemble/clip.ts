import { HandloomError } from '../contract/errors.ts'

/** Probabilities are written as whole numbers of 10⁻¹⁵. */
export const units = 1e15

/** How many units a probability must have to be `least` or more. */
export const unitsOf = (least: number): number => Math.ceil(Number((least * units).toPrecision(15)))

/** @throws HandloomError `bad-request` when so many probabilities of at least `clip` are more than 1 together */
export function requireRoomFor(clip: number, columns: number): void {
  if (unitsOf(clip) * columns > units)
    throw new HandloomError('bad-request', `${columns} probabilities cannot all be at least ${clip}: together they would be more than 1. Choose a clip of at most ${Math.floor(1e6 / columns) / 1e6}.`)
}

/**
 * Raises what is below `least` to it; the others share what is left in their old proportions, and one that would fall below by that is raised too. Of all vectors without
 * an entry below `least` this one has the lowest expected log loss if the given one is right.
 * @param row probabilities, sum 1
 * @param least at most 1 / length
 */
export function raiseTo(row: Float64Array, least: number): { row: Float64Array; raised: number } {
  const raised = new Set<number>()
  for (;;) {
    const rest = row.reduce((sum, value, index) => (raised.has(index) ? sum : sum + value), 0)
    const scale = (1 - raised.size * least) / rest
    const before = raised.size
    for (const [index, value] of row.entries()) if (value * scale < least) raised.add(index)
    if (raised.size === before) return { row: row.map((value, index) => (raised.has(index) ? least : value * scale)), raised: before }
  }
}
