import { handFeatures, sceneFeatures } from '../../keypoints/features.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import type { KeypointModel } from '../../contract/keypoints.ts'
import { layOutKeypointNetwork } from '../../model/keypointNetwork.ts'
import { plainLogits } from '../../model/keypointPlain.ts'
import { classProbabilities, outputCount, outputTargets } from '../outputs.ts'
import type { StoredRun } from '../runStore.ts'
import { inputOf } from './input.ts'
import { loadPredicting, standardIn } from './predict.ts'
import { frameProbabilities, predictedViews } from './views.ts'

/** A fold's keypoint model without TensorFlow and without a process of its own. */
export interface KeypointPredictor {
  /**
   * Class probabilities (of the run's classes) of a sequence's frames, in the order given. A frame that shows no hand has what the nearest one has; where no
   * frame shows any, all classes are equal. The same as the compute process predicts, up to rounding.
   */
  predict(frames: readonly KeypointFrame[]): Float32Array[]
}

/**
 * Opens the weights of a fold that predict.
 * @param folder of the fold's checkpoints
 * @throws HandloomError `not-found` or `bad-input` as the checkpoint's reader
 */
export async function openKeypointPredictor(folder: string, { config, outputs, flipTargets, poseIds }: Pick<StoredRun, 'config' | 'outputs' | 'flipTargets' | 'poseIds'>): Promise<KeypointPredictor> {
  const { checkpoint: { state } } = await loadPredicting(folder, config)
  const input = inputOf(config)
  const count = outputCount(outputs, poseIds.length)
  const network = layOutKeypointNetwork(config.model as KeypointModel, { handFeatures, sceneFeatures: sceneFeatures(input), classes: count })
  const prefix = config.ema > 0 ? 'averageWeights/' : 'weights/'
  const weights = new Map([...state].flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [])))
  const standard = standardIn(state)
  const targets = outputTargets(outputs, flipTargets)
  return {
    predict(frames) {
      const views = predictedViews(frames, input, standard, config.testFlip)
      const logits = views.map(({ hands, scene }) => plainLogits(network, weights, hands, scene))
      return frameProbabilities(views, logits, count, targets).map((row) => classProbabilities(outputs, row))
    },
  }
}
