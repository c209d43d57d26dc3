import { flipDirections, type FlipDirection, type FlipMap, type FlipPair, type FlipPartner } from '../contract/crop.ts'
import type { ClassRow } from '../contract/dataset.ts'

/** Which class a mirrored sample shows: pairs of classes by the class table, corrected by hand. */

type Side = 'left' | 'right'

/** A class's partner as the table says it, and other classes that would do. */
type TablePartner = FlipPartner & { candidates: number[] }

const noOverrides: FlipMap = { horizontal: {}, vertical: {} }
const lost: FlipPartner = { partner: null, reason: 'missing' }

/** The classes that can be mirrored and be a partner, by pose id: those of the training folders; while there are none, the whole table. */
export function flipClasses(rows: readonly ClassRow[]): ClassRow[] {
  const trained = rows.filter((row) => row.classIndex !== null)
  return (trained.length > 0 ? trained : [...rows]).sort((a, b) => a.poseId - b.poseId)
}

/**
 * The flip partner of every class. Classes are grouped by name (spaces aside), view and gesture. In a group the left class and the right
 * class are partners; a two-hand class is its own mirror image, unless its name names sides ("right fist left palm"): then its
 * partner is the class with the sides swapped, and without such a class it is not mirrored. A one-hand class without a counterpart keeps
 * its own label. With several counterparts the pair is ambiguous: no partner, and the candidates, likeliest first (the usual distance
 * between the ids of partners), for a person to choose from. Mirrored top to bottom, a class takes the same partner. Overrides win; one
 * that names a class without training folders leaves the class unmirrored, and one of such a class has a row of its own.
 * @returns a row for each class, and for each other one that has an override, by pose id
 */
export function flipPairs(rows: readonly ClassRow[], overrides: FlipMap = noOverrides): FlipPair[] {
  const classes = flipClasses(rows)
  const groups = Map.groupBy(classes, groupKey)
  const automatic = new Map(classes.map((row) => [row.poseId, tablePartner(row, groups)]))
  const distances = pairDistances(automatic, classes)
  const pairs = classes.map((row): FlipPair => {
    const { candidates, ...own } = automatic.get(row.poseId) as TablePartner
    const horizontal = chosen(overrides.horizontal[row.poseId], automatic) ?? own
    const vertical = chosen(overrides.vertical[row.poseId], automatic) ?? { partner: horizontal.partner, reason: 'as-mirrored' }
    const others = own.reason === 'mirror' && own.partner !== null && horizontal !== own ? [own.partner] : candidates
    return described(row, horizontal, vertical, others.toSorted((a, b) => usual(distances, row, b) - usual(distances, row, a) || a - b))
  })
  const known = new Map(rows.map((row) => [row.poseId, row]))
  const gone = new Set(Object.keys({ ...overrides.horizontal, ...overrides.vertical }).map(Number).filter((poseId) => !automatic.has(poseId)))
  const all = [...pairs, ...[...gone].map((poseId) => described({ name: '', hand: '', view: '', gesture: '', ...known.get(poseId), poseId }, lost, lost))]
  const partners = new Map(all.map((pair) => [pair.poseId, pair]))
  for (const pair of all) pair.oneWay = flipDirections.some((direction) => leadsElsewhere(pair, direction, partners))
  return all.sort((a, b) => a.poseId - b.poseId)
}

/** Class index that a mirrored sample of each class index takes; −1 = never mirrored. @param poseIds pose ids by class index */
export function flipTargets(pairs: readonly FlipPair[], poseIds: readonly number[], direction: FlipDirection = 'horizontal'): Int32Array {
  const indexOf = new Map(poseIds.map((poseId, index) => [poseId, index]))
  const partnerOf = new Map(pairs.map((pair) => [pair.poseId, partnerIn(pair, direction).partner]))
  return Int32Array.from(poseIds, (poseId) => {
    const partner = partnerOf.get(poseId)
    return partner === undefined || partner === null ? -1 : (indexOf.get(partner) ?? -1)
  })
}

/** A pair as one direction has it. */
export const partnerIn = (pair: FlipPair, direction: FlipDirection): FlipPartner => (direction === 'horizontal' ? pair : pair.vertical)

