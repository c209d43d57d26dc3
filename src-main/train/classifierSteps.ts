import type { Precision } from '../contract/train.ts'
import { correctCount, crossEntropy } from '../engine/ops/crossEntropy.ts'
import { norm, pack, unpack } from '../engine/ops/flat.ts'
import { float32, sizeOf } from '../engine/ops/kernels.ts'
import type { FeatureType, Kernels } from '../engine/ops/kernels.ts'
import { warpAndNormalise } from '../engine/ops/warp.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../engine/runtime/load.ts'
import type { Entry } from '../engine/trace/program.ts'
import { evaluationLogits, evaluationMaps, trainingLogits, weightType } from '../model/computation.ts'
import type { NamedTensors } from '../model/computation.ts'
import type { Network } from '../model/network.ts'
import type { StateLayout } from './classifierState.ts'
import { isFinite, nextLossScale, scaleOf, select } from './lossScale.ts'
import { clipByNorm } from './optimizers/clip.ts'
import type { Optimizer } from './optimizers/optimizer.ts'

/** What the compiled functions of a classifier depend on. */
export interface StepPlan {
  network: Network
  optimizer: Optimizer
  layout: StateLayout
  sourceSize: number
  imageSize: number
  /** Whether pictures are fed with a change of their colours. */
  colour: boolean
  dropPath: number
  labelSmoothing: number
  /** Weight of each class in the loss; default: none. */
  classWeights?: readonly number[] | undefined
  ema: number
  gradientClip: number
  /** What activations are computed in. */
  precision: Precision
  /** Whether the loss is scaled, as float16 needs it. */
  lossScaling: boolean
  /** Part of a batch's statistics in the running ones: PyTorch's momentum. Default 0.1. */
  statisticsMomentum?: number
}

/** What a step of the optimiser depends on, whatever the network is. */
export type UpdatePlan = Pick<StepPlan, 'optimizer' | 'gradientClip' | 'ema' | 'lossScaling'> & { network: Pick<Network, 'parameters'>; layout: StateLayout }

type Tensors = Readonly<Record<string, Tensor>>

/** One of a body's tensors. */
export const take = <T extends Tensor>(tensors: Tensors, name: string): T => {
  const tensor = tensors[name]
  if (!tensor) throw new RangeError(`A compiled step was given no ${name}`)
  return tensor as T
}

/** The tensors of a flat variable by name; filters in `type`. */
export function named(kernels: Kernels, layout: StateLayout, parts: string, flat: Tensor1D, type: FeatureType = 'float32'): Map<string, Tensor> {
  const list = layout.parts[parts] ?? []
  const tensors = unpack(kernels, flat, list.map(({ shape }) => ({ shape, type: weightType(shape, type) })))
  return new Map(list.map(({ name }, index) => [name, tensors[index] as Tensor]))
}

const pictureFeeds = ({ sourceSize }: Pick<StepPlan, 'sourceSize'>): Entry['feeds'] => ({
  images: { shape: ['batch', sourceSize, sourceSize, 3], dtype: 'uint8' },
  transforms: { shape: ['batch', 8], dtype: 'float32' },
})

type PredictPlan = Pick<StepPlan, 'network' | 'layout' | 'sourceSize' | 'imageSize' | 'ema' | 'precision'>

/** The variables that predict: the moving averages where they are kept. */
export const predictingVariables = ({ ema }: Pick<StepPlan, 'ema'>): { weights: string; statistics: string } =>
  ema > 0 ? { weights: 'averageWeights', statistics: 'averageStatistics' } : { weights: 'weights', statistics: 'statistics' }

/** Logits of a batch of stored pictures; feeds `images`, `transforms`. */
export function predictEntry(kernels: Kernels, plan: PredictPlan): Entry {
  return { feeds: pictureFeeds(plan), body: (variables, feeds) => ({ outputs: { logits: evaluated(kernels, plan, variables, feeds, evaluationLogits) } }) }
}

/** The same `logits` with `pooled` features and class activation `maps`; feeds `images`, `transforms`. */
export function explainEntry(kernels: Kernels, plan: PredictPlan): Entry {
  return { feeds: pictureFeeds(plan), body: (variables, feeds) => ({ outputs: evaluated(kernels, plan, variables, feeds, evaluationMaps) }) }
}

function evaluated<T>(kernels: Kernels, plan: PredictPlan, variables: Tensors, feeds: Tensors, evaluate: (...input: Parameters<typeof evaluationLogits>) => T): T {
  const { network, layout, imageSize, precision } = plan
  const names = predictingVariables(plan)
  const weights = named(kernels, layout, 'weights', take(variables, names.weights))
  const statistics = named(kernels, layout, 'statistics', take(variables, names.statistics))
  return evaluate(kernels, network, weights, statistics, warpAndNormalise(kernels, take(feeds, 'images'), take(feeds, 'transforms'), imageSize), precision)
}

