import { describe, expect, it } from 'vitest'
import { keypointDefaults } from '../../src-main/contract/keypoints.ts'
import type { Metric, Run, RunScore, TrainConfig } from '../../src-main/contract/train.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { linearAxis, logarithmicAxis } from '../../src-renderer/charts/axis.ts'
import { extent, readings, type CurveLine } from '../../src-renderer/charts/curveView.ts'
import { createDecimator, type LinePoints } from '../../src-renderer/charts/decimator.ts'
import { niceTicks, stripPoints } from '../../src-renderer/charts/strip.ts'
import { drawnSteps } from '../../src-renderer/pages/train/curves.ts'
import { createFoldCurve } from '../../src-renderer/pages/train/monitor/foldCurve.ts'
import { meanAndSpread } from '../../src-renderer/pages/train/monitor/meanAndSpread.ts'
import { createMetricStore, stepsPerEpoch, type MetricStore } from '../../src-renderer/pages/train/monitor/metricStore.ts'
import { panels, shownPanels, togglePanel } from '../../src-renderer/pages/train/monitor/panels.ts'
import { panelView, stoppingMarks, type PanelLook } from '../../src-renderer/pages/train/monitor/panelView.ts'
import { runDifferences } from '../../src-renderer/pages/train/monitor/runDifferences.ts'
import { createSmoother } from '../../src-renderer/pages/train/monitor/smoothing.ts'
import { foldSpread, sweepGroups } from '../../src-renderer/pages/train/monitor/sweepGroups.ts'
import { rateText } from '../../src-renderer/pages/train/rateText.ts'

const metric = (fold: number, kind: Metric['kind'], step: number, loss: number, more: Partial<Metric> = {}): Metric => ({
  fold, kind, step, loss, epoch: Math.ceil(step / 10), learningRate: 0.001, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationLogLoss: null, validationAccuracy: null, load: null, ...more,
})
const pointsOf = ({ xs, ys, count }: LinePoints): [number, number][] => Array.from({ length: count }, (_, at) => [xs[at] as number, ys[at] as number])
const stored = (store: MetricStore, fold: number, kind: Metric['kind']): [number, number][] => {
  const { steps, count, column } = store.fold(fold)[kind]
  return pointsOf({ xs: steps, ys: column('loss'), count })
}

describe('the points of a run', () => {
  it('an answer and later events join: a point that comes twice is there once', () => {
    const answer = [metric(1, 'step', 4, 3), metric(0, 'step', 4, 3), metric(0, 'step', 8, 2.9), metric(0, 'epoch', 10, 2.95)]
    const store = createMetricStore(answer)
    for (const event of [answer[2] as Metric, answer[3] as Metric, metric(0, 'step', 12, 2.5), metric(0, 'epoch', 20, 2.4)]) store.add(event)
    expect([store.folds, stored(store, 0, 'step'), stored(store, 0, 'epoch'), stored(store, 1, 'step'), store.count]).toEqual([[0, 1], [[4, 3], [8, 2.9], [12, 2.5]], [[10, 2.95], [20, 2.4]], [[4, 3]], 6])
    expect([stepsPerEpoch(store.fold(0)), stepsPerEpoch(store.fold(1))]).toEqual([10, null])
  })

  it('a fold that goes on from a checkpoint leaves no seam: what it had after that is gone, an epoch that it comes to again too', () => {
    const store = createMetricStore([metric(0, 'step', 9, 3), metric(0, 'epoch', 10, 2.9), metric(0, 'step', 14, 2.8), metric(0, 'step', 19, 2.7), metric(0, 'epoch', 20, 2.75), metric(0, 'step', 25, 2.6)])
    store.add(metric(0, 'step', 12, 2.81))
    expect([stored(store, 0, 'step'), stored(store, 0, 'epoch')]).toEqual([[[9, 3], [12, 2.81]], [[10, 2.9]]])
    store.add(metric(0, 'step', 18, 2.71))
    store.add(metric(0, 'epoch', 20, 2.74))
    expect([stored(store, 0, 'step'), stored(store, 0, 'epoch')]).toEqual([[[9, 3], [12, 2.81], [18, 2.71]], [[10, 2.9], [20, 2.74]]])
  })

  it('holds more points than it had room for, with the load where it was measured', () => {
    const load = { cpu: 0.5, memoryBytes: 2 ** 33 + 1, gpu: null, gpuMemoryBytes: null }
    const store = createMetricStore(Array.from({ length: 1000 }, (_, step) => metric(0, 'step', step + 1, 1 / (step + 1), step === 700 ? { load } : {})))
    const { count, column } = store.fold(0).step
    expect([count, column('loss')[999], column('cpu')[700], column('memoryBytes')[700], column('gpu')[700], column('cpu')[699]]).toEqual([1000, 0.001, 0.5, 2 ** 33 + 1, Number.NaN, Number.NaN])
  })
})

