import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import type { KeypointInput } from '../../contract/keypoints.ts'
import type { TrainConfig } from '../../contract/train.ts'
import { handFeatures, sceneFeatures, type SequenceFeatures } from '../../keypoints/features.ts'
import { hasKeypoints } from '../../keypoints/sequence.ts'
import { loadBest, loadNewest } from '../checkpoint.ts'
import { foldPositions } from '../foldPredictions.ts'
import type { JobSequence, KeypointPredictJob, KeypointTrainJob } from '../job.ts'
import { evenParts } from '../job.ts'
import type { LoopDeps } from '../loop.ts'
import { outputTargets } from '../outputs.ts'
import { writePredictionRows } from '../predictions.ts'
import { inputOf } from './input.ts'
import type { TensorMap } from '../tensorFile.ts'
import { createKeypointClassifier, type KeypointBatch, type KeypointClassifier, type KeypointClassifierOptions } from './classifier.ts'
import type { Standard } from './standard.ts'
import { frameProbabilities, predictedViews } from './views.ts'

/** Views of sequences that go through the network together. */
const batchSize = 64

type Job = KeypointTrainJob | KeypointPredictJob

/** Frames of the longest sequence that any is filled up to. */
export function framesOf({ sequences, config }: Pick<Job, 'sequences' | 'config'>): number {
  const seen = (sequence: JobSequence): number => sequence.frames.filter(hasKeypoints).length
  return Math.max(1, Math.min(inputOf(config).frames, Math.max(0, ...sequences.map(seen))))
}

export function classifierOptions({ config, classes, sequences, classWeights }: Pick<Job, 'config' | 'classes' | 'sequences'> & { classWeights?: number[] | undefined }, training: boolean): KeypointClassifierOptions {
  return {
    model: config.model as KeypointClassifierOptions['model'],
    classes,
    handFeatures,
    sceneFeatures: sceneFeatures(inputOf(config)),
    frames: framesOf({ sequences, config }),
    optimizer: { name: config.optimizer, weightDecay: config.weightDecay, gradientClip: config.gradientClip },
    dropPath: config.dropPath,
    labelSmoothing: config.labelSmoothing,
    classWeights,
    ema: config.ema,
    seed: config.seed,
    training,
    ...(config.threads > 0 ? { threads: config.threads } : {}),
  }
}

/** A batch's memory, filled again and again. */
export const emptyBatch = (size: number, frames: number, input: KeypointInput): KeypointBatch => ({
  hands: new Float32Array(size * frames * 2 * handFeatures),
  scene: new Float32Array(size * frames * sceneFeatures(input)),
  lengths: new Int32Array(size),
  labels: new Int32Array(size),
  count: 0,
})

/** Puts standardised sequences into a batch. @param frames frames of each sequence in it */
export function fillBatch(batch: KeypointBatch, sequences: readonly SequenceFeatures[], frames: number): void {
  const scenes = batch.scene.length / batch.lengths.length / frames
  batch.hands.fill(0)
  batch.scene.fill(0)
  batch.count = sequences.length
  for (const [row, { hands, scene, frames: own }] of sequences.entries()) {
    batch.hands.set(hands, row * frames * 2 * handFeatures)
    batch.scene.set(scene, row * frames * scenes)
    batch.lengths[row] = own.length
  }
}

/** Standardisation as a checkpoint holds it. */
export function standardIn(state: TensorMap): Standard {
  const [mean, variance] = ['running_mean', 'running_var'].map((name) => state.get(`statistics/features.${name}`)?.data)
  if (!mean || !variance) throw new HandloomError('bad-input', 'The checkpoint does not hold how the features are standardised. Train the fold again.')
  return { mean, variance }
}

export interface PredictedSequence {
  /** Of each of its frames, one per output. */
  probabilities: Float32Array[]
  /** Mean of the plain view's features over its frames; null where no frame shows a hand. */
  embedding: Float32Array | null
}

/** Sequences as a run looks at them when it predicts. @param standard what the classifier's weights were trained with */
export function viewer({ config, sequences }: Pick<Job, 'config' | 'sequences'>, standard: Standard): (position: number) => SequenceFeatures[] {
  const input = { ...inputOf(config), frames: framesOf({ sequences, config }) }
  return (position) => predictedViews((sequences[position] as JobSequence).frames, input, standard, config.testFlip)
}

