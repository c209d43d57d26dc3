import { computed, type ComputedRef } from 'vue'
import type { FrameRecord, SequenceDetail } from '../../../src-main/contract/dataset.ts'
import { handOfRow, keypointNames, keypointsPerHand } from '../../../src-main/contract/hand.ts'
import { sidesOf } from '../../components/skeletonShapes.ts'
import { useFormat } from '../../composables/useFormat.ts'
import { useText } from '../../composables/useText.ts'
import { visibilityOf } from '../../editor/pendingChanges.ts'

/** What is selected, in words for those who do not see it. */
export function useAnnouncement(sequence: () => SequenceDetail | null, record: () => FrameRecord | null, selected: () => readonly number[]): ComputedRef<string> {
  const { t } = useText()
  const format = useFormat()
  return computed(() => {
    const [detail, current, rows] = [sequence(), record(), selected()]
    const [row] = rows
    if (detail === null || current === null || row === undefined) return ''
    if (rows.length > 1) return t('clean.stage.selectedPoints', { n: rows.length })
    const point = current.points[row]
    if (point === undefined) return ''
    const side = sidesOf(detail, detail.frameRecords.indexOf(current))?.[handOfRow(row)] ?? 'right'
    return t('clean.stage.selectedPoint', {
      name: t(`data.keypoint.${keypointNames[row % keypointsPerHand] ?? 'wrist'}`), hand: t(`data.hand.${side}`), state: t(`clean.points.${visibilityOf(current, row)}`), x: format.decimal(point[0], 0), y: format.decimal(point[1], 0),
    })
  })
}
