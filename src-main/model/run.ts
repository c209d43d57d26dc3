import { unpack } from '../engine/ops/flat.ts'
import { kernelsOf, sizeOf } from '../engine/ops/kernels.ts'
import { hasNativeOperations, loadTensorFlow } from '../engine/runtime/load.ts'
import type { Tensor, Tensor1D, Tensor4D } from '../engine/runtime/load.ts'
import { compile } from '../engine/trace/program.ts'
import { evaluationLogits } from './computation.ts'
import type { Network } from './network.ts'
import { initialStatistics, initialWeights, statisticsLayout } from './weights.ts'
import type { WeightArray } from './weights.ts'

/** A network with its weights, compiled for pictures of one size. */
export interface Evaluation {
  /** Logits [batch, classes] of pictures [batch, height, width, 3] that are already normalised. */
  logits(pictures: Float32Array): Float32Array
  dispose(): void
}

/**
 * Compiles a network for evaluation: batch norm by its running statistics.
 * @param weights by our names, in our layout; what is missing begins as in training with seed 0
 * @throws HandloomError `no-engine`, `out-of-memory`
 */
export async function compileEvaluation(network: Network, weights: ReadonlyMap<string, WeightArray>, height: number, width: number): Promise<Evaluation> {
  const tf = await loadTensorFlow()
  const kernels = kernelsOf(tf, { native: hasNativeOperations() })
  const layouts = { weights: network.parameters, statistics: statisticsLayout(network) }
  const values = { weights: initialWeights(network, 0), statistics: initialStatistics(network) }
  const named = (variable: keyof typeof layouts, flat: Tensor): Map<string, Tensor> => {
    const tensors = unpack(kernels, flat as Tensor1D, layouts[variable])
    return new Map(layouts[variable].map(({ name }, index) => [name, tensors[index] as Tensor]))
  }
  const program = compile(tf, { weights: [values.weights.length], statistics: [values.statistics.length] }, {
    evaluate: {
      feeds: { pictures: { shape: ['batch', height, width, 3], dtype: 'float32' } },
      body: (variables, { pictures }) => ({
        outputs: {
          logits: evaluationLogits(kernels, network, named('weights', variables.weights as Tensor), named('statistics', variables.statistics as Tensor), pictures as Tensor4D),
        },
      }),
    },
  }, kernels)
  for (const variable of ['weights', 'statistics'] as const) {
    let offset = 0
    for (const { name, shape } of layouts[variable]) {
      values[variable].set(weights.get(name)?.data ?? [], offset)
      offset += sizeOf(shape)
    }
    program.write(variable, values[variable])
  }
  return {
    logits: (pictures) => program.run('evaluate', { pictures }).logits as Float32Array,
    dispose: () => program.dispose(),
  }
}
