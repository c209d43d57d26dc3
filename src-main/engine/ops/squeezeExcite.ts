import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../runtime/load.ts'
import { activate, sigmoid } from './activations.ts'
import type { Activation } from './activations.ts'
import { cast } from './cast.ts'
import { globalAveragePool } from './globalAveragePool.ts'
import { float32 } from './kernels.ts'
import type { FeatureType, Kernels } from './kernels.ts'
import { linear } from './linear.ts'
import { matMul } from './matMul.ts'
import { scaleChannels } from './scaleChannels.ts'

export interface GateWeights {
  /** [channels, squeezed] */
  squeeze: Tensor2D
  squeezeBias: Tensor1D
  /** [squeezed, channels] */
  excite: Tensor2D
  exciteBias: Tensor1D
}

/**
 * Squeeze-and-excitation: each channel of a picture is multiplied by a gate computed from all channels' means. Hu et al., 2018.
 * The gate is computed in float32 whatever the feature maps are.
 *
 * @param input [batch, height, width, channels] of type `type`
 * @param activation of what was squeezed
 * @returns input · σ(activation(mean · squeeze + bias) · excite + bias)
 */
export function squeezeExcite(kernels: Kernels, input: Tensor4D, weights: GateWeights, type: FeatureType, activation: Activation = 'relu'): Tensor4D {
  if (kernels.native && activation === 'relu') return fused(kernels, input, weights)
  const means = globalAveragePool(kernels, input, type)
  const squeezed = activate(kernels, linear(kernels, means, weights.squeeze, weights.squeezeBias), activation)
  const gate = sigmoid(kernels, linear(kernels, squeezed, weights.excite, weights.exciteBias))
  return scaleChannels(kernels, input, cast(kernels, gate, 'float32', type))
}

const biasAdd = (kernels: Kernels, input: Tensor, bias: Tensor): Tensor => kernels.run('BiasAdd', { T: float32, data_format: { string: 'NHWC' } }, [input, bias])
const biasGradient = (kernels: Kernels, dy: Tensor): Tensor => kernels.run('BiasAddGrad', { T: float32, data_format: { string: 'NHWC' } }, [dy])

/** With relu by Handloom's own operations, `engine/native/gates.h`: two passes over the feature map forward, two backward. */
function fused(kernels: Kernels, input: Tensor4D, weights: GateWeights): Tensor4D {
  const { tf } = kernels
  return tf.customGrad((...given: unknown[]) => {
    const [x, w1, b1, w2, b2, save] = given as [Tensor4D, Tensor2D, Tensor1D, Tensor2D, Tensor1D, (tensors: Tensor[]) => void]
    const means = kernels.run('HandloomAveragePool', { T: float32 }, [x])
    const hidden = kernels.run('Relu', { T: float32 }, [biasAdd(kernels, matMul(kernels, means, w1), b1)])
    const gate = kernels.run('Sigmoid', { T: float32 }, [biasAdd(kernels, matMul(kernels, hidden, w2), b2)])
    save([x, w1, w2, means, hidden, gate])
    return {
      value: kernels.run('HandloomGate', { T: float32 }, [x, gate]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, w1, w2, means, hidden, gate] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
        const dGate = kernels.run('HandloomGateGradient', { T: float32 }, [dy, x])
        const dExcited = kernels.run('SigmoidGrad', { T: float32 }, [gate, dGate])
        const dHidden = kernels.run('ReluGrad', { T: float32 }, [matMul(kernels, dExcited, w2, { transposeB: true }), hidden])
        const dMeans = matMul(kernels, dHidden, w1, { transposeB: true })
        return [
          kernels.run('HandloomGateInputGradient', { T: float32 }, [dy, gate, dMeans]),
          matMul(kernels, means, dHidden, { transposeA: true }),
          biasGradient(kernels, dHidden),
          matMul(kernels, hidden, dExcited, { transposeA: true }),
          biasGradient(kernels, dExcited),
        ]
      },
    }
  })(input, weights.squeeze, weights.squeezeBias, weights.excite, weights.exciteBias) as Tensor4D
}