function described({ poseId, name, hand, view, gesture }: Pick<FlipPair, 'poseId' | 'name' | 'hand' | 'view' | 'gesture'>, { partner, reason }: FlipPartner, vertical: FlipPartner, candidates: number[] = []): FlipPair {
  return { poseId, name, hand, view, gesture, partner, reason, candidates, vertical, oneWay: false }
}

/** What a person decided; null when nobody did. */
function chosen(override: number | null | undefined, classes: ReadonlyMap<number, unknown>): FlipPartner | null {
  if (override === undefined) return null
  return override === null || classes.has(override) ? { partner: override, reason: 'override' } : lost
}

function leadsElsewhere(pair: FlipPair, direction: FlipDirection, pairs: ReadonlyMap<number, FlipPair>): boolean {
  const { partner } = partnerIn(pair, direction)
  const other = partner === null ? undefined : pairs.get(partner)
  return other !== undefined && partnerIn(other, direction).partner !== pair.poseId
}

function tablePartner(row: ClassRow, groups: ReadonlyMap<string, readonly ClassRow[]>): TablePartner {
  const { poseId, name, hand, view, gesture } = row
  const pair = (partner: number | null, reason: FlipPartner['reason'], candidates: number[] = []): TablePartner => ({ partner, reason, candidates })
  const group = groups.get(groupKey(row)) ?? []
  if (hand === 'left' || hand === 'right') {
    const mates = group.filter((other) => other.hand === opposite(hand))
    const rivals = group.filter((other) => other.hand === hand)
    const mate = mates[0]
    if (!mate) return pair(poseId, 'lone')
    if (mates.length === 1 && rivals.length === 1) return pair(mate.poseId, 'mirror')
    return pair(null, 'ambiguous', mates.map((other) => other.poseId))
  }
  if (hand === 'unknown') return pair(null, 'ambiguous')
  const mirrored = mirroredName(name)
  if (mirrored === null || mirrored === nameParts(name)) return pair(poseId, 'symmetric')
  const named = (parts: string): ClassRow[] => [...groups.values()].flat().filter((other) => other.hand === hand && other.view === view && other.gesture === gesture && nameParts(other.name) === parts)
  const mates = named(mirrored)
  const mate = mates[0]
  if (!mate) return pair(null, 'lone')
  return mates.length === 1 && named(nameParts(name)).length === 1 ? pair(mate.poseId, 'mirror') : pair(null, 'ambiguous', mates.map((other) => other.poseId))
}

const opposite = (side: Side): Side => (side === 'left' ? 'right' : 'left')

const plain = (text: string): string => text.normalize('NFC').replaceAll(/\s+/g, '').toLowerCase()

const groupKey = (row: ClassRow): string => JSON.stringify([plain(row.name), plain(row.view), plain(row.gesture)])

const sideWords: readonly (readonly [string, string])[] = [['왼', '오른'], ['left', 'right']]

/** A name's phrases, each beginning with a side word, in an order that does not depend on which is named first. */
function nameParts(name: string): string {
  const pattern = new RegExp(`(?=${sideWords.flat().join('|')})`)
  return plain(name).split(pattern).sort().join('|')
}

/** `nameParts` of the name with its sides swapped; null when it names no side. */
function mirroredName(name: string): string | null {
  const swap = new Map(sideWords.flatMap(([left, right]) => [[left, right], [right, left]] as const))
  const pattern = new RegExp(sideWords.flat().join('|'), 'g')
  const text = plain(name)
  const swapped = text.replaceAll(pattern, (word) => swap.get(word) ?? word)
  return swapped === text ? null : nameParts(swapped)
}

/** How often partners lie how many ids apart (right − left), by view and gesture. */
function pairDistances(partners: ReadonlyMap<number, FlipPartner>, classes: readonly ClassRow[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const row of classes) {
    const { partner = null, reason } = partners.get(row.poseId) ?? {}
    if (partner === null || reason !== 'mirror') continue
    const key = distanceKey(row, partner)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

const distanceKey = (row: ClassRow, partner: number): string => `${row.view} ${row.gesture} ${row.hand === 'left' ? partner - row.poseId : row.poseId - partner}`

const usual = (distances: ReadonlyMap<string, number>, row: ClassRow, candidate: number): number => distances.get(distanceKey(row, candidate)) ?? 0