describe('smoothing', () => {
  it('is the weighted mean of what came, newer values counting more', () => {
    const smoother = createSmoother(0.6)
    // By the definition: Σ w^(n−i) y_i / Σ w^(n−i).
    const values = [4, 1, 3]
    const expected = values.map((_, n) => values.slice(0, n + 1).reduce((sum, y, i) => sum + 0.6 ** (n - i) * y, 0) / values.slice(0, n + 1).reduce((sum, _y, i) => sum + 0.6 ** (n - i), 0))
    const smoothed = values.map((value) => smoother.next(value))
    expect(smoothed.map((value) => value.toFixed(12))).toEqual(expected.map((value) => value.toFixed(12)))
    expect(smoother.next(Number.NaN)).toBeNaN()
    expect([createSmoother(0).next(7), Array.from({ length: 50 }, () => 2).map((value) => createSmoother(0.98).next(value)).every((value) => Math.abs(value - 2) < 1e-12)]).toEqual([7, true])
  })

  it('follows a growing fold as if it had been there all at once, and begins anew where points went away', () => {
    const points = Array.from({ length: 700 }, (_, at) => metric(0, 'step', at + 1, Math.sin(at * at)))
    const [growing, whole] = [createMetricStore(), createMetricStore(points)]
    const curve = createFoldCurve(growing.fold(0).step, 'loss')
    for (const [at, point] of points.entries()) {
      growing.add(point)
      if (at % 37 === 0) curve.follow(0.9)
    }
    growing.add(metric(0, 'step', 650, 5))
    growing.add(metric(0, 'step', 651, 6))
    for (const store of [whole]) for (const point of [metric(0, 'step', 650, 5), metric(0, 'step', 651, 6)]) store.add(point)
    curve.follow(0.9)
    const anew = createFoldCurve(whole.fold(0).step, 'loss')
    anew.follow(0.9)
    expect([pointsOf(curve.smooth), pointsOf(curve.exact.smooth)]).toEqual([pointsOf(anew.smooth), pointsOf(anew.exact.smooth)])
    expect(pointsOf(curve.exact.raw).slice(-2)).toEqual([[650, 5], [651, 6]])
  })
})

describe('a decimated line', () => {
  it('keeps every spike, the order of the points and the ends, however many there are', () => {
    const line = createDecimator(64)
    for (let x = 0; x < 10_000; x++) line.add(x, x === 4321 ? 9 : x === 7000 ? -9 : Math.sin(x / 50))
    const points = pointsOf(line)
    expect([points.length <= 128, points.length >= 64]).toEqual([true, true])
    expect(points.filter(([, y]) => Math.abs(y) > 1)).toEqual([[4321, 9], [7000, -9]])
    expect(points.map(([x]) => x)).toEqual(points.map(([x]) => x).toSorted((a, b) => a - b))
    expect([(points[0]?.[0] ?? -1) < 200, (points.at(-1)?.[0] ?? 0) > 9800]).toEqual([true, true])
  })

  it('is the line itself while it is short', () => {
    const line = createDecimator(8)
    const given: [number, number][] = [[1, 3], [2, 1], [4, 2], [5, 2]]
    for (const [x, y] of given) line.add(x, y)
    expect(pointsOf(line)).toEqual(given.flatMap((point) => [point, point]))
    line.clear()
    expect(line.count).toBe(0)
  })
})

