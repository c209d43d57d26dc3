import { compose, type Matrix3 } from '../augment/projective.ts'
import type { SampleView } from '../augment/sampleTransform.ts'
import { sideNames, type CropRecipe, type SideLengths } from '../contract/crop.ts'
import type { TestViews } from '../contract/train.ts'

/** One of the ways in which a sample is looked at when it is predicted; the probabilities of all are averaged. */
export interface TestView {
  /** Added to the recipe's margin, pixels of a 1920-wide frame. */
  margin: number
  mirrored: boolean
}

/** The views of a config, the plain one first. */
export function testViews({ testFlip, testMargins }: TestViews): TestView[] {
  return [0, ...testMargins].flatMap((margin) => (testFlip ? [false, true] : [false]).map((mirrored) => ({ margin, mirrored })))
}

const withMargin = (recipe: CropRecipe, extra: number): CropRecipe => ({ ...recipe, margin: Object.fromEntries(sideNames.map((side) => [side, Math.max(0, recipe.margin[side] + extra)])) as SideLengths })

/** The recipe of a view. */
export const recipeOf = (recipe: CropRecipe, { margin }: TestView): CropRecipe => withMargin(recipe, margin)

/** The recipes of all views: the stored crop must hold each one's box. */
export const testRecipes = (recipe: CropRecipe, margins: readonly number[]): CropRecipe[] => [0, ...margins].map((margin) => withMargin(recipe, margin))

/** The mirror image of a view, left for right. */
export function mirrored(view: SampleView, imageSize: number): SampleView {
  const mirror: Matrix3 = [-1, 0, imageSize, 0, 1, 0, 0, 0, 1]
  return { ...view, flipped: !view.flipped, toFrame: compose(view.toFrame, mirror) }
}

/**
 * What the probabilities of a mirror image say of the picture itself: each class has what its mirrored class got. A class that is never
 * mirrored keeps what the plain picture gave it. They sum to one again.
 * @param plain probabilities of the same view, not mirrored
 * @param flipTargets class index a mirrored sample takes; −1 = never mirrored
 */
export function mirroredBack(probabilities: ArrayLike<number>, plain: ArrayLike<number>, flipTargets: readonly number[]): Float64Array {
  const back = new Float64Array(flipTargets.length)
  let sum = 0
  for (let index = 0; index < back.length; index++) {
    const target = flipTargets[index]!
    sum += back[index] = (target < 0 ? plain[index] : probabilities[target]) ?? 0
  }
  if (!(sum > 0)) return Float64Array.from(plain)
  for (let index = 0; index < back.length; index++) back[index]! /= sum
  return back
}
