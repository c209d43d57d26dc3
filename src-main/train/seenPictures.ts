import { HandloomError } from '../contract/errors.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import type { FedBatch } from '../contract/train.ts'
import { fedCrop } from './fedCrop.ts'
import type { FoldControl, ShownBatch } from './foldControl.ts'
import { classOfOutput } from './outputs.ts'
import type { PlanReader } from './planReader.ts'
import { foldName, type FoldKey } from './queue.ts'
import type { RunStore } from './runStore.ts'

interface SeenPicturesDeps {
  dataset: Pick<DatasetRoom, 'folder'>
  store: RunStore
  planOf: PlanReader
  /** The line to a fold that runs. */
  control(fold: FoldKey): FoldControl | undefined
}

/** What networks are fed: the batch of a fold that trains, and single frames as they are validated. */
export function createSeenPictures({ dataset, store, planOf, control }: SeenPicturesDeps) {
  let last: { key: string; batch: ShownBatch } | null = null

  return {
    async batch(fold: FoldKey): Promise<FedBatch | null> {
      const { poseIds, outputs, config } = store.run(fold.runId)
      const batch = seesKeypoints(config.model) ? null : ((await control(fold)?.batch()) ?? null)
      if (!batch) return null
      last = { key: foldName(fold), batch }
      const { samples } = await planOf(fold.runId)
      const { step, epoch, size } = batch
      return {
        step, epoch, size,
        samples: batch.samples.flatMap(({ position, output, mirrored }) => {
          const sample = samples[position]
          if (!sample) return []
          const { folder, frame, hand, transform } = sample
          return [{ folder, frame, hand, poseId: poseIds[classOfOutput(outputs, output)] ?? -1, mirrored, derived: transform !== null }]
        }),
      }
    },

    batchPictures({ step, ...fold }: FoldKey & { step: number }): { width: number; height: number; pixels: Uint8Array } {
      if (last?.key !== foldName(fold) || last.batch.step !== step) throw new HandloomError('not-found', 'That batch is no longer kept. Ask for the next.')
      const { size, samples, pixels: stacked } = last.batch
      const pixels = new Uint8Array(samples.length * size * size * 3)
      const line = size * 3
      for (let sample = 0; sample < samples.length; sample++)
        for (let row = 0; row < size; row++) pixels.set(stacked.subarray((sample * size + row) * line, (sample * size + row + 1) * line), (row * samples.length + sample) * line)
      return { width: samples.length * size, height: size, pixels }
    },

    async fedCrop({ runId, folder, frame, hand }: { runId: number; folder: string; frame: number; hand: number | null }): Promise<{ size: number; pixels: Uint8Array }> {
      const run = store.run(runId)
      if (seesKeypoints(run.config.model)) throw new HandloomError('not-found', `Run ${runId} saw keypoints and no picture.`)
      return fedCrop({ dataFolder: dataset.folder, run, plan: await planOf(runId), folder, frame, hand })
    },
  }
}
