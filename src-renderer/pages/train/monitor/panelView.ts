import type { Run } from '../../../../src-main/contract/train.ts'
import type { CurveLine, CurveMark, CurveView } from '../../../charts/curveView.ts'
import type { LinePoints } from '../../../charts/decimator.ts'
import { foldColour } from '../foldColours.ts'
import { createFoldCurve, type FoldCurve } from './foldCurve.ts'
import { meanAndSpread } from './meanAndSpread.ts'
import { stepsPerEpoch, type FoldTracks, type MetricStore } from './metricStore.ts'
import type { Measure, MetricTrack } from './metricTrack.ts'
import type { PanelKind } from './panels.ts'
import type { XUnit } from './useCurveSettings.ts'

export interface DrawnRun {
  run: Run
  store: MetricStore
  colour: string
}

export interface PanelLook {
  smoothing: number
  xUnit: XUnit
  logarithmic: boolean
  /** The fold that is looked at alone. */
  only: number | null
  foldsOfOthers: boolean
  textColour: string
  words: {
    mean: string
    fold: (fold: number) => string
    processor: (of: 'cpu' | 'gpu') => string
  }
}

const curvesOfTrack = new WeakMap<MetricTrack, Map<Measure, FoldCurve>>()

/** A fold's curve of a measure as it is now. It is kept as long as the points are, so that only new ones are looked at. */
function curveOf(track: MetricTrack, measure: Measure, smoothing: number): FoldCurve {
  const known = curvesOfTrack.get(track) ?? new Map<Measure, FoldCurve>()
  curvesOfTrack.set(track, known)
  const curve = known.get(measure) ?? createFoldCurve(track, measure)
  known.set(measure, curve)
  curve.follow(smoothing)
  return curve
}

/** Steps of a fold's epoch: as its points say, else as planned. */
export function epochSteps({ config, folds }: Run, fold: number, tracks: FoldTracks): number {
  const frames = folds.find((row) => row.fold === fold)?.trainFrames ?? 0
  return stepsPerEpoch(tracks) ?? Math.max(1, Math.ceil(frames / config.batchSize))
}

/** Where an epoch is over before a second step was noted, single steps say nothing. */
const dense = ({ step, epoch }: FoldTracks): boolean => step.count >= 2 * epoch.count

/** The lines of one fold: its curve, pale behind it what it smooths. */
function foldLines(kind: PanelKind, { run, store }: DrawnRun, fold: number, look: PanelLook): CurveLine[] {
  const tracks = store.fold(fold)
  const xScale = look.xUnit === 'epoch' ? 1 / epochSteps(run, fold, tracks) : 1
  const aside = look.only !== null && look.only !== fold
  const steps = kind.measured !== 'epoch' && dense(tracks)
  // Single steps are too many to follow by eye: unsmoothed, the epochs' means are.
  const track = steps && (kind.measured === 'step' || look.smoothing > 0) ? tracks.step : tracks.epoch
  const behind = steps && kind.measured === 'both' ? tracks.step : look.smoothing > 0 ? track : null
  const crowded = kind.measured === 'epoch' && look.only === null && store.folds.length > 1
  return kind.measures.flatMap(({ measure, of }): CurveLine[] => {
    const curve = curveOf(track, measure, look.smoothing)
    const name = of === undefined ? look.words.fold(fold) : `${look.words.fold(fold)} · ${look.words.processor(of)}`
    const shared = { name, colour: foldColour(fold), xScale, dashed: of === 'gpu' }
    const pale: CurveLine[] = behind === null || aside ? [] : [{ ...shared, points: curveOf(behind, measure, look.smoothing).raw, width: 1, opacity: 0.28 }]
    if (curve.smooth.count === 0) return pale
    return [...pale, { ...shared, points: curve.smooth, width: crowded ? 1.2 : 1.6, opacity: aside ? 0.15 : crowded ? 0.85 : 1, exact: aside ? undefined : curve.exact.smooth, exactRaw: look.smoothing > 0 && !aside ? curve.exact.raw : undefined }]
  })
}

/** A measure's epochs, fold by fold, over whole epochs. */
function byEpoch({ store }: DrawnRun, measure: Measure, smoothing: number): LinePoints[] {
  return store.folds.map((fold) => {
    const { epoch } = store.fold(fold)
    const { ys, count } = curveOf(epoch, measure, smoothing).exact.smooth
    return { xs: epoch.epochs, ys, count }
  })
}