/**
 * Predicts sequences; calls `between` after every batch.
 * @param viewsOf what is looked at of a position: as `viewer` gives it, or its plain view alone
 */
export async function predictSequences(
  classifier: KeypointClassifier,
  { config, classes, outputs, flipTargets, sequences: all }: Pick<Job, 'config' | 'classes' | 'outputs' | 'flipTargets' | 'sequences'>,
  viewsOf: (position: number) => SequenceFeatures[],
  positions: readonly number[],
  between: (done: number) => Promise<void> | void,
): Promise<PredictedSequence[]> {
  const input = inputOf(config)
  const frames = framesOf({ sequences: all, config })
  const targets = outputTargets(outputs, flipTargets)
  const width = classifier.featureWidth
  const batch = emptyBatch(batchSize, frames, input)
  const predicted: PredictedSequence[] = []
  const together = Math.floor(batchSize / (config.testFlip ? 2 : 1))
  for (const [start, end] of evenParts(positions.length, together)) {
    const views = positions.slice(start, end).map(viewsOf)
    const fed = views.flat().filter(({ frames: own }) => own.length > 0)
    const results = new Map<SequenceFeatures, { logits: Float32Array; features: Float32Array }>()
    if (fed.length > 0) {
      fillBatch(batch, fed, frames)
      const { logits, features } = classifier.predict(batch)
      for (const [row, view] of fed.entries()) results.set(view, { logits: logits.subarray(row * frames * classes, (row + 1) * frames * classes), features: features.subarray(row * frames * width, (row + 1) * frames * width) })
    }
    for (const own of views) {
      const found = own.flatMap((view) => results.get(view) ?? [])
      const [first] = own as [SequenceFeatures]
      predicted.push({
        probabilities: frameProbabilities(own, found.map(({ logits }) => logits), classes, targets),
        embedding: found[0] ? Float32Array.from({ length: width }, (_, at) => meanOver(first.frames.length, (row) => found[0]!.features[row * width + at]!)) : null,
      })
    }
    await between(end)
  }
  return predicted
}

function meanOver(count: number, value: (index: number) => number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum += value(index)
  return sum / count
}

/** A part of a predictions file: the rows of all frames of some sequences. */
export function predictionPart(name: string, sequences: readonly JobSequence[], predicted: readonly PredictedSequence[], classes: number): Parameters<typeof writePredictionRows>[1][number] {
  const rows = sequences.flatMap(({ folder, frames }) => frames.map(({ frame }) => ({ folder, frame })))
  const probabilities = new Float32Array(rows.length * classes)
  for (const [row, values] of predicted.flatMap((one) => one.probabilities).entries()) probabilities.set(values, row * classes)
  return { name, rows, probabilities }
}

/** The weights of a fold that predict: the best, or the last where the run says so. */
export const loadPredicting = (folder: string, { predictWith }: Pick<TrainConfig, 'predictWith'>): ReturnType<typeof loadBest> => (predictWith === 'last' ? loadNewest : loadBest)(folder)

/** Predicts all sequences of the job with the weights of each fold that predict. */
export async function predictKeypointFolds(job: KeypointPredictJob, { report, stopRequested }: Pick<LoopDeps, 'report' | 'stopRequested'>): Promise<void> {
  const classifier = await createKeypointClassifier(classifierOptions(job, false))
  const wanted = new Set(classifier.state().keys())
  const lists = foldPositions(job, job.sequences.length)
  const total = lists.reduce((sum, { length }) => sum + length, 0)
  let before = 0
  const notes: string[] = []
  const parts = []
  for (const [number, folder] of job.folders.entries()) {
    const { checkpoint, problems } = await loadPredicting(folder, job.config)
    notes.push(...problems)
    classifier.restore(new Map([...checkpoint.state].filter(([name]) => wanted.has(name))))
    const positions = lists[number] ?? []
    const predicted = await predictSequences(classifier, job, viewer(job, standardIn(checkpoint.state)), positions, async (done) => {
      report({ type: 'predicting', done: before + done, total })
      await breathe()
      if (stopRequested()) throw new HandloomError('interrupted', 'Predicting was stopped.')
    })
    parts.push(predictionPart(`checkpoint ${number}`, positions.map((position) => job.sequences[position] as JobSequence), predicted, job.classes))
    before += positions.length
  }
  await writePredictionRows(job.predictions, parts)
  classifier.dispose()
  report({ type: 'done', notes })
}