const run = (more: Partial<Omit<Run, 'config'>> & { config?: Partial<TrainConfig> } = {}): Run => ({
  id: 1, name: 'one', created: '', splitId: 1, state: 'running', secondsLeft: null, objects: null, sweep: null, madeFrom: null,
  provenance: { dataHash: '', editsHash: '', recipeHash: '', splitHash: '', version: '', machine: '', engine: null },
  folds: [0, 1].map((fold) => ({ fold, state: 'training', epoch: 3, epochs: 10, bestLogLoss: null, bestAccuracy: null, imagesPerSecond: null, secondsLeft: null, message: null, trainFrames: 40, validationFrames: 10, bestEpoch: null, failure: null, device: null, restarts: 0, carriedFrom: null })),
  ...more,
  config: { ...trainConfig.parse({ epochs: 10, batchSize: 4 }), ...more.config },
})
const look: PanelLook = { smoothing: 0, xUnit: 'epoch', logarithmic: false, only: null, foldsOfOthers: false, textColour: '#fff', words: { mean: 'mean', fold: (fold) => `fold ${fold}`, processor: (of) => of } }
const epochsOf = (fold: number, logLosses: number[]): Metric[] => logLosses.map((validationLogLoss, at) => metric(fold, 'epoch', 10 * (at + 1), 3, { validationLogLoss }))
const drawn = (line: CurveLine | undefined): [number, number][] => (line === undefined ? [] : pointsOf(line.points).map(([x, y]) => [x * line.xScale, y]))

describe('a panel', () => {
  it('draws folds over epochs with their mean and spread, and over steps when asked', () => {
    const store = createMetricStore([...epochsOf(0, [2, 1]), ...epochsOf(1, [4])])
    const view = panelView(panels.logLoss, { run: run(), store, colour: '#000' }, [], look)
    const lines = Object.fromEntries(view.lines.map((line) => [line.name, line.exact === undefined ? [] : pointsOf(line.exact).map(([x, y]) => [x * line.xScale, y])]))
    expect([lines, view.lines.at(-1)?.band, view.xMax]).toEqual([{ 'fold 0': [[1, 2], [2, 1]], 'fold 1': [[1, 4]], mean: [[1, 3]] }, expect.objectContaining({ lows: [2], highs: [4] }), 10])
    const steps = panelView(panels.logLoss, { run: run(), store, colour: '#000' }, [], { ...look, xUnit: 'step' })
    expect([steps.xMax, drawn(steps.lines.at(-1))]).toEqual([100, [[10, 3]]])
    expect(panelView(panels.logLoss, { run: run({ folds: [] }), store, colour: '#000' }, [], look).xMax).toBe(2)
  })

  it('one fold alone: no mean, and nothing is read from the others', () => {
    const store = createMetricStore([...epochsOf(0, [2, 1]), ...epochsOf(1, [4])])
    const { lines } = panelView(panels.logLoss, { run: run(), store, colour: '#000' }, [], { ...look, only: 1 })
    expect(readings(lines, 1, 0.5).map(({ name, y }) => [name, y])).toEqual([['fold 1', 4]])
  })

  it('of compared runs the means are dashed, on demand their folds too', () => {
    const [mine, theirs] = [createMetricStore(epochsOf(0, [2])), createMetricStore([...epochsOf(0, [1]), ...epochsOf(1, [3])])]
    const other = { run: run({ id: 2, name: 'two' }), store: theirs, colour: '#abc' }
    const dashed = (foldsOfOthers: boolean): unknown => panelView(panels.logLoss, { run: run(), store: mine, colour: '#000' }, [other], { ...look, foldsOfOthers }).lines.filter((line) => line.dashed).map(({ name, colour }) => [name, colour])
    expect([dashed(false), dashed(true)]).toEqual([[['two', '#abc']], [['fold 0', '#abc'], ['fold 1', '#abc'], ['two', '#abc']]])
  })

  it('the loss is pale by step with each epoch’s mean over it; smoothed, the steps are; where steps were hardly noted, epochs alone', () => {
    const steps = Array.from({ length: 20 }, (_, at) => metric(0, 'step', at + 1, at % 2))
    const dense = createMetricStore([...steps.slice(0, 10), metric(0, 'epoch', 10, 0.5), ...steps.slice(10), metric(0, 'epoch', 20, 0.25)])
    const widths = (store: MetricStore, smoothing: number): number[] => panelView(panels.loss, { run: run(), store, colour: '#000' }, [], { ...look, smoothing }).lines.map(({ exact }) => exact?.count ?? 0)
    expect([widths(dense, 0), widths(dense, 0.9), widths(createMetricStore([steps[0] as Metric, metric(0, 'epoch', 10, 0.5)]), 0)]).toEqual([[0, 2], [0, 20], [1]])
  })

  it('marks the best epoch on its curve, and where a fold without a better one stops or stopped', () => {
    const store = createMetricStore(epochsOf(0, [2, 1, 1.5]))
    const words = { best: (fold: number, epoch: number, logLoss: number) => `best ${fold} ${epoch} ${logLoss}`, stops: (fold: number, epoch: number) => `stops ${fold} ${epoch}`, stopped: (fold: number, epoch: number) => `stopped ${fold} ${epoch}` }
    const [fold] = run().folds
    const marks = (more: object, patience: number): unknown => stoppingMarks({ run: run({ folds: [{ ...fold!, bestEpoch: 2, ...more }], config: { patience } }), store, colour: '' }, look, words).map(({ title, x, y }) => [title, x, y])
    expect([marks({}, 0), marks({}, 3), marks({ state: 'done', epoch: 5 }, 3), marks({ bestEpoch: null }, 3)]).toEqual([
      [['best 0 2 1', 2, 1]],
      [['best 0 2 1', 2, 1], ['stops 0 5', 5, undefined]],
      [['best 0 2 1', 2, 1], ['stopped 0 5', 5, undefined]],
      [],
    ])
  })

  it('panels are chosen up to the room there is: one more takes the place of the least wanted', () => {
    const chosen = ['logLoss', 'loss', 'accuracy', 'speed', 'memory'] as const
    expect(shownPanels(chosen, 4)).toEqual(['logLoss', 'accuracy', 'loss', 'speed'])
    expect([togglePanel(chosen, 'load', 4), togglePanel(chosen, 'loss', 4), togglePanel(['loss'], 'loss', 4), togglePanel(['loss'], 'load', 4)]).toEqual([['logLoss', 'loss', 'accuracy', 'load', 'speed', 'memory'], ['logLoss', 'accuracy', 'speed'], ['loss'], ['loss', 'load']])
  })
})

