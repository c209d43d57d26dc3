import type { Scalar, Tensor, Tensor1D, Tensor2D } from '../runtime/load.ts'
import { float32, int32 } from './kernels.ts'
import type { Kernels } from './kernels.ts'
import { reshape } from './reshape.ts'

/**
 * Softmax cross-entropy, weighted per sample: Σ weightᵢ · lossᵢ. With weights that sum to one it is a mean.
 * Label smoothing as in PyTorch: target = (1 − smoothing) · one-hot + smoothing / classes (Szegedy et al., 2016). Class weights too: they
 * weigh each class's part of the smoothed target. `torch.nn.CrossEntropyLoss(weight, label_smoothing)` divides by Σ class weight of the
 * label: give each sample one over that.
 *
 * @param logits [batch, classes]
 * @param labels [batch] int32
 * @param sampleWeights [batch]
 * @param classWeights one for each class; default: none
 */
export function crossEntropy(kernels: Kernels, logits: Tensor2D, labels: Tensor1D, sampleWeights: Tensor1D, smoothing: number, classWeights?: readonly number[]): Scalar {
  const classes = logits.shape[1]
  const { tf } = kernels
  const off = smoothing / classes
  const smoothed = kernels.run('OneHot', { T: float32, TI: int32, axis: { int: -1 } }, [
    labels, tf.scalar(classes, 'int32'), tf.scalar(1 - smoothing + off), tf.scalar(off),
  ])
  const { targets, weights } = classWeights ? weigh(kernels, smoothed, sampleWeights, classWeights) : { targets: smoothed, weights: sampleWeights }
  return tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor2D, (tensors: Tensor[]) => void]
    const [losses, backprop] = kernels.runAll('SoftmaxCrossEntropyWithLogits', { T: float32 }, [x, targets], 2) as [Tensor, Tensor]
    save([backprop, weights])
    const weighted = kernels.run('Mul', { T: float32 }, [losses, weights])
    return {
      value: kernels.run('Sum', { T: float32, Tidx: int32, keep_dims: { bool: false } }, [weighted, tf.tensor1d([0], 'int32')]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [backprop, weights] = saved as [Tensor, Tensor]
        const share = reshape(kernels, kernels.run('Mul', { T: float32 }, [weights, dy]), [-1, 1])
        return kernels.run('Mul', { T: float32 }, [backprop, share])
      },
    }
  })(logits) as Scalar
}

/** Targets by class, brought back to rows that sum to one, for which alone the kernel's gradient holds; what they summed to weighs the sample. */
function weigh(kernels: Kernels, smoothed: Tensor, sampleWeights: Tensor1D, classWeights: readonly number[]): { targets: Tensor; weights: Tensor } {
  const { tf } = kernels
  const weighted = tf.mul(smoothed, tf.tensor1d([...classWeights]))
  const sums = kernels.run('Sum', { T: float32, Tidx: int32, keep_dims: { bool: true } }, [weighted, tf.tensor1d([1], 'int32')])
  return { targets: tf.div(weighted, sums), weights: tf.mul(sampleWeights, reshape(kernels, sums, [-1])) }
}

/** How many rows have their largest logit at their label. int32 scalar; not differentiable. */
export function correctCount(kernels: Kernels, logits: Tensor2D, labels: Tensor1D): Scalar {
  const { tf } = kernels
  const best = kernels.run('ArgMax', { T: float32, Tidx: int32, output_type: int32 }, [logits, tf.scalar(1, 'int32')])
  const hits = kernels.run('Cast', { SrcT: { type: 'bool' }, DstT: int32 }, [kernels.run('Equal', { T: int32 }, [best, labels])])
  return kernels.run('Sum', { T: int32, Tidx: int32, keep_dims: { bool: false } }, [hits, tf.tensor1d([0], 'int32')]) as Scalar
}
