import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import type { KeypointModel } from '../../contract/keypoints.ts'
import { randomStream } from '../../engine/random.ts'
import { handFeatures, sceneFeatures, sequenceFeatures, type SequenceFeatures } from '../../keypoints/features.ts'
import type { FeatureScales } from '../../model/export/featureScales.ts'
import { withClassLogits } from '../../model/export/values.ts'
import { layOutKeypointNetwork } from '../../model/keypointNetwork.ts'
import { plainLogits } from '../../model/keypointPlain.ts'
import { predictingVariables } from '../classifierSteps.ts'
import { inputOf } from '../keypoints/input.ts'
import { loadPredicting, standardIn } from '../keypoints/predict.ts'
import { farthest, scalesOf, standardise, type Standard } from '../keypoints/standard.ts'
import type { LoopDeps } from '../loop.ts'
import type { KeypointExportJob } from './exportJobs.ts'
import { strippedOf } from './exportPictures.ts'
import { writeReference, type ReferenceBatch } from './reference.ts'
import { writeModel } from './writeModel.ts'

const noiseSeed = 20_26

/** Writes a fold's keypoint model in another program's format, and the logits that the app's own gives sequences and noise. */
export async function exportKeypoints(job: KeypointExportJob, { report, stopRequested }: Pick<LoopDeps, 'report' | 'stopRequested'>): Promise<void> {
  const { config, recipe: { classes } } = job
  const { checkpoint: { state }, problems } = await loadPredicting(job.folders[0] as string, config)
  const standard = standardIn(state)
  const own = new Map(strippedOf(state, predictingVariables(config).weights))
  const matrices = ['linear.hands.weight', 'linear.scene.weight', 'head.weight'].filter((name) => own.has(name))
  const weights = job.outputs ? withClassLogits(own, job.outputs, { matrices, bias: 'linear.scene.bias' }) : own
  const network = layOutKeypointNetwork(config.model as KeypointModel, { handFeatures, sceneFeatures: sceneFeatures(inputOf(config)), classes: classes.length })

  const batches: ReferenceBatch[] = []
  for (const features of triedSequences(job)) {
    const inputs = inputsOf(features)
    standardise(features, standard)
    batches.push({ inputs, logits: { shape: [features.frames.length, classes.length], data: plainLogits(network, weights, features.hands, features.scene) }, samples: 1 })
    report({ type: 'predicting', done: batches.length, total: job.tried })
    await breathe()
    if (stopRequested()) throw new HandloomError('interrupted', 'The export was stopped.')
  }
  await writeReference(job.predictions, batches)
  const written = job.format === 'safetensors' ? new Map([...weights, ...strippedOf(state, 'statistics')]) : weights
  await writeModel(job.staged, job.format, { sees: 'keypoints', network, weights: written, scales: featureScales(standard) }, job.recipe)
  report({ type: 'done', notes: problems })
}

/** What a model is fed of a sequence, as it is measured; copies. */
function inputsOf({ hands, scene, present, frames: { length: rows } }: SequenceFeatures): ReferenceBatch['inputs'] {
  return {
    hands: { shape: [rows, 2, handFeatures], data: hands.slice() },
    present: { shape: [rows, 2], data: Float32Array.from(present) },
    scene: { shape: [rows, scene.length / rows], data: scene.slice() },
  }
}

/** Sequences that show a hand, then noise. */
function* triedSequences({ sequences, tried, config }: KeypointExportJob): Generator<SequenceFeatures> {
  const input = inputOf(config)
  let left = tried
  for (const { frames } of sequences) {
    const features = sequenceFeatures(frames, input)
    if (features.frames.length === 0 || left === 0) continue
    left--
    yield features
  }
  const stream = randomStream(noiseSeed)
  for (; left > 0; left--) {
    const frames = Array.from({ length: 1 + stream.integer(input.frames) }, (_, index) => index)
    const present = Uint8Array.from({ length: 2 * frames.length }, () => (stream.uniform() < 0.8 ? 1 : 0))
    const hands = Float32Array.from({ length: 2 * frames.length * handFeatures }, (_, at) => (present[Math.floor(at / handFeatures)] ? stream.normal() : 0))
    yield { frames, present, hands, scene: Float32Array.from({ length: frames.length * sceneFeatures(input) }, () => stream.normal()), rowOf: Int32Array.from(frames) }
  }
}

function featureScales(standard: Standard): FeatureScales {
  const { mean, scale } = scalesOf(standard)
  const part = (from: number, to?: number) => ({ mean: mean.slice(from, to), scale: Float32Array.from(scale.slice(from, to)) })
  return { hand: part(0, handFeatures), scene: part(handFeatures), farthest }
}
