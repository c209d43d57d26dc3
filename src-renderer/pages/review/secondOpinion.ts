import type { GroupRow, ReviewView } from '../../../src-main/contract/evaluate.ts'
import { seesKeypoints } from '../../../src-main/contract/keypoints.ts'
import type { Run, RunScore } from '../../../src-main/contract/train.ts'
import type { MessageKey, MessageValues } from '../../i18n/index.ts'
import { nobody } from './reviewAddress.ts'

type Named = Pick<Run, 'id' | 'name' | 'config' | 'madeFrom' | 'folds'>

/** A run that another one can be compared with. */
export interface OtherRun {
  run: Named
  /** Out of fold, of sequences; null while it is not known. */
  logLoss: number | null
  /** Why it is offered first: it is what a refit was made from, or it sees what the other one does not. */
  offer: 'before' | 'second' | null
}

/** Which of two runs is meant, in a person's words. */
export type Who = 'picture' | 'hand' | 'own' | 'other' | 'before' | 'after'

/** The run that the one in front is compared with, and what the two are called. */
export interface Opinion {
  runId: number
  /** As the person named it. */
  name: string
  who: { own: Who; other: Who }
}

type Translate = (key: MessageKey, values?: MessageValues) => string

const isKeypointRun = (run: Named): boolean => seesKeypoints(run.config.model)

/** Runs with out-of-fold predictions beside one, newest first but for the one that is offered. `runs`: newest first. */
export function otherRuns(own: Named, runs: readonly Named[], scores: readonly Pick<RunScore, 'runId' | 'sequence'>[]): OtherRun[] {
  const logLoss = new Map(scores.map(({ runId, sequence }) => [runId, sequence.logLoss]))
  const others = runs.filter(({ id, folds }) => id !== own.id && (logLoss.has(id) || folds.some(({ state }) => state === 'done')))
  const base = own.madeFrom?.how === 'refit' ? others.find(({ id }) => id === own.madeFrom?.runId) : undefined
  const first = base ?? others.find((run) => isKeypointRun(run) !== isKeypointRun(own))
  return others
    .toSorted((a, b) => Number(b === first) - Number(a === first))
    .map((run) => ({ run, logLoss: logLoss.get(run.id) ?? null, offer: run !== first ? null : base === undefined ? 'second' : 'before' }))
}

/** The run that a view is compared with: the one it names, or by itself what a refit was made from; null: none. */
export function otherOf(others: readonly OtherRun[], asked: number | undefined): OtherRun | null {
  if (asked === nobody) return null
  return others.find(({ run, offer }) => (asked === undefined ? offer === 'before' : run.id === asked)) ?? null
}

/** What of a view holds beside another run, or (null) without one. */
export function comparedView(view: ReviewView, against: number | null): ReviewView {
  if (against !== null) return { ...view, against }
  return { ...view, against: undefined, disagreeOnly: false, sort: view.sort === 'disagreement' || view.sort === 'change' ? 'logLoss' : view.sort }
}

/** What the two runs of a comparison are called. */
export function whoIsWho(own: Named, other: OtherRun): Opinion['who'] {
  if (other.offer === 'before') return { own: 'after', other: 'before' }
  if (isKeypointRun(own) === isKeypointRun(other.run)) return { own: 'own', other: 'other' }
  return isKeypointRun(own) ? { own: 'hand', other: 'picture' } : { own: 'picture', other: 'hand' }
}

/** Log loss less that of the other run, with its sign; `0` where it is the same to four decimals. */
export const signedLogLoss = (change: number, { logLoss }: { logLoss: (value: number) => string }): string => (changeTone(change) === 'same' ? '0' : `${change < 0 ? '−' : '+'}${logLoss(Math.abs(change))}`)

/** Whether the run has a lower (`better`) or higher log loss than the other one. */
export const changeTone = (change: number): 'better' | 'worse' | 'same' => (Math.abs(change) < 0.00005 ? 'same' : change < 0 ? 'better' : 'worse')

/** All of so many classes got the same probability. */
export const isEven = (confidence: number, classes: number): boolean => classes > 1 && confidence * classes < 1 + 1e-4

/** What both runs and the label say of a sequence, in the order of time or as the run and the other one. null: the other run did not predict it. */
export function opinionSentence(row: GroupRow, who: Opinion['who'], classes: number, format: { decimal: (value: number) => string }, t: Translate): string | null {
  const { against } = row
  if (against === null) return null
  const names = new Map([[row.poseId, row.answerName], [row.predictedPoseId, row.predictedName], [against.predictedPoseId, against.predictedName]])
  const isAmbiguous = new Set(names.values()).size < names.size
  const named = (poseId: number): string => (isAmbiguous ? `${names.get(poseId) ?? ''} ${poseId}` : (names.get(poseId) ?? ''))
  const says = (of: Who, silent: boolean, poseId: number, confidence: number): string =>
    silent ? t('review.opinion.silent', { who: t(`review.who.${of}`) }) : t(`review.opinion.says.${of}`, { name: named(poseId), probability: format.decimal(confidence) })
  const own = says(who.own, row.unknown, row.predictedPoseId, row.confidence)
  const other = says(who.other, isEven(against.confidence, classes), against.predictedPoseId, against.confidence)
  const sentence = [...(who.other === 'before' ? [other, own] : [own, other]), t('review.opinion.label', { name: named(row.poseId) })].join(t('review.opinion.and'))
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`
}
