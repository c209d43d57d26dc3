import { keypointInputDefaults, type KeypointModel } from '../../contract/keypoints.ts'
import type { ModelInfo } from '../../contract/train.ts'
import { handFeatures, sceneFeatures } from '../../keypoints/features.ts'
import { parameterCount } from '../../model/info.ts'
import { layOutKeypointNetwork } from '../../model/keypointNetwork.ts'

/** What can be said of a keypoint model without running it: multiply-adds of a frame, counted for the given number of classes. */
export function keypointModelInfo(name: KeypointModel, { classes = 157 } = {}): ModelInfo {
  const network = layOutKeypointNetwork(name, { handFeatures, sceneFeatures: sceneFeatures(keypointInputDefaults), classes })
  const flops = network.parameters.reduce((sum, { name: parameter, shape }) => sum + (parameter.endsWith('.bias') ? 0 : shape.reduce((product, length) => product * length, 1) * (parameter === 'hand.weight' ? 2 : 1)), 0)
  const { temporal } = network
  const width = temporal?.body.outputs ?? 0
  return {
    name, sees: 'keypoints', family: 'handloom', parameters: parameterCount(network), flops, activations: temporal ? 2 * temporal.hand.outputs + width * (2 + 2 * temporal.blocks.length) : 0,
    imageSize: 0, depths: temporal ? [temporal.blocks.length] : [], widths: temporal ? [width] : [], groupWidths: [], squeezeExcite: 0,
  }
}
