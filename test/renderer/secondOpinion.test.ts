import { describe, expect, it } from 'vitest'
import type { GroupRow, ReviewView } from '../../src-main/contract/evaluate.ts'
import type { RefitState } from '../../src-main/contract/keypoints.ts'
import type { Run } from '../../src-main/contract/train.ts'
import { i18n, translate } from '../../src-renderer/i18n/index.ts'
import { builtInViews } from '../../src-renderer/pages/review/builtInViews.ts'
import { filterChips } from '../../src-renderer/pages/review/filterChips.ts'
import { groupColumns } from '../../src-renderer/pages/review/groupColumns.ts'
import { refitNews } from '../../src-renderer/pages/review/refitNews.ts'
import { addressOf, lookedFrom, nobody, wholeView } from '../../src-renderer/pages/review/reviewAddress.ts'
import { placeOf } from '../../src-renderer/pages/review/rowPlace.ts'
import { changeTone, comparedView, isEven, opinionSentence, otherOf, otherRuns, signedLogLoss, whoIsWho } from '../../src-renderer/pages/review/secondOpinion.ts'

const run = (id: number, model: string, rest: Partial<Run> = {}): Run => ({ id, name: `run ${id}`, config: { model }, madeFrom: null, folds: [{ state: 'done' }], ...rest }) as Run
const refit = run(9, 'keypoint_linear', { madeFrom: { runId: 4, how: 'refit' } })
const runs = [refit, run(6, 'keypoint_temporal', { folds: [{ state: 'training' }] as Run['folds'] }), run(5, 'regnety_nano'), run(4, 'keypoint_linear'), run(3, 'regnety_040'), run(2, 'regnety_nano', { madeFrom: { runId: 1, how: 'again' } })]
const offered = (own: Run): [id: number, offer: string | null][] => otherRuns(own, runs, []).map(({ run: { id }, offer }) => [id, offer])

