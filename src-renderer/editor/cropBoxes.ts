import type { BoxedFrame, CropRecipe, FrameBox } from '../../src-main/contract/crop.ts'
import type { FrameRecord } from '../../src-main/contract/dataset.ts'
import { handBoxes, sequenceBoxes } from '../../src-main/crop/geometry.ts'

/** A sequence's frames as the crop's box functions want them. `state`: keypoints as the file has them, or as they are now. */
export function boxedFrames(frames: readonly FrameRecord[], state: 'original' | 'current' = 'current'): BoxedFrame[] {
  return frames.flatMap(({ number, width, height, unreadable, original, points, erased }) => {
    if (width === null || height === null || unreadable !== null) return []
    return [{ frame: number, width, height, hands: state === 'current' ? handBoxes(points, erased) : handBoxes(original ?? []) }]
  })
}

/** The boxes of one frame by a recipe, without random margins: one, or one for each hand where they are cut apart. None for a frame that cannot be read. */
export function frameBoxes(frames: readonly FrameRecord[], frame: number, recipe: CropRecipe, state: 'original' | 'current' = 'current'): FrameBox[] {
  return sequenceBoxes(boxedFrames(frames, state), recipe).boxes.filter((box) => box.frame === frame)
}

/** `512×604` */
export const boxSize = ({ box }: Pick<FrameBox, 'box'>): string => (box === null ? '–' : `${Math.round(box.x1 - box.x0)}×${Math.round(box.y1 - box.y0)}`)

export const sameBox = (a: FrameBox['box'], b: FrameBox['box']): boolean =>
  a === null || b === null ? a === b : Math.abs(a.x0 - b.x0) + Math.abs(a.y0 - b.y0) + Math.abs(a.x1 - b.x1) + Math.abs(a.y1 - b.y1) < 0.5
