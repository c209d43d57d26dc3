import type { Tensor, Tensor1D } from '../runtime/load.ts'
import { convert } from './cast.ts'
import { float32, int32, sizeOf } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'
import { reshape } from './reshape.ts'

/** A tensor that lies in a flat vector, and the type to have it in. */
export interface FlatPart {
  shape: readonly number[]
  /** Default float32. */
  type?: FeatureType
}

/** Cuts one flat vector of float32 into tensors, in order. Not differentiable. */
export function unpack(kernels: Kernels, flat: Tensor1D, parts: readonly FlatPart[]): Tensor[] {
  if (parts.length === 0) return []
  const pieces = parts.length === 1 ? [flat] : cut(kernels, flat, parts)
  return pieces.map((piece, index) => {
    const { shape, type = 'float32' } = parts[index] as FlatPart
    const typed = type === 'float32' || inPlace(kernels, parts) ? piece : convert(kernels, piece, type)
    return shape.length === 1 ? typed : reshape(kernels, typed, shape)
  })
}

/** Whether cutting converts too. */
const inPlace = (kernels: Kernels, parts: readonly FlatPart[]): boolean => kernels.native && parts.length > 1

function cut(kernels: Kernels, flat: Tensor1D, parts: readonly FlatPart[]): Tensor[] {
  const sizes = parts.map(({ shape }) => sizeOf(shape))
  if (inPlace(kernels, parts)) {
    return kernels.runAll('HandloomUnpack', { sizes: { ints: sizes }, Ts: { types: parts.map(({ type = 'float32' }) => type) } }, [flat], parts.length)
  }
  const { tf } = kernels
  return kernels.runAll('SplitV', { T: float32, Tlen: int32, num_split: { int: parts.length } }, [flat, tf.tensor1d(sizes, 'int32'), tf.scalar(0, 'int32')], parts.length)
}

/** Joins tensors of the types that `parts` gives into one flat vector of float32, in order. Not differentiable. */
export function pack(kernels: Kernels, tensors: readonly Tensor[], types: readonly (FeatureType | undefined)[] = []): Tensor1D {
  if (tensors.length === 0) return kernels.tf.tensor1d([])
  if (kernels.native && tensors.length > 1) return kernels.run('HandloomPack', { Ts: { types: 'inputs' } }, tensors) as Tensor1D
  const vectors = tensors.map((tensor, index) => {
    const vector = tensor.rank === 1 ? tensor : reshape(kernels, tensor, [-1])
    return (types[index] ?? 'float32') === 'float32' ? vector : convert(kernels, vector, 'float32')
  })
  if (vectors.length === 1) return vectors[0] as Tensor1D
  const axis = kernels.tf.scalar(0, 'int32')
  return kernels.run('ConcatV2', { T: float32, Tidx: int32, N: { int: vectors.length } }, [...vectors, axis]) as Tensor1D
}

/** A vector of `size` with one value for its first `length` elements and another for the rest. Not differentiable. */
export function prefix(kernels: Kernels, first: Tensor, rest: Tensor, length: number, size: number): Tensor1D {
  if (kernels.native) return kernels.run('HandloomPrefix', { length: { int: length }, size: { int: size } }, [first, rest]) as Tensor1D
  const filled = (value: Tensor, count: number): Tensor => kernels.run('Fill', { T: float32, index_type: int32 }, [kernels.tf.tensor1d([count], 'int32'), value])
  return pack(kernels, [filled(first, length), filled(rest, size - length)])
}

/** Euclidean norm of a tensor. Not differentiable. */
export function norm(kernels: Kernels, tensor: Tensor): Tensor {
  const half = kernels.run('L2Loss', { T: float32 }, [tensor])
  return kernels.run('Sqrt', { T: float32 }, [kernels.run('Mul', { T: float32 }, [half, kernels.tf.scalar(2)])])
}
