import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { unpack } from '../../src-main/engine/ops/flat.ts'
import { kernelsOf, sizeOf } from '../../src-main/engine/ops/kernels.ts'
import type { FeatureType } from '../../src-main/engine/ops/kernels.ts'
import { hasNativeOperations, loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Tensor, Tensor1D, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { compile } from '../../src-main/engine/trace/program.ts'
import { evaluationLogits } from '../../src-main/model/computation.ts'
import { exportWeights, importWeights } from '../../src-main/model/importWeights.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import type { Network } from '../../src-main/model/network.ts'
import type { RegNetConfig } from '../../src-main/model/regnet.ts'
import { statisticsLayout } from '../../src-main/model/weights.ts'
import type { WeightArray } from '../../src-main/model/weights.ts'
import { createClassifier } from '../../src-main/train/classifier.ts'
import type { Batch } from '../../src-main/train/classifier.ts'
import { stateLayout } from '../../src-main/train/classifierState.ts'
import { lossAndGradient } from '../../src-main/train/classifierSteps.ts'
import { formula, formulaFile } from './formula.ts'
import { goldenPath, tinyConfig } from './tiny.ts'

interface VariantsGolden {
  size: number
  labels: number[]
  cases: { name: string; keys: Record<string, number[]>; logits: number[][]; loss: number; gradients: Record<string, [norm: number, probe: number]> }[]
}
const tf = await loadTensorFlow()
const golden = JSON.parse(readFileSync(goldenPath('variants.json'), 'utf8')) as VariantsGolden

const configs: Record<string, Partial<RegNetConfig>> = {
  'group norm and silu': { activation: 'silu', normGroupWidth: 8 },
  'group norm and relu': { normGroupWidth: 4 },
  'batch norm and silu': { activation: 'silu' },
}

/** One flat vector, in the order of a layout. */
function flatten(layout: readonly { name: string; shape: readonly number[] }[], values: ReadonlyMap<string, WeightArray>): Float32Array {
  return Float32Array.from(layout.flatMap(({ name }) => [...(values.get(name)?.data ?? [])]))
}

/** A flat gradient by timm's names and in timm's layout: batch norm's statistics have none. */
function gradientOf(network: Network, flat: Float32Array): Map<string, WeightArray> {
  let offset = 0
  const parameters = network.parameters.map(({ name, shape }) => [name, { shape, data: flat.slice(offset, (offset += sizeOf(shape))) }] as const)
  const rest = statisticsLayout(network).map(({ name, shape }) => [name, { shape, data: new Float32Array(sizeOf(shape)) }] as const)
  return exportWeights(network, new Map([...parameters, ...rest]))
}

/** Logits in evaluation, loss and gradient in training, of a case of the golden. */
async function compute({ name, keys, logits }: VariantsGolden['cases'][number], native: boolean, type: FeatureType) {
  const kernels = kernelsOf(tf, { native })
  const network = layOutNetwork({ ...tinyConfig('timm_y_tiny'), ...configs[name] }, 7)
  const { weights, report } = importWeights(network, formulaFile(keys))
  const layout = stateLayout(network, [], false)
  const byName = (parts: string, flat: Tensor): Map<string, Tensor> => {
    const list = layout.parts[parts] ?? []
    return new Map(unpack(kernels, flat as Tensor1D, list).map((tensor, index) => [list[index]?.name ?? '', tensor]))
  }
  const input = { shape: ['batch', golden.size, golden.size, 3], dtype: 'float32' } as const
  const program = compile(tf, layout.variables, {
    evaluate: {
      feeds: { input },
      body: (variables, feeds) => ({
        outputs: { logits: evaluationLogits(kernels, network, byName('weights', variables.weights as Tensor), byName('statistics', variables.statistics as Tensor), feeds.input as Tensor4D, type) },
      }),
    },
    train: {
      feeds: { input, labels: { shape: ['batch'], dtype: 'int32' }, sampleWeights: { shape: ['batch'], dtype: 'float32' } },
      body(variables, feeds) {
        const { loss, gradient } = lossAndGradient(kernels, { network, layout, labelSmoothing: 0, precision: type }, variables.weights as Tensor1D, {
          input: feeds.input as Tensor4D,
          labels: feeds.labels as Tensor1D,
          sampleWeights: feeds.sampleWeights as Tensor1D,
          pathFactors: undefined,
        })
        return { outputs: { loss, gradient } }
      },
    },
  }, { native })
  program.write('weights', flatten(layout.parts.weights ?? [], weights))
  program.write('statistics', flatten(layout.parts.statistics ?? [], weights))
  const count = golden.labels.length
  const pictures = formula('input', [count, golden.size, golden.size, 3])
  const { loss, gradient } = program.run('train', { input: pictures, labels: Int32Array.from(golden.labels), sampleWeights: new Float32Array(count).fill(1 / count) })
  const evaluated = program.run('evaluate', { input: pictures }).logits as Float32Array
  program.dispose()
  const scale = Math.max(...logits.flat().map(Math.abs))
  return {
    report,
    logitError: Math.max(...logits.flat().map((value, index) => Math.abs((evaluated[index] ?? Number.NaN) - value))) / scale,
    loss: loss?.[0] ?? Number.NaN,
    gradients: gradientOf(network, gradient as Float32Array),
  }
}

const implementations = [['TensorFlow’s operations', false], ...(hasNativeOperations() ? [['Handloom’s operations', true] as const] : [])] as const

describe.each(golden.cases)('a RegNetY with $name agrees with timm’s', (variant) => {
  it.each(implementations)('by %s', async (_, native) => {
    const { report, logitError, loss, gradients } = await compute(variant, native, 'float32')
    expect([report.loaded.length, report.missing, report.skipped]).toEqual([Object.keys(variant.keys).length, [], []])
    expect(logitError).toBeLessThan(1e-4)
    expect(Math.abs(loss - variant.loss) / variant.loss).toBeLessThan(1e-5)
    const errors = Object.entries(variant.gradients).map(([name, [norm, probe]]) => {
      const data = gradients.get(name)?.data ?? new Float32Array()
      const direction = formula(`probe.${name}.bias`, [data.length])
      const projected = data.reduce((sum, value, index) => sum + value * (direction[index] as number), 0)
      const error = Math.max(Math.abs(Math.hypot(...data) - norm), Math.abs(projected - probe)) / Math.max(norm, 1e-3)
      return { name, error }
    })
    expect(errors.filter(({ error }) => !(error < 1e-4))).toEqual([])
  })

  it('in bfloat16 up to its rounding', async () => {
    const { logitError, loss, gradients } = await compute(variant, hasNativeOperations(), 'bfloat16')
    const length = (values: Iterable<number>): number => Math.hypot(...values)
    const ours = length([...gradients.values()].map(({ data }) => length(data)))
    const theirs = length(Object.values(variant.gradients).map(([norm]) => norm))
    expect(logitError).toBeLessThan(0.05)
    expect(Math.abs(loss / variant.loss - 1)).toBeLessThan(0.05)
    expect(Math.abs(ours / theirs - 1)).toBeLessThan(0.1)
  })
})

describe('a classifier with group norms', () => {
  const size = 16
  const batch: Batch = {
    images: Uint8Array.from(formula('input', [4, size, size, 3]), (value) => 127 + 60 * value),
    transforms: Float32Array.from({ length: 32 }, (_, index) => (index % 8 === 0 || index % 8 === 4 ? 1 : 0)),
    labels: Int32Array.of(0, 1, 2, 0),
    count: 4,
  }
  const create = (accumulate: number) =>
    createClassifier({
      architecture: { ...tinyConfig('timm_y_tiny'), ...configs['group norm and silu'] }, classes: 3, sourceSize: size, imageSize: size, batchSize: 4, accumulate,
      optimizer: { name: 'adamw', weightDecay: 0.01 }, dropPath: 0.2, labelSmoothing: 0, ema: 0.9, seed: 5,
    })

  it('learns, predicts each picture by itself and goes on from its state', async () => {
    const classifier = await create(1)
    const losses = Array.from({ length: 12 }, (_, index) => classifier.step(batch, 3e-3, index).loss)
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number))
    const state = new Map([...classifier.state()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
    expect([...state.keys()].filter((name) => /running|statistics/i.test(name))).toEqual([])
    const logits = classifier.predict(batch)
    const first = classifier.predict({ ...batch, count: 1 })
    expect(Math.max(...first.map((value, index) => Math.abs(value - (logits[index] as number))))).toBeLessThan(1e-5)
    const next = classifier.step(batch, 3e-3, 12)
    classifier.restore(state)
    expect([classifier.predict(batch), classifier.step(batch, 3e-3, 12)]).toEqual([logits, next])
    classifier.dispose()
  })

  it('takes the same step in parts as at once', async () => {
    const losses = []
    for (const parts of [1, 2]) {
      const classifier = await create(parts)
      losses.push([0, 1, 2].map((index) => classifier.step(batch, 3e-3, index).loss))
      classifier.dispose()
    }
    const [atOnce, inParts] = losses as [number[], number[]]
    expect(Math.max(...atOnce.map((loss, index) => Math.abs((inParts[index] as number) / loss - 1)))).toBeLessThan(1e-3)
  })
})
