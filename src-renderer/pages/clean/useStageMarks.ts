import { computed, type ComputedRef } from 'vue'
import { inFrames, inRegion } from '../../../src-main/annotation/region.ts'
import type { RegionRule } from '../../../src-main/contract/annotation.ts'
import type { Box } from '../../../src-main/contract/crop.ts'
import type { FrameRecord, SequenceDetail } from '../../../src-main/contract/dataset.ts'
import { api } from '../../api/client.ts'
import { useQuery } from '../../composables/useQuery.ts'
import { useText } from '../../composables/useText.ts'
import { boxSize, frameBoxes, sameBox } from '../../editor/cropBoxes.ts'
import type { LabelledBox } from '../../editor/frameScene.ts'
import { regionBoxes } from '../../editor/regionBoxes.ts'
import { pictureColours } from '../../styles/tokens.ts'

interface Shown {
  sequence: () => SequenceDetail | null
  record: () => FrameRecord | null
  cropShown: () => boolean
  /** The rule to draw; null = none. */
  rule: () => RegionRule | null
}

/** What is drawn over the frame beside its keypoints: the crop boxes before and after the edits, the region of a rule and what it would erase. */
export function useStageMarks({ sequence, record, cropShown, rule }: Shown): { boxes: ComputedRef<LabelledBox[]>; region: ComputedRef<{ boxes: Box[]; rows: number[]; faint: boolean } | null> } {
  const { t } = useText()
  const { data: crop } = useQuery({ key: () => ['cropSettings'], load: (signal) => api.crop.settings.query(undefined, { signal }), refreshOn: { crop: true } })

  const region = computed(() => {
    const [drawn, detail, current] = [rule(), sequence(), record()]
    if (drawn === null || detail === null || current === null) return null
    const width = current.width ?? detail.width
    const rows = rowsInRule(drawn, detail, current)
    return { boxes: regionBoxes(drawn, { width: width ?? 1920, height: current.height ?? detail.height ?? 1080 }), rows: rows ?? [], faint: rows === null }
  })

  const boxes = computed<LabelledBox[]>(() => {
    const [detail, current, drawn] = [sequence(), record(), rule()]
    if (!cropShown() || crop.value === null || detail === null || current === null) return []
    // Validation's recipe draws nothing at random, so the box stands still.
    const recipe = crop.value.recipes[detail.role === 'test' ? 'test' : 'validation']
    // A rule that is looked at is the edit to come; else the edits made are what changed the boxes.
    const now = frameBoxes(detail.frameRecords, current.number, recipe)
    const [before, after] = drawn === null ? [frameBoxes(detail.frameRecords, current.number, recipe, 'original'), now] : [now, frameBoxes(detail.frameRecords.map((frame) => erasedBy(drawn, detail, frame)), current.number, recipe)]
    const changed = before.length !== after.length || before.some(({ box }, index) => !sameBox(box, after[index]?.box ?? null))
    return [
      ...before.flatMap((own) => (changed && own.box ? [{ box: own.box, label: t('clean.stage.cropBefore', { size: boxSize(own) }), colour: pictureColours.before, dash: [3, 5], faint: true }] : [])),
      ...after.flatMap((own) => (own.box ? [{ box: own.box, label: t(!changed ? 'clean.stage.cropNow' : drawn === null ? 'clean.stage.cropAfter' : 'clean.stage.cropRule', { size: boxSize(own) }), colour: pictureColours.after, dash: [7, 5] }] : [])),
    ]
  })

  return { boxes, region }
}

/** Rows of a frame that the rule would erase; null where the rule is not for the frame. */
function rowsInRule(rule: RegionRule, { folder, width }: SequenceDetail, frame: FrameRecord): number[] | null {
  if ((rule.folders.length > 0 && !rule.folders.includes(folder)) || !inFrames(rule, frame.number)) return null
  return frame.points.flatMap((point, row) => (!frame.erased.includes(row) && inRegion(rule, point, frame.width ?? width) ? [row] : []))
}

function erasedBy(rule: RegionRule, sequence: SequenceDetail, frame: FrameRecord): FrameRecord {
  const rows = rowsInRule(rule, sequence, frame)
  return rows === null || rows.length === 0 ? frame : { ...frame, erased: [...frame.erased, ...rows] }
}
