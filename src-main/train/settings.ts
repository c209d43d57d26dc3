import type { AugmentRecipe, CropRecipes, CropSettings } from '../contract/crop.ts'
import { keypointInputDefaults } from '../contract/keypoints.ts'
import { trainConfig, type TrainConfig, type TrainConfigInput } from '../contract/train.ts'

export interface RunSettings {
  /** Every key present. */
  config: TrainConfig
  recipes: CropRecipes
  augment: AugmentRecipe
}

/**
 * What a run is made from: the config with its defaults, over the project's crop settings. The config's `margin` and `wristExtra` hold for
 * every role; its random margin in training only, since nothing is random when a fold is judged.
 */
export function runSettings(input: TrainConfigInput, project: Pick<CropSettings, 'recipes' | 'augment'>): RunSettings {
  const given = trainConfig.parse(input)
  const augment: AugmentRecipe = { ...project.augment, ...given.augment, flipRatio: given.flipRatio ?? project.augment.flipRatio }
  const { margin, wristExtra } = given.crop
  const everyRole = { ...(margin === undefined ? {} : { margin }), ...(wristExtra === undefined ? {} : { wristExtra }) }
  const recipes: CropRecipes = {
    train: { ...project.recipes.train, ...given.crop },
    validation: { ...project.recipes.validation, ...everyRole },
    test: { ...project.recipes.test, ...everyRole },
  }
  const { flipRatio, ...augmentKeys } = augment
  return { config: { ...given, flipRatio, augment: augmentKeys, keypoints: { ...keypointInputDefaults, ...given.keypoints } }, recipes, augment }
}
