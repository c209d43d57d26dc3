import { seesKeypoints } from '../../../../src-main/contract/keypoints.ts'
import type { MessageKey } from '../../../i18n/index.ts'
import type { NumberName } from './fields.ts'
import type { KeypointKey, LastPart, OwnKey } from './keyPath.ts'

/** Settings whose sentence is another one where sequences of keypoints are learnt. */
const inSequences = ['epochs', 'batchSize', 'testFlip', 'flipRatio', 'dropPath', 'verticalFlipRatio', 'perspectiveProbability'] as const

const isInSequences = (name: string): name is (typeof inSequences)[number] => (inSequences as readonly string[]).includes(name)

/** The sentence under a setting, for what the model sees. */
export const helpOf = (name: NumberName | LastPart<OwnKey> | LastPart<KeypointKey> | 'testFlip' | 'deterministic', model: string): MessageKey =>
  (seesKeypoints(model) && isInSequences(name) ? `train.form.ofKeypoints.${name}Help` : `train.form.${name}Help`)
