import { seesKeypoints } from '../../../src-main/contract/keypoints.ts'
import type { Run, TrainConfig } from '../../../src-main/contract/train.ts'

/** Settings that say something to models of one kind alone, named as in a config file. */
const pictureKeys: readonly string[] = ['imageSize', 'precision', 'pretrained', 'accumulate', 'testMargins', 'crop.margin', 'crop.randomMargin', 'crop.randomProbability', 'crop.wristExtra', 'augment.colour']
const keypointKeys: readonly string[] = [
  'keypoints.normaliseRotation', 'keypoints.place', 'keypoints.frames', 'augment.scale', 'augment.keypointJitter', 'augment.keypointDrop', 'augment.frameDrop', 'augment.frameRepeat', 'augment.strayHands',
]

/** Whether a setting says anything to a model. */
export const concerns = (model: string, key: string): boolean => !(seesKeypoints(model) ? pictureKeys : keypointKeys).includes(key)

/** What a run's model sees: frames are counted in runs of pictures, sequences in runs of keypoints. */
export const isKeypointRun = ({ config }: Pick<Run, 'config'>): boolean => seesKeypoints(config.model)

/** A model as it is told by: with the size of its pictures where it sees any. */
export const modelParts = ({ model, imageSize }: Pick<TrainConfig, 'model' | 'imageSize'>): string[] => (seesKeypoints(model) ? [model] : [model, `${imageSize} px`])
