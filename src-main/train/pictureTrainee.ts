import { emptyBatch, fillTrainingBatch } from './batches.ts'
import { showBatch } from './batchPictures.ts'
import type { Batch, Classifier, ClassifierOptions } from './classifier.ts'
import { trainingOptions } from './classifierOptions.ts'
import type { CropReader } from './cropReader.ts'
import { predictFold } from './foldPredictions.ts'
import type { JobSample, TrainJob } from './job.ts'
import type { LoopDeps } from './loop.ts'
import { outputOf } from './outputs.ts'
import { predictSamples, score } from './predictions.ts'
import { beginFromPretrained } from './pretrained.ts'
import type { Trainee } from './trainee.ts'

/** What jobs that look at pictures need beside them. */
export interface PictureDeps extends Pick<LoopDeps, 'report' | 'stopRequested'> {
  createClassifier(options: ClassifierOptions): Promise<Classifier>
  crops: CropReader
}

/** A RegNet that learns from stored crops. */
export async function createPictureTrainee(job: TrainJob, deps: PictureDeps): Promise<Trainee<Required<Batch>>> {
  const { crops } = deps
  const { batchSize } = job.config
  const classifier = await deps.createClassifier(trainingOptions(job))
  const sampleAt = (position: number): JobSample => job.samples[position] as JobSample
  const labels = job.validation.map((position) => outputOf(job.outputs, sampleAt(position).label))
  return {
    parameterCount: classifier.parameterCount,
    compileSeconds: classifier.compileSeconds,
    buffers: [emptyBatch(batchSize, job.shardSize), emptyBatch(batchSize, job.shardSize)],
    fill: (batch, positions, epoch) => fillTrainingBatch(batch, job, crops, positions, epoch),
    step: (batch, learningRate, stepIndex) => classifier.step(batch, learningRate, stepIndex),
    async validate(between) {
      const probabilities = await predictSamples(classifier, job, crops, job.validation, between)
      return labels.length ? score(probabilities, labels, job.classes) : null
    },
    begin: () => beginFromPretrained(classifier, job),
    show: (batch, positions, epoch) => showBatch(job, batch, positions, epoch),
    predict: () => predictFold(job, classifier, deps),
    state: () => classifier.state(),
    restore: (state) => classifier.restore(state as ReturnType<Classifier['state']>),
    nameOf: (position) => `${sampleAt(position).folder}/${sampleAt(position).frame}`,
    dispose: () => classifier.dispose(),
  }
}
