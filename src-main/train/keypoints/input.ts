import { keypointInputDefaults, type KeypointInput } from '../../contract/keypoints.ts'
import type { TrainConfig } from '../../contract/train.ts'

/** What a run's model is shown. */
export const inputOf = ({ keypoints }: Pick<TrainConfig, 'keypoints'>): KeypointInput => ({ ...keypointInputDefaults, ...keypoints })
