import type { ClassRow } from '../../contract/dataset.ts'
import type { KeypointOpinion } from '../../contract/keypoints.ts'
import { seatHands } from '../../keypoints/hands.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import type { StoredRun } from '../runStore.ts'
import { argMax } from '../predictions.ts'
import type { Judgement } from './judge.ts'

/** Classes that are named. */
const mostNamed = 5

/** A judgement of a sequence's frames as it is told: classes by id and name. */
export function opinionOf({ run, folds, frames, answer, judgement: { rows, mean, before, influences }, classRows }: {
  run: Pick<StoredRun, 'id' | 'name' | 'poseIds'>
  folds: number[]
  frames: readonly KeypointFrame[]
  answer: number
  judgement: Judgement
  classRows: readonly Pick<ClassRow, 'poseId' | 'name'>[]
}): KeypointOpinion {
  const names = new Map(classRows.map(({ poseId, name }) => [poseId, name]))
  const named = (index: number): { poseId: number; name: string } => {
    const poseId = run.poseIds[index] as number
    return { poseId, name: names.get(poseId) || String(poseId) }
  }
  const withProbability = (of: Float64Array, index: number) => ({ ...named(index), probability: of[index] as number })
  const likeliest = (of: Float64Array) => ({ ...withProbability(of, argMax(of)), answerProbability: answer < 0 ? null : (of[answer] as number) })
  const ranked = Array.from(mean, (_, index) => index).sort((a, b) => mean[b]! - mean[a]! || a - b)
  return {
    runId: run.id,
    runName: run.name,
    folds,
    withoutKeypoints: seatHands(frames).every(({ seats }) => seats.every((hand) => hand === null)),
    top: ranked.slice(0, mostNamed).map((index) => withProbability(mean, index)),
    answer: answer < 0 ? null : withProbability(mean, answer),
    before: before && likeliest(before.mean),
    frames: rows.map((row, index) => ({ frame: (frames[index] as KeypointFrame).frame, ...likeliest(row) })),
    influences: influences.map(({ predicted, ...influence }) => ({ ...influence, ...named(predicted) })),
  }
}