const batchFeeds = ({ network, sourceSize, dropPath, colour }: StepPlan): Entry['feeds'] => ({
  ...pictureFeeds({ sourceSize }),
  ...(colour ? { colours: { shape: ['batch', 4], dtype: 'float32' } as const } : {}),
  labels: { shape: ['batch'], dtype: 'int32' },
  sampleWeights: { shape: ['batch'], dtype: 'float32' },
  ...(dropPath > 0 ? { pathFactors: { shape: [network.blocks.length, 'batch'], dtype: 'float32' } as const } : {}),
})

const scalarNames = ({ optimizer, ema }: Pick<StepPlan, 'optimizer' | 'ema'>): string[] => [...Object.keys(optimizer.scalars(0)), 'learningRate', ...(ema > 0 ? ['emaDecay'] : [])]

/** What the optimiser is fed at each step. */
export const scalarFeeds = (plan: Pick<StepPlan, 'optimizer' | 'ema'>): Entry['feeds'] => Object.fromEntries(scalarNames(plan).map((name) => [name, { shape: [], dtype: 'float32' }]))

/**
 * One optimiser step; feeds `images`, `transforms`, `colours` [batch, 4] where colours change, `labels`, `sampleWeights` (that make the loss a
 * mean), `pathFactors` [blocks, batch] where paths are dropped, `learningRate`, the optimiser's scalars, `emaDecay` where an average is kept.
 */
export function trainEntry(kernels: Kernels, plan: StepPlan): Entry {
  return {
    feeds: { ...batchFeeds(plan), ...scalarFeeds(plan) },
    body(variables, feeds) {
      const { loss, correct, gradient, statistics } = backward(kernels, plan, variables, feeds)
      const { gradientNorm, assign } = update(kernels, plan, variables, feeds, gradient, statistics)
      return { outputs: { loss, correct, gradientNorm }, assign: { ...assign, statistics } }
    },
  }
}

/** The first half of a step for a part of a batch: adds its gradient to the variable `gradient` and moves batch norm's statistics on. */
export function accumulateEntry(kernels: Kernels, plan: StepPlan): Entry {
  return {
    feeds: batchFeeds(plan),
    body(variables, feeds) {
      const { loss, correct, gradient, statistics } = backward(kernels, plan, variables, feeds)
      return { outputs: { loss, correct }, assign: { gradient: kernels.tf.add(take(variables, 'gradient'), gradient), statistics } }
    },
  }
}

/** The second half: the optimiser's step by the accumulated gradient, which is zero afterwards. */
export function updateEntry(kernels: Kernels, plan: StepPlan): Entry {
  return {
    feeds: scalarFeeds(plan),
    body(variables, feeds) {
      const gradient = take<Tensor1D>(variables, 'gradient')
      const { gradientNorm, assign } = update(kernels, plan, variables, feeds, gradient, take(variables, 'statistics'))
      return { outputs: { gradientNorm }, assign: { ...assign, gradient: kernels.run('ZerosLike', { T: float32 }, [gradient]) } }
    },
  }
}

/** Loss, right answers, gradient (times the loss scale) of some samples, and the running statistics after them. */
function backward(kernels: Kernels, plan: StepPlan, variables: Tensors, feeds: Tensors): { loss: Tensor; correct: Tensor; gradient: Tensor1D; statistics: Tensor } {
  const scale = plan.lossScaling ? scaleOf(kernels, take(variables, 'lossScale')) : undefined
  const { loss, correct, gradient, statistics } = lossAndGradient(kernels, plan, take(variables, 'weights'), {
    input: warpAndNormalise(kernels, take(feeds, 'images'), take(feeds, 'transforms'), plan.imageSize, plan.colour ? take(feeds, 'colours') : undefined),
    labels: take(feeds, 'labels'),
    sampleWeights: take(feeds, 'sampleWeights'),
    pathFactors: plan.dropPath > 0 ? take(feeds, 'pathFactors') : undefined,
    scale,
  })
  const before = take(variables, 'statistics')
  const after = towards(kernels, before, statistics, plan.statisticsMomentum ?? 0.1)
  return { loss, correct, gradient, statistics: scale ? select(kernels, isFinite(kernels, norm(kernels, gradient)), after, before) : after }
}

/**
 * The optimiser's step by a gradient (times the loss scale), and the moving averages after it. Where the loss is scaled, a gradient that is
 * not finite changes nothing but the scale.
 */