describe('a chart', () => {
  const line = (points: [number, number][], more: Partial<CurveLine> = {}): CurveLine => {
    const all = { xs: points.map(([x]) => x), ys: points.map(([, y]) => y), count: points.length }
    return { name: 'a', colour: '#000', points: all, exact: all, xScale: 1, width: 1, opacity: 1, ...more }
  }

  it('reads of each line the nearest point within reach', () => {
    const lines = [line([[1, 10], [2, 20], [4, 40]]), line([[10, 1], [20, 2]], { name: 'b', xScale: 0.1 }), line([[1, 5]], { name: 'far' }), line([[3, 1]], { name: 'silent', exact: undefined }), line([], { name: 'empty' })]
    expect(readings(lines, 2.6, 0.7).map(({ name, x, y }) => [name, x, y])).toEqual([['a', 2, 20], ['b', 2, 2]])
  })

  it('reaches from the lowest to the highest of what is drawn, on a logarithmic axis above zero only', () => {
    const lines = [line([[1, 0], [2, 5]], { band: { lows: [-1, 4], highs: [1, 6] } }), line([[1, 0.5]])]
    expect([extent({ lines, logarithmic: false }), extent({ lines, logarithmic: true }), extent({ lines: [], logarithmic: false })]).toEqual([[-1, 6], [0.5, 5], null])
  })

  it('has round ticks, within its ends', () => {
    const { low, high, ticks } = linearAxis([0.13, 2.31], { low: 0, count: 4 })
    expect([low, high, ticks]).toEqual([0, 3, [0, 1, 2, 3]])
    expect(linearAxis([0, 1], { low: 0, high: 1, count: 4 }).ticks).toEqual([0, 0.5, 1])
    expect([linearAxis([2, 2], { count: 3 }).share(2) >= 0, logarithmicAxis([0.01, 100], 5).ticks, logarithmicAxis([0.9, 4], 5).ticks]).toEqual([true, [0.01, 0.1, 1, 10, 100], [1, 2, 3, 4]])
  })

  it('draws the mean where at least two folds were measured, in parts of as many', () => {
    const folds = [{ xs: [1, 2, 3], ys: [2, 1, 3], count: 3 }, { xs: [1, 2], ys: [4, 3], count: 2 }, { xs: [1, 3], ys: [6, Number.NaN], count: 2 }]
    const spread = Math.sqrt(8 / 3)
    expect(meanAndSpread(folds)).toEqual([{ xs: [1], ys: [4], lows: [4 - spread], highs: [4 + spread], count: 1 }, { xs: [2], ys: [2], lows: [1], highs: [3], count: 1 }])
  })
})

