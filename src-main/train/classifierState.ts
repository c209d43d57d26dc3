import { HandloomError } from '../contract/errors.ts'
import { sizeOf } from '../engine/ops/kernels.ts'
import type { Network } from '../model/network.ts'
import { statisticsLayout } from '../model/weights.ts'
import type { WeightArray } from '../model/weights.ts'
import { lossScaleParts } from './lossScale.ts'

interface Part {
  name: string
  shape: number[]
}

/** Which flat variables a classifier has, and which named tensors lie in each, in order. */
export interface StateLayout {
  /** Shape of each variable: one flat vector. */
  variables: Record<string, [number]>
  parts: Record<string, Part[]>
}

/**
 * The variables of a classifier: `weights`, `statistics` (of batch norm), one per optimiser slot, and `averageWeights`, `averageStatistics`
 * where a moving average is kept, `lossScale` where the loss is scaled. Each is one vector, so that optimiser, average and checkpoint are a few
 * large operations.
 */
export function stateLayout(network: Pick<Network, 'parameters' | 'norms'>, slots: readonly string[], averaged: boolean, lossScaling = false): StateLayout {
  const weights = network.parameters.map(({ name, shape }) => ({ name, shape }))
  const statistics = statisticsLayout(network)
  const parts: Record<string, Part[]> = { weights, statistics }
  for (const slot of slots) parts[`optimizer.${slot}`] = weights
  if (averaged) Object.assign(parts, { averageWeights: weights, averageStatistics: statistics })
  if (lossScaling) parts.lossScale = lossScaleParts.map((name) => ({ name, shape: [1] }))
  const variables = Object.fromEntries(
    Object.entries(parts).map(([variable, list]): [string, [number]] => [variable, [list.reduce((sum, { shape }) => sum + sizeOf(shape), 0)]]),
  )
  return { variables, parts }
}

/** All tensors by name, `variable/tensor`. Those of one variable share its memory. */
export function namedStateOf(layout: StateLayout, read: (variable: string) => Float32Array): Map<string, WeightArray> {
  const state = new Map<string, WeightArray>()
  for (const [variable, parts] of Object.entries(layout.parts)) {
    const flat = read(variable)
    let offset = 0
    for (const { name, shape } of parts) {
      const end = offset + sizeOf(shape)
      state.set(`${variable}/${name}`, { shape: [...shape], data: flat.subarray(offset, end) })
      offset = end
    }
  }
  return state
}

/**
 * The flat vectors of a complete state.
 * @throws HandloomError `bad-input` naming the first tensor that is missing, unknown, of another shape or not finite
 */
export function flatStateOf(layout: StateLayout, state: ReadonlyMap<string, WeightArray>): Map<string, Float32Array> {
  const flats = new Map<string, Float32Array>()
  const wanted = new Set<string>()
  for (const [variable, parts] of Object.entries(layout.parts)) {
    const flat = new Float32Array(layout.variables[variable]?.[0] ?? 0)
    let offset = 0
    for (const { name, shape } of parts) {
      const full = `${variable}/${name}`
      wanted.add(full)
      const data = checked(full, shape, state.get(full))
      flat.set(data, offset)
      offset += data.length
    }
    flats.set(variable, flat)
  }
  const unknown = [...state.keys()].find((name) => !wanted.has(name))
  if (unknown !== undefined) throw misfit(unknown, 'is not part of this model and optimiser')
  return flats
}

function checked(name: string, shape: readonly number[], tensor: WeightArray | undefined): Float32Array {
  if (!tensor) throw misfit(name, 'is missing')
  if (tensor.shape.length !== shape.length || tensor.shape.some((length, axis) => length !== shape[axis]) || tensor.data.length !== sizeOf(shape)) {
    throw misfit(name, `is [${tensor.shape.join(', ')}] where [${shape.join(', ')}] is wanted`)
  }
  if (!tensor.data.every(Number.isFinite)) throw misfit(name, 'holds values that are not finite')
  return tensor.data
}

function misfit(name: string, what: string): HandloomError {
  return new HandloomError('bad-input', `The checkpoint does not fit: ${name} ${what}. Use a checkpoint of the same model, classes and optimiser.`, { place: name })
}