export function update(
  kernels: Kernels,
  plan: UpdatePlan,
  variables: Tensors,
  feeds: Tensors,
  scaledGradient: Tensor1D,
  statistics: Tensor,
): { gradientNorm: Tensor; assign: Record<string, Tensor> } {
  const { tf } = kernels
  const { network, optimizer } = plan
  const weights = take<Tensor1D>(variables, 'weights')
  const lossScale = plan.lossScaling ? take<Tensor1D>(variables, 'lossScale') : undefined
  const gradient = lossScale ? tf.div(scaledGradient, scaleOf(kernels, lossScale)) as Tensor1D : scaledGradient
  const gradientNorm = norm(kernels, gradient) as Scalar
  const clipped = plan.gradientClip > 0 ? clipByNorm(kernels, gradient, gradientNorm, plan.gradientClip) : { gradient, norm: gradientNorm }
  const sizes = (decayed: boolean): number[] => network.parameters.filter((parameter) => parameter.decayed === decayed).map(({ shape }) => sizeOf(shape))
  const updated = optimizer.update(kernels, {
    weights,
    gradient: clipped.gradient,
    gradientNorm: clipped.norm,
    slots: Object.fromEntries(optimizer.slots.map((slot) => [slot, take<Tensor1D>(variables, `optimizer.${slot}`)])),
    scalars: Object.fromEntries(scalarNames(plan).map((name) => [name, take<Scalar>(feeds, name)])),
    decayedSizes: sizes(true),
    undecayedSize: sizes(false).reduce((sum, size) => sum + size, 0),
  })
  const assign: Record<string, Tensor> = { weights: updated.weights }
  for (const [slot, value] of Object.entries(updated.slots)) assign[`optimizer.${slot}`] = value
  if (plan.ema > 0) {
    const part = tf.sub(1, take(feeds, 'emaDecay'))
    assign.averageWeights = towards(kernels, take(variables, 'averageWeights'), updated.weights, part)
    assign.averageStatistics = towards(kernels, take(variables, 'averageStatistics'), statistics, part)
  }
  if (!lossScale) return { gradientNorm, assign }
  const finite = isFinite(kernels, gradientNorm)
  for (const [variable, value] of Object.entries(assign)) assign[variable] = select(kernels, finite, value, take(variables, variable))
  return { gradientNorm, assign: { ...assign, lossScale: nextLossScale(kernels, lossScale, finite) } }
}

/** `part` of the way from the old value to the target. */
const towards = ({ tf }: Kernels, old: Tensor, target: Tensor, part: Tensor | number): Tensor => tf.add(old, tf.mul(tf.sub(target, old), part))

export interface TrainingBatch {
  /** [batch, size, size, 3], normalised */
  input: Tensor
  labels: Tensor1D
  sampleWeights: Tensor1D
  /** [blocks, batch] */
  pathFactors: Tensor2D | undefined
  /** What the gradient is multiplied by; default: nothing. */
  scale?: Scalar | undefined
}

/** Loss, right answers, flat gradient and flat batch statistics of a network in training, for a flat vector of weights. */
export function lossAndGradient(
  kernels: Kernels,
  { network, layout, labelSmoothing, classWeights, precision = 'float32' }: Pick<StepPlan, 'network' | 'layout' | 'labelSmoothing' | 'classWeights'> & { precision?: Precision },
  weights: Tensor1D,
  { input, labels, sampleWeights, pathFactors, scale }: TrainingBatch,
): { loss: Scalar; correct: Scalar; gradient: Tensor1D; statistics: Tensor1D } {
  const { tf } = kernels
  const tensors = [...named(kernels, layout, 'weights', weights, precision)]
  const blocks = network.blocks.length
  const factors = pathFactors ? unpackRows(kernels, pathFactors, blocks) : []
  const statistics = new Map<string, Tensor>()
  let correct: Scalar | undefined
  const lossOf = (...values: Tensor[]): Scalar => {
    const byName: NamedTensors = new Map(tensors.map(([name], index) => [name, values[index] as Tensor]))
    const logits = trainingLogits(kernels, network, byName, input as never, {
      type: precision,
      // The first block is never dropped.
      pathFactors: factors.map((factor, block) => (block === 0 ? undefined : factor)),
      onStatistics(name, { mean, variance }) {
        statistics.set(`${name}.running_mean`, mean).set(`${name}.running_var`, variance)
      },
    })
    correct = tf.keep(correctCount(kernels, logits, labels))
    return crossEntropy(kernels, logits, labels, sampleWeights, labelSmoothing, classWeights)
  }
  const { value: loss, grads } = tf.valueAndGrads(lossOf)(tensors.map(([, tensor]) => tensor), scale)
  const gradient = pack(kernels, grads, network.parameters.map(({ shape }) => weightType(shape, precision)))
  const ordered = (layout.parts.statistics ?? []).map(({ name }) => statistics.get(name) as Tensor)
  const packed = pack(kernels, ordered)
  const hits = tf.cast(correct as Scalar, 'float32')
  for (const kept of [...ordered, correct as Scalar]) kept.dispose()
  return { loss: loss as Scalar, correct: hits, gradient, statistics: packed }
}

function unpackRows(kernels: Kernels, matrix: Tensor2D, rows: number): Tensor1D[] {
  return kernels.runAll('Unpack', { T: { type: 'float32' }, num: { int: rows }, axis: { int: 0 } }, [matrix], rows) as Tensor1D[]
}
