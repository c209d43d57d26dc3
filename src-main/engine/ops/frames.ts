import type { Tensor, Tensor1D, Tensor2D } from '../runtime/load.ts'
import { float32, int32 } from './kernels.ts'
import type { Kernels } from './kernels.ts'
import { matMul } from './matMul.ts'
import { reshape } from './reshape.ts'

/**
 * A matrix product without bias.
 * @param input [rows, inputs]
 * @param weight [inputs, outputs]
 */
export function project(kernels: Kernels, input: Tensor2D, weight: Tensor2D): Tensor2D {
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, w, save] = given as [Tensor2D, Tensor2D, (tensors: Tensor[]) => void]
    save([x, w])
    return {
      value: matMul(kernels, x, w),
      gradFunc: (dy: Tensor, [x, w]: Tensor[]) => [matMul(kernels, dy, w as Tensor, { transposeB: true }), matMul(kernels, x as Tensor, dy, { transposeA: true })],
    }
  })(input, weight) as Tensor2D
}

/** Rows plus a bias. @param bias [channels] */
export function addBias(kernels: Kernels, input: Tensor2D, bias: Tensor1D): Tensor2D {
  const attributes = { T: float32, data_format: { string: 'NHWC' } }
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, b] = given as [Tensor2D, Tensor1D]
    return { value: kernels.run('BiasAdd', attributes, [x, b]), gradFunc: (dy: Tensor) => [dy, kernels.run('BiasAddGrad', attributes, [dy])] }
  })(input, bias) as Tensor2D
}

/** Reshape of a float32 tensor, one length −1 where it is the batch's. Differentiable. */
export function reshaped(kernels: Kernels, input: Tensor, shape: readonly number[]): Tensor {
  const back = input.shape.map((length, axis) => (axis === 0 ? -1 : length))
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x] = given as [Tensor]
    return { value: reshape(kernels, x, shape), gradFunc: (dy: Tensor) => reshape(kernels, dy, back) }
  })(input)
}

/** Each row times a number of its own that is not learnt. @param factors [rows, 1] */
export function scaleRows(kernels: Kernels, input: Tensor, factors: Tensor): Tensor {
  const scaled = (rows: Tensor, by: Tensor): Tensor => kernels.run('Mul', { T: float32 }, [rows, by])
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void]
    save([factors])
    return { value: scaled(x, factors), gradFunc: (dy: Tensor, [by]: Tensor[]) => scaled(dy, by as Tensor) }
  })(input)
}

/**
 * Sums over the frames of each sequence, weighted: [sequences · frames, channels] → [sequences · frames, channels], every frame of a sequence the same.
 * @param frames frames of each sequence, those of padding too
 * @param shares [sequences · frames, 1]: weight of each frame; 1 / their number makes it a mean, 0 leaves padding out
 */
export function frameMeans(kernels: Kernels, input: Tensor2D, shares: Tensor, frames: number): Tensor2D {
  const channels = input.shape[1]
  const summed = (rows: Tensor): Tensor => kernels.run('Sum', { T: float32, Tidx: int32, keep_dims: { bool: true } }, [reshape(kernels, rows, [-1, frames, channels]), kernels.tf.tensor1d([1], 'int32')])
  const multiplied = (one: Tensor, other: Tensor): Tensor => kernels.run('Mul', { T: float32 }, [one, other])
  /** [sequences, 1, channels] to all frames. */
  const spread = (sums: Tensor, by: Tensor): Tensor => reshape(kernels, multiplied(sums, by), [-1, channels])
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void]
    save([shares])
    const ones = kernels.run('OnesLike', { T: float32 }, [reshape(kernels, shares, [-1, frames, 1])])
    return {
      value: spread(summed(multiplied(x, shares)), ones),
      gradFunc: (dy: Tensor, [weights]: Tensor[]) => spread(summed(dy), reshape(kernels, weights as Tensor, [-1, frames, 1])),
    }
  })(input) as Tensor2D
}
