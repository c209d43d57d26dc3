import { HandloomError } from '../contract/errors.ts'
import type { SequenceSummary } from '../contract/dataset.ts'
import type { TriageEntry } from '../contract/evaluate.ts'
import type { CropRoom, DatasetRoom, RulesRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { compareRuns, type Comparison } from './comparison.ts'
import { findLabelIssues, type LabelIssues } from './labelIssues.ts'
import { lookAlike, type LookAlikeContext } from './lookAlike.ts'
import type { PredictionTable } from './predictionTable.ts'
import type { AfterRules, ReviewData } from './reviewData.ts'
import { scoreRun, withProbabilities, type ScoredRun } from './scoredRun.ts'

export type Rules = Pick<RulesRoom, 'refine' | 'rulesKey'>

/** What was computed of a table, with what it was computed from. */
interface Kept {
  /** Where the table's sequences are among the summaries. */
  places: Int32Array
  answers: readonly (number | null)[]
  run: ScoredRun
  labels: LabelIssues
  /** What the rules looked at: the rules, and the versions of the sequences. */
  rulesKey: string
  versions: readonly string[]
  afterRules: AfterRules | null
}

export interface CurrentReviewDeps {
  db: Db
  dataset: DatasetRoom
  crop: CropRoom
  table(runId: number): PredictionTable
  causes(): ReadonlyMap<string, TriageEntry>
}

/**
 * Gives what a run's tables are made from, as labels, edits, rules and causes are now. All of them are written to the database through this
 * process's only connection (unless another process writes), so while nothing was written the last answer holds. Else scores are computed
 * again only when answers have changed, those after the rules when rules or sequences have.
 */
export function createCurrentReview(deps: CurrentReviewDeps) {
  const { db, dataset, crop } = deps
  const kept = new WeakMap<PredictionTable, Kept>()
  const last = new WeakMap<PredictionTable, { written: number; data: ReviewData }>()
  const compared = forPairs(compareRuns)
  const beside = forPairs((data: ReviewData, against: Comparison): ReviewData => ({ ...data, labels: against.labels, against }))
  const rowsWritten = db.prepare<[], number>('SELECT total_changes()').pluck()
  let rules: Rules | null = null

  const names = (): ((poseId: number) => string) => {
    const known = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
    return (poseId) => known.get(poseId) || String(poseId)
  }

  const lookAlikes = (name: (poseId: number) => string): LookAlikeContext => {
    const poseIds = dataset.poseIds()
    const flipPartner = new Map<number, number>()
    for (const [index, target] of crop.flipTargets().entries()) {
      const from = poseIds[index]
      const to = poseIds[target]
      if (from !== undefined && to !== undefined) flipPartner.set(from, to)
    }
    return { flipPartner, name }
  }

  const scored = (table: PredictionTable, places: Int32Array, answers: Kept['answers']): Kept => {
    const known = kept.get(table)
    if (known && sameItems(known.answers, answers)) return Object.assign(known, { places })
    const run = scoreRun(table, answers)
    const labels = findLabelIssues({ classes: run.poseIds.length, labels: run.answers, given: run.sequences.answerProbability, probabilities: run.sequences.probabilities })
    const made: Kept = { places, answers, run, labels, rulesKey: '', versions: [], afterRules: null }
    kept.set(table, made)
    return made
  }

  const refined = (runId: number, of: Kept, summaries: readonly SequenceSummary[]): AfterRules | null => {
    const rulesKey = rules?.rulesKey(runId) ?? ''
    const versions = rulesKey === '' ? [] : summaries.map(({ version }) => version)
    if (of.rulesKey === rulesKey && sameItems(of.versions, versions)) return of.afterRules
    Object.assign(of, { rulesKey, versions, afterRules: rulesKey === '' ? null : afterRules(runId, of.run, rules as Rules) })
    return of.afterRules
  }

  const current = (runId: number, table: PredictionTable): ReviewData => {
    const training = dataset.summaries('train')
    const places = placesOf(table, training, kept.get(table)?.places)
    const all = table.folders.map((_, sequence) => training[places[sequence]!])
    const summaries = all.filter((summary): summary is SequenceSummary => summary !== undefined && summary.poseId !== null)
    if (summaries.length === 0)
      throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions yet. Train at least one of its folds to the end.`)
    const now = scored(table, places, all.map((summary) => summary?.poseId ?? null))
    const name = names()
    let context: LookAlikeContext | null = null
    return {
      run: now.run, summaries, labels: now.labels, afterRules: refined(runId, now, summaries), causes: deps.causes(), against: null, name,
      lookAlike: (answer, predicted) => lookAlike(answer, predicted, (context ??= lookAlikes(name))),
    }
  }

  const alone = (runId: number): ReviewData => {
    const table = deps.table(runId)
    const written = rowsWritten.get() as number
    const known = last.get(table)
    if (known?.written === written && !db.readonly) return known.data
    const data = current(runId, table)
    last.set(table, { written, data })
    return data
  }

  return {
    names,
    setRules(given: Rules): void {
      rules = given
    },

    /**
     * @param against the run that it is looked at beside
     * @throws HandloomError `not-found` when a run has no out-of-fold prediction with an answer, `bad-request` when both are the same
     */
    of(runId: number, against?: number): ReviewData {
      if (against === undefined) return alone(runId)
      if (against === runId) throw new HandloomError('bad-request', `Run ${runId} cannot be compared with itself. Choose another run to compare it with.`)
      const data = alone(runId)
      return beside(data, compared(data.run, alone(against).run))
    },
  }
}

/** The function, which remembers what it made of two objects for as long as both are there. */
function forPairs<One extends object, Other extends object, Made>(make: (one: One, other: Other) => Made): (one: One, other: Other) => Made {
  const made = new WeakMap<One, WeakMap<Other, Made>>()
  return (one, other) => {
    const ofOne = made.get(one) ?? new WeakMap<Other, Made>()
    made.set(one, ofOne)
    const known = ofOne.get(other) ?? make(one, other)
    ofOne.set(other, known)
    return known
  }
}

/**
 * Sequence scores after the rules. Each sequence is judged with thresholds that were fitted without its fold, as the rules room judges
 * its own `logLossAfter`.
 */
function afterRules(runId: number, run: ScoredRun, rules: Rules): AfterRules {
  const rows = run.folders.map((folder, sequence) => ({ folder, probabilities: Float64Array.from(run.sequences.probabilities(sequence)) }))
  const changedFolders = new Set(rules.refine(runId, rows, run.poseIds))
  const changed = new Map(rows.flatMap(({ folder, probabilities }, sequence) => (changedFolders.has(folder) ? [[sequence, probabilities] as const] : [])))
  return { rows: withProbabilities(run.sequences, run.answers, changed), changed: new Set(changed.keys()) }
}

/** Where the table's sequences are among summaries, −1: nowhere; as before where they still are there. */
function placesOf({ folders, indexOf }: PredictionTable, summaries: readonly SequenceSummary[], before: Int32Array | undefined): Int32Array {
  if (before && folders.every((folder, sequence) => summaries[before[sequence]!]?.folder === folder)) return before
  const places = new Int32Array(folders.length).fill(-1)
  for (const [place, { folder }] of summaries.entries()) {
    const sequence = indexOf.get(folder)
    if (sequence !== undefined) places[sequence] = place
  }
  return places
}

const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((item, index) => item === b[index])
