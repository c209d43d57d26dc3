import { describe, expect, it } from 'vitest'
import type { BreakdownRow, GroupRow, ReviewView } from '../../src-main/contract/evaluate.ts'
import { translate } from '../../src-renderer/i18n/index.ts'
import { bilinear, heatColour, heatPixels } from '../../src-renderer/pages/review/activationHeat.ts'
import { breakdownFilter, breakdownOrder } from '../../src-renderer/pages/review/breakdownRows.ts'
import { builtInViews, sameView } from '../../src-renderer/pages/review/builtInViews.ts'
import { fedUrl } from '../../src-renderer/pages/review/detail/fedUrl.ts'
import { inStep, nearestFrame, timelinePaths } from '../../src-renderer/pages/review/detail/timeline.ts'
import { filterChips } from '../../src-renderer/pages/review/filterChips.ts'
import { addressOf, lookedFrom, looksSame, wholeView, type Looked } from '../../src-renderer/pages/review/reviewAddress.ts'
import { placeOf } from '../../src-renderer/pages/review/rowPlace.ts'
import { alike } from '../../src-renderer/pages/review/useTriage.ts'

const given = (looked: Looked): Record<string, string> => Object.fromEntries(Object.entries(addressOf(looked)).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))

describe('what a review’s address says', () => {
  it('is nothing for the whole table, and each filter otherwise; it reads back as it was', () => {
    const narrow: Looked = {
      tab: 'map',
      view: { ...wholeView, level: 'frame', search: '손 1', poseId: 167, predictedPoseId: 0, fold: 2, actor: 'a&b', hand: 'left', view: '1st', cause: 'none', lookAlike: 'still-moving', wrongOnly: true, issuesOnly: true, changedByRules: true, afterRules: true, sort: 'labelQuality', descending: false },
      groups: ['train/9', 'train/3', 'train/5', 'train/4'],
    }
    expect([given({ tab: 'groups', view: wholeView, groups: null }), given(narrow)]).toEqual([
      {},
      { tab: 'map', level: 'frame', q: '손 1', class: '167', predicted: '0', fold: '2', actor: 'a&b', hand: 'left', view: '1st', cause: 'none', like: 'still-moving', wrong: '1', doubt: '1', changed: '1', rules: '1', sort: 'labelQuality', up: '1', in: '3-5.9' },
    ])
    expect(lookedFrom(given(narrow))).toEqual({ ...narrow, groups: ['train/3', 'train/4', 'train/5', 'train/9'] })
    expect(looksSame(addressOf(narrow), { ...given(narrow), s: 'train/1', run: '3' })).toBe(true)
  })

  it('drops what cannot be, and keeps the rest', () => {
    expect(lookedFrom({ tab: 'x', level: 'pixel', cause: 'weather', sort: '', class: '-1', fold: '1', wrong: 'yes', q: 'OK', in: '3-a' })).toEqual({ tab: 'groups', view: { ...wholeView, fold: 1, search: 'OK' }, groups: null })
    expect(given({ tab: 'groups', view: wholeView, groups: Array.from({ length: 2000 }, (_, at) => `train/${at * 2}`) })).toEqual({})
  })

  it('has a chip for each filter, which names what a click takes away', () => {
    const view: ReviewView = { ...wholeView, search: ' 주먹 ', poseId: 171, actor: '', cause: 'any', lookAlike: 'left-right', wrongOnly: true }
    expect(filterChips(view, ['train/1', 'train/2'], (poseId) => (poseId === 171 ? '주먹 쥐기' : ''), translate)).toEqual([
      { field: 'groups', text: '2 sequences listed' }, { field: 'search', text: '“주먹”' }, { field: 'poseId', text: 'answer 주먹 쥐기 171' }, { field: 'actor', text: 'actor unknown' },
      { field: 'cause', text: 'with a cause' }, { field: 'lookAlike', text: 'left/right' }, { field: 'wrongOnly', text: 'wrong only' },
    ])
    expect(filterChips(wholeView, null, () => '', translate)).toEqual([])
  })

  it('knows a view again, whatever the order of what it says', () => {
    const { descending, level, ...rest } = builtInViews.doubted
    expect([sameView({ descending, ...rest, level, poseId: undefined, search: ' ' }, builtInViews.doubted), sameView(builtInViews.wrong, builtInViews.open)]).toEqual([true, false])
  })
})

