import { triageCauses, type GroupQuery, type ReviewView } from '../contract/evaluate.ts'
import { comparedRows } from './comparison.ts'
import { stableOrder } from './order.ts'
import { rowsOf, type ReviewData } from './reviewData.ts'
import type { ScoredRows } from './scoredRun.ts'
import { searchOf } from './search.ts'

/** What of a review table is looked at. */
export type Selection = ReviewView & Pick<GroupQuery, 'groups'>

/**
 * The rows of its level that a view leaves, sorted. Scores and predictions are those that the view looks at; what is known of a sequence
 * (label in doubt, cause, changed by rules) holds for its frames too. Equal rows stay in folder order, and what has no value comes last.
 */
export function selectRows(data: ReviewData, view: Selection): Int32Array {
  const rows = rowsOf(data, view.level, view.afterRules)
  const order = orderOf(data, rows, view)
  const tests = [ofSequences(data, view), ...rowTests(data, rows, view)].filter((test) => test !== null)
  if (tests.length === 0) return order
  const found = new Int32Array(rows.length)
  let length = 0
  for (const row of order) if (tests.every((test) => test(rows.sequence[row]!, row))) found[length++] = row
  return found.subarray(0, length)
}

type Test = (sequence: number, row: number) => boolean

/** What is asked of a row's own prediction. */
function rowTests(data: ReviewData, rows: ScoredRows, view: Selection): (Test | null)[] {
  const { run } = data
  const { confidenceFrom: from = 0, confidenceTo: to = 1 } = view
  const predictedClass = view.predictedPoseId === undefined ? -1 : run.poseIds.indexOf(view.predictedPoseId)
  const search = searchOf(data, view.search)
  const differs = comparedRows(data, rows)?.differs
  return [
    view.fold === undefined ? null : (_sequence, row) => rows.fold[row] === view.fold,
    view.predictedPoseId === undefined ? null : (_sequence, row) => rows.predicted[row] === predictedClass,
    from === 0 && to === 1 ? null : (_sequence, row) => (from === 0 || rows.confidence[row]! > from) && rows.confidence[row]! <= to,
    view.wrongOnly ? (sequence, row) => rows.predicted[row] !== run.answers[sequence] : null,
    view.lookAlike === undefined ? null : lookAlikeTest(data, rows, view.lookAlike),
    view.disagreeOnly ? (_sequence, row) => differs?.[row] === 1 : null,
    search && ((sequence, row) => search(sequence, rows.predicted[row]!)),
  ]
}

/** What is asked of a row's sequence; null: nothing. */
function ofSequences({ run, summaries, labels, afterRules, causes }: ReviewData, view: Selection): Test | null {
  const groups = view.groups && new Set(view.groups)
  const causeOf = (sequence: number) => causes.get(run.folders[sequence]!)?.cause
  const tests: ((sequence: number) => boolean)[] = []
  if (groups) tests.push((sequence) => groups.has(run.folders[sequence]!))
  if (view.poseId !== undefined) tests.push((sequence) => run.answerPoseIds[sequence] === view.poseId)
  if (view.actor !== undefined) tests.push((sequence) => (summaries[sequence]!.actor ?? '') === view.actor)
  if (view.hand !== undefined) tests.push((sequence) => summaries[sequence]!.hand === view.hand)
  if (view.view !== undefined) tests.push((sequence) => summaries[sequence]!.view === view.view)
  if (view.cause === 'any') tests.push((sequence) => causeOf(sequence) !== undefined)
  else if (view.cause === 'none') tests.push((sequence) => causeOf(sequence) === undefined)
  else if (view.cause !== undefined) tests.push((sequence) => causeOf(sequence) === view.cause)
  if (view.issuesOnly) tests.push((sequence) => labels.suggested[sequence]! >= 0)
  if (view.changedByRules) tests.push((sequence) => afterRules?.changed.has(sequence) ?? false)
  if (tests.length === 0) return null
  const kept = Uint8Array.from(run.folders, (_, sequence) => Number(tests.every((test) => test(sequence))))
  return (sequence) => kept[sequence] === 1
}

