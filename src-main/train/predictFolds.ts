import type { PredictionRow, TrainRoom } from '../contract/rooms.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import { regionOf } from '../crop/geometry.ts'
import { foldLists } from './foldLists.ts'
import type { JobSequence } from './job.ts'
import { foldSequences } from './keypointLists.ts'
import { inRunFolder, predictByFolds, predictPlanned, type PredictDeps, type PredictInput } from './predictFrames.ts'
import type { RunPlan } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'
import { testRecipes } from './testViews.ts'

type FoldPredictions = Awaited<ReturnType<TrainRoom['predictFolds']>>

/**
 * What each fold says of the frames that it validates and of the test frames, as the run was made, looked at by other views than its config's.
 * @throws HandloomError `interrupted`, `no-engine`, `out-of-memory`
 */
export async function predictFolds(
  deps: PredictDeps,
  run: StoredRun,
  folds: readonly number[],
  plan: RunPlan,
  input: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'> & { views: Parameters<TrainRoom['predictFolds']>[0]['views'] },
): Promise<FoldPredictions> {
  const viewed = { ...run, config: { ...run.config, ...input.views } }
  const parts = await inRunFolder(deps.projectFolder, run.id, (scratch) => (seesKeypoints(run.config.model) ? ofSequences : ofFrames)({ ...deps, scratch }, viewed, folds, plan, input))
  const isTest = ({ folder }: PredictionRow): boolean => folder.startsWith('test/')
  return { poseIds: run.poseIds, folds: folds.map((fold, at) => ({ fold, validation: (parts[at] ?? []).filter((row) => !isTest(row)), test: (parts[at] ?? []).filter(isTest) })) }
}

async function ofFrames(deps: PredictDeps & { scratch: string }, run: StoredRun, folds: readonly number[], plan: RunPlan, input: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'>): Promise<PredictionRow[][]> {
  const { testMargins } = run.config
  const recipes = { validation: [run.recipes.train, ...testRecipes(run.recipes.validation, testMargins)], test: testRecipes(run.recipes.test, testMargins) }
  const planned = plan.samples.flatMap((sample) => {
    const { role, width, height } = sample
    return role === 'train' ? [] : [{ ...sample, region: regionOf(sample, recipes[role], { width, height }) }]
  })
  const lists = folds.map((fold) => {
    const { validation, test } = foldLists(planned, plan, fold)
    return [...validation, ...test]
  })
  return (await predictPlanned({ ...deps, place: deps }, run, folds, { ...input, planned, elsewhere: false, lists })).parts
}

function ofSequences(deps: PredictDeps & { scratch: string }, run: StoredRun, folds: readonly number[], plan: RunPlan, input: Pick<PredictInput, 'signal' | 'gpu' | 'onProgress'>): Promise<PredictionRow[][]> {
  const sequences: JobSequence[] = []
  const lists = folds.map((fold) => {
    const own = foldSequences(plan.sequences, plan, fold)
    return [...own.validation, ...own.test].map((position) => sequences.push(own.sequences[position] as JobSequence) - 1)
  })
  return predictByFolds(deps, run, folds, input, { kind: 'predict-keypoints', sequences, lists })
}
