import type { Tensor, Tensor4D } from '../runtime/load.ts'
import { float32, int32 } from './kernels.ts'
import type { Attributes, Kernels } from './kernels.ts'
import { matMul } from './matMul.ts'
import { reshape } from './reshape.ts'

const attributes = (stride: number, padding: 'SAME' | 'VALID'): Attributes => ({
  T: float32,
  strides: { ints: [1, stride, stride, 1] },
  padding: { string: padding },
  data_format: { string: 'NHWC' },
  dilations: { ints: [1, 1, 1, 1] },
})

/** For wider groups and stride 1 oneDNN's kernels, which TensorFlow uses, are the faster ones. */
const widestOwnGroup = 24

/**
 * 2-D convolution without bias, padded by (kernel − 1) / 2 on each side as PyTorch does. TensorFlow's SAME is that for stride 1; for a larger
 * stride SAME is lopsided, so the input is padded first. Grouped when the filter is shallower than the input.
 *
 * @param input [batch, height, width, channels]
 * @param filter [kernel, kernel, channels / groups, output channels], kernel odd; a kernel of 1 is not grouped
 */
export function conv2d(kernels: Kernels, input: Tensor4D, filter: Tensor4D, stride: number): Tensor4D {
  const kernel = filter.shape[0]
  if (kernel === 1) return pointwise(kernels, stride > 1 ? everyNth(kernels, input, stride) : input, filter)
  if (kernels.native && kernel === 3 && (filter.shape[2] <= widestOwnGroup || stride === 2) && filter.shape[2] < input.shape[3]) return grouped(kernels, input, filter, stride)
  const margin = (kernel - 1) / 2
  const padded = stride > 1 && margin > 0
  const settings = attributes(stride, margin > 0 && !padded ? 'SAME' : 'VALID')
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, w, save] = given as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void]
    const source = padded ? pad(kernels, x, margin) : x
    save([source, w])
    return {
      value: kernels.run('Conv2D', settings, [source, w]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [source, w] = saved as [Tensor4D, Tensor4D]
        const sourceShape = kernels.run('Shape', { T: float32, out_type: int32 }, [source])
        const dSource = kernels.run('Conv2DBackpropInput', settings, [sourceShape, w, dy])
        const filterShape = tf.tensor1d(w.shape, 'int32')
        const dFilter = kernels.run('Conv2DBackpropFilter', settings, [source, filterShape, dy])
        return [padded ? unpad(kernels, dSource, margin, input.shape) : dSource, dFilter]
      },
    }
  })(input, filter) as Tensor4D
}

/** A grouped 3×3 convolution by Handloom's own operations, `engine/native/grouped_convolution.h`. */
function grouped(kernels: Kernels, input: Tensor4D, filter: Tensor4D, stride: number): Tensor4D {
  const [, height, width] = input.shape
  const settings: Attributes = { T: float32, stride: { int: stride } }
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x, w, save] = given as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void]
    save([x, w])
    return {
      value: kernels.run('HandloomConvolution', settings, [x, w]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, w] = saved as [Tensor4D, Tensor4D]
        return [
          kernels.run('HandloomConvolutionInputGradient', { ...settings, height: { int: height }, width: { int: width } }, [w, dy]),
          kernels.run('HandloomConvolutionFilterGradient', { ...settings, group_width: { int: filter.shape[2] } }, [x, dy]),
        ]
      },
    }
  })(input, filter) as Tensor4D
}

function pad(kernels: Kernels, input: Tensor, margin: number): Tensor {
  const paddings = kernels.tf.tensor2d([[0, 0], [margin, margin], [margin, margin], [0, 0]], [4, 2], 'int32')
  return kernels.run('Pad', { T: float32, Tpaddings: int32 }, [input, paddings])
}

function unpad(kernels: Kernels, input: Tensor, margin: number, shape: readonly number[]): Tensor {
  const begin = kernels.tf.tensor1d([0, margin, margin, 0], 'int32')
  const size = kernels.tf.tensor1d([-1, shape[1] as number, shape[2] as number, -1], 'int32')
  return kernels.run('Slice', { T: float32, Index: int32 }, [input, begin, size])
}

/**
 * Every n-th pixel in both directions, which is all that a 1×1 convolution with a stride looks at. (Conv2D could do both at once, but oneDNN's
 * gradient of such a filter writes past its memory when the input has fewer than 16 channels: TensorFlow 2.21 on AVX-512 crashes.)
 */
function everyNth(kernels: Kernels, input: Tensor4D, stride: number): Tensor4D {
  const { tf } = kernels
  const [, height, width, channels] = input.shape
  if (kernels.native) return subsample(kernels, input, stride)
  const settings: Attributes = {
    T: float32,
    Index: int32,
    begin_mask: { int: 0 },
    // The batch is taken whole, whatever its length.
    end_mask: { int: 1 },
    ellipsis_mask: { int: 0 },
    new_axis_mask: { int: 0 },
    shrink_axis_mask: { int: 0 },
  }
  const bounds = (): Tensor[] => [[0, 0, 0, 0], [0, height, width, channels], [1, stride, stride, 1]].map((values) => tf.tensor1d(values, 'int32'))
  return tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor4D, (tensors: Tensor[]) => void]
    save([x])
    return {
      value: kernels.run('StridedSlice', settings, [x, ...bounds()]),
      gradFunc: (dy: Tensor, [x]: Tensor[]) => {
        const shape = kernels.run('Shape', { T: float32, out_type: int32 }, [x as Tensor])
        return kernels.run('StridedSliceGrad', settings, [shape, ...bounds(), dy])
      },
    }
  })(input) as Tensor4D
}

function subsample(kernels: Kernels, input: Tensor4D, step: number): Tensor4D {
  const [, height, width] = input.shape
  const settings: Attributes = { T: float32, step: { int: step } }
  return kernels.tf.customGrad((...given: unknown[]) => {
    const [x] = given as [Tensor4D]
    return {
      value: kernels.run('HandloomSubsample', settings, [x]),
      gradFunc: (dy: Tensor) => kernels.run('HandloomSubsampleGradient', { ...settings, height: { int: height }, width: { int: width } }, [dy]),
    }
  })(input) as Tensor4D
}

/** A 1×1 convolution of stride 1 is a matrix product over all pixels; on some processors that is much faster than Conv2D. */
function pointwise(kernels: Kernels, input: Tensor4D, filter: Tensor4D): Tensor4D {
  const [, height, width, channels] = input.shape
  const outputs = filter.shape[3]
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, w, save] = given as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void]
    save([x, w])
    const product = matMul(kernels, reshape(kernels, x, [-1, channels]), reshape(kernels, w, [channels, outputs]))
    return {
      value: reshape(kernels, product, [-1, height, width, outputs]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, w] = saved as [Tensor4D, Tensor4D]
        const dRows = reshape(kernels, dy, [-1, outputs])
        const dInput = matMul(kernels, dRows, reshape(kernels, w, [channels, outputs]), { transposeB: true })
        const dFilter = matMul(kernels, reshape(kernels, x, [-1, channels]), dRows, { transposeA: true })
        return [reshape(kernels, dInput, [-1, height, width, channels]), reshape(kernels, dFilter, [1, 1, channels, outputs])]
      },
    }
  })(input, filter) as Tensor4D
}
