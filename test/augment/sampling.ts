import type { Position } from '../../src-main/augment/projective.ts'

export const rounded = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 1e9) / 1e9 + 0)

/** Where ImageProjectiveTransformV3 takes output pixel (x, y) from. */
export function sampled([a0 = 0, a1 = 0, a2 = 0, b0 = 0, b1 = 0, b2 = 0, c0 = 0, c1 = 0]: readonly number[], [x, y]: Position): number[] {
  const k = c0 * x + c1 * y + 1
  return rounded([(a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k])
}