function lookAlikeTest({ run, lookAlike }: ReviewData, rows: ScoredRows, wanted: NonNullable<ReviewView['lookAlike']>): Test {
  const known = new Map<number, boolean>()
  return (sequence, row) => {
    const predicted = rows.predicted[row]!
    if (predicted === run.answers[sequence]) return false
    const answer = run.answerPoseIds[sequence]!
    const pair = answer * run.poseIds.length + predicted
    let fits = known.get(pair)
    if (fits === undefined) {
      const found = lookAlike(answer, run.poseIds[predicted]!)
      fits = wanted === 'any' ? found !== null : found === wanted
      known.set(pair, fits)
    }
    return fits
  }
}

/** Orders under their names, by what they hold for. */
const orders = new WeakMap<object, Map<string, Int32Array>>()

function remembered(holder: object, name: string, make: () => Int32Array): Int32Array {
  const known = orders.get(holder) ?? new Map<string, Int32Array>()
  orders.set(holder, known)
  const order = known.get(name) ?? make()
  known.set(name, order)
  return order
}

/** All rows in the order that a view sorts them. */
function orderOf(data: ReviewData, rows: ScoredRows, { sort, descending }: Pick<Selection, 'sort' | 'descending'>): Int32Array {
  const { holder, keys } = sortKeys(data, rows, sort)
  return remembered(holder, `${rows.level}/${sort}/${descending}`, () => stableOrder(keys(), descending))
}

/** What rows are sorted by, and what that holds for: what was predicted stays with its rows, what is known of sequences changes. */
function sortKeys(data: ReviewData, rows: ScoredRows, sort: Selection['sort']): { holder: object; keys: () => ArrayLike<number> } {
  const { run, labels } = data
  const compared = comparedRows(data, rows)
  switch (sort) {
    case 'group': return { holder: rows, keys: () => rows.sequence }
    case 'answer': return { holder: rows, keys: () => rows.sequence.map((sequence) => run.answerPoseIds[sequence]!) }
    case 'predicted': return { holder: rows, keys: () => rows.predicted.map((predicted) => run.poseIds[predicted]!) }
    case 'confidence': return { holder: rows, keys: () => rows.confidence }
    case 'fold': return { holder: rows, keys: () => rows.fold }
    case 'labelQuality': return { holder: labels, keys: () => spread(rows, labels.quality) }
    case 'actor':
    case 'cause': return { holder: data, keys: () => spread(rows, sequenceKeys[sort](data)) }
    case 'disagreement': if (compared) return { holder: compared, keys: () => compared.disagreements }; break
    case 'change': if (compared) return { holder: compared, keys: () => compared.change.map(Math.abs) }; break
    case 'logLoss': break
  }
  return { holder: rows, keys: () => rows.logLoss }
}

/** Of each sequence; NaN: it has none. */
const sequenceKeys: Record<'actor' | 'cause', (data: ReviewData) => Float64Array> = {
  actor: ({ summaries }) => {
    const actors = [...new Set(summaries.map(({ actor }) => actor ?? ''))].sort(new Intl.Collator('ko', { numeric: true }).compare)
    const ranks = new Map(actors.map((actor, rank) => [actor, actor === '' ? Number.NaN : rank]))
    return Float64Array.from(summaries, ({ actor }) => ranks.get(actor ?? '')!)
  },
  cause: ({ run, causes }) =>
    Float64Array.from(run.folders, (folder) => {
      const cause = causes.get(folder)?.cause
      return cause === undefined ? Number.NaN : triageCauses.indexOf(cause)
    }),
}

/** What each row's sequence has. */
const spread = (rows: ScoredRows, values: Float64Array): Float64Array => Float64Array.from(rows.sequence, (sequence) => values[sequence]!)
