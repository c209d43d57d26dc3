import type { CurveLine, CurveMark } from '../../../charts/curveView.ts'
import { drawnSteps } from '../curves.ts'
import { stepsPerEpoch } from './metricStore.ts'
import type { MetricTrack } from './metricTrack.ts'
import { epochSteps, type DrawnRun } from './panelView.ts'
import type { XUnit } from './useCurveSettings.ts'

/** Steps per epoch with which a run's planned learning rate is asked for. */
export function plannedSteps({ run: { config, folds }, store }: DrawnRun): number {
  const frames = folds.find(({ trainFrames }) => trainFrames > 0)?.trainFrames ?? 0
  const known = store.folds[0] === undefined ? null : stepsPerEpoch(store.fold(store.folds[0]))
  return drawnSteps(config.epochs, Math.round(known ?? Math.ceil(frames / config.batchSize)) || 20)
}

/** The newest step that a track knows of; 0 before the first. */
const lastStep = ({ steps, count }: MetricTrack): number => (count === 0 ? 0 : (steps[count - 1] as number))

/** The learning rate as it is planned, as far as `xMax`, and where the folds that train now are. */
export function plannedRate({ run, store }: DrawnRun, rates: readonly number[], perEpoch: number, { xUnit, xMax }: { xUnit: XUnit; xMax: number }, words: { planned: string; now: string }): { line: Omit<CurveLine, 'colour'>; marks: Omit<CurveMark, 'colour'>[] } {
  const first = store.folds[0] ?? run.folds[0]?.fold ?? 0
  const scale = xUnit === 'epoch' ? 1 : epochSteps(run, first, store.fold(first))
  const points = { xs: rates.map((_, step) => (step + 1) / perEpoch), ys: rates, count: Math.min(rates.length, Math.floor((xMax / scale) * perEpoch)) }
  const marks = run.folds.flatMap(({ fold, state }) => {
    const { step, epoch } = store.fold(fold)
    // Where an epoch is over in no time, single steps are hardly noted.
    const last = Math.max(lastStep(step), lastStep(epoch))
    if (state !== 'training' || last === 0) return []
    return [{ x: xUnit === 'epoch' ? last / epochSteps(run, fold, store.fold(fold)) : last, title: words.now }]
  })
  return { line: { name: words.planned, points, exact: points, xScale: scale, width: 1.2, opacity: 1, dashed: true }, marks }
}