function meanLine(kind: PanelKind, drawn: DrawnRun, look: PanelLook, line: Pick<CurveLine, 'name' | 'colour' | 'dashed'>): CurveLine[] {
  const measure = kind.measures[0]?.measure ?? 'loss'
  const curves = byEpoch(drawn, measure, look.smoothing)
  const first = drawn.store.folds[0]
  if (first === undefined) return []
  const xScale = look.xUnit === 'epoch' ? 1 : epochSteps(drawn.run, first, drawn.store.fold(first))
  if (curves.length === 1 && line.dashed === true) return curves.map((points): CurveLine => ({ ...line, xScale, points, exact: points, width: 2, opacity: 1 }))
  const parts = meanAndSpread(curves)
  const exact = { xs: parts.flatMap(({ xs }) => xs), ys: parts.flatMap(({ ys }) => ys), count: parts.reduce((sum, { count }) => sum + count, 0) }
  return parts.map((points, index): CurveLine => ({ ...line, xScale, points, exact: index === 0 ? exact : undefined, width: 2.2, opacity: 1, band: points }))
}

/** What a panel shows of a run, and of others beside it: their means dashed, on demand each of their folds. */
export function panelView(kind: PanelKind, drawn: DrawnRun, others: readonly DrawnRun[], given: PanelLook): CurveView {
  const look = kind.planned === true ? { ...given, smoothing: 0 } : given
  const folds = drawn.store.folds
  const lines = folds.flatMap((fold) => foldLines(kind, drawn, fold, look))
  const overEpochs = kind.measured !== 'step'
  const mean = kind.measured === 'epoch' && look.only === null ? meanLine(kind, drawn, look, { name: look.words.mean, colour: look.textColour }) : []
  const beside = others.flatMap((other): CurveLine[] => {
    const theirs = look.foldsOfOthers || !overEpochs ? other.store.folds.flatMap((fold) => foldLines(kind, other, fold, { ...look, only: null })) : []
    const faint = theirs.map((line): CurveLine => ({ ...line, exact: undefined, exactRaw: undefined, colour: other.colour, dashed: true, width: 1, opacity: overEpochs ? line.opacity * 0.45 : line.opacity }))
    return [...faint, ...(overEpochs ? meanLine(kind, other, look, { name: other.run.name, colour: other.colour, dashed: true }) : [])]
  })
  return {
    lines: [...lines, ...mean, ...beside],
    marks: [],
    xMin: 0,
    xMax: lastX(drawn, others, look),
    yMin: kind.yMin,
    yMax: kind.yMax,
    logarithmic: look.logarithmic && kind.logarithmic === true,
  }
}

/** To the last planned epoch while it runs, then as far as it came; as far as any of the others. */
function lastX(drawn: DrawnRun, others: readonly DrawnRun[], { xUnit }: PanelLook): number {
  const reached = ({ run, store }: DrawnRun): number => {
    const running = run.folds.some(({ state }) => state === 'queued' || state === 'preparing' || state === 'training')
    return running ? run.config.epochs : Math.max(1, ...store.folds.map((fold) => lastEpoch(run, fold, store.fold(fold))))
  }
  return Math.max(...[drawn, ...others].map((each) => {
    const first = each.store.folds[0] ?? each.run.folds[0]?.fold ?? 0
    return reached(each) * (xUnit === 'epoch' ? 1 : epochSteps(each.run, first, each.store.fold(first)))
  }))
}

function lastEpoch(run: Run, fold: number, tracks: FoldTracks): number {
  const { step, epoch } = tracks
  return Math.max(epoch.count === 0 ? 0 : (epoch.epochs[epoch.count - 1] as number), step.count === 0 ? 0 : (step.steps[step.count - 1] as number) / epochSteps(run, fold, tracks))
}

/** The best epoch of each fold as a ring on its log loss, and where a fold without a better one stops, or stopped. */
export function stoppingMarks({ run, store }: DrawnRun, { only, xUnit }: Pick<PanelLook, 'only' | 'xUnit'>, words: { best: (fold: number, epoch: number, logLoss: number) => string; stops: (fold: number, epoch: number) => string; stopped: (fold: number, epoch: number) => string }): CurveMark[] {
  return run.folds.flatMap(({ fold, bestEpoch, epoch, epochs, state }): CurveMark[] => {
    if (bestEpoch === null || bestEpoch === undefined || (only !== null && only !== fold)) return []
    const tracks = store.fold(fold)
    const scale = xUnit === 'epoch' ? 1 : epochSteps(run, fold, tracks)
    const colour = foldColour(fold)
    const at = tracks.epoch.epochs.subarray(0, tracks.epoch.count).lastIndexOf(bestEpoch)
    const logLoss = at < 0 ? Number.NaN : (tracks.epoch.column('validationLogLoss')[at] as number)
    const best: CurveMark[] = Number.isFinite(logLoss) ? [{ x: bestEpoch * scale, y: logLoss, colour, title: words.best(fold, bestEpoch, logLoss) }] : []
    if (run.config.patience === 0) return best
    if (state === 'done' && epoch < epochs) return [...best, { x: epoch * scale, colour, height: 0.2, title: words.stopped(fold, epoch) }]
    const limit = bestEpoch + run.config.patience
    return state === 'training' && limit < epochs ? [...best, { x: limit * scale, colour, dashed: true, height: 0.2, title: words.stops(fold, limit) }] : best
  })
}
