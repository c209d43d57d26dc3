import type { KeypointModel } from '../../contract/keypoints.ts'
import { kernelsOf } from '../../engine/ops/kernels.ts'
import { hasNativeOperations, loadTensorFlow } from '../../engine/runtime/load.ts'
import { compile } from '../../engine/trace/program.ts'
import { bodyWidth, layOutKeypointNetwork } from '../../model/keypointNetwork.ts'
import { initialStatistics, initialWeights } from '../../model/weights.ts'
import { NotFiniteError, type StepResult } from '../classifier.ts'
import { flatStateOf, namedStateOf, stateLayout } from '../classifierState.ts'
import { createOptimizer } from '../optimizers/index.ts'
import type { OptimizerOptions } from '../optimizers/index.ts'
import { dropRates, pathFactors } from '../pathFactors.ts'
import type { TensorMap } from '../tensorFile.ts'
import { predictEntry, trainEntry, type KeypointPlan } from './steps.ts'

export interface KeypointClassifierOptions {
  model: KeypointModel
  classes: number
  /** Numbers of a hand, of the scene; frames of each sequence in a batch. */
  handFeatures: number
  sceneFeatures: number
  frames: number
  optimizer: OptimizerOptions
  /** Probability of dropping the last block's branch for a sequence. */
  dropPath: number
  labelSmoothing: number
  classWeights?: readonly number[] | undefined
  /** As of `ClassifierOptions`. */
  ema: number
  seed: number
  threads?: number
  /** Default true. Without training there is no optimiser state, and `step` must not be called. */
  training?: boolean
}

/** Sequences, each filled up to the same number of frames. What lies past `count` is ignored. */
export interface KeypointBatch {
  /** [batch, frames, 2, handFeatures], standardised; 0 where a hand is missing */
  hands: Float32Array
  /** [batch, frames, sceneFeatures], standardised */
  scene: Float32Array
  /** Frames of each sequence that are not filled up, at least 1. [batch] */
  lengths: Int32Array
  /** [batch] */
  labels: Int32Array
  count: number
}

export interface KeypointClassifier {
  readonly parameterCount: number
  readonly compileSeconds: number
  readonly featureWidth: number
  /** One optimiser step, as `Classifier.step`. @throws NotFiniteError */
  step(batch: KeypointBatch, learningRate: number, stepIndex: number): StepResult
  /** Logits [count, frames, classes] and the body's features [count, frames, featureWidth], by the averaged weights where they are kept. */
  predict(batch: KeypointBatch): { logits: Float32Array; features: Float32Array }
  state(): TensorMap
  /** @throws HandloomError `bad-input`, as `Classifier.restore` */
  restore(state: TensorMap): void
  dispose(): void
}

/**
 * Builds, compiles and initialises a keypoint classifier. The same options and calls give bitwise the same numbers on the CPU of one machine.
 * @throws HandloomError `no-engine` without TensorFlow
 */
export async function createKeypointClassifier(options: KeypointClassifierOptions): Promise<KeypointClassifier> {
  const { model, classes, handFeatures, sceneFeatures, frames, dropPath, labelSmoothing, classWeights, ema, seed, training = true } = options
  const network = layOutKeypointNetwork(model, { handFeatures, sceneFeatures, classes })
  const optimizer = createOptimizer(options.optimizer)
  const tf = await loadTensorFlow({ threads: options.threads })
  const started = performance.now()
  const layout = stateLayout(network, training ? optimizer.slots : [], ema > 0)
  const kernels = kernelsOf(tf, { native: hasNativeOperations() })
  const plan: KeypointPlan = {
    network, optimizer, layout, handFeatures, sceneFeatures, frames, labelSmoothing, classWeights, ema, dropPath: dropPath > 0, gradientClip: options.optimizer.gradientClip ?? 0, lossScaling: false,
  }
  const program = compile(tf, layout.variables, { predict: predictEntry(kernels, plan), ...(training ? { train: trainEntry(kernels, plan) } : {}) }, kernels)
  const blocks = network.temporal?.blocks.length ?? 0
  const rates = dropRates(blocks, dropPath)

  const sequenceFeeds = ({ hands, scene, lengths, count }: KeypointBatch) => {
    const mask = new Float32Array(count * frames)
    const shares = new Float32Array(count * frames)
    for (let row = 0; row < count; row++) {
      mask.fill(1, row * frames, row * frames + lengths[row]!)
      shares.fill(1 / lengths[row]!, row * frames, row * frames + lengths[row]!)
    }
    return { hands: hands.subarray(0, count * frames * 2 * handFeatures), scene: scene.subarray(0, count * frames * sceneFeatures), mask, shares }
  }
  const runStep = (batch: KeypointBatch, learningRate: number, stepIndex: number): StepResult => {
    const { count } = batch
    const sequenceLabels = batch.labels.slice(0, count)
    const feeds = sequenceFeeds(batch)
    const totalWeight = classWeights ? sequenceLabels.reduce((sum, label) => sum + (classWeights[label] ?? 0), 0) : count
    const factors = dropPath > 0 ? pathFactors(rates, seed, stepIndex, count) : []
    const scalars = { ...optimizer.scalars(stepIndex), learningRate, ...(ema > 0 ? { emaDecay: Math.min(ema, (1 + stepIndex) / (10 + stepIndex)) } : {}) }
    const results = program.run('train', {
      ...feeds,
      labels: Int32Array.from({ length: count * frames }, (_, at) => sequenceLabels[Math.floor(at / frames)]!),
      frameWeights: feeds.shares.map((share) => share / totalWeight),
      sequenceLabels,
      ...(factors.length > 0 ? { pathFactors: Float32Array.from({ length: blocks * count * frames }, (_, at) => factors[Math.floor(at / count / frames)]![Math.floor(at / frames) % count]!) } : {}),
      ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)])),
    })
    const number = (name: string): number => results[name]?.[0] as number
    return { loss: number('loss'), correct: number('correct'), gradientNorm: number('gradientNorm') }
  }
  const writeAll = (values: ReadonlyMap<string, Float32Array>): void => {
    for (const [variable, data] of values) program.write(variable, data)
  }

  const weights = initialWeights(network, seed)
  const initial = new Map<string, Float32Array>()
  for (const [variable, [size]] of Object.entries(layout.variables)) initial.set(variable, new Float32Array(size))
  initial.set('weights', weights).set('statistics', initialStatistics(network))
  if (ema > 0) initial.set('averageWeights', weights).set('averageStatistics', initialStatistics(network))
  writeAll(initial)
  const compileSeconds = (performance.now() - started) / 1000

  return {
    parameterCount: weights.length,
    compileSeconds,
    featureWidth: network.temporal ? bodyWidth : classes,
    step(batch, learningRate, stepIndex) {
      const result = runStep(batch, learningRate, stepIndex)
      if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
        const what = Number.isFinite(result.loss) ? 'gradient' : 'loss'
        throw new NotFiniteError('internal', `The ${what} of step ${stepIndex} is not finite at a learning rate of ${Number(learningRate.toPrecision(3))}.`, { place: `step ${stepIndex}` })
      }
      return result
    },
    predict(batch) {
      const { logits, features } = program.run('predict', sequenceFeeds(batch))
      return { logits: logits as Float32Array, features: features as Float32Array }
    },
    state: () => namedStateOf(layout, (variable) => program.read(variable)),
    restore: (state) => writeAll(flatStateOf(layout, state as Parameters<typeof flatStateOf>[1])),
    dispose: () => program.dispose(),
  }
}
