import { describe, expect, it } from 'vitest'
import type { ChangedSequence, PreviewedRule } from '../../src-main/contract/rules.ts'
import { ruleDefinition } from '../../src-main/contract/rules.ts'
import { stacked } from '../../src-renderer/charts/strip.ts'
import { nextMethod, withMethod } from '../../src-renderer/pages/rules/decisions.ts'
import { changedSections } from '../../src-renderer/pages/rules/facts/changedSections.ts'
import { keypointPaths } from '../../src-renderer/pages/rules/facts/keypointPath.ts'
import { handPoints, openHand } from '../../src-renderer/pages/rules/rule/openHand.ts'
import { changedParts, draftOf, emptyForm, formOf, isWrong, toggleLeftOut, touched, verdictOf, type RuleForm } from '../../src-renderer/pages/rules/ruleForm.ts'
import { featureText, plotRows, ruleName, valueText } from '../../src-renderer/pages/rules/ruleWords.ts'
import { moved } from '../../src-renderer/pages/rules/useRuleChanges.ts'
import { useFormat } from '../../src-renderer/composables/useFormat.ts'

const format = useFormat()
const feature = { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' } as const
const kept = formOf(ruleDefinition.parse({ name: 'one', stillPoseIds: [0], movingPoseIds: [42], feature, threshold: 31.85, method: 'log-loss', action: 'clamp', clamp: 0.02, clampFrom: 'error', enabled: true }))
const names = new Map([[0, 'number 1'], [42, 'wag']])
const change = (folder: string, answerBefore: number | null, answerAfter: number | null): ChangedSequence => ({ folder, poseId: answerBefore === null ? null : 0, value: 1, before: { poseId: 0, name: '', probability: 1 }, after: { poseId: 42, name: '', probability: 1 }, answerBefore, answerAfter })

describe('a rule that is being made', () => {
  it('is asked about without what is to be fitted, and not before both sides have classes of their own', () => {
    const { threshold: _, clamp: __, ...fitted } = kept
    expect(draftOf(kept)).toEqual(fitted)
    expect(draftOf({ ...kept, method: 'by-hand', threshold: 20, clampFrom: 'by-hand', clamp: 0.1 })).toEqual({ ...fitted, method: 'by-hand', threshold: 20, clampFrom: 'by-hand', clamp: 0.1 })
    expect([emptyForm(), { ...kept, movingPoseIds: [] }, { ...kept, movingPoseIds: [42, 0] }].map(draftOf)).toEqual([null, null, null])
    expect(emptyForm({ stillPoseIds: [0], movingPoseIds: [42], feature: null })).toMatchObject({ stillPoseIds: [0], movingPoseIds: [42], feature, method: 'log-loss', threshold: null })
  })

  it('says which of its parts are not as they are kept', () => {
    const changes: Partial<RuleForm>[] = [
      {}, { name: ' one ' }, { name: 'two' }, { threshold: 40 }, { threshold: 40, method: 'by-hand' }, { clamp: 0.3 }, { clamp: 0.3, clampFrom: 'by-hand' }, { action: 'one-hot' }, { feature: { ...feature, axis: 'y' } }, { leftOut: ['train/1'] },
      { note: 'why', stillPoseIds: [0, 10] },
    ]
    expect(changes.map((part) => changedParts({ ...kept, ...part }, kept))).toEqual([[], [], ['name'], [], ['threshold'], [], ['action'], ['action'], ['feature'], ['leftOut'], ['classes', 'note']])
  })

  it('takes a sequence out of the fit and back, whichever was first', () => {
    const out = toggleLeftOut({ ...kept, leftOut: ['train/2'] }, 'train/1')
    expect([out, toggleLeftOut({ ...kept, leftOut: out }, 'train/2')]).toEqual([['train/2', 'train/1'], ['train/1']])
    expect(changedParts({ ...kept, leftOut: ['b', 'a'] }, { ...kept, leftOut: ['a', 'b'] })).toEqual([])
  })

  it('goes through the ways to set a threshold; by hand it begins where the line is', () => {
    expect([nextMethod('log-loss'), nextMethod('maximum-plus-5'), nextMethod('by-hand')]).toEqual(['maximum-plus-5', 'by-hand', 'log-loss'])
    expect([withMethod('by-hand', 12), withMethod('log-loss', 12)]).toEqual([{ method: 'by-hand', threshold: 12 }, { method: 'log-loss' }])
  })

  it('moves in the order of the list', () => {
    expect([moved([1, 2, 3], 3, 0), moved([1, 2, 3], 1, 2), moved([1, 2, 3], 2, 1)]).toEqual([[3, 1, 2], [2, 3, 1], [1, 2, 3]])
  })
})

describe('what a rule does', () => {
  const changed = [change('a', 0.9, 0.2), change('b', 0.2, 0.9), change('c', 0.5, 0.5), change('d', null, null), change('e', 0.3, 0.1), change('f', 0.1, 0.95)]
  const testChanged = [change('t', null, null)]

  it('is counted before it is applied', () => {
    expect(touched({ changed, testChanged })).toEqual({ all: 7, better: 2, worse: 2, test: 1 })
  })

  it('is listed with the harm first, the largest change first, test sequences apart', () => {
    expect(changedSections({ changed, testChanged }).map(({ kind, sequences }) => [kind, sequences.map(({ folder }) => folder).join('')])).toEqual([['worse', 'ae'], ['better', 'fb'], ['same', 'c'], ['unknown', 'd'], ['test', 't']])
  })

  it('is a clear gain only where the whole interval is, and not where the run pays for it', () => {
    const judged = (low: number, high: number, runAfter = 0.9): Pick<PreviewedRule, 'gain' | 'runBefore' | 'runAfter'> => ({ gain: { mean: (low + high) / 2, low, high }, runBefore: 1, runAfter })
    expect([judged(0.1, 0.3), judged(0.1, 0.3, 1.1), judged(-0.1, 0.3), judged(-0.3, -0.1), { ...judged(0, 0), gain: null }].map(verdictOf)).toEqual(['better', 'dear', 'unclear', 'worse', 'none'])
  })

  it('is wrong below the threshold for moving classes, and at it for still ones', () => {
    expect([{ poseId: 0, value: 10 }, { poseId: 0, value: 9 }, { poseId: 42, value: 10 }, { poseId: 42, value: 9 }].map((point) => isWrong(point, [0], 10))).toEqual([true, false, false, true])
  })
})

describe('a rule in words and rows', () => {
  it('names features, values with their unit, and rules without a name by their classes', () => {
    expect([featureText(feature), featureText({ point: 8, measure: 'turns', axis: 'both', unit: 'pixels' })]).toEqual(['topmost keypoint · range in x', 'index tip · turns in the plane'])
    expect([valueText(31.849, feature, format), valueText(0.5, { measure: 'path', unit: 'hand-sizes' }, format), valueText(3, { measure: 'turns', unit: 'pixels' }, format)]).toEqual(['31.85 px', '0.500 hands', '3.0 turns'])
    expect([ruleName({ ...kept, name: '' }, names), ruleName(kept, names), ruleName(emptyForm(), names)]).toEqual(['number 1 / wag', 'one', 'New rule'])
  })

  it('has a row a side, or one for each fold, judged by what was fitted without it', () => {
    const rule = { stillPoseIds: [0], feature, fits: [{ fold: 0, threshold: 5 }], points: [{ group: 'train/1', poseId: 0, value: 6, fold: 0, leftOut: true }, { group: 'train/2', poseId: 42, value: 9, fold: null, leftOut: false }] }
    expect(plotRows(rule, false, names, format, String).map(({ label, side, values }) => [label, side, values.map(({ id, hollow }) => [id, hollow])])).toEqual([['still · number 1 0', 'lower', [['train/1', true]]], ['moving · wag 42', 'upper', [['train/2', false]]]])
    expect(plotRows(rule, true, names, format, String).map(({ label, own, colour, values }) => [label, own, colour, values.length])).toEqual([['still · fold 0', 5, '0', 1], ['still · not predicted', undefined, undefined, 0], ['moving · fold 0', 5, '0', 0], ['moving · not predicted', undefined, undefined, 1]])
    expect(plotRows(rule, false, names, format, String)[0]?.values[0]?.title).toBe('train/1 · number 1: 6.00 px, fold 0 · left out of the fit')
  })

  it('draws marks beside each other, in turns above and below, as long as there is room', () => {
    expect(stacked([0, 1, 2, 40], 5, 14)).toEqual([0, -8.5, 8.5, 0])
    expect(new Set(stacked([0, 0, 0, 0, 0], 5, 14)).size).toBe(3)
  })
})

describe('the way of a keypoint', () => {
  const hand = (x: number, y: number): [number, number, number][] => Array.from({ length: 21 }, (_, row) => [x + row, y - row, 0])
  const frames = [{ number: 0, points: [...hand(100, 100), ...hand(300, 50)], erased: [] }, { number: 2, points: [], erased: [] }, { number: 3, points: hand(120, 100), erased: [20] }]

  it('follows the outermost of all hands, frames without one passed over, erased rows not there', () => {
    expect(keypointPaths(frames, 'topmost')).toEqual([[{ frame: 0, x: 320, y: 30 }, { frame: 3, x: 139, y: 81 }]])
    expect(keypointPaths(frames, 'leftmost')).toEqual([[{ frame: 0, x: 100, y: 100 }, { frame: 3, x: 120, y: 100 }]])
  })

  it('follows a keypoint of each hand by itself, and every finger tip', () => {
    expect(keypointPaths(frames, 8)).toEqual([[{ frame: 0, x: 108, y: 92 }, { frame: 3, x: 128, y: 92 }], [{ frame: 0, x: 308, y: 42 }]])
    expect(keypointPaths(frames, 'tips').map((path) => path.length)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 1, 1])
    expect(keypointPaths([], 'tips')).toEqual([])
  })

  it('is chosen on a drawn hand whose outermost points are where the words say', () => {
    const outermost = (by: (place: readonly [number, number]) => number) => openHand.map(by).indexOf(Math.max(...openHand.map(by)))
    expect([outermost(([, y]) => -y), outermost(([, y]) => y), outermost(([x]) => -x), outermost(([x]) => x)]).toEqual((['topmost', 'bottommost', 'leftmost', 'rightmost'] as const).flatMap(handPoints))
  })
})
