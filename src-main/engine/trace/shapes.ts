import { HandloomError } from '../../contract/errors.ts'
import { dataType, sizeOf } from '../ops/kernels.ts'

/** What is known of a tensor during a trace: no values, except of small integer tensors such as shapes and axes. */
export interface TracedTensor {
  shape: readonly number[]
  dtype: number
  /** Values of an int32 constant, or of what `Shape` gives. */
  integers?: readonly number[]
}

type AttributeLookup = (name: string) => unknown
type ShapeRule = (inputs: readonly TracedTensor[], attribute: AttributeLookup, outputs: number) => TracedTensor[]

const at = <T>(values: readonly T[], index: number): T => {
  const value = values[index]
  if (value === undefined) throw new HandloomError('internal', `A traced op has no input or length number ${index}.`)
  return value
}

const integersOf = (tensor: TracedTensor): readonly number[] => {
  if (!tensor.integers) throw new HandloomError('internal', 'A traced op takes a shape that is not known while tracing.')
  return tensor.integers
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, index) => {
    const x = a[a.length - rank + index] ?? 1
    const y = b[b.length - rank + index] ?? 1
    if (x !== y && x !== 1 && y !== 1) throw new HandloomError('internal', `Shapes [${a.join(', ')}] and [${b.join(', ')}] do not go together.`)
    return x === 1 ? y : x
  })
}

const same: ShapeRule = ([x]) => [{ shape: at([x], 0)!.shape, dtype: x!.dtype }]
const likeSecond: ShapeRule = (inputs) => [{ shape: at(inputs, 1).shape, dtype: at(inputs, 1).dtype }]
const binary: ShapeRule = (inputs) => [{ shape: broadcast(at(inputs, 0).shape, at(inputs, 1).shape), dtype: at(inputs, 0).dtype }]
const comparison: ShapeRule = (inputs) => [{ shape: broadcast(at(inputs, 0).shape, at(inputs, 1).shape), dtype: dataType.bool }]

const reduction: ShapeRule = (inputs, attribute) => {
  const { shape, dtype } = at(inputs, 0)
  const axes = new Set(integersOf(at(inputs, 1)).map((axis) => (axis < 0 ? axis + shape.length : axis)))
  const reduced = attribute('keep_dims') ? shape.map((length, axis) => (axes.has(axis) ? 1 : length)) : shape.filter((_, axis) => !axes.has(axis))
  return [{ shape: reduced, dtype }]
}

const convolution: ShapeRule = (inputs, attribute) => {
  const [batch, height, width] = at(inputs, 0).shape as [number, number, number]
  const [kernelHeight, kernelWidth, , channels] = at(inputs, 1).shape as [number, number, number, number]
  const [, strideY, strideX] = attribute('strides') as [number, number, number]
  const valid = attribute('padding') === 'VALID'
  const length = (input: number, kernel: number, stride: number): number => Math.ceil((valid ? input - kernel + 1 : input) / stride)
  return [{ shape: [batch, length(height, kernelHeight, strideY), length(width, kernelWidth, strideX), channels], dtype: at(inputs, 0).dtype }]
}

