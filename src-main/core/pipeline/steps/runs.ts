import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { HandloomError, toHandloomError } from '../../../contract/errors.ts'
import { ruleDraft, type RuleDefinition, type RuleDraft, type RulesState } from '../../../contract/rules.ts'
import { trainConfig, type Run, type TrainConfigInput } from '../../../contract/train.ts'
import { configOf } from '../readPipeline.ts'
import { count, pathFrom, runOf, type Step } from '../stepContext.ts'

/**
 * A run of the config over the data as they are now: one that is there and done is taken as it is, one that was stopped goes on, else it is trained.
 * A failed fold ends the pipeline.
 */
export const train: Step<'train'> = async (value, context) => {
  const { project, splitId } = context
  const given = configOf(value) as TrainConfigInput
  if (typeof given.pretrained === 'string') given.pretrained = pathFrom(context, given.pretrained)
  const ownSplit = 'split' in given || 'splitter' in given || 'folds' in given
  const config = trainConfig.parse(splitId !== null && !ownSplit ? { ...given, split: splitId } : given)
  const folds = value.only ?? null
  const known = await project.train.findSame({ config, folds })
  const unfinished = (run: Run): boolean => run.folds.some(({ fold, state }) => state !== 'done' && (folds?.includes(fold) ?? true))
  const already = known !== null && !unfinished(known)
  const begun = already ? known : known ? await project.train.resume({ id: known.id }) : await project.train.start({ config: { ...config, name: config.name || (value.as ?? '') }, folds })
  const run = already ? known : await context.train(begun)
  if (context.signal.aborted) throw new HandloomError('interrupted', 'The pipeline was stopped while it trained.')
  const failed = run.folds.find(({ fold, state }) => state !== 'done' && (folds?.includes(fold) ?? true))
  if (failed) throw new HandloomError('internal', `Fold ${failed.fold} of run ${run.id} ${failed.state}: ${failed.message ?? 'no reason was given'}`)
  context.lastRun = run.id
  if (value.as !== undefined) context.runs.set(value.as, run.id)
  const { sequence } = await project.evaluate.summary({ runId: run.id })
  return { text: context.words(`실행 ${run.id}, ${config.model}: log loss ${sequence.logLoss.toFixed(4)}, 정확도 ${sequence.accuracy.toFixed(3)}`, `run ${run.id}, ${config.model}: log loss ${sequence.logLoss.toFixed(4)}, accuracy ${sequence.accuracy.toFixed(3)}`), already, json: { run: run.id, log_loss: sequence.logLoss, accuracy: sequence.accuracy } }
}

export const rules: Step<'rules'> = async ({ run, fit, action, clamp, file, rules: drafts }, context) => {
  const { project } = context
  const runId = runOf(context, run)
  const before = project.rules.definitions(runId)
  let state: RulesState
  if (fit) state = await project.rules.fit({ runId, method: fit, action, clamp })
  else if (file !== undefined) {
    const path = pathFrom(context, file)
    const text = await readFile(path, 'utf8').catch((error: unknown) => { throw toHandloomError(error) })
    await project.rules.restore({ runId, version: 0 })
    state = await project.rules.importRules({ runId, fileName: basename(path), text })
  } else if (sameRules(before.rules, drafts ?? [])) state = await project.rules.state({ runId })
  else state = project.rules.setRules({ runId, drafts: drafts ?? [], label: 'Pipeline' })
  const enabled = state.rules.filter((rule) => rule.enabled).length
  const already = state.version === before.version
  return {
    text: `${context.words(`규칙 ${state.rules.length}개 중 ${enabled}개 사용`, `${enabled} of ${count(state.rules.length, 'rule')} in use`)}: log loss ${state.logLossBefore.toFixed(4)} → ${state.logLossAfter.toFixed(4)}`,
    already,
    json: { run: runId, rules: state.rules.length, enabled, version: state.version, log_loss_before: state.logLossBefore, log_loss_after: state.logLossAfter },
  }
}

/** Whether the drafts are what is there: what a draft leaves to be fitted is not compared. */
function sameRules(now: readonly RuleDefinition[], drafts: readonly RuleDraft[]): boolean {
  if (now.length !== drafts.length) return false
  return drafts.every((given, index) => {
    const draft = ruleDraft.parse(given)
    const rule = now[index] as RuleDefinition
    return Object.entries(draft).every(([key, value]) => value === undefined || isDeepStrictEqual(value, rule[key as keyof RuleDefinition]))
  })
}

export const submit: Step<'submit'> = async ({ runs, withRules = true, out, ...options }, context) => {
  const runIds = runs ? runs.map((name) => runOf(context, name)) : [runOf(context, undefined)]
  const made = await context.project.ensemble.submit({ ...options, runIds, rules: withRules, ...(out === undefined ? {} : { out: pathFrom(context, out) }) })
  const estimate = made.estimatedLogLoss === null ? '' : `, ${context.words('예상 log loss', 'estimated log loss')} ${made.estimatedLogLoss.toFixed(4)}`
  return {
    text: `${made.path}: ${made.rows} × ${made.columns}${estimate}, ${context.words(`문제 ${made.problems.length}개`, count(made.problems.length, 'problem'))}`,
    already: false,
    json: { submission: made.path, lineage: made.lineagePath, estimated_log_loss: made.estimatedLogLoss, problems: made.problems, warnings: made.warnings, missing: made.missing },
  }
}

export const exportStep: Step<'export'> = async ({ run, out, ...options }, context) => {
  const made = await context.project.train.exportModel({ ...options, runId: runOf(context, run), ...(out === undefined ? {} : { out: pathFrom(context, out) }) })
  const difference = made.largestDifference === null ? made.checkedWith : `${context.words('가장 큰 차이', 'largest difference')} ${made.largestDifference.toExponential(1)} (${made.checkedWith})`
  return { text: `${made.path}: ${difference}`, already: false, json: { path: made.path, format: made.format, fold: made.fold, largest_difference: made.largestDifference, checked_with: made.checkedWith } }
}
