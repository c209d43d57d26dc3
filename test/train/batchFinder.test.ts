import { describe, expect, it } from 'vitest'
import { trainConfig } from '../../src-main/contract/train.ts'
import { measureBatch, searchBatch, type BatchMeasure } from '../../src-main/train/batchFinder.ts'
import { estimatedBytes, smallerAdvice } from '../../src-main/train/memory.ts'

/** A machine where a batch takes 100 bytes and 10 more for each picture. */
const measured = (batch: number): BatchMeasure => ({ batch, imagesPerSecond: batch / (1 + batch), peakBytes: 100 + 10 * batch })
async function tried(limitBytes: number, measure: (batch: number) => BatchMeasure | null = measured, largest = 1024) {
  const batches: number[] = []
  const search = await searchBatch({ limitBytes, largest, measure: async (batch) => (batches.push(batch), measure(batch)) })
  return { batches, fits: search.fitting.map(({ batch }) => batch), end: search.end }
}

describe('the search for a batch size', () => {
  it('does not begin what the two batches before say is hopeless', async () => {
    expect(await tried(200)).toEqual({ batches: [1, 2, 4, 8], fits: [1, 2, 4, 8], end: { batch: 16, reason: 'estimate', bytes: 260 } })
  })
  it('ends where memory ran out, or where it was more than expected', async () => {
    expect(await tried(1e9, (batch) => (batch > 4 ? null : measured(batch)))).toEqual({ batches: [1, 2, 4, 8], fits: [1, 2, 4], end: { batch: 8, reason: 'out-of-memory', bytes: null } })
    const jump = (batch: number): BatchMeasure => ({ ...measured(batch), peakBytes: batch < 8 ? 100 : 999 })
    expect(await tried(500, jump)).toEqual({ batches: [1, 2, 4, 8], fits: [1, 2, 4], end: { batch: 8, reason: 'limit', bytes: 999 } })
  })
  it('without figures of memory goes on to the largest', async () => {
    expect(await tried(1, (batch) => ({ ...measured(batch), peakBytes: null }), 8)).toEqual({ batches: [1, 2, 4, 8], fits: [1, 2, 4, 8], end: null })
  })
  it('measures real steps in a process of their own, and survives one that takes too much', async () => {
    const probe = { config: trainConfig.parse({ imageSize: 32, threads: 1 }), batch: 2, classes: 5 }
    const { signal } = new AbortController()
    const fits = await measureBatch({ ...probe, limitBytes: 64 * 2 ** 30 }, signal)
    expect([fits?.batch, (fits?.imagesPerSecond ?? 0) > 0, fits?.peakBytes === null || (fits?.peakBytes ?? 0) > 2 ** 26]).toEqual([2, true, true])
    expect(await measureBatch({ ...probe, limitBytes: 2 ** 26 }, signal)).toBe(null)
    await expect(measureBatch({ ...probe, limitBytes: 64 * 2 ** 30, config: { ...probe.config, model: 'resnet50' } }, signal)).rejects.toThrow('resnet50')
  })
})

describe('the estimate of memory', () => {
  const winner = trainConfig.parse({ model: 'regnety_040', imageSize: 288 })
  it.each([
    { what: 'RegNetY-4.0GF 288 px, batch 16', config: winner, gib: 4.62 },
    { what: 'the same in two parts', config: { ...winner, accumulate: 2 }, gib: 3.07 },
    { what: 'the same in four', config: { ...winner, accumulate: 4 }, gib: 2.15 },
    { what: 'RegNetY-400MF 128 px, batch 64', config: trainConfig.parse({ model: 'regnety_004', imageSize: 128, batchSize: 64 }), gib: 1.56 },
  ])('is near what was measured: $what', ({ config, gib }) => {
    expect(Math.abs(estimatedBytes(config) / 2 ** 30 / gib - 1)).toBeLessThan(0.25)
  })
  it('leads to more parts, as long as there can be more', () => {
    const advice = [winner, { ...winner, accumulate: 12 }, { ...winner, accumulate: 16 }].map((config) => /accumulate=\d+/.exec(smallerAdvice(config))?.[0])
    expect(advice).toEqual(['accumulate=2', 'accumulate=16', undefined])
  })
})
