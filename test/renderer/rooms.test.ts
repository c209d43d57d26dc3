import { describe, expect, it } from 'vitest'
import type { SplitWarning } from '../../src-main/contract/split.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { presets } from '../../src-main/train/presets.ts'
import { heatRows, meanSpread, mergeWarnings } from '../../src-renderer/pages/folds/heatRows.ts'
import { changeText } from '../../src-renderer/pages/rules/changeText.ts'
import { submissionRows } from '../../src-renderer/pages/submit/submissionRows.ts'
import { draftOf, isPreset, withPreset } from '../../src-renderer/pages/train/draft.ts'

const warning = (kind: SplitWarning['kind'], poseIds: number[], folds: number[]): SplitWarning => ({ kind, poseIds, folds, message: `${kind} ${folds}` })

describe('the class × fold table', () => {
  const split = {
    classes: [{ poseId: 0, name: '숫자 1', counts: [1, 1], always: 0 }, { poseId: 47, name: '손가락 오므리기', counts: [0, 1], always: 0 }, { poseId: 139, name: 'OK', counts: [3, 2], always: 0 }],
    warnings: [warning('few-members', [0, 47], []), warning('class-missing-in-train', [47], [1])],
  }
  const ids = (filter: Partial<Parameters<typeof heatRows>[1]>): number[] => heatRows(split, { words: '', sort: 'id', markedOnly: false, fold: null, ...filter }).map(({ poseId }) => poseId)

  it('shows the classes a filter wants in its order; having few sequences alone is no mark', () => {
    expect([ids({}), ids({ sort: 'fewest' }), ids({ sort: 'most' }), ids({ markedOnly: true }), ids({ fold: 0 }), ids({ words: 'ok 139' }), ids({ words: '손가락'.normalize('NFD') })]).toEqual([
      [0, 47, 139], [47, 0, 139], [139, 0, 47], [47], [0, 139], [139], [47],
    ])
  })

  it('says each kind of warning once, with all its classes and folds', () => {
    expect(mergeWarnings([warning('class-missing-in-train', [92], [0]), warning('few-members', [1], []), warning('class-missing-in-train', [47], [2])])).toEqual([
      { kind: 'class-missing-in-train', poseIds: [47, 92], folds: [0, 2], message: 'class-missing-in-train 0\nclass-missing-in-train 2' }, { kind: 'few-members', poseIds: [1], folds: [], message: 'few-members ' },
    ])
    expect([meanSpread([2, 4]), meanSpread([])]).toEqual([{ mean: 3, spread: 1 }, { mean: 0, spread: 0 }])
  })
})

describe('settings of a new run', () => {
  it('knows each preset again, whatever the folds, seed and name are', () => {
    const draft = { ...draftOf({}), folds: 7, seed: 1, name: 'mine' }
    const taken = presets.map(({ id, config }) => ({ id, draft: withPreset(draft, config) }))
    expect(taken.map(({ draft: made }) => presets.filter(({ config }) => isPreset(made, config)).map(({ id }) => id))).toEqual([['cpu'], ['quick'], ['winner'], ['keypoints']])
    expect(taken.map(({ draft: { folds, seed, name } }) => [folds, seed, name])).toEqual([[7, 1, 'mine'], [3, 1, 'mine'], [5, 1, 'mine'], [7, 1, 'mine']])
    expect(presets.some(({ config }) => isPreset({ ...draft, epochs: 3 }, config))).toBe(false)
    expect(draftOf({})).toEqual(trainConfig.parse({}))
  })
})

describe('tables of results', () => {
  it('says how much the rules gain', () => {
    const format = { percent: (value: number | null | undefined, digits = 0) => `${((value ?? 0) * 100).toFixed(digits)} %` }
    expect([changeText(2, 1.1, format), changeText(2, 1.9, format), changeText(1, 2, format), changeText(1, 1, format), changeText(0, 0, format)]).toEqual(['−45 %', '−5.0 %', '+100 %', '±0 %', '±0 %'])
  })

  it('finds rows of a submission by folder, class and id, and sorts the least certain first', () => {
    const rows = [{ folder: 'test/649', top: [{ poseId: 42, name: '부정', probability: 0.9 }] }, { folder: 'test/650', top: [{ poseId: 0, name: '숫자 1', probability: 0.3 }] }]
    expect([submissionRows(rows, '', true), submissionRows(rows, '부정 42', false), submissionRows(rows, '650', false)].map((found) => found.map(({ folder }) => folder))).toEqual([['test/650', 'test/649'], ['test/649'], ['test/650']])
  })
})
