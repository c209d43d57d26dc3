import { apply, invert, type Matrix3 } from '../../../../src-main/augment/projective.ts'
import type { DerivedTransform } from '../../../../src-main/contract/crop.ts'
import type { FrameRecord, Point } from '../../../../src-main/contract/dataset.ts'
import type { HandSide, HandType } from '../../../../src-main/contract/hand.ts'
import { derivedFrames } from '../../../../src-main/crop/derive.ts'

/** How a frame's picture is drawn: frame → picture, pixels; null for a frame that cannot be read. */
export function pictureMatrix(frames: readonly FrameRecord[], frame: number, transform: DerivedTransform): Matrix3 | null {
  const found = derivedFrames(frames, transform).find((derived) => derived.frame === frame)
  return found === undefined ? null : invert(found.toFrame)
}

/** An affine map as SVG writes it. */
export const svgMatrix = ([a, b, c, d, e, f]: Matrix3): string => `matrix(${[a, d, b, e, c, f].join(' ')})`

export const movedPoints = (points: readonly Point[], matrix: Matrix3): Point[] => points.map(([x, y, z]) => [...apply(matrix, [x, y]), z])

/** A map that turns a picture over: then a left hand looks like a right one. */
export const isReflection = ([a, b, , d, e]: Matrix3): boolean => a * e - b * d < 0

const opposite = { left: 'right', right: 'left', both: 'both', unknown: 'unknown' } as const
export const seenHand = (hand: HandType, matrix: Matrix3): HandType => (isReflection(matrix) ? opposite[hand] : hand)
export const seenSides = (sides: readonly HandSide[] | undefined, matrix: Matrix3): readonly HandSide[] | undefined => (sides !== undefined && isReflection(matrix) ? sides.map((side) => opposite[side]) : sides)
