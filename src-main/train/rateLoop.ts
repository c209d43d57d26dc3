import { setImmediate as breathe } from 'node:timers/promises'
import { emptyBatch, epochOrder, evenBatches, fillTrainingBatch, prefetched } from './batches.ts'
import { NotFiniteError, type StepResult } from './classifier.ts'
import { trainingOptions } from './classifierOptions.ts'
import type { RateJob } from './job.ts'
import type { PictureDeps } from './pictureTrainee.ts'
import { beginFromPretrained } from './pretrained.ts'
import { divergenceWatch, testedRate } from './rateTest.ts'

/**
 * A learning-rate range test: real steps on a fold's training samples, as a run begins, the rate growing from step to step. Each is reported;
 * where training diverges, `done` comes before the last. Nothing is kept.
 * @throws HandloomError from disk and engine
 */
export async function testRates(job: RateJob, { createClassifier, crops, report, stopRequested }: PictureDeps): Promise<void> {
  const { config, steps } = job
  const classifier = await createClassifier(trainingOptions(job))
  const notes = await beginFromPretrained(classifier, job)
  report({ type: 'started', step: 0, epoch: 0, parameters: classifier.parameterCount, compileSeconds: classifier.compileSeconds, notes, epochs: [], best: null })
  const diverged = divergenceWatch()
  const buffers = [emptyBatch(config.batchSize, job.shardSize), emptyBatch(config.batchSize, job.shardSize)] as const
  try {
    for (let step = 0, epoch = 0; step < steps; epoch++) {
      const batches = evenBatches(epochOrder(job, epoch), config.batchSize).slice(0, steps - step)
      for await (const [batch] of prefetched(batches, buffers, (buffer, positions) => fillTrainingBatch(buffer, job, crops, positions, epoch))) {
        await breathe()
        if (stopRequested()) return report({ type: 'stopped', step, epoch })
        const learningRate = testedRate(job, step)
        let result: StepResult
        try {
          result = classifier.step(batch, learningRate, step)
        } catch (error) {
          if (!(error instanceof NotFiniteError)) throw error
          return report({ type: 'done', notes })
        }
        step++
        report({ type: 'rate', step, steps, learningRate, loss: result.loss })
        if (diverged(result.loss)) return report({ type: 'done', notes })
      }
    }
    report({ type: 'done', notes })
  } finally {
    classifier.dispose()
  }
}
