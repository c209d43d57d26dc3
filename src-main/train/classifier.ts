import { HandloomError } from '../contract/errors.ts'
import type { Precision } from '../contract/train.ts'
import { kernelsOf } from '../engine/ops/kernels.ts'
import { hasNativeOperations, loadTensorFlow } from '../engine/runtime/load.ts'
import { compile } from '../engine/trace/program.ts'
import type { Entry, FeedValues } from '../engine/trace/program.ts'
import { parameterCount, requireModel } from '../model/info.ts'
import { layOutNetwork } from '../model/network.ts'
import type { RegNetConfig } from '../model/regnet.ts'
import { initialStatistics, initialWeights } from '../model/weights.ts'
import type { WeightArray } from '../model/weights.ts'
import { flatStateOf, namedStateOf, stateLayout } from './classifierState.ts'
import { accumulateEntry, explainEntry, predictEntry, predictingVariables, trainEntry, updateEntry } from './classifierSteps.ts'
import { evenParts } from './job.ts'
import { initialLossScale } from './lossScale.ts'
import { createOptimizer } from './optimizers/index.ts'
import type { OptimizerOptions } from './optimizers/index.ts'
import { dropRates, pathFactors } from './pathFactors.ts'

export interface ClassifierOptions {
  /** A model of the zoo, or a config of one's own. */
  architecture: string | RegNetConfig
  classes: number
  /** Side in pixels of the stored pictures that are fed. */
  sourceSize: number
  /** Side in pixels of what the network sees. */
  imageSize: number
  /** The largest batch that will be fed. */
  batchSize: number
  /** Parts that a full batch is computed in, one after the other. Default 1. Batch norm sees each part by itself, as in PyTorch. */
  accumulate?: number
  optimizer: OptimizerOptions
  /** Probability of dropping the last block's branch for a sample; the others in proportion to their depth. */
  dropPath: number
  labelSmoothing: number
  /** Weight of each class in the loss; default: none. */
  classWeights?: readonly number[] | undefined
  /** Whether the colours of training pictures change; default: no. */
  colour?: boolean
  /**
   * Decay of the moving average of weights and statistics that predictions use; 0: none. After each step average ← decay · average +
   * (1 − decay) · value, as timm's ModelEmaV2, but it begins smaller: at most (1 + step) / (10 + step), as TensorFlow's ExponentialMovingAverage.
   */
  ema: number
  seed: number
  /** Default float32. */
  precision?: Precision
  /** Default: with float16. A step whose gradient overflows is then skipped. */
  lossScaling?: boolean
  threads?: number
  /** Default true. Without training there is no optimiser state, and `step` must not be called. */
  training?: boolean
}

export interface Batch {
  /** [batch, S, S, 3]; rows past `count` are ignored. */
  images: Uint8Array
  /** [batch, 8]: projective map from output pixel to stored pixel, as `warpAndNormalise` says. */
  transforms: Float32Array
  /** [batch] */
  labels: Int32Array
  /** [batch, 4]: gains and offset, as `changeColours` says; wanted where the colours of training pictures change. */
  colours?: Float32Array
  /** Samples in this batch. */
  count: number
}

export interface StepResult {
  loss: number
  correct: number
  gradientNorm: number | null
}

/** Logits of pictures, bit for bit as `predict` gives them, with what they come from (`evaluationMaps`). */
export interface Explained {
  /** [count, classes] */
  logits: Float32Array
  /** Globally pooled features, [count, channels]. */
  embeddings: Float32Array
  /** Class activation maps, [count, side, side, classes]. */
  maps: Float32Array
  side: number
}

export interface Explainer {
  explain(batch: Batch): Explained
  dispose(): void
}

export type ClassifierState = Map<string, WeightArray>

