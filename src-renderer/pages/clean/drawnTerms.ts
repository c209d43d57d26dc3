import type { RegionCondition } from '../../../src-main/contract/annotation.ts'
import type { Box } from '../../../src-main/contract/crop.ts'
import { regionBoxes } from '../../editor/regionBoxes.ts'
import type { Size } from '../../editor/viewport.ts'

/**
 * The half-planes that meet in a box. A side at the frame's border is left open, so that points beyond it are in the region too.
 * @param scale rule pixels per frame pixel
 */
export function termOfBox({ x0, y0, x1, y1 }: Box, frame: Size, scale: number): RegionCondition[] {
  const sides: readonly [axis: RegionCondition['axis'], relation: RegionCondition['relation'], place: number, open: boolean][] = [
    ['x', '>', x0, x0 <= 0],
    ['x', '<', x1, x1 >= frame.width],
    ['y', '>', y0, y0 <= 0],
    ['y', '<', y1, y1 >= frame.height],
  ]
  const term = sides.flatMap(([axis, relation, place, open]): RegionCondition[] => (open ? [] : [{ axis, relation, value: Math.round(place * scale) }]))
  // The whole frame: everything from beyond its left border on.
  return term.length > 0 ? term : [{ axis: 'x', relation: '>', value: -1 }]
}

/** Which term each of the drawn boxes stands for: terms that mean no part of the frame have none. */
export function termsOfBoxes(terms: readonly RegionCondition[][], frame: Size, referenceWidth: number | undefined): number[] {
  return terms.flatMap((term, at) => (regionBoxes({ terms: [term], ...(referenceWidth !== undefined && { referenceWidth }) }, frame).length > 0 ? [at] : []))
}
