import * as fc from 'fast-check'
import type { Point } from '../../src-main/contract/dataset.ts'

/** A hand whose fingers all go straight up from the wrist, a keypoint every `step` pixels. */
export const straightHand = (x: number, y: number, step: number): Point[] => [[x, y, 0], ...Array.from({ length: 20 }, (_, index): Point => [x, y - step * ((index % 4) + 1), 0])]

/** A hand like one of somebody, about 100 pixels large around (200, 300); without `complete` up to three keypoints other than the wrist may be missing. */
export const someHand = ({ complete = false } = {}): fc.Arbitrary<(Point | null)[]> =>
  fc.record({ noise: fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 63, maxLength: 63 }), missing: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: complete ? 0 : 3 }) }).map(({ noise, missing }) =>
    Array.from({ length: 21 }, (_, index): Point | null => {
      const [finger, joint] = [Math.floor((index - 1) / 4), ((index - 1) % 4) + 1]
      const place = index === 0 ? [200, 300, 0] : [200 + (finger - 2) * 14 * joint, 300 - 27 * joint, -4 * joint]
      return missing.includes(index) ? null : [place[0]! + noise[index * 3]!, place[1]! + noise[index * 3 + 1]!, place[2]! + noise[index * 3 + 2]!]
    }))
