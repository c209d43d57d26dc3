import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClassifier } from '../../src-main/train/classifier.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import type { RateJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { testRates } from '../../src-main/train/rateLoop.ts'
import { divergenceWatch, lossSmoother, rateSearchOf, testedRate } from '../../src-main/train/rateTest.ts'
import { tinyJob } from './tinyJob.ts'

/** Losses over rates from 1e-5 to 10, as a function of log10(rate). */
const curve = (lossAt: (power: number) => number, steps = 121) => Array.from({ length: steps }, (_, step) => {
  const learningRate = testedRate({ from: 1e-5, to: 10, steps }, step)
  return { learningRate, loss: lossAt(Math.log10(learningRate)) }
})

describe('a learning-rate range test', () => {
  it('smooths: constant losses stay, and the third of 1, 2, 4 is their weighted mean', () => {
    const constant = lossSmoother()
    expect([3, 3, 3].map(constant)).toEqual([3, 3, 3].map((loss) => expect.closeTo(loss, 12)))
    const smooth = lossSmoother()
    // Weights 0.081, 0.09 and 0.1 of 0.271.
    expect([1, 2, 4].map(smooth)[2]).toBeCloseTo((0.081 * 1 + 0.09 * 2 + 0.1 * 4) / 0.271, 12)
  })
  it('goes from the first rate to the last in equal ratios', () => {
    expect([0, 1, 2].map((step) => testedRate({ from: 1e-4, to: 1e-2, steps: 3 }, step))).toEqual([1e-4, 1e-3, 1e-2].map((rate) => expect.closeTo(rate, 12)))
    expect(testedRate({ from: 1e-4, to: 1e-2, steps: 1 }, 0)).toBe(1e-4)
  })
  it('suggests a tenth of where the loss is lowest, and finds where it falls most steeply before', () => {
    // Falls around 10^-3 (steepest there), lowest at 10^-1, rises after.
    const { steepest, suggested, end, points } = rateSearchOf(curve((power) => 4 - 3 / (1 + Math.exp(-4 * (power + 3))) + (power > -1 ? (power + 1) * 20 : 0)), true)
    const lowest = points.reduce((best, point) => (point.loss < best.loss ? point : best))
    // The average lags by about nine steps of a twentieth of a decade.
    expect([Math.log10(steepest ?? 0), Math.log10(lowest.learningRate)]).toEqual([expect.closeTo(-2.6, 0), expect.closeTo(-1, 0)])
    expect([suggested, end, (steepest ?? 1) < lowest.learningRate]).toEqual([Number((lowest.learningRate / 10).toPrecision(2)), 'diverged', true])
  })
  it('ends at its last step where the loss falls to the end, and suggests a tenth of that', () => {
    const { suggested, end } = rateSearchOf(curve((power) => 2 - power / 10), false)
    expect([suggested, end]).toEqual([1, 'last-step'])
  })
  it.each([
    ['rises from the start', curve((power) => 5 + power)],
    ['stays where it is', curve(() => 2)],
    ['has too few points', curve((power) => 5 - power, 2)],
    ['has none', []],
  ])('suggests nothing where the loss %s', (_, points) => {
    const { steepest, suggested, points: smoothed } = rateSearchOf(points, false)
    expect([steepest, suggested, smoothed.length]).toEqual([null, null, points.length])
  })
  it('has diverged when the smoothed loss is over four times its lowest', () => {
    const diverged = divergenceWatch()
    const losses = [...Array.from({ length: 30 }, () => 1), 10, 20, 40]
    // Smoothed 1.94, 3.85, 7.8 after the ones.
    expect(losses.map(diverged).lastIndexOf(false)).toBe(31)
  })
})

describe('the process', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'handloom-rate-'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  async function tested(changes: Partial<RateJob>, losses?: (step: number) => number): Promise<ComputeMessage[]> {
    const { explanations: _, ...job } = tinyJob(root)
    const said: ComputeMessage[] = []
    const crops = openCrops(job.shards, job.shardSize)
    await testRates({ ...job, kind: 'rate', steps: 12, from: 1e-4, to: 1e-2, ...changes }, {
      crops,
      report: (message) => void said.push(message),
      stopRequested: () => null,
      async createClassifier(options) {
        const classifier = await createClassifier(options)
        return losses ? { ...classifier, step: (batch, rate, step) => ({ ...classifier.step(batch, rate, step), loss: losses(step) }) } : classifier
      },
    })
    crops.close()
    return said
  }
  const rates = (said: readonly ComputeMessage[]) => said.flatMap((message) => (message.type === 'rate' ? [message] : []))

  it('takes as many steps as asked over as many epochs as they need, tells each and keeps nothing', async () => {
    const said = await tested({})
    expect([said[0]?.type, said.at(-1)?.type, rates(said).map(({ step, steps, learningRate }) => [step, steps, learningRate])]).toEqual([
      'started', 'done', Array.from({ length: 12 }, (_, step) => [step + 1, 12, expect.closeTo(1e-4 * 100 ** (step / 11), 10)]),
    ])
    expect(await readdir(root)).toEqual(['crops-1.rgb'])
  })
  it('begins with the loss that training begins with', async () => {
    const [first] = rates(await tested({}))
    // A head whose weights are near zero knows nothing.
    expect(first?.loss).toBeCloseTo(Math.log(3), 1)
  })
  it('ends where training diverges, by its loss or when that is no number any more', async () => {
    const rising = rates(await tested({}, (step) => (step < 6 ? 1 : 1000)))
    expect(rising.length).toBe(7)
    const said = await tested({ steps: 200, from: 1, to: 1e12 })
    expect([rates(said).length < 200, said.at(-1)?.type]).toEqual([true, 'done'])
  })
})