/** A RegNet in training: compiled once, then one native call per step. All calls are synchronous. */
export interface Classifier {
  readonly parameterCount: number
  /** Time spent on tracing, loading and optimising the graph. */
  readonly compileSeconds: number
  /**
   * One optimiser step on the mean loss of the batch. Any count from 1 to the batch size is exact: the batch is as long as it is, nothing is
   * padded, so loss, gradient and batch norm see the real samples only.
   * @param stepIndex number of steps done before, over the whole run: it seeds drop path and corrects the optimiser's bias
   * @returns the loss before the step (with class weights their weighted mean, as PyTorch's), the number of samples it had right, the norm
   *   of the gradient before clipping (null: it overflowed and the step was skipped)
   * @throws NotFiniteError when loss or gradient is not finite; the weights are spoilt then and must be restored
   */
  step(batch: Batch, learningRate: number, stepIndex: number): StepResult
  /** Logits [count, classes]; averaged weights where the moving average is on, batch norm by its running statistics. */
  predict(batch: Batch): Float32Array
  /**
   * Compiles a function that predicts with reasons, by the weights as they are now; a program of its own, made only where it is asked for.
   * Dispose it.
   */
  explainer(): Explainer
  /** All that is needed to go on exactly: weights, batch norm statistics, optimiser slots, moving averages. */
  state(): ClassifierState
  /** @throws HandloomError `bad-input` when a tensor is missing, unknown, of another shape or not finite; nothing is changed then */
  restore(state: ReadonlyMap<string, WeightArray>): void
  dispose(): void
}

/** A loss or gradient is not a number any more, or infinite. */
export class NotFiniteError extends HandloomError {}

/**
 * Builds, compiles and initialises a classifier. The same options and calls give bitwise the same numbers on the CPU of one machine.
 * @throws HandloomError `no-engine` without TensorFlow, `bad-request` for an unknown model, `out-of-memory` when it does not fit
 */
