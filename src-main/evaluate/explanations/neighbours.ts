import type { EmbeddingBlock } from './embeddingBlocks.ts'

/** Cosine distance of two sequences from their cosine: 0 (the same direction) … 2; rounding never takes it below 0. */
export const cosineDistance = (cosine: number): number => Math.max(0, 1 - cosine)

/** Cosine distances of a sequence to all others of the block that are wanted, nearest first; equals in the block's order. */
export function nearestTo(block: EmbeddingBlock, row: number, wanted: (folder: string) => boolean): { folder: string; distance: number }[] {
  const { unit, width, folders } = block
  const own = Float64Array.from(unit.subarray(row * width, (row + 1) * width))
  const found: { folder: string; distance: number }[] = []
  for (const [other, folder] of folders.entries()) {
    if (other === row || !wanted(folder)) continue
    found.push({ folder, distance: cosineDistance(dotFrom(unit, other * width, own)) })
  }
  return found.sort((a, b) => a.distance - b.distance)
}

/** Dot product of a vector with the numbers from `start` on, in four sums: one alone waits for itself. */
function dotFrom(numbers: Float32Array, start: number, vector: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = vector.length & ~3
  for (let at = 0; at < whole; at += 4) {
    s0 += vector[at]! * numbers[start + at]!
    s1 += vector[at + 1]! * numbers[start + at + 1]!
    s2 += vector[at + 2]! * numbers[start + at + 2]!
    s3 += vector[at + 3]! * numbers[start + at + 3]!
  }
  for (let at = whole; at < vector.length; at++) s0 += vector[at]! * numbers[start + at]!
  return s0 + s1 + s2 + s3
}
