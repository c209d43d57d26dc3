import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import { sequenceFeatures, type SequenceFeatures } from '../../keypoints/features.ts'
import { trainingKeypoints } from '../../keypoints/augment.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import { writeExplanations } from '../explanations.ts'
import type { JobSequence, KeypointTrainJob } from '../job.ts'
import type { LoopDeps } from '../loop.ts'
import { outputOf } from '../outputs.ts'
import { score, writePredictionRows } from '../predictions.ts'
import { inputOf } from './input.ts'
import type { Trainee } from '../trainee.ts'
import { createKeypointClassifier, type KeypointBatch } from './classifier.ts'
import { classifierOptions, emptyBatch, fillBatch, framesOf, predictionPart, predictSequences, standardIn, viewer, type PredictedSequence } from './predict.ts'
import { standardise, standardOf, type Standard } from './standard.ts'
import { meanOf } from './views.ts'

/**
 * Trains a keypoint model on a fold's sequences. A sample is a sequence; it is scored by the mean of its frames' probabilities, as the review does. The
 * features are standardised by the fold's own training sequences.
 */
export async function createKeypointTrainee(job: KeypointTrainJob, { report, stopRequested }: Pick<LoopDeps, 'report' | 'stopRequested'>): Promise<Trainee<KeypointBatch>> {
  const { config, sequences } = job
  const frames = framesOf(job)
  const input = { ...inputOf(config), frames }
  const classifier = await createKeypointClassifier(classifierOptions(job, true))
  const at = (position: number): JobSequence => sequences[position] as JobSequence
  let standard: Standard | null = null
  const standardNow = (): Standard => (standard ??= standardIn(classifier.state()))
  /** What a run that does not mirror when it predicts sees; while it trains that is enough, as it is for pictures. */
  const plainViewer = () => viewer({ ...job, config: { ...config, testFlip: false } }, standardNow())
  /** The validation sequences look the same in every epoch. */
  const validated = new Map<number, SequenceFeatures[]>()
  const validatedViewer = () => {
    const plainOf = plainViewer()
    return (position: number): SequenceFeatures[] => {
      const views = validated.get(position) ?? plainOf(position)
      validated.set(position, views)
      return views
    }
  }

  return {
    parameterCount: classifier.parameterCount,
    compileSeconds: classifier.compileSeconds,
    buffers: [emptyBatch(config.batchSize, frames, input), emptyBatch(config.batchSize, frames, input)],
    async fill(batch, positions, epoch) {
      const shown = positions.map((position) => shownIn(job, at(position), epoch))
      const features = shown.map((view) => sequenceFeatures(view.frames, input))
      for (const own of features) standardise(own, standardNow())
      fillBatch(batch, features, frames)
      batch.labels.set(shown.map(({ label }) => outputOf(job.outputs, label)))
    },
    step: (batch, learningRate, stepIndex) => classifier.step(batch, learningRate, stepIndex),
    async validate(between) {
      if (job.validation.length === 0) return null
      const predicted = await predictSequences(classifier, job, validatedViewer(), job.validation, between)
      const means = Float32Array.from(predicted.flatMap(({ probabilities }) => [...meanOf(probabilities, job.classes)]))
      return score(means, job.validation.map((position) => outputOf(job.outputs, at(position).label)), job.classes)
    },
    async begin() {
      standard = standardOf(job.train.map((position) => at(position).frames), input)
      const state = new Map(classifier.state())
      for (const variable of ['statistics', ...(config.ema > 0 ? ['averageStatistics'] : [])])
        for (const [name, data] of [['running_mean', standard.mean], ['running_var', standard.variance]] as const) state.set(`${variable}/features.${name}`, { shape: [data.length], data })
      classifier.restore(state)
      return []
    },
    show: async () => null,
    async predict() {
      const total = job.validation.length + job.test.length + job.train.length
      let before = 0
      const between = async (done: number): Promise<void> => {
        report({ type: 'predicting', done: before + done, total })
        await breathe()
        if (stopRequested() === 'now') throw new HandloomError('interrupted', 'Predicting was stopped.')
      }
      const parts = []
      const embeddings = new Map<string, Float32Array>()
      for (const name of ['validation', 'test', 'train'] as const) {
        // Of what was learnt only the embeddings are wanted.
        const predicted: PredictedSequence[] = await predictSequences(classifier, job, name === 'train' ? plainViewer() : viewer(job, standardNow()), job[name], between)
        const own = job[name].map(at)
        if (name !== 'train') parts.push(predictionPart(name, own, predicted, job.classes))
        for (const [index, { embedding }] of predicted.entries()) if (embedding && own[index]?.transform === null) embeddings.set(own[index].folder, embedding)
        before += job[name].length
      }
      await writePredictionRows(job.predictions, parts)
      await writeExplanations(job.explanations, { embeddings: [...embeddings].map(([folder, embedding]) => ({ folder, embedding })), maps: [] })
    },
    state: () => classifier.state(),
    restore(state) {
      classifier.restore(state)
      standard = standardIn(state)
    },
    nameOf: (position) => at(position).folder,
    dispose: () => classifier.dispose(),
  }
}

/** A training sequence as it looks in an epoch, counted from 0. */
function shownIn({ config, augment, flipTargets }: KeypointTrainJob, { folder, transform, frames, label }: JobSequence, epoch: number): { frames: readonly KeypointFrame[]; label: number } {
  return trainingKeypoints({ seed: config.seed, epoch: epoch + 1, folder, transform, frames, label, augment, targets: flipTargets })
}
