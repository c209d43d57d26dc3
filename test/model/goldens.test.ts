import { describe, expect, it } from 'vitest'
import { norm, unpack } from '../../src-main/engine/ops/flat.ts'
import { kernelsOf, sizeOf } from '../../src-main/engine/ops/kernels.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Scalar, Tensor, Tensor1D, Tensor4D } from '../../src-main/engine/runtime/load.ts'
import { compile } from '../../src-main/engine/trace/program.ts'
import { evaluationLogits } from '../../src-main/model/computation.ts'
import { canonicalName } from '../../src-main/model/importWeights.ts'
import { stateLayout } from '../../src-main/train/classifierState.ts'
import { lossAndGradient } from '../../src-main/train/classifierSteps.ts'
import { lamb } from '../../src-main/train/optimizers/lamb.ts'
import { readTiny, tinyNames } from './tiny.ts'

/** Largest |a − b| / max(|b|, floor). */
function relativeError(ours: ArrayLike<number>, theirs: ArrayLike<number>, floor: number): number {
  return Math.max(...Array.from(theirs, (value, index) => Math.abs((ours[index] ?? Number.NaN) - value) / Math.max(Math.abs(value), floor)))
}

describe.each(tinyNames)('%s agrees with PyTorch', async (name) => {
  const tf = await loadTensorFlow()
  const kernels = kernelsOf(tf)
  const { golden, network: laidOut, imported, input } = readTiny(name)
  // The recipe decays every weight, norms and biases too.
  const network = { ...laidOut, parameters: laidOut.parameters.map((parameter) => ({ ...parameter, decayed: true })) }
  const sizes = network.parameters.map(({ shape }) => sizeOf(shape))
  const optimizer = lamb({ weightDecay: golden.lamb.weight_decay })
  const layout = stateLayout(network, optimizer.slots, false)
  const shape = [golden.shape[0], golden.shape[2], golden.shape[3], 3]
  const scalar = { shape: [], dtype: 'float32' } as const
  const byName = (parts: string, flat: Tensor1D): Map<string, Tensor> => {
    const list = layout.parts[parts] ?? []
    return new Map(unpack(kernels, flat, list).map((tensor, index) => [list[index]?.name ?? '', tensor]))
  }
  const program = compile(tf, layout.variables, {
    evaluate: {
      feeds: { input: { shape, dtype: 'float32' } },
      body: (variables, feeds) => ({
        outputs: {
          logits: evaluationLogits(kernels, network, byName('weights', variables.weights as Tensor1D), byName('statistics', variables.statistics as Tensor1D), feeds.input as Tensor4D),
        },
      }),
    },
    train: {
      feeds: {
        input: { shape, dtype: 'float32' },
        labels: { shape: [golden.labels.length], dtype: 'int32' },
        sampleWeights: { shape: [golden.labels.length], dtype: 'float32' },
        learningRate: scalar,
        meanCorrection: scalar,
        squareCorrection: scalar,
      },
      body(variables, feeds) {
        const result = lossAndGradient(kernels, { network, layout, labelSmoothing: 0 }, variables.weights as Tensor1D, {
          input: feeds.input as Tensor4D,
          labels: feeds.labels as Tensor1D,
          sampleWeights: feeds.sampleWeights as Tensor1D,
          pathFactors: undefined,
        })
        const updated = optimizer.update(kernels, {
          weights: variables.weights as Tensor1D,
          gradient: result.gradient,
          gradientNorm: norm(kernels, result.gradient) as Scalar,
          slots: { mean: variables['optimizer.mean'] as Tensor1D, square: variables['optimizer.square'] as Tensor1D },
          scalars: { learningRate: feeds.learningRate as Scalar, meanCorrection: feeds.meanCorrection as Scalar, squareCorrection: feeds.squareCorrection as Scalar },
          decayedSizes: sizes,
          undecayedSize: 0,
        })
        return {
          outputs: { loss: result.loss, gradient: result.gradient },
          assign: { weights: updated.weights, 'optimizer.mean': updated.slots.mean as Tensor1D, 'optimizer.square': updated.slots.square as Tensor1D },
        }
      },
    },
  })
  const reset = (): void => {
    for (const [variable, parts] of Object.entries(layout.parts)) {
      const flat = new Float32Array(layout.variables[variable]?.[0] ?? 0)
      let offset = 0
      for (const part of parts) {
        if (!variable.startsWith('optimizer')) flat.set(imported.weights.get(part.name)?.data ?? [], offset)
        offset += sizeOf(part.shape)
      }
      program.write(variable, flat)
    }
  }
  const step = (index: number, pictures = input): { loss: number; gradient: Float32Array } => {
    const corrections = Object.fromEntries(Object.entries(optimizer.scalars(index)).map(([key, value]) => [key, Float32Array.of(value)]))
    const results = program.run('train', {
      input: pictures,
      labels: Int32Array.from(golden.labels),
      sampleWeights: new Float32Array(golden.labels.length).fill(1 / golden.labels.length),
      learningRate: Float32Array.of(golden.lamb.lr),
      ...corrections,
    })
    return { loss: results.loss?.[0] ?? Number.NaN, gradient: results.gradient as Float32Array }
  }

  it('takes every weight', () => {
    expect({ loaded: imported.report.loaded.length, missing: imported.report.missing, skipped: imported.report.skipped.filter(({ reason }) => reason !== 'not needed') }).toEqual({
      loaded: network.parameters.length + 2 * network.norms.length,
      missing: [],
      skipped: [],
    })
  })

  it('takes the same from torch.save’s file, bit for bit', () => {
    expect(readTiny(name, 'pth').imported.weights).toEqual(imported.weights)
  })

  it('in the logits of evaluation', () => {
    reset()
    const logits = program.run('evaluate', { input }).logits as Float32Array
    expect(relativeError(logits, golden.eval_logits.flat(), 1)).toBeLessThan(1e-4)
  })

  it('in the training loss and the norm of each gradient', () => {
    reset()
    const { loss, gradient } = step(0)
    expect(relativeError([loss], [golden.train_loss], 1)).toBeLessThan(1e-5)
    let offset = 0
    const norms: Record<string, number> = {}
    network.parameters.forEach((parameter, index) => {
      const end = offset + (sizes[index] as number)
      norms[parameter.name] = Math.hypot(...gradient.subarray(offset, end))
      offset = end
    })
    const theirs = Object.entries(golden.gradient_norms)
    expect(theirs.map(([key]) => canonicalName(key)).sort()).toEqual(Object.keys(norms).sort())
    expect(relativeError(theirs.map(([key]) => norms[canonicalName(key)] ?? Number.NaN), theirs.map(([, value]) => value), 1e-3)).toBeLessThan(1e-4)
  })

  it('in the losses of three steps of Lamb', () => {
    // After a step of Adam's kind single activations can lie within rounding of zero, and the third loss then has two values 1 % apart
    // (seen with torchvision_x_tiny: 0.16458 and 0.16703). So PyTorch's must come out for the input itself or for one within rounding of it.
    const errors = [0, 1e-6, -1e-6, 2e-6, -2e-6, 5e-7].map((size) => {
      reset()
      const nudged = input.map((value, index) => value * (1 + (size * (((index * 7919) % 13) - 6)) / 6))
      return relativeError([0, 1, 2].map((index) => step(index, nudged).loss), golden.lamb.losses, 0)
    })
    expect(Math.min(...errors)).toBeLessThan(1e-4)
    expect(Math.max(...errors)).toBeLessThan(0.05)
  })
})
