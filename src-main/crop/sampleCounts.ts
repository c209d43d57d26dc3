import { setImmediate as breathe } from 'node:timers/promises'
import type { CropRecipe } from '../contract/crop.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import { boxedFrames } from './cropFrames.ts'
import { sequenceSeats } from './geometry.ts'

/** Milliseconds of counting between two times that others have their turn. */
const longestTurn = 20

/** Counts the training samples that a recipe cuts, by pose id. What it counted of a sequence it remembers until its frames, its edits or what the recipe leaves out change. */
export function createSampleCounts(dataset: Pick<DatasetRoom, 'summaries' | 'frames' | 'has'>): (recipe: CropRecipe) => Promise<Map<number, number>> {
  const known = new Map<string, { stamp: string; samples: number }>()
  return async ({ empty, fewestKeypoints, hands }) => {
    const counts = new Map<number, number>()
    let began = performance.now()
    for (const { folder, poseId, version } of dataset.summaries('train')) {
      if (poseId === null) continue
      const stamp = `${version} ${empty} ${fewestKeypoints} ${hands}`
      let counted = known.get(folder)
      if (counted?.stamp !== stamp) {
        if (!dataset.has(folder)) continue
        const { seats } = sequenceSeats(boxedFrames(dataset.frames(folder)), { empty, fewestKeypoints, hands })
        counted = { stamp, samples: seats.filter(({ keypointBox }) => keypointBox !== null).length }
        known.set(folder, counted)
      }
      counts.set(poseId, (counts.get(poseId) ?? 0) + counted.samples)
      if (performance.now() - began < longestTurn) continue
      await breathe()
      began = performance.now()
    }
    return counts
  }
}
