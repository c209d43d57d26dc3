import type { SequenceDetail } from '../../../../src-main/contract/dataset.ts'
import { handOfRow, keypointNames, keypointsPerHand } from '../../../../src-main/contract/hand.ts'
import type { KeypointInfluence } from '../../../../src-main/contract/keypoints.ts'
import { sidesOf } from '../../../components/skeletonShapes.ts'
import type { MessageKey, MessageValues } from '../../../i18n/index.ts'

type Text = (key: MessageKey, values?: MessageValues) => string
type Removal = Pick<KeypointInfluence, 'frame' | 'rows'>

/** A name of its own for what is taken away, the same in every answer. */
export const influenceKey = ({ frame, rows }: Removal): string => `${frame} ${rows.join(',')}`

/** The side of the hand that the rows are of. */
export function sideOfRemoval({ frame, rows }: Removal, sequence: SequenceDetail): 'left' | 'right' {
  const at = sequence.frameRecords.findIndex(({ number }) => number === frame)
  return sidesOf(sequence, at)?.[handOfRow(rows[0] ?? 0)] ?? 'right'
}

/** What is taken away: `index tip, left` or `whole hand, right`. */
export function removalName(removal: Removal, sequence: SequenceDetail, t: Text): string {
  const [row = 0] = removal.rows
  const what = removal.rows.length === 1 ? t(`data.keypoint.${keypointNames[row % keypointsPerHand] ?? 'wrist'}`) : t('clean.model.wholeHand')
  return t('clean.model.ofHand', { what, hand: t(`data.hand.${sideOfRemoval(removal, sequence)}`) })
}

/** How much a log loss becomes higher (`+0.35`) or lower (`−0.08`), by the change of the log of the probability. */
export function lossChange(logChange: number): string {
  const text = Math.abs(logChange).toFixed(2)
  return Number(text) === 0 ? `±${text}` : `${logChange > 0 ? '−' : '+'}${text}`
}
