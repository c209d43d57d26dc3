import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom, EvaluateRoom, RulesRoom } from '../contract/rooms.ts'
import { ruleFitOptions, type RuleDefinition, type RulesState, type SequenceRule } from '../contract/rules.ts'
import type { Db } from '../db/open.ts'
import { catalogue } from './catalogue.ts'
import { changedRule, fitDraft, fitDrafts, parseDraft } from './drafts.ts'
import { searchFeatures } from './featureSearch.ts'
import { measureSequence } from './features.ts'
import { decideStage, firstStage, judge, meanLoss, stageAfter, type Stage } from './judge.ts'
import { createMeasurements } from './measurements.ts'
import { presetOf, presetPairs } from './pairs.ts'
import { propose } from './proposals.ts'
import { rowOf, rowsThrough, type FittedRule, type Row } from './rows.ts'
import { parseRuleFile, ruleFileText } from './ruleFile.ts'
import { ruleSets, type StoredRule } from './ruleSets.ts'
import { checkClasses, readRun, type RunData } from './runData.ts'
import { createSearchJob } from './searchJob.ts'

/** A rule must lower the run's log loss by more than this to be enabled. */
const leastGain = 1e-12

/**
 * The rules room: tells classes that look the same in one frame apart by how keypoints travel over the sequence, and moves probability between them accordingly.
 *
 * What is fitted has seen the very sequences that it is judged on, so each of them is judged with what was fitted without its fold; test sequences get what was fitted on all. A threshold set
 * by hand is used as it is. Fits look at the predictions before any rule; a rule is judged where it stands, after the enabled rules before it.
 */
