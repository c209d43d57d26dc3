import { z } from 'zod'

export const cropRoles = ['train', 'validation', 'test'] as const
export type CropRole = (typeof cropRoles)[number]

const length = z.number().min(0).max(2000)

/** A length for each side; one number stands for all four. */
export const sideLengths = z
  .union([length, z.object({ left: length, top: length, right: length, bottom: length }).strict()])
  .transform((given) => (typeof given === 'number' ? sides(given) : given))
export type SideLengths = z.infer<typeof sideLengths>
export const sides = (all: number): { left: number; top: number; right: number; bottom: number } => ({ left: all, top: all, right: all, bottom: all })
export const sideNames = ['left', 'top', 'right', 'bottom'] as const
export type SideName = (typeof sideNames)[number]

/** How a frame is cut around its keypoints. All lengths in pixels of a 1920-wide frame; they scale with the frame's width. */
export const cropRecipe = z.object({
  /** Added on each side, always. */
  margin: sideLengths,
  /** Each side gets this much more with `randomProbability`, drawn anew for each sample of each epoch. */
  randomMargin: length,
  randomProbability: z.number().min(0).max(1),
  /** Always added below the box, for the wrist. */
  wristExtra: length,
  /** Keep the box inside the frame. */
  clamp: z.boolean(),
  /** Shortest side a box may have. */
  minimumSize: z.number().min(1).max(2000),
  /** Widen the shorter side to a square, or stretch to the network's square input. */
  shape: z.enum(['stretch', 'square']),
  /** A frame (or, cut apart, a hand) with fewer keypoints counts as one without. */
  fewestKeypoints: z.number().int().min(1).max(42).default(1),
  /**
   * What to do with a frame without keypoints: the box of the frame before it in its sequence that has some (of the one after, where there is
   * none before), of the nearest one, the whole frame, or leave it out. Where no frame of the sequence has a box, the whole frame.
   */
  empty: z.enum(['previous', 'nearest', 'whole', 'skip']),
  /** One crop around all keypoints of a frame, or one for each hand (then a two-hand frame is two samples of its class). */
  hands: z.enum(['together', 'apart']).default('together'),
})
export type CropRecipe = z.infer<typeof cropRecipe>
export type CropRecipes = Record<CropRole, CropRecipe>

/** Left, top, right, bottom in pixels of the frame. */
export interface Box {
  x0: number
  y0: number
  x1: number
  y1: number
}

/** Whose keypoints a box is around: the frame's own, those of the frame before or the nearest one, or nobody's (the whole frame). */
export type BoxSource = 'keypoints' | 'previous' | 'nearest' | 'whole'

export interface FrameBox {
  frame: number
  /** Which hand (0 or 1) is cut where hands are cut apart; null for all keypoints together. */
  hand: number | null
  /** null: left out by the recipe. */
  box: Box | null
  source: BoxSource
  /** The recipe's box reached over the frame's border and was cut. */
  clamped: boolean
}

export const augmentRecipe = z.object({
  /** Share of the training samples that are mirrored left to right (and take the mirrored gesture's class). */
  flipRatio: z.number().min(0).max(1),
  /** Share of the training samples that are mirrored top to bottom (and take the class of the flip map's second column). */
  verticalFlipRatio: z.number().min(0).max(1).default(0),
  /** Rotation drawn evenly from ± this many degrees. */
  rotateDegrees: z.number().min(0).max(180),
  /** Corner displacement of the random perspective as a share of half the side (torchvision's distortion_scale); 0 = off. */
  perspective: z.number().min(0).max(1),
  perspectiveProbability: z.number().min(0).max(1),
  /** Strength of random brightness, contrast and tint, as a share of their range; 0 = off. */
  colour: z.number().min(0).max(1).default(0.3),
  // What follows changes keypoints only, for models that see these.
  /** Hands are made larger or smaller by up to this share. */
  scale: z.number().min(0).max(0.9).default(0.1),
  /** Standard deviation of the noise on each keypoint, as a share of the hand's size. */
  keypointJitter: z.number().min(0).max(0.5).default(0.05),
  /** Share of the keypoints that are taken away. */
  keypointDrop: z.number().min(0).max(0.9).default(0.02),
  /** Share of a sequence's frames that are left out, and that are shown twice. */
  frameDrop: z.number().min(0).max(0.9).default(0.1),
  frameRepeat: z.number().min(0).max(0.9).default(0.1),
  /** Share of the one-hand sequences that get a second hand which does not belong there, in some of their frames. */
  strayHands: z.number().min(0).max(1).default(0.05),
})
export type AugmentRecipe = z.infer<typeof augmentRecipe>

export const flipDirections = ['horizontal', 'vertical'] as const
/** Left to right, or top to bottom. */
export type FlipDirection = (typeof flipDirections)[number]

const partners = z.record(z.string().regex(/^\d{1,9}$/), z.number().int().min(0).max(999_999_999).nullable())
/** What a person decided about mirrored classes, by pose id: the class that a mirrored sample takes, null = never mirrored. The rest follows from the class table. */
export const flipMap = z.object({ horizontal: partners, vertical: partners })
export type FlipMap = z.infer<typeof flipMap>

export interface FlipPartner {
  /** Class a mirrored sample takes; its own id when symmetric; null when it is not to be mirrored. */
  partner: number | null
  /**
   * How the partner was found. `missing`: a person chose a class that no training folder has (any more), so the class is not mirrored.
   * Vertical ones without an override are `as-mirrored`: turned by 180° the picture mirrored left to right.
   */
  reason: 'mirror' | 'symmetric' | 'lone' | 'ambiguous' | 'override' | 'missing' | 'as-mirrored'
}

