import { setImmediate as breathe } from 'node:timers/promises'
import { poolings, type EnsembleWays, type Pooling } from '../../contract/ensemble.ts'
import { HandloomError } from '../../contract/errors.ts'
import type { Emit } from '../../contract/events.ts'
import type { DatasetRoom, EnsembleRoom, EvaluateRoom, TrainRoom } from '../../contract/rooms.ts'
import type { Run, TestViews } from '../../contract/train.ts'
import type { Member } from '../combine.ts'
import { commonOf } from './common.ts'
import { createViewPredictions } from './predictViews.ts'
import { caveatsOf, foldRows, scoreMembers, wayScores, type Asked, type Scored } from './scores.ts'
import { otherViews, sharedViews } from './views.ts'

export interface WaysDeps {
  dataset: Pick<DatasetRoom, 'summaries'>
  evaluate: Pick<EvaluateRoom, 'sequenceProbabilities' | 'foldScores' | 'runPoseIds' | 'storedViews' | 'store'>
  train: Pick<TrainRoom, 'run' | 'predictFolds'>
  emit: Emit
}

/** The ways in which frames and folds become sequences, scored out of fold; and predictions by other views, so that these can be scored too. */
export function createWays(deps: WaysDeps) {
  const { dataset, evaluate, train } = deps
  const predictions = createViewPredictions(deps)

  const runsOf = async (ids: readonly number[]): Promise<Run[]> => {
    if (ids.length === 0) throw new HandloomError('bad-request', 'No run was named, so there is nothing to put together. Choose one run at least.')
    return Promise.all([...new Set(ids)].map((id) => train.run({ id })))
  }

  const memberOf = (run: Run, pooling: Pooling, views: TestViews | null = null): Member => {
    const rows = evaluate.sequenceProbabilities(run.id, 'validation', { pooling, views: otherViews(run, views) })
    return { poseIds: rows.length > 0 ? evaluate.runPoseIds(run.id) : [], sequences: new Map(rows.map(({ folder, probabilities }) => [folder, probabilities])) }
  }

  const waysOf = async (runs: readonly Run[]): Promise<EnsembleWays> => {
    const asIs = runs.map((run) => memberOf(run, 'mean'))
    const labels = new Map(dataset.summaries('train').flatMap(({ folder, poseId }) => (poseId === null ? [] : [[folder, poseId] as const])))
    const { poseIds, folders } = commonOf(asIs.map((member, index) => ({ runId: runs[index]!.id, ...member })), [...labels.keys()])
    const asked: Asked = { poseIds, folders, labels: folders.map((folder) => labels.get(folder)!) }
    const plain = scoreMembers(asIs, asked)
    const score = async (pooling: Pooling, views: TestViews | null): Promise<Scored> => {
      if (pooling === 'mean' && !views) return plain
      // Others have their turn between two ways.
      await breathe()
      return scoreMembers(runs.map((run) => memberOf(run, pooling, views)), asked)
    }
    const pooled = await inTurn(poolings, (pooling) => score(pooling, null))
    const views = [null, ...sharedViews(evaluate, runs)]
    const viewed = await inTurn(views, (given) => score('mean', given))
    const scores = wayScores([...pooled, ...viewed], plain)
    const folds = foldRows(runs.map(({ id }) => ({ runId: id, scores: evaluate.foldScores(id) })))
    return {
      sequences: folders.length,
      poolings: poolings.map((pooling, way) => ({ pooling, ...scores[way]! })),
      folds,
      views: views.map((given, way) => ({ views: given, ...scores[poolings.length + way]! })),
      caveats: caveatsOf(folders.length, folds),
    }
  }

  return {
    ways: async ({ runIds }: { runIds: number[] }) => waysOf(await runsOf(runIds)),

    async predictViews({ runIds, views }: { runIds: number[]; views: TestViews }) {
      const runs = await runsOf(runIds)
      await predictions.predict(runs, views)
      return waysOf(runs)
    },

    cancelViews: predictions.cancel,
  } satisfies Pick<EnsembleRoom, 'ways' | 'predictViews' | 'cancelViews'>
}

async function inTurn<Item, Made>(items: readonly Item[], make: (item: Item) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = []
  for (const item of items) made.push(await make(item))
  return made
}