describe('runs beside each other', () => {
  it('list the settings in which they differ, and no others', () => {
    const config = (more: object): TrainConfig => trainConfig.parse({ name: 'x', ...more })
    expect(runDifferences([config({ name: 'a', crop: { margin: 50 } }), config({ name: 'b', flipRatio: 0.3, testMargins: [20, 40] })])).toEqual([
      { key: 'crop.margin', values: ['50', ''] },
      { key: 'testMargins', values: ['', '20, 40'] },
      { key: 'flipRatio', values: ['', '0.3'] },
    ])
    expect(runDifferences([config({ name: 'a' }), config({ name: 'b' })])).toEqual([])
  })

  it('that see different things differ in what says something to both', () => {
    const pictures = trainConfig.parse({ ...keypointDefaults, epochs: 7, imageSize: 96, flipRatio: 0.3, crop: { wristExtra: 100 }, keypoints: { place: true } })
    const hands = trainConfig.parse({ model: 'keypoint_linear', augment: { scale: 0.2, rotateDegrees: 20 } })
    expect(runDifferences([pictures, hands]).map(({ key }) => key)).toEqual(['model', 'epochs', 'flipRatio', 'augment.rotateDegrees'])
    expect(runDifferences([hands, { ...hands, imageSize: 96, keypoints: { place: true } }])).toEqual([{ key: 'keypoints.place', values: ['', 'true'] }])
  })

  it('of a sweep are grouped by the one key in which they differ', () => {
    const score = (runId: number, sweep: RunScore['sweep']): RunScore => ({ runId, sweep }) as RunScore
    const grid = [[0.1, 1], [0.3, 1], [0.1, 2], [0.3, 2]].map(([flipRatio, seed], at) => score(at, { id: 's', values: { flipRatio: flipRatio!, seed: seed! } }))
    const groups = sweepGroups([...grid.toReversed(), score(9, null), score(10, { id: 'alone', values: { seed: 1 } })])
    expect(groups.map(({ key, rest, points }) => [key, rest, points.map(({ value, score: { runId } }) => [value, runId])])).toEqual([
      ['flipRatio', { seed: 2 }, [[0.1, 2], [0.3, 3]]],
      ['seed', { flipRatio: 0.3 }, [[1, 1], [2, 3]]],
      ['seed', { flipRatio: 0.1 }, [[1, 0], [2, 2]]],
      ['flipRatio', { seed: 1 }, [[0.1, 0], [0.3, 1]]],
    ])
  })

  it('have the standard deviation of their folds as spread', () => {
    const perFold = [1, 3].map((logLoss, fold) => ({ fold, sequence: { logLoss, accuracy: 0, count: 1 } }))
    expect([foldSpread({ perFold }), foldSpread({ perFold: perFold.slice(1) })]).toEqual([1, null])
  })
})

it('writes learning rates as people do, and asks for no more steps of a schedule than are drawn', () => {
  expect([0, 0.005, 0.01, 1e-4, 5e-6, 3.21e-5, 1].map(rateText)).toEqual(['0', '0.005', '0.01', '1e-4', '5e-6', '3.2e-5', '1'])
  expect([drawnSteps(50, 300), drawnSteps(3, 20), drawnSteps(10_000, 300)]).toEqual([30, 20, 1])
})

describe('a strip plot', () => {
  it('marks values on the wrong side of the threshold, which itself counts as moving', () => {
    const values = [{ id: 'a', value: 4, title: '' }, { id: 'b', value: 5, title: '' }]
    expect([stripPoints(values, 5, 'lower').map(({ wrong }) => wrong), stripPoints(values, 5, 'upper').map(({ wrong }) => wrong)]).toEqual([[false, true], [true, false]])
  })

  it('chooses round ticks from zero', () => {
    expect([niceTicks(231, 5), niceTicks(0.9, 4), niceTicks(34.34, 3)]).toEqual([[0, 50, 100, 150, 200], [0, 0.5], [0, 20]])
  })
})
