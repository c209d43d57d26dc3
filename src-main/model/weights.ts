import { sizeOf } from '../engine/ops/kernels.ts'
import { randomStream } from '../engine/random.ts'
import type { Network, Norm, Parameter } from './network.ts'

/** Values with a shape. */
export interface WeightArray {
  shape: number[]
  data: Float32Array
}

const purposeWeights = 0x77656967

/** The norms with running statistics. */
const batchNorms = ({ norms }: Pick<Network, 'norms'>): Norm[] => norms.filter(({ groupWidth }) => groupWidth === undefined)

/** Names and shapes of the batch norms' running statistics, in order: `running_mean` and `running_var` of each. */
export function statisticsLayout(network: Pick<Network, 'norms'>): { name: string; shape: number[] }[] {
  return batchNorms(network).flatMap(({ name, channels }) => [
    { name: `${name}.running_mean`, shape: [channels] },
    { name: `${name}.running_var`, shape: [channels] },
  ])
}

function initialValues({ shape, initialisation }: Parameter, seed: number, index: number): Float32Array {
  const values = new Float32Array(sizeOf(shape))
  if (initialisation === 'zeros') return values
  if (initialisation === 'ones') return values.fill(1)
  const fanOut = sizeOf(shape.slice(0, -2)) * (shape.at(-1) as number)
  const fanIn = sizeOf(shape.slice(0, -1))
  const deviation = { head: 0.01, 'fan-out': Math.sqrt(2 / fanOut), 'fan-in': Math.sqrt(1 / fanIn) }[initialisation]
  const stream = randomStream(seed, purposeWeights, index)
  for (let position = 0; position < values.length; position++) values[position] = stream.normal() * deviation
  return values
}

/** The weights a network begins with, by a seed; one flat vector in the order of `network.parameters`. */
export function initialWeights(network: Pick<Network, 'parameters'>, seed: number): Float32Array {
  const flat = new Float32Array(network.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0))
  let offset = 0
  network.parameters.forEach((parameter, index) => {
    const values = initialValues(parameter, seed, index)
    flat.set(values, offset)
    offset += values.length
  })
  return flat
}

/** The running statistics a network begins with (means 0, variances 1); one flat vector in the order of `statisticsLayout`. */
export function initialStatistics(network: Pick<Network, 'norms'>): Float32Array {
  const norms = batchNorms(network)
  const flat = new Float32Array(norms.reduce((sum, { channels }) => sum + 2 * channels, 0))
  let offset = 0
  for (const { channels } of norms) {
    flat.fill(1, offset + channels, offset + 2 * channels)
    offset += 2 * channels
  }
  return flat
}