export async function createClassifier(options: ClassifierOptions): Promise<Classifier> {
  const { classes, sourceSize, imageSize, batchSize, accumulate = 1, classWeights, colour = false, dropPath, labelSmoothing, ema, seed, precision = 'float32', lossScaling = precision === 'float16', training = true } = options
  const config = typeof options.architecture === 'string' ? requireModel(options.architecture).config : options.architecture
  const network = layOutNetwork(config, classes)
  const optimizer = createOptimizer(options.optimizer)
  const tf = await loadTensorFlow({ threads: options.threads })
  if (precision === 'float16' && !tf.backend().binding.isUsingGpuDevice()) {
    throw new HandloomError('bad-request', 'float16 needs an NVIDIA GPU, and TensorFlow computes on the CPU here. Set precision to bfloat16 or float32.')
  }

  const started = performance.now()
  const layout = stateLayout(network, training ? optimizer.slots : [], ema > 0, training && lossScaling)
  const gradientClip = options.optimizer.gradientClip ?? 0
  const plan = { network, optimizer, layout, sourceSize, imageSize, colour, dropPath, labelSmoothing, classWeights, ema, gradientClip, precision, lossScaling }
  const kernels = kernelsOf(tf, { native: hasNativeOperations() })
  const whole = accumulate === 1
  const variables = whole || !training ? layout.variables : { ...layout.variables, gradient: layout.variables.weights as [number] }
  const steps: Record<string, Entry> = whole ? { train: trainEntry(kernels, plan) } : { accumulate: accumulateEntry(kernels, plan), update: updateEntry(kernels, plan) }
  const program = compile(tf, variables, { predict: predictEntry(kernels, plan), ...(training ? steps : {}) }, kernels)
  const rates = dropRates(network.blocks.length, dropPath)

  const partsOf = ({ count }: Batch): [start: number, end: number][] => {
    if (!Number.isInteger(count) || count < 1 || count > batchSize) {
      throw new HandloomError('internal', `A batch of ${count} samples was fed to a classifier for 1 to ${batchSize}.`)
    }
    return evenParts(count, Math.ceil(batchSize / accumulate))
  }
  const imageFeeds = ({ images, transforms }: Batch, start: number, end: number): Record<string, FeedValues> => {
    const bytes = sourceSize * sourceSize * 3
    return { images: images.subarray(start * bytes, end * bytes), transforms: transforms.subarray(start * 8, end * 8) }
  }
  const scalarFeeds = (values: Record<string, number>): Record<string, Float32Array> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Float32Array.of(value)]))
  const runStep = (batch: Batch, learningRate: number, stepIndex: number): StepResult => {
    const { count, colours = new Float32Array() } = batch
    const labels = batch.labels.subarray(0, count)
    const totalWeight = classWeights ? labels.reduce((sum, label) => sum + (classWeights[label] ?? 0), 0) : count
    const factors = dropPath > 0 ? pathFactors(rates, seed, stepIndex, count) : []
    // A step that was skipped does not count for the optimiser.
    const skipped = lossScaling ? (program.read('lossScale')[2] as number) : 0
    const scalars = scalarFeeds({
      ...optimizer.scalars(stepIndex - skipped),
      learningRate,
      ...(ema > 0 ? { emaDecay: Math.min(ema, (1 + stepIndex) / (10 + stepIndex)) } : {}),
    })
    const sums = { loss: 0, correct: 0 }
    const number = (results: ReturnType<typeof program.run>, name: string): number => results[name]?.[0] as number
    let results: ReturnType<typeof program.run> = {}
    for (const [start, end] of partsOf(batch)) {
      results = program.run(whole ? 'train' : 'accumulate', {
        ...imageFeeds(batch, start, end),
        labels: labels.subarray(start, end),
        sampleWeights: new Float32Array(end - start).fill(1 / totalWeight),
        ...(colour ? { colours: colours.subarray(start * 4, end * 4) } : {}),
        ...(dropPath > 0 ? { pathFactors: Float32Array.from(factors.flatMap((row) => row.slice(start, end))) } : {}),
        ...(whole ? scalars : {}),
      })
      sums.loss += number(results, 'loss')
      sums.correct += number(results, 'correct')
    }
    return { ...sums, gradientNorm: number(whole ? results : program.run('update', scalars), 'gradientNorm') }
  }
  const writeAll = (values: ReadonlyMap<string, Float32Array>): void => {
    for (const [variable, data] of values) program.write(variable, data)
  }

  const weights = initialWeights(network, seed)
  const statistics = initialStatistics(network)
  const initial = new Map<string, Float32Array>()
  for (const [variable, [size]] of Object.entries(variables)) initial.set(variable, new Float32Array(size))
  initial.set('weights', weights).set('statistics', statistics)
  if (initial.has('lossScale')) initial.set('lossScale', initialLossScale())
  if (ema > 0) initial.set('averageWeights', weights).set('averageStatistics', statistics)
  writeAll(initial)
  // TensorFlow optimises the graph at its first run: let that happen here, on one black picture, and start afresh.
  const blank = { images: new Uint8Array(sourceSize * sourceSize * 3), transforms: new Float32Array(8), labels: new Int32Array(1), colours: new Float32Array(4), count: 1 }
  if (training) runStep(blank, 0, 0)
  program.run('predict', imageFeeds(blank, 0, 1))
  if (training) writeAll(initial)
  const compileSeconds = (performance.now() - started) / 1000

  return {
    parameterCount: parameterCount(network),
    compileSeconds,
    step(batch, learningRate, stepIndex) {
      const result = runStep(batch, learningRate, stepIndex)
      if (lossScaling && Number.isFinite(result.loss) && !Number.isFinite(result.gradientNorm)) {
        // The scale was halved. Below one it is not the scale that makes the gradient overflow.
        if ((program.read('lossScale')[0] as number) >= 1) return { ...result, gradientNorm: null }
      }
      if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) {
        const what = Number.isFinite(result.loss) ? 'gradient' : 'loss'
        throw new NotFiniteError('internal', `The ${what} of step ${stepIndex} is not finite at a learning rate of ${Number(learningRate.toPrecision(3))}.`, { place: `step ${stepIndex}` })
      }
      return result
    },
    predict(batch) {
      const logits = new Float32Array(batch.count * classes)
      for (const [start, end] of partsOf(batch)) logits.set(program.run('predict', imageFeeds(batch, start, end)).logits as Float32Array, start * classes)
      return logits
    },
    explainer() {
      const names = Object.values(predictingVariables(plan))
      const explaining = compile(tf, Object.fromEntries(names.map((name) => [name, variables[name] as [number]])), { explain: explainEntry(kernels, plan) }, kernels)
      for (const name of names) explaining.write(name, program.read(name))
      return {
        explain(batch) {
          const parts = partsOf(batch).map(([start, end]) => explaining.run('explain', imageFeeds(batch, start, end)))
          const joined = (output: string): Float32Array => joinedValues(parts.map((part) => part[output] as Float32Array))
          const maps = joined('maps')
          return { logits: joined('logits'), embeddings: joined('pooled'), maps, side: Math.sqrt(maps.length / batch.count / classes) }
        },
        dispose: () => explaining.dispose(),
      }
    },
    state: () => namedStateOf(layout, (variable) => program.read(variable)),
    restore(state) {
      const flats = flatStateOf(layout, state)
      // What a step that failed had added up.
      if (variables.gradient) flats.set('gradient', new Float32Array(variables.gradient[0]))
      writeAll(flats)
    },
    dispose: () => program.dispose(),
  }
}

function joinedValues(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0] as Float32Array
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
