import { isDeepStrictEqual } from 'node:util'
import { cropRoles } from '../../../contract/crop.ts'
import type { SplitRecord } from '../../../contract/split.ts'
import { count, type Step, type StepContext } from '../stepContext.ts'

/** Makes the project's crop settings those of the file; each that is so already keeps its version. */
export const crop: Step<'crop'> = async ({ recipes = {}, augment, flips = [], derived }, { project, words }) => {
  const before = JSON.stringify((await project.crop.settings()).references)
  for (const role of cropRoles) {
    const recipe = recipes[role]
    if (recipe) await project.crop.setRecipe({ role, recipe })
  }
  if (augment) await project.crop.setAugment(augment)
  for (const flip of flips) await project.crop.setFlipPair(flip)
  if (derived) await project.crop.setDerived({ derivations: derived })
  const { references } = await project.crop.settings()
  const already = JSON.stringify(references) === before
  return { text: already ? words('그대로', 'as it is') : words('설정함', 'set'), already, json: { references } }
}

/** The newest split with the same folds, else a new one. */
export const split: Step<'split'> = async ({ moves = [], ...request }, context) => {
  const { project } = context
  const planned = project.split.plan(request)
  const moved = new Map(moves.map(({ folder, fold }) => [folder, fold]))
  const wanted = planned.folds.map(({ folder, fold }) => [folder, moved.has(folder) ? (moved.get(folder) ?? null) : fold] as const)
  const known = await sameFolds(project, planned, wanted)
  let record = known
  if (!record) {
    record = await project.split.make(request)
    const real = moves.filter(({ folder, fold }) => record?.folds.some((row) => row.folder === folder && row.fold !== fold))
    if (real.length > 0) record = await project.split.move({ id: record.id, moves: real })
  }
  context.splitId = record.id
  return { text: `${record.options.splitter}, ${context.words(`폴드 ${record.options.folds}개`, count(record.options.folds, 'fold'))}${moves.length ? context.words(`, 손으로 옮긴 것 ${moves.length}개`, `, ${moves.length} moved by hand`) : ''} (${record.id})`, already: known !== null, json: { split: record.id, warnings: record.warnings.map(({ message }) => message) } }
}

async function sameFolds(project: StepContext['project'], planned: Pick<SplitRecord, 'options' | 'frameFolds'>, wanted: readonly (readonly [string, number | null])[]): Promise<SplitRecord | null> {
  for (const { id, options } of await project.split.list()) {
    if (!isDeepStrictEqual(options, planned.options)) continue
    const record = await project.split.get({ id })
    if (isDeepStrictEqual(record.folds.map(({ folder, fold }) => [folder, fold]), wanted) && isDeepStrictEqual(record.frameFolds, planned.frameFolds)) return record
  }
  return null
}
