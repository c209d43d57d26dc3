import { cropRoles, sideNames, type CropRecipe, type CropRecipes, type CropRole, type SideLengths, type SideName } from '../../../../src-main/contract/crop.ts'

/** The settings of a recipe that a person compares between roles; the random margin belongs to training alone. */
export const comparedSettings = ['margin', 'wristExtra', 'minimumSize', 'clamp', 'shape', 'fewestKeypoints', 'empty', 'hands'] as const satisfies readonly (keyof CropRecipe)[]
export type ComparedSetting = (typeof comparedSettings)[number]

export const otherRoles = (role: CropRole): CropRole[] => cropRoles.filter((other) => other !== role)

export const isLinked = (margin: SideLengths): boolean => sideNames.every((side) => margin[side] === margin.left)

/** Roles whose setting is another than this role's. */
export const differingRoles = (recipes: CropRecipes, role: CropRole, setting: keyof CropRecipe): CropRole[] =>
  otherRoles(role).filter((other) => (setting === 'margin' ? sideNames.some((side) => recipes[other].margin[side] !== recipes[role].margin[side]) : recipes[other][setting] !== recipes[role][setting]))

/** The settings in which a role differs from any other. */
export const differences = (recipes: CropRecipes, role: CropRole): ComparedSetting[] => comparedSettings.filter((setting) => differingRoles(recipes, role, setting).length > 0)

/** Random margins outside training: the score then changes from one evaluation to the next. */
export const isRandom = ({ randomMargin, randomProbability }: CropRecipe): boolean => randomMargin > 0 && randomProbability > 0

/** A margin side by side, the length that most sides have last as `others`: 40 on the left and 50 elsewhere is `left 40`, `others 50`. */
export function marginParts(margin: SideLengths): { side: SideName | 'others' | 'all'; length: number }[] {
  if (isLinked(margin)) return [{ side: 'all', length: margin.left }]
  const lengths = Map.groupBy(sideNames, (side) => margin[side])
  const [usual, sides] = [...lengths].reduce((most, one) => (one[1].length > most[1].length ? one : most))
  const own = sideNames.filter((side) => sides.length === 1 || !sides.includes(side)).map((side) => ({ side, length: margin[side] }))
  return sides.length === 1 ? own : [...own, { side: 'others', length: usual }]
}
