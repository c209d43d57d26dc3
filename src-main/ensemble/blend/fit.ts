import { negativeLogLikelihood } from '../../evaluate/metrics.ts'
import { fitClassWeights, leastClassSequences } from './classWeights.ts'
import { mix, type Shares } from './mix.ts'
import type { BlendTable } from './table.ts'
import { fitTemperature, withTemperature } from './temperature.ts'
import { fitWeights } from './weights.ts'

/** A blend: temperatures and shares, one a member. */
export interface BlendFit extends Shares {
  temperatures: readonly number[]
}

/** Smallest probability of an answer that weights are fitted to: 0 would say that a member can never be right. */
const smallest = 1e-15

/** Standard errors that weights of single classes must be better by. */
const standardErrors = 2

/** A sequence's rows with their temperatures, one a member. */
export const calibratedRows = ({ logs }: BlendTable, { temperatures }: Pick<BlendFit, 'temperatures'>, sequence: number): (Float64Array | null)[] =>
  logs.map((rows, member) => {
    const row = rows[sequence]
    return row ? withTemperature(row, temperatures[member] as number) : null
  })

/** A sequence's probabilities in a blend, [classes]. */
export const blended = (table: BlendTable, fit: BlendFit, sequence: number): Float64Array => mix(calibratedRows(table, fit, sequence), fit, table.poseIds.length)

/**
 * Fits a blend: each member's temperature by itself, then the weights of the members so calibrated, then weights of single classes.
 *
 * These last are many numbers from few sequences. So a class gets them only with 8 sequences or more, they are pulled to the shared weights, and they are used (all or
 * none) only where they lower the log loss by two standard errors on sequences that they were not fitted on: that is tried among the parts of the given sequences alone, so this choice too is
 * made without the sequences that it is scored on.
 * @param sequences positions of those to fit on
 */
export function fitBlend(table: BlendTable, sequences: readonly number[]): BlendFit {
  const shared = fitShared(table, sequences)
  if (table.logs.length < 2 || ownClasses(table, sequences).length === 0) return shared
  return classesGain(table, sequences) ? { ...shared, perClass: fitOwn(table, shared, sequences) } : shared
}

/** For each part of the sequences given, the positions in it and in the others. */
export function heldOut(table: BlendTable, sequences: readonly number[]): { part: number; held: number[]; others: number[] }[] {
  const byPart = Map.groupBy(sequences, (sequence) => table.parts[sequence] as number)
  return [...byPart].map(([part, held]) => ({ part, held, others: sequences.filter((sequence) => table.parts[sequence] !== part) }))
}

function fitShared(table: BlendTable, sequences: readonly number[]): BlendFit {
  const temperatures = table.logs.map((rows) => {
    const speaking = sequences.filter((sequence) => rows[sequence] !== null)
    return fitTemperature(speaking.map((sequence) => rows[sequence] as Float64Array), speaking.map((sequence) => table.answers[sequence] as number))
  })
  const answered = sequences.map((sequence) => calibratedRows(table, { temperatures }, sequence).map((row) => row && Math.max(row[table.answers[sequence] as number] ?? 0, smallest)))
  return { temperatures, weights: fitWeights(answered, table.logs.length), perClass: new Map() }
}

function ownClasses(table: BlendTable, sequences: readonly number[]): number[] {
  const counts = Map.groupBy(sequences, (sequence) => table.answers[sequence] as number)
  return [...counts].flatMap(([index, of]) => (index >= 0 && of.length >= leastClassSequences ? [index] : [])).sort((a, b) => a - b)
}

const fitOwn = (table: BlendTable, shared: BlendFit, sequences: readonly number[]): Map<number, number[]> =>
  fitClassWeights(sequences.map((sequence) => ({ rows: calibratedRows(table, shared, sequence), answer: table.answers[sequence] as number })), shared.weights, ownClasses(table, sequences))

function classesGain(table: BlendTable, sequences: readonly number[]): boolean {
  const parts = heldOut(table, sequences)
  if (parts.length < 2) return false
  const gains = parts.flatMap(({ held, others }) => {
    const shared = fitShared(table, others)
    const own = { ...shared, perClass: fitOwn(table, shared, others) }
    const loss = (fit: BlendFit, sequence: number): number => negativeLogLikelihood(blended(table, fit, sequence)[table.answers[sequence] as number] ?? 0)
    return held.map((sequence) => loss(shared, sequence) - loss(own, sequence))
  })
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (gains.length - 1)
  return mean > 1e-9 && mean > standardErrors * Math.sqrt(variance / gains.length)
}
