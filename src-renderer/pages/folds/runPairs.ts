import type { RunScore } from '../../../src-main/contract/train.ts'

/** Two runs alike but for their split: one validated on sequences it never saw, one on siblings of its training frames. */
export interface RunPair {
  honest: RunScore
  leaky: RunScore
  /** How much lower the log loss looks with the leak. */
  sequenceGap: number
  frameGap: number
}

const isLeaky = ({ unit, leakingSequences }: RunScore): boolean => unit === 'frame' || leakingSequences > 0
/** The one with the most folds scored; of those the newest. */
const best = (scores: readonly RunScore[]): RunScore | undefined => [...scores].sort((a, b) => b.foldsScored - a.foldsScored || b.runId - a.runId)[0]

/** Pairs of an honest and a leaky run that are alike but for their split, newest first. */
export function pairRuns(scores: readonly RunScore[]): RunPair[] {
  const scored = scores.filter(({ foldsScored }) => foldsScored > 0)
  return [...Map.groupBy(scored, ({ likeButSplit }) => likeButSplit).values()]
    .flatMap((alike): RunPair[] => {
      const [honest, leaky] = [best(alike.filter((score) => !isLeaky(score))), best(alike.filter(isLeaky))]
      if (honest === undefined || leaky === undefined) return []
      return [{ honest, leaky, sequenceGap: honest.sequence.logLoss - leaky.sequence.logLoss, frameGap: honest.frame.logLoss - leaky.frame.logLoss }]
    })
    .sort((a, b) => Math.max(b.honest.runId, b.leaky.runId) - Math.max(a.honest.runId, a.leaky.runId))
}

/** Finished honest runs without a leaky twin, newest first: what could be trained once more on a split by frames. */
export function runsToCompare(scores: readonly RunScore[]): RunScore[] {
  const paired = new Set(pairRuns(scores).map(({ honest }) => honest.likeButSplit))
  return scores.filter((score) => !isLeaky(score) && score.foldsScored === score.folds && score.folds > 0 && !paired.has(score.likeButSplit)).sort((a, b) => b.runId - a.runId)
}
