import type { Pooling } from '../contract/ensemble.ts'
import type { CropRoom, DatasetRoom, EvaluateRoom } from '../contract/rooms.ts'
import { foldScoresOf, foldShares, meanOfFolds } from './foldShares.ts'
import { negativeLogLikelihood } from './metrics.ts'
import { poolFrames } from './pooling.ts'
import type { PredictionTable } from './predictionTable.ts'
import type { TableCache } from './tableCache.ts'

/** Puts the frames (of test sequences, by fold, and then the folds) of what runs predicted together. */
export function createSequences({ dataset, crop, table }: { dataset: DatasetRoom; crop: CropRoom; table: TableCache['table'] }): Pick<EvaluateRoom, 'sequenceProbabilities' | 'foldScores'> {
  /** Some rows of a sequence as one. */
  function pooled(of: PredictionTable, sequence: number, rows: readonly number[], pooling: Pooling): Float64Array {
    const weights = pooling === 'quality' ? qualities(of.folders[sequence]!, rows.map((row) => of.frame[row]!)) : undefined
    return poolFrames(rows.map((row) => of.probabilities(row)), pooling, weights)
  }

  /** Of frames; nothing of a sequence that the data set does not have any more. */
  function qualities(folder: string, frames: readonly number[]): number[] | undefined {
    if (!dataset.has(folder)) return undefined
    const known = crop.frameQuality(folder)
    return frames.map((frame) => known.get(frame) ?? 0)
  }

  const foldScores: EvaluateRoom['foldScores'] = (runId, { pooling = 'mean', views } = {}) => {
    const of = table(runId, 'validation', views)
    const losses = new Map<number, number[]>()
    for (const { folder, poseId } of dataset.summaries('train')) {
      const sequence = of.indexOf.get(folder)
      if (poseId === null || sequence === undefined) continue
      const folds = rowsByFold(of, sequence)
      for (const [fold, rows] of folds) {
        const probabilities = pooling === 'mean' && folds.size === 1 ? meanOf(of, sequence) : pooled(of, sequence, rows, pooling)
        const own = losses.get(fold) ?? []
        own.push(negativeLogLikelihood(probabilities[of.poseIds.indexOf(poseId)] ?? 0))
        losses.set(fold, own)
      }
    }
    return foldScoresOf(losses)
  }

  return {
    foldScores,

    sequenceProbabilities(runId, part, { pooling = 'mean', folds = 'equal', views } = {}) {
      const of = table(runId, part, views)
      const shares = part === 'validation' || folds === 'equal' ? null : foldShares(folds, foldScores(runId, { pooling, views }))
      const one = (sequence: number): Float64Array => {
        if (pooling === 'mean' && shares === null) return meanOf(of, sequence)
        if (part === 'validation') return pooled(of, sequence, rowsOf(of, sequence), pooling)
        return meanOfFolds(new Map([...rowsByFold(of, sequence)].map(([fold, rows]) => [fold, pooled(of, sequence, rows, pooling)])), shares)
      }
      return of.folders.map((folder, sequence) => ({ folder, fold: part === 'validation' ? of.sequenceFold[sequence]! : null, probabilities: one(sequence), frames: of.frameCounts[sequence]! }))
    },
  }
}

const meanOf = ({ means, poseIds }: PredictionTable, sequence: number): Float64Array => means.slice(sequence * poseIds.length, (sequence + 1) * poseIds.length)

const rowsOf = ({ first }: PredictionTable, sequence: number): number[] => Array.from({ length: first[sequence + 1]! - first[sequence]! }, (_, index) => first[sequence]! + index)

const rowsByFold = (of: PredictionTable, sequence: number): Map<number, number[]> => Map.groupBy(rowsOf(of, sequence), (row) => of.fold[row]!)