export function createRules(deps: { db: Db; dataset: DatasetRoom; evaluate: EvaluateRoom; emit: Emit }) {
  const { db, dataset, evaluate, emit } = deps
  const sets = ruleSets(db)
  const measurements = createMeasurements(dataset)
  const searching = createSearchJob(emit)
  const read = (runId: number): RunData => readRun({ dataset, evaluate }, runId)

  const through = (rules: readonly FittedRule[], data: RunData): Stage =>
    rules.reduce((stage, rule) => (rule.enabled ? stageAfter(stage, decideStage(rule, stage, data, measurements)) : stage), firstStage(data))

  /** Rules as they stand in a list, each judged after those before it. */
  const judged = (rules: readonly StoredRule[], data: RunData): { rules: SequenceRule[]; last: Stage } => {
    let stage = firstStage(data)
    const made = rules.map((rule): SequenceRule => {
      const decisions = decideStage(rule, stage, data, measurements)
      const judgement = judge(rule, stage, decisions, data, measurements)
      if (rule.enabled) stage = stageAfter(stage, decisions)
      return { ...rule, runId: data.runId, ...judgement }
    })
    return { rules: made, last: stage }
  }

  const stateOf = (data: RunData): RulesState => {
    const { version, rules } = sets.current(data.runId)
    const { rules: made, last } = judged(rules, data)
    return { runId: data.runId, version, rules: made, logLossBefore: meanLoss(data.validated), logLossAfter: meanLoss(last.validated), logLossAfterInFold: meanLoss(last.inFold) }
  }

  /** Keeps what a change makes of the run's rules as a new version. */
  const keep = (runId: number, make: (rules: StoredRule[], data: RunData) => { rules: readonly StoredRule[]; label: string }): RulesState => {
    if (db.readonly) throw new HandloomError('conflict', 'Another Handloom holds this project, so rules cannot be changed here. Close it and try again.')
    const data = read(runId)
    const { rules, label } = make(sets.current(runId).rules, data)
    if (sets.keep(runId, rules, label)) emit({ type: 'rules' })
    return stateOf(data)
  }

  const placeOf = (rules: readonly StoredRule[], id: number, runId: number): number => {
    const place = rules.findIndex((rule) => rule.id === id)
    if (place < 0) throw new HandloomError('not-found', `Run ${runId} has no rule ${id} (any more). Choose one of its rules, or restore an earlier version.`)
    return place
  }

  const numbered = (rules: readonly FittedRule[]): StoredRule[] => {
    const first = sets.nextId()
    return rules.map((rule, index) => ({ id: first + index, ...rule }))
  }

  const enabledRules = (runId: number): StoredRule[] => sets.current(runId).rules.filter(({ enabled }) => enabled)

  /** Puts rules through some rows, in place; which changed. */
  const refineRows = <Given extends { probabilities: Float64Array }>(rules: readonly FittedRule[], given: readonly Given[], poseIds: readonly number[], rows: readonly Row[], valueOf: (rule: FittedRule) => (row: Row) => number | null): Given[] => {
    const after = rowsThrough(rules, rows, poseIds, valueOf)
    return given.filter(({ probabilities }, index) => {
      if (after[index] === rows[index]) return false
      probabilities.set(after[index]!.probabilities)
      return true
    })
  }

  return {
    state: ({ runId }) => stateOf(read(runId)),

    proposals({ runId }) {
      return propose(read(runId), sets.current(runId).rules, measurements)
    },

    async search({ runId, stillPoseIds, movingPoseIds, leftOut = [] }) {
      const data = read(runId)
      const classes = { stillPoseIds, movingPoseIds }
      checkClasses(classes, data)
      return searching.run(catalogue.length, (signal, onProgress) => searchFeatures({ classes, leftOut, data, measurements, signal, onProgress }))
    },

    cancelSearch: () => searching.cancel(),

    preview({ runId, draft, replaces }) {
      const data = read(runId)
      const { rules } = sets.current(runId)
      const stage = through(replaces === undefined ? rules : rules.slice(0, placeOf(rules, replaces, runId)), data)
      const rule = fitDraft(parseDraft(draft), data, measurements)
      return { ...rule, runId, ...judge(rule, stage, decideStage(rule, stage, data, measurements), data, measurements) }
    },

    add({ runId, draft }) {
      return keep(runId, (rules, data) => {
        const rule = fitDraft(parseDraft(draft), data, measurements)
        return { rules: [...rules, ...numbered([rule])], label: `added ${rule.name}` }
      })
    },

    change({ runId, id, change }) {
      return keep(runId, (rules, data) => {
        const place = placeOf(rules, id, runId)
        const { id: _, ...before } = rules[place]!
        const rule = changedRule(before, change, data, measurements)
        const only = before.enabled !== rule.enabled && Object.keys(change).length === 1
        return { rules: rules.with(place, { id, ...rule }), label: `${only ? (rule.enabled ? 'turned on' : 'turned off') : 'changed'} ${rule.name}` }
      })
    },

    remove({ runId, id }) {
      return keep(runId, (rules) => {
        const place = placeOf(rules, id, runId)
        return { rules: rules.toSpliced(place, 1), label: `removed ${rules[place]!.name}` }
      })
    },

    arrange({ runId, ids }) {
      return keep(runId, (rules) => {
        const first = [...new Set(ids)].map((id) => rules[placeOf(rules, id, runId)]!)
        return { rules: [...first, ...rules.filter((rule) => !first.includes(rule))], label: 'put in another order' }
      })
    },

    fit(given) {
      const { runId, method, clamp, action } = ruleFitOptions.parse(given)
      return keep(runId, (rules, data) => {
        const there = new Set(data.labelled.map(({ poseId }) => poseId))
        const known = (poseId: number): boolean => there.has(poseId) && data.poseIds.includes(poseId)
        const drafts = presetPairs.filter(({ stillPoseId, movingPoseId }) => known(stillPoseId) && known(movingPoseId)).map(({ stillPoseId, movingPoseId, feature }) => {
          const classes = { stillPoseIds: [stillPoseId], movingPoseIds: [movingPoseId] }
          const leftOut = rules.find((rule) => presetOf(rule)?.stillPoseId === stillPoseId)?.leftOut ?? []
          return parseDraft({ ...classes, feature, method, action, leftOut, ...(clamp === undefined ? {} : { clamp }) })
        })
        const fittedRules = fitDrafts(drafts.filter((draft) => fittable(draft, data)), data, measurements)
        let next = [...rules]
        for (const rule of fittedRules) {
          const place = next.findIndex((other) => presetOf(other) !== undefined && presetOf(other) === presetOf(rule))
          if (place < 0) next.push({ id: sets.nextId() + next.length - rules.length, ...rule })
          else next = next.with(place, { id: next[place]!.id, ...rule, note: next[place]!.note })
        }
        return { rules: helpfulOn(next, fittedRules, data), label: `fitted the preset pairs by ${method}` }
      })
    },

    setRules({ runId, drafts, label }) {
      return keep(runId, (_, data) => ({ rules: numbered(fitDrafts(drafts.map(parseDraft), data, measurements)), label }))
    },

    versions: ({ runId }) => sets.versions(runId),

    restore: ({ runId, version }) => keep(runId, () => ({ rules: sets.at(runId, version).rules, label: version === 0 ? 'restored to no rules' : `restored version ${version}` })),

    exportRules: ({ runId }) => ruleFileText(runId, sets.current(runId).rules.map(definitionOf)),

    importRules({ runId, fileName, text }) {
      return keep(runId, (rules, data) => {
        const drafts = parseRuleFile(text, fileName, data.poseIds)
        const made = drafts.map((draft, index) => {
          try {
            return fitDraft(draft, data, measurements)
          } catch (error) {
            if (!(error instanceof HandloomError)) throw error
            throw new HandloomError('bad-input', `${fileName}, rule ${index + 1}: ${error.message}`, { file: fileName, place: `rule ${index + 1}`, cause: error })
          }
        })
        return { rules: [...rules, ...numbered(made)], label: `imported ${fileName}` }
      })
    },

    definitions(runId) {
      const { version, rules } = sets.current(runId)
      return { version, rules: rules.map(definitionOf) }
    },

    list: () => sets.runIds().flatMap((runId) => {
      const { rules } = sets.current(runId)
      if (rules.length === 0 || evaluate.sequenceProbabilities(runId, 'validation').length === 0) return []
      return judged(rules, read(runId)).rules
    }),

    rulesKey(runId) {
      const rules = enabledRules(runId)
      return rules.length === 0 ? '' : JSON.stringify(rules)
    },

    refine(runId, given, poseIds) {
      const rules = enabledRules(runId)
      if (rules.length === 0 || given.length === 0) return []
      const versions = new Map(dataset.summaries().map(({ folder, version }) => [folder, version]))
      const folds = new Map(evaluate.sequenceProbabilities(runId, 'validation').map(({ folder, fold }) => [folder, fold]))
      const known = given.filter(({ folder }) => versions.has(folder))
      const rows = known.map(({ folder, probabilities }) => rowOf({ folder, version: versions.get(folder)!, poseId: null, fold: folds.get(folder) ?? null, probabilities }, poseIds))
      return refineRows(rules, known, poseIds, rows, ({ feature }) => (row) => measurements.value(row, feature)).map(({ folder }) => folder)
    },

    refineGiven(runId, given, poseIds) {
      const rows = given.map(({ sequence, probabilities }) => rowOf({ folder: sequence.name, version: '', poseId: null, fold: null, probabilities }, poseIds))
      const measures = new Map(rows.map((row, index) => [row.folder, measureSequence(given[index]!.sequence.frames.map((frame) => ({ ...frame, erased: [] })))]))
      return refineRows(enabledRules(runId), given, poseIds, rows, ({ feature }) => ({ folder }) => measures.get(folder)?.(feature) ?? null).map(({ sequence }) => sequence.name)
    },
  } satisfies RulesRoom

  /** Whether a preset's threshold can be fitted at all: a still sequence of its own can be measured and is not left out. */
  function fittable({ stillPoseIds, feature, leftOut }: Pick<RuleDefinition, 'stillPoseIds' | 'feature' | 'leftOut'>, data: RunData): boolean {
    return data.labelled.some((sequence) => stillPoseIds.includes(sequence.poseId) && !leftOut.includes(sequence.folder) && measurements.value(sequence, feature) !== null)
  }

  /** The list with those of the fitted rules enabled that help where they stand. */
  function helpfulOn(rules: readonly StoredRule[], fitted: readonly FittedRule[], data: RunData): StoredRule[] {
    const pairs = new Set(fitted.map(presetOf))
    let stage = firstStage(data)
    return rules.map((rule) => {
      const decisions = decideStage(rule, stage, data, measurements)
      const after = stageAfter(stage, decisions)
      const preset = presetOf(rule)
      const enabled = preset !== undefined && pairs.has(preset) ? meanLoss(after.validated) < meanLoss(stage.validated) - leastGain : rule.enabled
      if (enabled) stage = after
      return { ...rule, enabled }
    })
  }
}

function definitionOf(rule: StoredRule): RuleDefinition {
  const { id: _, fits: __, thresholdInterval: ___, ...definition } = rule
  return definition
}
