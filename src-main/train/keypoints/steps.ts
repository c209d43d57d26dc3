import { correctCount, crossEntropy } from '../../engine/ops/crossEntropy.ts'
import { pack } from '../../engine/ops/flat.ts'
import { float32, int32, type Kernels } from '../../engine/ops/kernels.ts'
import { reshape } from '../../engine/ops/reshape.ts'
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../../engine/runtime/load.ts'
import type { Entry } from '../../engine/trace/program.ts'
import { keypointLogits } from '../../model/keypointComputation.ts'
import type { KeypointNetwork } from '../../model/keypointNetwork.ts'
import { named, scalarFeeds, take, update, type UpdatePlan } from '../classifierSteps.ts'

/** What the compiled functions of a keypoint classifier depend on. */
export interface KeypointPlan extends UpdatePlan {
  network: KeypointNetwork
  /** Numbers of a hand, of the scene. */
  handFeatures: number
  sceneFeatures: number
  /** Frames of each sequence, those that only fill up too. */
  frames: number
  labelSmoothing: number
  classWeights?: readonly number[] | undefined
  dropPath: boolean
}

type Tensors = Readonly<Record<string, Tensor>>

const sequenceFeeds = ({ frames, handFeatures, sceneFeatures }: KeypointPlan): Entry['feeds'] => ({
  hands: { shape: ['batch', frames * 2 * handFeatures], dtype: 'float32' },
  scene: { shape: ['batch', frames * sceneFeatures], dtype: 'float32' },
  mask: { shape: ['batch', frames], dtype: 'float32' },
  shares: { shape: ['batch', frames], dtype: 'float32' },
})

function inputOf(kernels: Kernels, { frames, handFeatures, sceneFeatures, network }: KeypointPlan, feeds: Tensors, pathFactors: Tensor | null): Parameters<typeof keypointLogits>[3] {
  const column = (feed: Tensor): Tensor2D => reshape(kernels, feed, [-1, 1]) as Tensor2D
  const blocks = network.temporal?.blocks.length ?? 0
  return {
    hands: reshape(kernels, take(feeds, 'hands'), [-1, handFeatures]) as Tensor2D,
    scene: reshape(kernels, take(feeds, 'scene'), [-1, sceneFeatures]) as Tensor2D,
    mask: column(take(feeds, 'mask')),
    shares: column(take(feeds, 'shares')),
    frames,
    pathFactors: pathFactors ? (kernels.runAll('Unpack', { T: float32, num: { int: blocks }, axis: { int: 0 } }, [pathFactors], blocks) as Tensor[]).map(column) : [],
  }
}

/** Logits [batch · frames, classes] and features [batch · frames, width]; feeds `hands`, `scene`, `mask`, `shares`. */
export function predictEntry(kernels: Kernels, plan: KeypointPlan): Entry {
  return {
    feeds: sequenceFeeds(plan),
    body(variables, feeds) {
      const weights = named(kernels, plan.layout, 'weights', take(variables, plan.ema > 0 ? 'averageWeights' : 'weights'))
      return { outputs: { ...keypointLogits(kernels, plan.network, weights, inputOf(kernels, plan, feeds, null)) } }
    },
  }
}

/**
 * One optimiser step. Beside the sequences it is fed `labels` [batch, frames] (a sequence's label at each of its frames), `frameWeights` [batch, frames] (they
 * make the loss a mean over sequences of the mean over their frames; 0 for frames that fill up), `sequenceLabels` [batch], `pathFactors` [blocks, batch,
 * frames] where paths are dropped, and the optimiser's scalars. `correct`: sequences whose mean probability is largest at their label.
 */
export function trainEntry(kernels: Kernels, plan: KeypointPlan): Entry {
  const blocks = plan.network.temporal?.blocks.length ?? 0
  const drops = plan.dropPath && blocks > 0
  return {
    feeds: {
      ...sequenceFeeds(plan),
      labels: { shape: ['batch', plan.frames], dtype: 'int32' },
      frameWeights: { shape: ['batch', plan.frames], dtype: 'float32' },
      sequenceLabels: { shape: ['batch'], dtype: 'int32' },
      ...(drops ? { pathFactors: { shape: [blocks, 'batch', plan.frames], dtype: 'float32' } as const } : {}),
      ...scalarFeeds(plan),
    },
    body(variables, feeds) {
      const { tf } = kernels
      const input = inputOf(kernels, plan, feeds, drops ? take(feeds, 'pathFactors') : null)
      const labels = kernels.run('Reshape', { T: int32, Tshape: int32 }, [take(feeds, 'labels'), tf.tensor1d([-1], 'int32')]) as Tensor1D
      const frameWeights = reshape(kernels, take(feeds, 'frameWeights'), [-1]) as Tensor1D
      const tensors = [...named(kernels, plan.layout, 'weights', take(variables, 'weights'))]
      let correct: Scalar | undefined
      const lossOf = (...values: Tensor[]): Scalar => {
        const { logits } = keypointLogits(kernels, plan.network, new Map(tensors.map(([name], index) => [name, values[index] as Tensor])), input)
        correct = tf.keep(correctSequences(kernels, plan.frames, logits, input.shares, take<Tensor1D>(feeds, 'sequenceLabels')))
        return crossEntropy(kernels, logits, labels, frameWeights, plan.labelSmoothing, plan.classWeights)
      }
      const { value: loss, grads } = tf.valueAndGrads(lossOf)(tensors.map(([, tensor]) => tensor))
      const gradient = pack(kernels, grads, plan.network.parameters.map(() => 'float32' as const))
      const hits = tf.cast(correct as Scalar, 'float32')
      correct?.dispose()
      const { gradientNorm, assign } = update(kernels, plan, variables, feeds, gradient, take(variables, 'statistics'))
      return { outputs: { loss, correct: hits, gradientNorm }, assign }
    },
  }
}

function correctSequences(kernels: Kernels, frames: number, logits: Tensor2D, shares: Tensor2D, labels: Tensor1D): Scalar {
  const probabilities = kernels.run('Mul', { T: float32 }, [kernels.run('Softmax', { T: float32 }, [logits]), shares])
  const means = kernels.run('Sum', { T: float32, Tidx: int32, keep_dims: { bool: false } }, [reshape(kernels, probabilities, [-1, frames, logits.shape[1]]), kernels.tf.tensor1d([1], 'int32')])
  return correctCount(kernels, means as Tensor2D, labels)
}
