import type { BoxedFrame, CropRecipe, DerivedTransform, SequenceKeypoints } from '../contract/crop.ts'
import type { FrameRecord } from '../contract/dataset.ts'
import type { CropFrame } from '../contract/rooms.ts'
import { derivedFrames, type DerivedFrame } from './derive.ts'
import { handBoxes, sequenceSeats } from './geometry.ts'

/** A sequence's readable frames as their boxes follow from them. */
export const boxedFrames = (records: readonly FrameRecord[]): BoxedFrame[] => records.flatMap((record) => (isReadable(record) ? [{ ...sizeOf(record), hands: handBoxes(record.points, record.erased) }] : []))

/** The same, with the hands as they are in the file where edits made others of them. */
export function comparedFrames(records: readonly FrameRecord[]): SequenceKeypoints['frames'] {
  return records.flatMap((record) => {
    if (!isReadable(record)) return []
    const hands = handBoxes(record.points, record.erased)
    if (record.erased.length === 0 && record.moved.length === 0) return [{ ...sizeOf(record), hands }]
    const before = handBoxes(record.original ?? [])
    return [{ ...sizeOf(record), hands, ...(JSON.stringify(before) !== JSON.stringify(hands) && { before }) }]
  })
}

/** Frames that a picture can be cut from. */
export const isReadable = (record: FrameRecord): record is FrameRecord & { width: number; height: number } => record.width !== null && record.height !== null && record.unreadable === null

const sizeOf = ({ number, width, height }: FrameRecord & { width: number; height: number }): Omit<BoxedFrame, 'hands'> => ({ frame: number, width, height })

/** The crop list of a sequence, in the order of its frames. */
export const ownCropFrames = (folder: string, poseId: number | null, records: readonly FrameRecord[], recipe: CropRecipe): CropFrame[] => listed({ folder, poseId, transform: null }, records, boxedFrames(records), recipe)

/**
 * The crop list of what a transform makes of a sequence, by the frames it comes from.
 * @param poseId class of the derived samples
 */
export const derivedCropFrames = (parent: string, transform: DerivedTransform, poseId: number, records: readonly FrameRecord[], recipe: CropRecipe): CropFrame[] =>
  listed({ folder: parent, poseId, transform }, records, derivedFrames(records, transform), recipe)

/** @param pictures of the readable frames */
function listed(sample: Pick<CropFrame, 'folder' | 'poseId' | 'transform'>, records: readonly FrameRecord[], pictures: readonly (BoxedFrame & Partial<Pick<DerivedFrame, 'toFrame'>>)[], recipe: CropRecipe): CropFrame[] {
  const pictureOf = new Map(pictures.map((picture) => [picture.frame, picture]))
  const seats = Map.groupBy(sequenceSeats(pictures, recipe).seats, ({ frame }) => frame)
  const tooFew = recipe.fewestKeypoints > 1 ? `fewer than ${recipe.fewestKeypoints} keypoints` : 'no keypoints'
  return records.flatMap((record): CropFrame[] => {
    const picture = pictureOf.get(record.number)
    const place = { ...sample, frame: record.number, width: record.width ?? 0, height: record.height ?? 0, toFrame: picture?.toFrame ?? null }
    if (!picture) return [{ ...place, hand: null, keypointBox: null, source: 'whole', skipped: record.unreadable ?? 'The picture could not be read.' }]
    return (seats.get(record.number) ?? []).map(({ hand, keypointBox, source }) => ({ ...place, hand, keypointBox, source, skipped: keypointBox ? null : `The frame has ${tooFew}.` }))
  })
}
