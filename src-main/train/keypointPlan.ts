import { apply, invert } from '../augment/projective.ts'
import type { FrameRecord, Role, SequenceSummary } from '../contract/dataset.ts'
import type { CropRoom, DatasetRoom } from '../contract/rooms.ts'
import { derivedFrames } from '../crop/derive.ts'
import { hasKeypoints, keypointFrame, mostRows, type KeypointFrame } from '../keypoints/sequence.ts'
import type { JobSequence } from './job.ts'
import type { RunPlan } from './runPlan.ts'
import type { SkippedFrame } from './samples.ts'

type PlannedKeypoints = Pick<RunPlan, 'sequences' | 'skipped' | 'partial'>

/** Whether any frame of a sequence has a keypoint. */
export const showsHands = ({ frames }: Pick<JobSequence, 'frames'>): boolean => frames.some(hasKeypoints)

/**
 * The sequences of a keypoint run, with all edits: training sequences that have a class, test sequences, then those of the derived set, which
 * train only. A sequence without any keypoint is among them.
 * @param poseIds pose ids by class index
 */
export async function planKeypoints(dataset: Pick<DatasetRoom, 'summaries' | 'frames' | 'sourceFrames'>, crop: Pick<CropRoom, 'derived'>, poseIds: readonly number[]): Promise<PlannedKeypoints> {
  const own = (['train', 'test'] as const).flatMap((role) => dataset.summaries(role).flatMap((summary) => plannedSequence(dataset, summary, poseIds)))
    .filter(({ sequence: { role, label } }) => role === 'test' || label >= 0)
  const parents = new Map(own.map(({ sequence }) => [sequence.folder, sequence]))
  const { sequences } = await crop.derived()
  const derived = sequences.flatMap(({ parent, transform, poseId }): JobSequence[] => {
    const sequence = parents.get(parent)
    const label = poseId === null ? -1 : poseIds.indexOf(poseId)
    return sequence && label >= 0 && showsHands(sequence) ? [{ ...sequence, label, transform, frames: transformed(dataset.frames(parent), sequence.frames, transform) }] : []
  })
  return {
    sequences: [...own.map(({ sequence }) => sequence), ...derived],
    skipped: own.flatMap(({ skipped }) => skipped),
    partial: own.flatMap(({ partial }) => partial),
  }
}

/** The sequences of a role, those without a class too. */
export const plannedSequences = (dataset: Pick<DatasetRoom, 'summaries' | 'frames' | 'sourceFrames'>, role: Role, poseIds: readonly number[]): JobSequence[] =>
  dataset.summaries(role).flatMap((summary) => plannedSequence(dataset, summary, poseIds).map(({ sequence }) => sequence))

/** A sequence, and what of its frames is left out; nothing where it has no frame that tells anything. */
function plannedSequence(
  dataset: Pick<DatasetRoom, 'frames' | 'sourceFrames'>,
  { folder, role, poseId, width, height }: Pick<SequenceSummary, 'folder' | 'role' | 'poseId' | 'width' | 'height'>,
  poseIds: readonly number[],
): { sequence: JobSequence; skipped: SkippedFrame[]; partial: SkippedFrame[] }[] {
  const originals = new Map(dataset.sourceFrames(folder).map(({ number, original }) => [number, original ?? []]))
  const skipped: SkippedFrame[] = []
  const partial: SkippedFrame[] = []
  const frames = dataset.frames(folder).flatMap((record): KeypointFrame[] => {
    const { number: frame, unreadable, points, erased } = record
    const made = keypointFrame(record, { width, height })
    if (made === null) {
      skipped.push({ folder, frame, reason: `${unreadable} It has no keypoints either.` })
      return []
    }
    const numberless = (originals.get(frame) ?? []).filter(([x, y], row) => !(Number.isFinite(x) && Number.isFinite(y)) && erased.includes(row)).length
    if (numberless > 0) partial.push({ folder, frame, reason: `${numberless} of its ${points.length} keypoints ${numberless === 1 ? 'has no place in the file and counts' : 'have no place in the file and count'} as missing.` })
    if (points.length > mostRows) partial.push({ folder, frame, reason: `It has ${points.length} keypoints, and two hands have ${mostRows}: the others are left out.` })
    return [made]
  })
  if (frames.length === 0) return []
  const sequence: JobSequence = { folder, label: poseId === null ? -1 : poseIds.indexOf(poseId), role, transform: null, frames }
  if (!showsHands(sequence)) skipped.push(...frames.map(({ frame }) => ({ folder, frame, reason: 'No frame of the sequence has a keypoint.' })))
  return [{ sequence, skipped, partial }]
}

/** What a transform makes of a sequence's frames, as of its pictures. */
function transformed(records: readonly FrameRecord[], frames: readonly KeypointFrame[], transform: NonNullable<JobSequence['transform']>): KeypointFrame[] {
  const sizes = new Map(frames.map(({ frame, width, height }) => [frame, { width, height, unreadable: null }]))
  // Where a picture cannot be read its keypoints are there all the same.
  const made = derivedFrames(records.flatMap((record) => (sizes.has(record.number) ? [{ ...record, ...sizes.get(record.number) }] : [])), transform)
  const toFrame = new Map(made.map((one) => [one.frame, one.toFrame]))
  return frames.map((frame) => {
    const matrix = toFrame.get(frame.frame)
    if (!matrix) return frame
    const toPicture = invert(matrix)
    return { ...frame, points: frame.points.map((point) => point && [...apply(toPicture, [point[0], point[1]]), point[2]] as const) }
  })
}
