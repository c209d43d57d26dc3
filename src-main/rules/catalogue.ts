import { featureMeasures, featurePoints, type SequenceFeature } from '../contract/rules.ts'

/** Keypoints that are tried by themselves: the wrist and the tips of the fingers. */
const singlePoints = [0, 4, 8, 12, 16, 20]

/** The features that are looked through, 297 of them: what is followed × measures × axes × units (turns have none). */
export const catalogue: readonly SequenceFeature[] = [...featurePoints, ...singlePoints].flatMap((point) =>
  featureMeasures.flatMap((measure) =>
    (['x', 'y', 'both'] as const).flatMap((axis) =>
      (measure === 'turns' ? (['pixels'] as const) : (['pixels', 'hand-sizes'] as const)).map((unit) => ({ point, measure, axis, unit })))))