export interface FlipPair extends FlipPartner {
  poseId: number
  name: string
  hand: string
  view: string
  gesture: string
  /** Other pose ids that would do, for ambiguous groups. */
  candidates: number[]
  vertical: FlipPartner
  /** The partner's partner is another class: a sample mirrored twice would not come back. */
  oneWay: boolean
}

/** The keypoints of one hand in a frame that are not erased. */
export interface HandBox {
  box: Box
  /** How many. */
  points: number
}

/** A frame as boxes follow from it, by `crop/geometry.ts`. */
export interface BoxedFrame {
  frame: number
  /** Pixels. */
  width: number
  height: number
  /** One for each 21 rows; null where all of them are erased. */
  hands: (HandBox | null)[]
}

export interface SequenceKeypoints {
  folder: string
  /** Frames that cannot be read are left out. `before`: hands as in the file, where edits changed them. */
  frames: (BoxedFrame & { before?: (HandBox | null)[] })[]
}

const degrees = z.number().int().min(-180).max(180).refine((value) => value !== 0, 'A turn by 0° is the sample itself.')
/** How a sample's picture becomes another's: mirrored left to right, mirrored top to bottom, or turned clockwise about the middle of its sequence's keypoints. */
export const derivedTransform = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('mirror') }).strict(),
  z.object({ kind: z.literal('upside-down') }).strict(),
  z.object({ kind: z.literal('rotate'), degrees }).strict(),
])
export type DerivedTransform = z.infer<typeof derivedTransform>

/** More samples from a training sequence. Their class is never written down: it follows from the parent's class, the transform and the flip map. */
export const derivation = z.object({ parent: z.string().regex(/^train\/\d{1,9}$/), transform: derivedTransform }).strict()
export type Derivation = z.infer<typeof derivation>
export const derivedSet = z.array(derivation).max(10_000)

export interface DerivedSequence extends Derivation {
  parentPoseId: number | null
  /** Class of the samples; null where there is a `problem`. */
  poseId: number | null
  name: string
  frames: number
  /** Why nothing can be derived so; null when it can. */
  problem: 'missing-parent' | 'no-class' | 'never-mirrored' | 'no-frames' | null
}

/** A class with too few training sequences to be in two folds, and what could be derived for it. */
export interface DerivationSuggestion {
  poseId: number
  name: string
  sequences: string[]
  options: Derivation[]
}

export interface DerivedState {
  sequences: DerivedSequence[]
  suggestions: DerivationSuggestion[]
}

/** What is kept under a name, version by version. */
export const objectKinds = ['recipe', 'augment', 'flip-map', 'derived-set'] as const
export type ObjectKind = (typeof objectKinds)[number]

/** A value as it was when something was made from it. Two are the same when their hashes are. */
export interface ObjectReference {
  kind: ObjectKind | 'split'
  name: string
  /** 0: as Handloom comes; null: changed by the run's own config. */
  version: number | null
  /** SHA-256 of the value's JSON with sorted keys, hex. */
  hash: string
}

export interface NamedObject extends ObjectReference {
  kind: ObjectKind
  version: number
  created: string | null
  /** Who uses it now: roles for a recipe, else `project`. */
  usedBy: (CropRole | 'project')[]
}

export interface ObjectVersion {
  kind: ObjectKind
  name: string
  version: number
  hash: string
  created: string
  /** The user of the machine. */
  author: string
  /** What is other than in the version before, by setting: `margin.left`. Empty for the first. */
  changed: { setting: string; before: unknown; after: unknown }[]
}

export const objectName = z.string().trim().min(1).max(60)
/** Which of the objects in use: a role's recipe, or the project's. */
export const objectSlot = z.enum([...cropRoles, 'augment', 'flip-map', 'derived-set'])
export type ObjectSlot = z.infer<typeof objectSlot>
export const slotKind = (slot: ObjectSlot): ObjectKind => (slot === 'augment' || slot === 'flip-map' || slot === 'derived-set' ? slot : 'recipe')

export interface CropSettings {
  recipes: CropRecipes
  augment: AugmentRecipe
  references: Record<ObjectSlot, ObjectReference>
}

export interface FlipHistogramRow {
  poseId: number
  name: string
  hand: string
  frames: number
  /** Expected samples of the class per epoch at the flip ratios, derived samples among them. */
  expected: number
  /** Samples of the derived set. */
  derived: number
}

const usual = { wristExtra: 100, clamp: true, minimumSize: 64, shape: 'stretch', fewestKeypoints: 1, empty: 'nearest', hands: 'together' } as const

export const defaultCropSettings: Pick<CropSettings, 'recipes' | 'augment'> = {
  recipes: {
    train: { margin: sides(0), randomMargin: 50, randomProbability: 0.5, ...usual },
    validation: { margin: sides(50), randomMargin: 0, randomProbability: 0, ...usual },
    test: { margin: sides(50), randomMargin: 0, randomProbability: 0, ...usual },
  },
  augment: {
    flipRatio: 0.3, verticalFlipRatio: 0, rotateDegrees: 10, perspective: 0.2, perspectiveProbability: 0.5, colour: 0.3,
    scale: 0.1, keypointJitter: 0.05, keypointDrop: 0.02, frameDrop: 0.1, frameRepeat: 0.1, strayHands: 0.05,
  },
}
