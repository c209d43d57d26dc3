import { visibilityFlags } from './coco.ts'
import type { SaidRow } from './frameChanges.ts'
import { own, quote, type Properties } from './readJson.ts'

/** A hand as an annotation of a COCO file has it. */
export interface CocoHand {
  id: number | null
  /** Which hand of the frame it is, where the file says so. */
  hand: number | null
  /** By keypoint 0–20; one that cannot be read, or that the file's category does not have, is left out. */
  keypoints: Map<number, SaidRow>
  /** By row of the frame: where an erased keypoint was. */
  erasedPlaces: Map<number, NonNullable<SaidRow['place']>>
}

const isFinite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/**
 * @param order which of our keypoints each of the annotation's is; undefined when its category is not a hand's
 * @returns null when the annotation cannot be used; `report` says why
 */
export function readCocoHand(annotation: Properties, order: readonly number[] | undefined, report: (message: string) => void): CocoHand | null {
  const list = own(annotation, 'keypoints')
  if (!order) {
    report(`Its category ${quote(own(annotation, 'category_id'))} has not the 21 keypoints of a hand. The annotation was not used.`)
    return null
  }
  if (!Array.isArray(list) || list.length !== 3 * order.length) {
    report(`There is ${quote(list)} where ${3 * order.length} numbers (x, y, v of ${order.length} keypoints) should be. The annotation was not used.`)
    return null
  }
  const depths = depthsOf(own(annotation, 'z'), order.length, report)
  const keypoints = new Map<number, SaidRow>()
  const unreadable: number[] = []
  for (const [index, keypoint] of order.entries()) {
    const [x, y, v]: unknown[] = list.slice(3 * index, 3 * index + 3)
    if (v === visibilityFlags.erased) keypoints.set(keypoint, { visibility: 'erased', place: null })
    else if (isFinite(x) && isFinite(y) && (v === visibilityFlags.hidden || v === visibilityFlags.visible)) keypoints.set(keypoint, { visibility: v === visibilityFlags.hidden ? 'hidden' : 'visible', place: { x, y, z: depths?.[index] ?? null } })
    else unreadable.push(index)
  }
  if (unreadable.length > 0) report(`Keypoints ${unreadable.join(', ')} are not x, y in numbers with v = 0, 1 or 2, and left as they are.`)
  if (keypoints.size === 0) return null
  const hand = own(annotation, 'hand')
  const id = own(annotation, 'id')
  return { id: isFinite(id) ? id : null, hand: Number.isInteger(hand) && (hand as number) >= 0 && (hand as number) < 50 ? (hand as number) : null, keypoints, erasedPlaces: erasedPlaces(own(annotation, 'erased_data'), report) }
}

function depthsOf(list: unknown, length: number, report: (message: string) => void): number[] | null {
  if (list === undefined || list === null) return null
  if (Array.isArray(list) && list.length === length && list.every(isFinite)) return list
  report(`"z" is not a list of ${length} numbers; it was not used.`)
  return null
}

function erasedPlaces(list: unknown, report: (message: string) => void): CocoHand['erasedPlaces'] {
  const places: CocoHand['erasedPlaces'] = new Map()
  if (list === undefined || list === null) return places
  for (const entry of Array.isArray(list) ? (list as unknown[]) : [list]) {
    const [row, x, y, z]: unknown[] = Array.isArray(entry) ? entry : []
    if (Number.isInteger(row) && isFinite(x) && isFinite(y) && isFinite(z)) places.set(row as number, { x, y, z })
    else report(`${quote(entry)} in "erased_data" is not [row, x, y, z]. It was not used.`)
  }
  return places
}
