import { describe, expect, it } from 'vitest'
import { trainConfig } from '../../src-main/contract/train.ts'
import { forkCompute } from '../../src-main/train/computeProcess.ts'
import { findBatchFit, measureSteps, searchBatch } from '../../src-main/train/batchFinder.ts'
import { estimatedBytes, smallerAdvice } from '../../src-main/train/memory.ts'

type BatchMeasure = NonNullable<Awaited<ReturnType<Parameters<typeof searchBatch>[0]['measure']>>>

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
  it('tries the largest too, where it is no power of two', async () => {
    expect(await tried(1e9, measured, 24)).toEqual({ batches: [1, 2, 4, 8, 16, 24], fits: [1, 2, 4, 8, 16, 24], end: null })
  })
})

describe('a trial in a process of its own', () => {
  const config = trainConfig.parse({ imageSize: 32, threads: 1, batchSize: 6, accumulate: 2 })
  const { signal } = new AbortController()
  it('takes real steps of the config, and tells of time, memory and how far it is', async () => {
    const stages: [number, number][] = []
    const found = await measureSteps(forkCompute, config, 5, null, signal, (...stage) => stages.push(stage))
    if (!found) throw new Error('It did not fit.')
    const { device, steps, secondsPerStep, imagesPerSecond, compileSeconds, peakBytes, memoryBytes, freeMemoryBytes } = found
    expect({ stages, steps: steps >= 2, images: imagesPerSecond * secondsPerStep, compiled: compileSeconds > 0, memory: freeMemoryBytes > 0 && freeMemoryBytes <= memoryBytes, peak: device !== 'CPU' || ((peakBytes ?? 0) > 2 ** 26 && (peakBytes ?? 0) < memoryBytes) }).toEqual({
      stages: [[1, 3], [2, 3], [3, 3]], steps: true, images: expect.closeTo(6, 6) as number, compiled: true, memory: true, peak: true,
    })
  })
  it('says which batches fit, and in how many parts the config’s own does', async () => {
    const asked: number[][] = []
    const fit = await findBatchFit(forkCompute, config, 5, 64 * 2 ** 30, signal, (...progress) => asked.push(progress))
    expect({ asked, fits: fit.fitting.map(({ batch }) => batch), batchSize: fit.batchSize, accumulate: fit.accumulate, limit: fit.limitBytes, end: fit.end }).toEqual({
      asked: [[0, 4, 1], [1, 4, 2], [2, 4, 4], [3, 4, 6]], fits: [1, 2, 4, 6], batchSize: 6, accumulate: 1, limit: 64 * 2 ** 30, end: null,
    })
  })
  it('is survived when it takes too much, and says why it cannot be', async () => {
    expect(await findBatchFit(forkCompute, config, 5, 2 ** 26, signal)).toEqual({ fitting: [], limitBytes: 2 ** 26, batchSize: null, accumulate: null, end: { batch: 1, reason: 'out-of-memory', bytes: null } })
    await expect(measureSteps(forkCompute, { ...config, model: 'resnet50' }, 5, null, signal)).rejects.toThrow('resnet50')
    await expect(measureSteps(forkCompute, config, 5, null, AbortSignal.abort())).rejects.toMatchObject({ kind: 'interrupted' })
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
