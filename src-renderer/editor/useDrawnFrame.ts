import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { Position } from '../../src-main/augment/projective.ts'
import type { FrameRecord, Point, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { sidesOf, skeletonShapes, type SkeletonBone, type SkeletonMark } from '../components/skeletonShapes.ts'
import type { FramePicture } from './useFramePicture.ts'
import type { Gesture } from './useGestures.ts'

/** The frame on the stage. */
interface StageFrame {
  sequence: SequenceDetail
  record: FrameRecord
  /** Among the sequence's frames. */
  position: number
}

interface DrawnFrame {
  marks: readonly SkeletonMark[]
  bones: readonly SkeletonBone[]
  /** Where moved rows are in the file. */
  origins: ReadonlyMap<number, readonly [number, number]>
}

/** Points wait this long for their picture (ms). */
const patience = 250

/** The frame whose picture is on the stage: points of the next one come with its picture, so that they never lie on the wrong one. */
export function useStageFrame(sequence: () => SequenceDetail | null, record: () => FrameRecord | null, picture: ShallowRef<FramePicture | null>, broken: ShallowRef<string | null>): ShallowRef<StageFrame | null> {
  const front = shallowRef<StageFrame | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const show = (): void => {
    clearTimeout(timer)
    timer = undefined
    const [detail, current] = [sequence(), record()]
    front.value = detail === null || current === null ? null : { sequence: detail, record: current, position: detail.frameRecords.indexOf(current) }
  }
  watch([sequence, record, picture, broken], ([detail, current, shown, reason]) => {
    const there = detail === null || current === null || reason !== null || front.value === null || (shown?.folder === detail.folder && shown.frame === current.number)
    if (there) show()
    else timer ??= setTimeout(show, patience)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))
  return front
}

/** What is drawn of a frame: its points where the hand has them, or with `original` those of the file. */
export function useDrawnFrame(front: () => StageFrame | null, gesture: () => Gesture | null, original: () => boolean): ComputedRef<DrawnFrame> {
  return computed(() => {
    const frame = front()
    if (frame === null) return { marks: [], bones: [], origins: new Map() }
    const { sequence, record } = frame
    const { hand, view } = sequence
    const sides = sidesOf(sequence, frame.position)
    if (original()) return { ...skeletonShapes(record.original ?? [], { erased: missingRows(record.original ?? []), moved: [], hand, view, sides }), origins: new Map() }
    const move = gesture()
    const held = move?.kind === 'move' && move.started ? move : null
    const points = held === null ? record.points : record.points.map((point, row) => (held.rows.includes(row) ? shifted(point, held.by) : point))
    const moved = held === null ? record.moved : [...new Set([...record.moved, ...held.rows])]
    const origins = new Map(moved.flatMap((row) => {
      const place = record.original?.[row]
      return place === undefined || !Number.isFinite(place[0]) ? [] : [[row, [place[0], place[1]] as const] as const]
    }))
    return { ...skeletonShapes(points, { erased: record.erased, hidden: record.hidden, moved, hand, view, sides }), origins }
  })
}

/** Rows without a place in the file come as zeros. */
const missingRows = (points: readonly Point[]): number[] => points.flatMap((point, row) => (point.every((value) => value === 0) ? [row] : []))

const shifted = ([x, y, z]: Point, [dx, dy]: Position): Point => [x + dx, y + dy, z]
