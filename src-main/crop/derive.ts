import { partnerIn } from '../augment/flipMap.ts'
import { apply, invert, rotation, type Matrix3 } from '../augment/projective.ts'
import type { BoxedFrame, Derivation, DerivedTransform, FlipPair } from '../contract/crop.ts'
import type { FrameRecord, Point } from '../contract/dataset.ts'
import { handBoxes, keypointBox, unionBox, wholeFrame, type FrameSize } from './geometry.ts'

/** A frame's derived picture: its size and hands, and where in the frame it comes from. */
export interface DerivedFrame extends BoxedFrame {
  /** Picture → frame, pixels. */
  toFrame: Matrix3
}

/**
 * The pictures that a transform makes of a sequence's readable frames, with the keypoints moved along. A picture has its frame's size. All
 * frames are turned about one point, the middle of all the sequence's keypoints (of the frame where there are none), so that motion stays rigid.
 */
export function derivedFrames(frames: readonly FrameRecord[], transform: DerivedTransform): DerivedFrame[] {
  const readable = frames.flatMap(({ number, width, height, unreadable, points, erased }) => (width === null || height === null || unreadable !== null ? [] : [{ number, width, height, points, erased }]))
  const middle = middleOf(readable)
  return readable.map(({ number, width, height, points, erased }) => {
    const toPicture = pictureMatrix(transform, { width, height }, middle)
    const moved = points.map(([x, y, z]): Point => [...apply(toPicture, [x, y]), z])
    return { frame: number, width, height, hands: handBoxes(moved, erased), toFrame: invert(toPicture) }
  })
}

function pictureMatrix(transform: DerivedTransform, { width, height }: FrameSize, middle: readonly [number, number] | null): Matrix3 {
  switch (transform.kind) {
    case 'mirror':
      return [-1, 0, width, 0, 1, 0, 0, 0, 1]
    case 'upside-down':
      return [1, 0, 0, 0, -1, height, 0, 0, 1]
    case 'rotate':
      return rotation(transform.degrees, middle ?? [width / 2, height / 2])
  }
}

function middleOf(frames: readonly (FrameSize & { points: readonly Point[]; erased: readonly number[] })[]): [number, number] | null {
  const box = unionBox(frames.flatMap(({ points, erased }) => keypointBox(points, erased) ?? [])) ?? (frames[0] ? wholeFrame(frames[0]) : null)
  return box && [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2]
}

/**
 * Class of what a transform makes of a class's samples: it follows from the class, the transform and the flip map alone and is written nowhere,
 * so no sample can carry another's.
 * @returns null where the class is not mirrored so
 */
export function derivedPoseId(poseId: number, transform: DerivedTransform, pairs: readonly FlipPair[]): number | null {
  if (transform.kind === 'rotate') return poseId
  const pair = pairs.find((other) => other.poseId === poseId)
  return pair ? partnerIn(pair, transform.kind === 'mirror' ? 'horizontal' : 'vertical').partner : null
}

/** A transform's text, the same for the same transform: `mirror`, `rotate -30`. */
export const transformKey = (transform: DerivedTransform): string => (transform.kind === 'rotate' ? `rotate ${transform.degrees}` : transform.kind)

/** A derivation's text, the same for the same parent and transform. */
export const derivationKey = ({ parent, transform }: Derivation): string => `${parent} ${transformKey(transform)}`