describe('rows', () => {
  const row = (group: string, logLoss: number, after: number | null = null, frame: number | null = null): GroupRow =>
    ({ group, frame, logLoss, confidence: 0, fold: 0, labelQuality: 1, afterRules: after === null ? null : { logLoss: after, predictedPoseId: 0, predictedName: '', answerProbability: 1 } }) as GroupRow

  it('are before or after the one looked for, as the table sorts them', () => {
    const [a, b, c] = [row('train/1', 3), row('train/2', 2, 0.1), row('train/3', 2)]
    const by = { sort: 'logLoss', descending: true, afterRules: false } as const
    expect([a, b, c].map((other) => Math.sign(placeOf(b, by)(other)))).toEqual([-1, 0, 1])
    expect([a, b, c].map((other) => Math.sign(placeOf(b, { ...by, afterRules: true })(other)))).toEqual([-1, 0, -1])
    expect([a, b, c].map((other) => Math.sign(placeOf(b, { ...by, descending: false })(other)))).toEqual([1, 0, 1])
    expect(Math.sign(placeOf(row('train/1', 1, null, 4), by)(row('train/1', 1, null, 2)))).toBe(-1)
  })

  it('are taken back together where they were alike', () => {
    const entry = (folder: string, cause: 'crop' | 'hard', note = '') => ({ folder, before: { folder, cause, note, created: '', author: '' } })
    expect(alike([{ folder: 'train/1', before: null }, entry('train/2', 'crop'), { folder: 'train/3', before: null }, entry('train/4', 'crop', 'left edge')])).toEqual([
      { folders: ['train/1', 'train/3'], cause: null, note: '' }, { folders: ['train/2'], cause: 'crop', note: '' }, { folders: ['train/4'], cause: 'crop', note: 'left edge' },
    ])
  })

  it('of a breakdown sort by each column and open the filter behind them', () => {
    const rows = [{ key: '10', poseId: 10, name: '총', count: 2, logLoss: 1, accuracy: 0.5, share: 0.4, worst: 'train/9' }, { key: '2', poseId: 2, name: '가위', count: 3, logLoss: 1, accuracy: 1, share: 0.6, worst: 'train/10' }] satisfies BreakdownRow[]
    const keys = (sort: Parameters<typeof breakdownOrder>[0], descending: boolean): string[] => rows.toSorted(breakdownOrder(sort, descending)).map(({ key }) => key)
    expect([keys('share', true), keys('name', false), keys('worst', false), keys('logLoss', true)]).toEqual([['2', '10'], ['2', '10'], ['10', '2'], ['2', '10']])
    expect([breakdownFilter('class', rows[0]!), breakdownFilter('fold', { key: '3', poseId: null }), breakdownFilter('cause', { key: '', poseId: null }), breakdownFilter('cause', { key: 'crop', poseId: null }), breakdownFilter('actor', { key: '', poseId: null })]).toEqual([
      { poseId: 10 }, { fold: 3 }, { cause: 'none' }, { cause: 'crop' }, { actor: '' },
    ])
  })
})

describe('a sequence’s timeline', () => {
  const group = {
    poseId: 1, predictedPoseId: 2,
    frameRows: [{ frame: 4, logLoss: 0.1, answerProbability: 1, top: [{ poseId: 1, name: '', probability: 1 }] }, { frame: 8, logLoss: 1, answerProbability: 0, top: [{ poseId: 2, name: '', probability: 0.5 }] }],
  }

  it('draws both classes over frame numbers, and marks the frames that are wrong', () => {
    const { answer, predicted, wrong, frameAt } = timelinePaths(group, 108, 92)
    expect({ answer, predicted, wrong, back: [frameAt(4), frameAt(54), frameAt(104)] }).toEqual({ answer: 'M4.0 4.0L104.0 84.0', predicted: 'M4.0 84.0L104.0 44.0', wrong: [104], back: [4, 6, 8] })
  })

  it('goes to the nearest frame, and keeps two sequences in step', () => {
    expect([nearestFrame([2, 5, 9], 6.9), nearestFrame([2, 5, 9], 7.1), nearestFrame([], 3)]).toEqual([5, 9, null])
    expect([0, 1, 2, 3, 4].map((index) => inStep(index, 5, 9))).toEqual([0, 2, 4, 6, 8])
    expect([inStep(0, 1, 9), inStep(2, 3, 1)]).toEqual([0, 0])
  })

  it('asks for the picture that the network got, of a hand where hands are apart', () => {
    expect([fedUrl(3, 'train/352', 7, null), fedUrl(3, 'train/352', 7, 1)]).toEqual(['./fed/3/train/352/7', './fed/3/train/352/7?hand=1'])
  })
})

describe('where the network looked', () => {
  it('is blended between the cells of the map, as TensorFlow resizes with half-pixel centres', () => {
    expect([...bilinear([0, 1], 1, 2, 1, 4)]).toEqual([0, 0.25, 0.75, 1])
    expect([...bilinear([0, 1, 2, 3], 2, 2, 2, 2)]).toEqual([0, 1, 2, 3])
    expect([...bilinear([7], 1, 1, 2, 2)]).toEqual([7, 7, 7, 7])
  })

  it('is lighter the stronger it is, warm for the class and blue against it, and clear where nothing speaks', () => {
    const lightness = ([red, green, blue]: readonly number[]): number => 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
    const strengths = Array.from({ length: 33 }, (_, at) => (at + 1) / 33)
    for (const sign of [1, -1]) {
      const rising = strengths.map((strength) => lightness(heatColour(sign * strength)))
      expect(rising).toEqual(rising.toSorted((a, b) => a - b))
    }
    const [warm, cold] = [heatColour(0.6), heatColour(-0.6)]
    expect([heatColour(0)[3], heatColour(1), warm[0] > warm[2], cold[2] > cold[0], heatColour(9)]).toEqual([0, [252, 255, 164, 255], true, true, heatColour(1)])
  })

  it('uses one scale for maps that are compared', () => {
    expect([...heatPixels([1, -2], 1, 2, 2, 2)].filter((_, at) => at % 4 === 3)).toEqual([180, 255, 180, 255])
    expect([...heatPixels([0], 1, 1, 1, 0)]).toEqual([...heatColour(0)])
  })
})
