import { seesKeypoints } from '../../../../src-main/contract/keypoints.ts'
import type { TrainPreset } from '../../../../src-main/contract/train.ts'
import { draftOf, type Draft } from '../draft.ts'
import { concerns } from '../modelKinds.ts'
import { valueAt, withValue } from './keyPath.ts'

/** What has nothing to do with the model. */
const ofTheRun = ['name', 'split', 'folds', 'splitter', 'seed']
/** What was found for the one kind of model says nothing about the other. */
const ofTheKind = ['learningRate', 'batchSize']
const groups = ['crop', 'augment', 'keypoints']

/** Every key of a draft, one inside a group as `crop.margin`. */
const keysOf = (draft: Draft): string[] => Object.entries(draft).flatMap(([key, value]) => (groups.includes(key) ? Object.keys(value as object).map((inner) => `${key}.${inner}`) : [key]))

/**
 * A draft with another model. Where that sees something else (keypoints instead of pictures, or the other way round) it begins with what that kind was left with
 * (`before`), else with its defaults; a setting that a person gave, other than any preset does, goes along where it says something to the new model.
 */
export function withModel(draft: Draft, model: string, presets: readonly TrainPreset[], before: Draft | null): Draft {
  if (seesKeypoints(model) === seesKeypoints(draft.model)) return { ...draft, model }
  const usual = [draftOf({ model: draft.model }), ...presets.map(({ config }) => draftOf(config)).filter((preset) => seesKeypoints(preset.model) === seesKeypoints(draft.model))]
  const text = (of: Draft, key: string): string | undefined => JSON.stringify(valueAt(of, key))
  const given = (key: string): boolean => key !== 'model' && concerns(model, key) && !ofTheKind.includes(key) && usual.every((preset) => text(preset, key) !== text(draft, key))
  const start = before === null ? draftOf({ model }) : { ...before, model }
  return [...ofTheRun, ...keysOf(draft).filter(given)].reduce((next, key) => withValue(next, key, valueAt(draft, key)).data ?? next, start)
}
