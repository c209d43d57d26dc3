import type { EnsembleWays, WayScore } from '../../contract/ensemble.ts'
import { argMax, negativeLogLikelihood } from '../../evaluate/metrics.ts'
import { combine, type Member } from '../combine.ts'
import { gainsOf } from '../blend/bootstrap.ts'

/** With fewer sequences, or folds of a run, a score says little. */
const fewSequences = 50
const fewFolds = 3

/** A labelled sequence of each run, and what is asked of them. */
export interface Asked {
  poseIds: readonly number[]
  folders: readonly string[]
  /** Pose id of each sequence's label. */
  labels: readonly number[]
}

export interface Scored {
  losses: number[]
  accuracy: number
}

/** Scores the equal mean of runs. */
export function scoreMembers(members: readonly Member[], { poseIds, folders, labels }: Asked): Scored {
  const rows = combine(members, poseIds, folders)
  const answers = labels.map((poseId) => poseIds.indexOf(poseId))
  return {
    losses: rows.map(({ probabilities }, sequence) => negativeLogLikelihood(probabilities[answers[sequence]!] ?? 0)),
    accuracy: rows.filter(({ probabilities }, sequence) => argMax(probabilities) === answers[sequence]).length / rows.length,
  }
}

/** Ways' scores beside those of the plain one. */
export function wayScores(ways: readonly Scored[], plain: Scored): WayScore[] {
  const gains = gainsOf(ways.map(({ losses }) => losses.map((loss, sequence) => plain.losses[sequence]! - loss)))
  return ways.map(({ losses, accuracy }, way) => ({ logLoss: meanOf(losses), accuracy, gain: gains[way]! }))
}

/** Scores of runs' folds with the interval of each: of its sequences drawn with replacement. */
export function foldRows(runs: readonly { runId: number; scores: readonly { fold: number; losses: Float64Array; weight: number }[] }[]): EnsembleWays['folds'] {
  const all = runs.flatMap(({ runId, scores }) => {
    const heaviest = scores.reduce<(typeof scores)[number] | null>((best, score) => (best && best.weight >= score.weight ? best : score), null)
    return scores.map((score) => ({ runId, ...score, losses: [...score.losses], best: score === heaviest }))
  })
  const means = gainsOf(all.map(({ losses }) => losses))
  return all.map(({ losses, ...fold }, place) => {
    const { gain: logLoss, low, high } = means[place]!
    return { ...fold, sequences: losses.length, logLoss, low, high }
  })
}

/** What is worth knowing of such scores. */
export function caveatsOf(sequences: number, folds: EnsembleWays['folds']): EnsembleWays['caveats'] {
  const runs = [...Map.groupBy(folds, ({ runId }) => runId).values()]
  const indistinct = (own: EnsembleWays['folds']): boolean => Math.max(...own.map(({ low }) => low)) <= Math.min(...own.map(({ high }) => high))
  return [...(runs.some((own) => own.length < fewFolds || indistinct(own)) ? (['few-folds'] as const) : []), ...(sequences < fewSequences ? (['few-sequences'] as const) : [])]
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
