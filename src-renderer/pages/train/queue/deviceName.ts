import type { MessageKey } from '../../../i18n/index.ts'

/** A device of the queue in words: that of the keypoint models is no piece of hardware. */
export const deviceName = (name: string, t: (key: MessageKey) => string): string => name.replace(/^Keypoints\b/, () => t('train.queue.keypoints'))