describe('the run that a review is compared with', () => {
  it('is offered as a second opinion where it sees what this one does not, the newest first; and of a refit it is the run before the edits', () => {
    expect(offered(runs[2]!)).toEqual([[9, 'second'], [4, null], [3, null], [2, null]])
    expect(offered(runs[3]!)).toEqual([[5, 'second'], [9, null], [3, null], [2, null]])
    expect(offered(refit)).toEqual([[4, 'before'], [5, null], [3, null], [2, null]])
  })

  it('has predictions: a fold is done, or was scored before it is trained anew', () => {
    const anew = run(9, 'keypoint_linear', { folds: [{ state: 'queued' }] as Run['folds'] })
    expect(otherRuns(runs[2]!, [anew, run(6, 'keypoint_temporal', { folds: [] })], [{ runId: 9, sequence: { logLoss: 0.5, accuracy: 1, count: 8 } }])).toEqual([{ run: anew, logLoss: 0.5, offer: 'second' }])
  })

  it('is the one asked for; by itself that of a refit, unless a person wants none', () => {
    const [ofPicture, ofRefit] = [otherRuns(runs[2]!, runs, []), otherRuns(refit, runs, [])]
    const chosen = (others: typeof ofRefit, asked: number | undefined): number | null => otherOf(others, asked)?.run.id ?? null
    expect([chosen(ofPicture, undefined), chosen(ofPicture, 4), chosen(ofPicture, 5), chosen(ofPicture, 77)]).toEqual([null, 4, null, null])
    expect([chosen(ofRefit, undefined), chosen(ofRefit, 3), chosen(ofRefit, nobody)]).toEqual([4, 3, null])
  })

  it('leaves nothing of a comparison behind where there is none', () => {
    const view: ReviewView = { ...wholeView, against: 4, disagreeOnly: true, sort: 'change', wrongOnly: true }
    expect(comparedView(view, 4)).toEqual(view)
    expect(comparedView(view, null)).toEqual({ ...wholeView, wrongOnly: true, against: undefined })
  })

  it('is in the address with what is narrowed and sorted by it, and so is that there shall be none', () => {
    const given = (view: ReviewView): Record<string, string> => Object.fromEntries(Object.entries(addressOf({ tab: 'groups', view, groups: null })).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
    const view: ReviewView = { ...wholeView, against: 12, disagreeOnly: true, sort: 'disagreement' }
    expect(given(view)).toEqual({ against: '12', differ: '1', sort: 'disagreement' })
    expect(lookedFrom(given(view)).view).toEqual(view)
    expect(given({ ...wholeView, against: nobody })).toEqual({ against: 'none' })
    expect(['none', '0', '-3', 'hand'].map((against) => lookedFrom({ against }).view.against)).toEqual([nobody, undefined, undefined, undefined])
    expect(filterChips(view, null, () => '', translate)).toEqual([{ field: 'disagreeOnly', text: 'Runs disagree' }])
  })

  it('has views: where the two disagree most, and what an edit changed most', () => {
    expect([builtInViews.disagreements, builtInViews.edits]).toEqual([{ ...wholeView, disagreeOnly: true, sort: 'disagreement', descending: true }, { ...wholeView, sort: 'change', descending: true }])
  })
})

describe('the table beside another run', () => {
  const names = (...given: Parameters<typeof groupColumns>): string => groupColumns(...given).map(({ name }) => name).join(' ')

  it('gives up what matters least where it is narrow; by frame the frame’s number stays', () => {
    expect(names(false, 'sequence', 840)).toBe('group answer pose logLoss predicted confidence share fold frames lookAlike label cause')
    expect(names(true, 'sequence', 840)).toBe('group answer logLoss predicted confidence other disagreement change label cause')
    expect(names(true, 'frame', 840)).toBe('group answer logLoss predicted confidence other disagreement change frames label cause')
    expect(names(true, 'sequence', 1400)).toBe('group answer pose logLoss predicted confidence other disagreement change share fold frames lookAlike label cause')
  })

  it('sorts by the size of the change, and what the other run did not predict comes last either way', () => {
    const row = (folder: number, change: number | null): GroupRow => ({ group: `train/${folder}`, frame: null, afterRules: null, against: change === null ? null : { change, disagreement: 0 } }) as GroupRow
    const rows = [row(1, 0.2), row(2, -3), row(3, null), row(4, null), row(5, 1)]
    const order = (descending: boolean): string[] => rows.toSorted((a, b) => placeOf(b, { sort: 'change', descending, afterRules: false })(a)).map(({ group }) => group.slice(6))
    expect([order(true), order(false)]).toEqual([['2', '5', '1', '3', '4'], ['1', '5', '2', '3', '4']])
  })

  it('tells the change of the log loss by its sign, not by colour alone', () => {
    const format = { logLoss: (value: number) => value.toFixed(4) }
    expect([0.5312, -0.5312, 0.00004, -0.00004].map((change) => [signedLogLoss(change, format), changeTone(change)])).toEqual([['+0.5312', 'worse'], ['−0.5312', 'better'], ['0', 'same'], ['0', 'same']])
  })

  it('knows a run that could say nothing by its even probabilities', () => {
    expect([isEven(1 / 157, 157), isEven(Math.fround(1 / 12), 12), isEven(0.09, 12), isEven(1, 1)]).toEqual([true, true, false, false])
  })
})

describe('what two runs say', () => {
  const row = {
    poseId: 0, answerName: '숫자 1', predictedPoseId: 171, predictedName: '주먹 쥐기', confidence: 0.61, unknown: false,
    against: { predictedPoseId: 0, predictedName: '숫자 1', confidence: 0.934, logLoss: 0.07, answerProbability: 0.93, disagreement: 0.8, change: 2 },
  } as GroupRow
  const format = { decimal: (value: number) => value.toFixed(2) }
  const [picture, other] = [runs[2]!, otherRuns(runs[2]!, runs, [])[1]!]

  it('is one sentence in a person’s words, by what the runs see', () => {
    expect(opinionSentence(row, whoIsWho(picture, other), 157, format, translate)).toBe('Picture says ‘주먹 쥐기’ (0.61), hand says ‘숫자 1’ (0.93), label is ‘숫자 1’')
    expect(whoIsWho(other.run as Run, otherRuns(other.run as Run, runs, [])[0]!)).toEqual({ own: 'hand', other: 'picture' })
    expect(whoIsWho(picture, otherRuns(picture, runs, [])[3]!)).toEqual({ own: 'own', other: 'other' })
    expect(opinionSentence({ ...row, against: null }, whoIsWho(picture, other), 157, format, translate)).toBeNull()
  })

  it('is told in the order of time around an edit, in both languages', () => {
    const who = whoIsWho(refit, otherRuns(refit, runs, [])[0]!)
    const said = (): string | null => opinionSentence({ ...row, unknown: true }, who, 157, format, translate)
    const english = said()
    i18n.global.locale.value = 'ko'
    const korean = said()
    i18n.global.locale.value = 'en'
    expect([english, korean]).toEqual(['Before the edits ‘숫자 1’ (0.93), after the edits: no keypoints, label is ‘숫자 1’', '편집 전에는 ‘숫자 1’ (0.93), 편집 후: 키포인트 없음, 라벨은 ‘숫자 1’'])
  })

  it('names the ids of classes that carry one name', () => {
    const mirrored = { ...row, predictedPoseId: 10, predictedName: '숫자 1' } as GroupRow
    expect(opinionSentence(mirrored, whoIsWho(picture, other), 157, format, translate)).toBe('Picture says ‘숫자 1 10’ (0.61), hand says ‘숫자 1 0’ (0.93), label is ‘숫자 1 0’')
  })
})

describe('the model that is fitted again behind', () => {
  const state: RefitState = { enabled: true, baseRunId: 4, runId: 9, state: 'idle', foldsDone: 5, folds: 5, edited: ['train/475'], logLossBefore: 0.21, logLossAfter: 0.18, message: null }

  it('is told of where it began, and while it is fitted on its own page too', () => {
    expect([4, 9, 5, null].map((id) => refitNews(state, id))).toEqual([{ kind: 'done', runId: 9, baseRunId: 4, before: 0.21, after: 0.18, edited: 1 }, null, null, null])
    expect([4, 9, 5].map((id) => refitNews({ ...state, state: 'fitting', foldsDone: 2, logLossAfter: null }, id))).toEqual([{ kind: 'fitting', done: 2, folds: 5 }, { kind: 'fitting', done: 2, folds: 5 }, null])
    expect(refitNews({ ...state, state: 'failed', message: 'No space' }, 4)).toEqual({ kind: 'failed', message: 'No space' })
    expect(refitNews({ ...state, runId: null, logLossAfter: null }, 4)).toBeNull()
  })
})
