import { derivedFrames } from '../../../../src-main/crop/derive.ts'
import { sequenceSeats } from '../../../../src-main/crop/geometry.ts'
import { trainingColour, trainingView, type SampleIdentity, type SampleSeat, type SampleView } from '../../../../src-main/augment/sampleTransform.ts'
import type { Colour } from '../../../../src-main/augment/colour.ts'
import { sideNames, type AugmentRecipe, type CropRecipe, type DerivedTransform, type SideName } from '../../../../src-main/contract/crop.ts'
import type { SequenceDetail } from '../../../../src-main/contract/dataset.ts'
import { boxedFrames } from '../../../editor/cropBoxes.ts'
import type { NumberedClasses } from '../flip/flipClasses.ts'

/** A training sample of a sequence: who it is, and where it is cut. */
export interface SheetSample {
  identity: SampleIdentity
  seat: SampleSeat
}

/** The samples that training takes from a sequence (or from what a transform makes of it), in the order of its frames; frames that the recipe leaves out have none. */
export function sequenceSamples({ folder, frameRecords }: Pick<SequenceDetail, 'folder' | 'frameRecords'>, recipe: CropRecipe, transform: DerivedTransform | null = null): SheetSample[] {
  const derived = transform && new Map(derivedFrames(frameRecords, transform).map((frame) => [frame.frame, frame]))
  const frames = derived === null ? boxedFrames(frameRecords) : [...derived.values()]
  const sizes = new Map(frames.map((frame) => [frame.frame, frame]))
  return sequenceSeats(frames, recipe).seats.flatMap(({ frame, hand, keypointBox, source }) => {
    const size = sizes.get(frame)
    if (keypointBox === null || size === undefined) return []
    const { width, height } = size
    return [{ identity: { folder, frame, hand, transform }, seat: { keypointBox, source, toFrame: derived?.get(frame)?.toFrame ?? null, width, height } }]
  })
}

/** What is drawn for a sample and can be left out of a preview, by whom it is shown to: every model, those that see pictures, those that see keypoints. */
export const augmentParts = {
  both: ['flip', 'verticalFlip', 'rotate', 'perspective'],
  pictures: ['randomMargin', 'colour'],
  keypoints: ['scale', 'keypointJitter', 'keypointDrop', 'frames', 'strayHands'],
} as const
export type AugmentPart = (typeof augmentParts)[keyof typeof augmentParts][number]

/** The recipes with some parts switched off; what is left is drawn as before, since every sample takes the same numbers from its stream. */
export function without(recipe: CropRecipe, augment: AugmentRecipe, off: ReadonlySet<AugmentPart>): { recipe: CropRecipe; augment: AugmentRecipe } {
  return {
    recipe: off.has('randomMargin') ? { ...recipe, randomMargin: 0 } : recipe,
    augment: {
      ...augment,
      ...(off.has('flip') ? { flipRatio: 0 } : {}),
      ...(off.has('verticalFlip') ? { verticalFlipRatio: 0 } : {}),
      ...(off.has('rotate') ? { rotateDegrees: 0 } : {}),
      ...(off.has('perspective') ? { perspective: 0 } : {}),
      ...(off.has('colour') ? { colour: 0 } : {}),
      ...(off.has('scale') ? { scale: 0 } : {}),
      ...(off.has('keypointJitter') ? { keypointJitter: 0 } : {}),
      ...(off.has('keypointDrop') ? { keypointDrop: 0 } : {}),
      ...(off.has('frames') ? { frameDrop: 0, frameRepeat: 0 } : {}),
      ...(off.has('strayHands') ? { strayHands: 0 } : {}),
    },
  }
}

/** How a sample looks in an epoch, and what was drawn for it. */
export interface SheetDraw {
  view: SampleView
  /** null: training changes no colours. */
  colour: Colour | null
  /** Sides that got the random margin. */
  sides: SideName[]
  degrees: number
  warped: boolean
  /** Class that it is trained as; null where the sequence has none. */
  poseId: number | null
}

/** A sample as an epoch of training shows it. @param epoch counted from 1 */
export function drawEpoch(input: { sample: SheetSample; poseId: number | null; seed: number; epoch: number; recipe: CropRecipe; augment: AugmentRecipe; imageSize: number; classes: NumberedClasses }): SheetDraw {
  const { sample, seed, epoch, recipe, augment, imageSize, classes } = input
  const view = trainingView({ seed, epoch, sample: sample.identity, seat: sample.seat, imageSize, label: classes.numberOf(input.poseId), targets: classes.targets, recipe, augment })
  return {
    view,
    colour: augment.colour > 0 ? trainingColour(seed, epoch, sample.identity, augment.colour) : null,
    sides: sample.seat.source === 'whole' || recipe.randomMargin === 0 ? [] : sideNames.filter((side) => view.draw?.sides[side]),
    degrees: view.draw?.degrees ?? 0,
    warped: (view.draw?.corners ?? null) !== null,
    poseId: classes.poseIds[view.label] ?? input.poseId,
  }
}
