import type { Run } from '../../../../src-main/contract/train.ts'
import type { CurveLine, CurveMark } from '../../../charts/curveView.ts'
import { drawnSteps } from '../curves.ts'
import { epochSteps, type DrawnRun } from './panelView.ts'
import type { XUnit } from './useCurveSettings.ts'

/** Steps per epoch with which a run's planned learning rate is asked for. */
export function plannedSteps({ config, folds }: Run): number {
  const frames = folds.find(({ trainFrames }) => trainFrames > 0)?.trainFrames ?? 0
  return drawnSteps(config.epochs, Math.ceil(frames / config.batchSize) || 20)
}

/** The learning rate as it is planned, as far as `xMax`, and where the folds that train now are. */
export function plannedRate({ run, store }: DrawnRun, rates: readonly number[], stepsPerEpoch: number, { xUnit, xMax }: { xUnit: XUnit; xMax: number }, words: { planned: string; now: string }): { line: Omit<CurveLine, 'colour'>; marks: Omit<CurveMark, 'colour'>[] } {
  const first = store.folds[0] ?? run.folds[0]?.fold ?? 0
  const scale = xUnit === 'epoch' ? 1 : epochSteps(run, first, store.fold(first))
  const points = { xs: rates.map((_, step) => step / stepsPerEpoch), ys: rates, count: Math.min(rates.length, Math.floor((xMax / scale) * stepsPerEpoch) + 1) }
  const marks = run.folds.flatMap(({ fold, state }) => {
    const { step } = store.fold(fold)
    const last = step.steps[step.count - 1]
    if (state !== 'training' || step.count === 0 || last === undefined) return []
    return [{ x: xUnit === 'epoch' ? last / epochSteps(run, fold, store.fold(fold)) : last, title: words.now }]
  })
  return { line: { name: words.planned, points, exact: points, xScale: scale, width: 1.2, opacity: 1, dashed: true }, marks }
}