const rules: Record<string, ShapeRule> = {
  Relu: same, Sigmoid: same, Sqrt: same, Rsqrt: same, Square: same, Neg: same, Identity: same, ZerosLike: same, OnesLike: same,
  ReluGrad: same, SigmoidGrad: same, Softmax: same, BiasAdd: same,
  Add: binary, AddV2: binary, Sub: binary, Mul: binary, RealDiv: binary, Maximum: binary, Minimum: binary,
  Greater: comparison, GreaterEqual: comparison, Less: comparison, Equal: comparison,
  Select: likeSecond, SelectV2: likeSecond,
  Mean: reduction, Sum: reduction, Max: reduction,
  Conv2D: convolution,
  Conv2DBackpropInput: (inputs) => [{ shape: integersOf(at(inputs, 0)), dtype: at(inputs, 2).dtype }],
  Conv2DBackpropFilter: (inputs) => [{ shape: integersOf(at(inputs, 1)), dtype: at(inputs, 2).dtype }],
  FusedBatchNormV3: (inputs) => {
    const [{ shape, dtype }, scale] = [at(inputs, 0), at(inputs, 1)]
    return [{ shape, dtype }, ...Array.from({ length: 5 }, () => ({ shape: scale.shape, dtype: scale.dtype }))]
  },
  FusedBatchNormGradV3: (inputs) => {
    const [{ shape, dtype }, scale] = [at(inputs, 0), at(inputs, 2)]
    return [{ shape, dtype }, ...Array.from({ length: 4 }, () => ({ shape: scale.shape, dtype: scale.dtype }))]
  },
  MatMul: (inputs, attribute) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)]
    return [{ shape: [at(a.shape, attribute('transpose_a') ? 1 : 0), at(b.shape, attribute('transpose_b') ? 0 : 1)], dtype: a.dtype }]
  },
  BiasAddGrad: (inputs) => [{ shape: at(inputs, 0).shape.slice(-1), dtype: at(inputs, 0).dtype }],
  Pad: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    const paddings = integersOf(at(inputs, 1))
    return [{ shape: shape.map((length, axis) => length + at(paddings, 2 * axis) + at(paddings, 2 * axis + 1)), dtype }]
  },
  Slice: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    const [begin, size] = [integersOf(at(inputs, 1)), integersOf(at(inputs, 2))]
    return [{ shape: shape.map((length, axis) => (at(size, axis) < 0 ? length - at(begin, axis) : at(size, axis))), dtype }]
  },
  StridedSlice: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    const strides = integersOf(at(inputs, 3))
    return [{ shape: shape.map((length, axis) => Math.ceil(length / at(strides, axis))), dtype }]
  },
  StridedSliceGrad: (inputs) => [{ shape: integersOf(at(inputs, 0)), dtype: at(inputs, 4).dtype }],
  Reshape: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    const wanted = integersOf(at(inputs, 1))
    const known = sizeOf(wanted.filter((length) => length >= 0))
    return [{ shape: wanted.map((length) => (length < 0 ? sizeOf(shape) / known : length)), dtype }]
  },
  BroadcastTo: (inputs) => [{ shape: integersOf(at(inputs, 1)), dtype: at(inputs, 0).dtype }],
  Fill: (inputs) => [{ shape: integersOf(at(inputs, 0)), dtype: at(inputs, 1).dtype }],
  Shape: (inputs) => [{ shape: [at(inputs, 0).shape.length], dtype: dataType.int32, integers: at(inputs, 0).shape }],
  Cast: (inputs, attribute) => [{ shape: at(inputs, 0).shape, dtype: attribute('DstT') as number }],
  OneHot: (inputs) => [{ shape: [...at(inputs, 0).shape, at(integersOf(at(inputs, 1)), 0)], dtype: at(inputs, 2).dtype }],
  ArgMax: (inputs) => {
    const { shape } = at(inputs, 0)
    const axis = at(integersOf(at(inputs, 1)), 0)
    return [{ shape: shape.filter((_, index) => index !== axis), dtype: dataType.int32 }]
  },
  SplitV: (inputs) => integersOf(at(inputs, 1)).map((length) => {
    const axis = at(integersOf(at(inputs, 2)), 0)
    return { shape: at(inputs, 0).shape.map((whole, index) => (index === axis ? length : whole)), dtype: at(inputs, 0).dtype }
  }),
  ConcatV2: (inputs) => {
    const parts = inputs.slice(0, -1)
    const axis = at(integersOf(at(inputs, inputs.length - 1)), 0)
    const total = parts.reduce((sum, part) => sum + at(part.shape, axis), 0)
    return [{ shape: at(parts, 0).shape.map((length, index) => (index === axis ? total : length)), dtype: at(parts, 0).dtype }]
  },
  Pack: (inputs) => [{ shape: [inputs.length, ...at(inputs, 0).shape], dtype: at(inputs, 0).dtype }],
  Unpack: (inputs, _, outputs) => Array.from({ length: outputs }, () => ({ shape: at(inputs, 0).shape.slice(1), dtype: at(inputs, 0).dtype })),
  L2Loss: (inputs) => [{ shape: [], dtype: at(inputs, 0).dtype }],
  SoftmaxCrossEntropyWithLogits: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    return [{ shape: shape.slice(0, 1), dtype }, { shape, dtype }]
  },
  HandloomUnpack: (_, attribute) => {
    const types = attribute('Ts') as number[]
    return (attribute('sizes') as number[]).map((size, index) => ({ shape: [size], dtype: at(types, index) }))
  },
  HandloomPack: (inputs) => [{ shape: [inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0)], dtype: dataType.float32 }],
  HandloomBatchNorm: (inputs) => {
    const [{ shape, dtype }, scale] = [at(inputs, 0), at(inputs, 1)]
    return [{ shape, dtype }, ...Array.from({ length: 3 }, () => scale)]
  },
  HandloomBatchNormGradient: (inputs, _, outputs) => {
    const [{ shape, dtype }, scale] = [at(inputs, 1), at(inputs, 2)]
    return [{ shape, dtype }, scale, scale, { shape, dtype }].slice(0, outputs)
  },
  HandloomConvolution: (inputs, attribute) => {
    const { shape: [batch, height, width, channels], dtype } = at(inputs, 0) as { shape: [number, number, number, number]; dtype: number }
    const stride = attribute('stride') as number
    return [{ shape: [batch, Math.ceil(height / stride), Math.ceil(width / stride), channels], dtype }]
  },
  HandloomConvolutionInputGradient: (inputs, attribute) => {
    const { shape, dtype } = at(inputs, 1)
    return [{ shape: [at(shape, 0), attribute('height') as number, attribute('width') as number, at(shape, 3)], dtype }]
  },
  HandloomConvolutionFilterGradient: (inputs, attribute) => {
    const { shape, dtype } = at(inputs, 0)
    return [{ shape: [3, 3, attribute('group_width') as number, at(shape, 3)], dtype }]
  },
  HandloomSubsample: (inputs, attribute) => {
    const { shape, dtype } = at(inputs, 0)
    const step = attribute('step') as number
    return [{ shape: shape.map((length, axis) => (axis === 1 || axis === 2 ? Math.ceil(length / step) : length)), dtype }]
  },
  HandloomSubsampleGradient: (inputs, attribute) => {
    const { shape, dtype } = at(inputs, 0)
    return [{ shape: [at(shape, 0), attribute('height') as number, attribute('width') as number, at(shape, 3)], dtype }]
  },
  HandloomBiasActivation: same,
  HandloomWarp: (inputs, attribute) => {
    const size = attribute('size') as number
    return [{ shape: [at(at(inputs, 0).shape, 0), size, size, 3], dtype: dataType.float32 }]
  },
  HandloomAveragePool: (inputs) => [{ shape: [at(at(inputs, 0).shape, 0), at(at(inputs, 0).shape, 3)], dtype: dataType.float32 }],
  HandloomAveragePoolGradient: same,
  HandloomPrefix: (_, attribute) => [{ shape: [attribute('size') as number], dtype: dataType.float32 }],
  HandloomJoin: same,
  HandloomJoinGradient: (inputs) => [at(inputs, 1), at(inputs, 1)].map(({ shape, dtype }) => ({ shape, dtype })),
  HandloomGate: same,
  HandloomGateGradient: (inputs) => [{ shape: [at(at(inputs, 0).shape, 0), at(at(inputs, 0).shape, 3)], dtype: dataType.float32 }],
  HandloomGateInputGradient: same,
  ImageProjectiveTransformV3: (inputs) => {
    const { shape, dtype } = at(inputs, 0)
    return [{ shape: [at(shape, 0), ...integersOf(at(inputs, 2)), at(shape, 3)], dtype }]
  },
}

/**
 * Shapes and types of an op's outputs from those of its inputs, so that a step can be traced without computing it.
 * @throws HandloomError `internal` for an op that has no rule here.
 */
export function inferOutputs(op: string, inputs: readonly TracedTensor[], attribute: AttributeLookup, outputs: number): TracedTensor[] {
  const rule = rules[op]
  if (!rule) throw new HandloomError('internal', `The op ${op} cannot be traced: it has no shape rule in engine/trace/shapes.ts.`)
  return rule(inputs, attribute, outputs)
}
