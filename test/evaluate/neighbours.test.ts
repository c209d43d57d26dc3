import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { dotProducts, tileSize } from '../../src-main/evaluate/explanations/dotProducts.ts'
import { nearestLists } from '../../src-main/evaluate/explanations/nearestLists.ts'
import { nearestTo } from '../../src-main/evaluate/explanations/neighbours.ts'
import type { EmbeddingBlock } from '../../src-main/evaluate/explanations/embeddingBlocks.ts'
import { randomStream } from '../../src-main/engine/random.ts'

const golden = JSON.parse(readFileSync(new URL('../goldens/embeddings.json', import.meta.url), 'utf8')) as {
  cases: { name: string; rows: number[][]; nearest: number[][]; distances: number[][] }[]
}

/** Rows of length 1, as the room keeps them. */
function blockOf(rows: readonly (readonly number[])[]): EmbeddingBlock {
  const folders = rows.map((_, row) => `train/${row}`)
  const unit = Float32Array.from(rows.flatMap((row) => row.map((value) => value / (Math.hypot(...row) || 1))))
  return { folders, width: rows[0]!.length, unit, rowOf: new Map(folders.map((folder, row) => [folder, row])) }
}

describe('nearest by cosine', () => {
  it.each(golden.cases)('finds what scikit-learn finds: $name', ({ rows, nearest, distances }) => {
    const block = blockOf(rows)
    for (const row of rows.keys()) {
      const found = nearestTo(block, row, () => true).slice(0, 4)
      expect(found.map(({ folder }) => folder)).toEqual(nearest[row]!.map((other) => `train/${other}`))
      for (const [at, { distance }] of found.entries()) expect(distance).toBeCloseTo(distances[row]![at]!, 6)
    }
  })

  it('is what every angle says, whatever the lengths', () => {
    const vector = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 7, maxLength: 7 }).filter((row) => row.some((value) => value !== 0))
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1, maxLength: 12 }), (rows) => {
        const [first, ...others] = rows as [number[], ...number[][]]
        const angles = others.map((row) => 1 - row.reduce((sum, value, at) => sum + value * first[at]!, 0) / Math.hypot(...row) / Math.hypot(...first))
        const found = nearestTo(blockOf(rows), 0, () => true)
        expect(found.map(({ folder }) => folder).sort()).toEqual(others.map((_, at) => `train/${at + 1}`).sort())
        expect(found.map(({ distance }) => distance)).toEqual(angles.sort((a, b) => a - b).map((angle) => expect.closeTo(angle, 5) as number))
      }),
      { seed: 5 },
    )
  })

  it('leaves out what is not wanted, and knows no distance below 0', () => {
    const found = nearestTo(blockOf([[1, 2, 3], [2, 4, 6], [3, 2, 1], [-1, -2, -3], [0, 0, 0]]), 0, (folder) => folder !== 'train/2')
    expect(found.map(({ folder, distance }) => [folder, Math.round(distance * 1e6) / 1e6])).toEqual([['train/1', 0], ['train/4', 1], ['train/3', 2]])
    expect(found[0]!.distance).toBeGreaterThanOrEqual(0)
  })
})

describe('dot products of all pairs', () => {
  it.each([[1, 1], [3, 5], [63, 7], [64, 8], [65, 440], [130, 33]])('are those of a plain loop: %i rows of %i', (count, width) => {
    const random = randomStream(9, count, width)
    const rows = Float32Array.from({ length: count * width }, () => random.normal())
    const seen = new Float64Array(count * count).fill(NaN)
    for (const { row, column, products } of dotProducts(rows, width))
      for (let i = 0; i < tileSize; i++) for (let j = 0; j < tileSize; j++) if (row + i < count && column + j < count) seen[(row + i) * count + column + j] = products[i * tileSize + j]!
    for (let i = 0; i < count; i++)
      for (let j = i; j < count; j++) {
        let sum = 0
        for (let at = 0; at < width; at++) sum += rows[i * width + at]! * rows[j * width + at]!
        expect(seen[i * count + j]).toBeCloseTo(sum, 3)
      }
  })

  it('of nothing are none', () => expect([...dotProducts(new Float32Array(0), 0)]).toEqual([]))
})

describe('lists of the nearest', () => {
  it('hold the smallest distances in order, whatever order they come in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }), (size, distances) => {
        const lists = nearestLists(2, size)
        for (const [other, distance] of distances.entries()) lists.offer(1, other, distance)
        const sorted = distances.map((distance, other) => [distance, other]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!).slice(0, size)
        expect([lists.length(0), lists.length(1)]).toEqual([0, sorted.length])
        expect(sorted.map((_, at) => [lists.distances[size + at], lists.others[size + at]])).toEqual(sorted)
      }),
      { seed: 7 },
    )
  })
})
