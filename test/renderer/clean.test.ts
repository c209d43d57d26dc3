import { describe, expect, it } from 'vitest'
import { detect } from '../../src-main/annotation/detectors/detect.ts'
import type { Finding, PointChange } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import { inRegion } from '../../src-main/annotation/region.ts'
import { regionBoxes } from '../../src-renderer/editor/regionBoxes.ts'
import { termOfBox, termsOfBoxes } from '../../src-renderer/pages/clean/drawnTerms.ts'
import { editLabel, historyLabel, sourceWords } from '../../src-renderer/pages/clean/editWords.ts'
import { groupFindings } from '../../src-renderer/pages/clean/findingGroups.ts'
import { findingReason } from '../../src-renderer/pages/clean/findingWords.ts'
import { trackGaps, trackOf, trackOutliers, trackRuns } from '../../src-renderer/pages/clean/pointTrack.ts'

/** Says which words were chosen and what was put in them. */
const t = (key: string, values: Record<string, unknown> = {}): string => `${key}${JSON.stringify(values)}`
const place = [[0, 0], [34, -18], [60, -48], [78, -78], [92, -104], [30, -96], [38, -140], [42, -168], [45, -194], [6, -102], [8, -150], [9, -182], [10, -210], [-18, -96], [-22, -140], [-24, -168], [-26, -192], [-40, -82], [-50, -112], [-56, -132], [-61, -152]] as const
const hand = (x: number, y: number): Point[] => place.map(([dx, dy]) => [x + dx, y + dy, 0])
const frameOf = (number: number, points: Point[], erased: number[] = [], moved: number[] = []): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased, hidden: [], moved, conflicts: [], unreadable: null })
const found = (frames: FrameRecord[], type: 'right' | 'both'): Finding[] => detect(frames, { hand: type, width: 1920, height: 1080 }).map((suspicion, index) => ({ ...suspicion, id: String(index), folder: 'train/475' }))

describe('stray queue', () => {
  const right = Array.from({ length: 6 }, (_, index) => hand(1000 + index * 3, 600))
  const jumping = right.map((points, index) => (index === 3 ? points.map((point, row): Point => (row === 8 ? [point[0] + 400, point[1], 0] : point)) : points))

  it('says every reason of the detectors in words of its own', () => {
    const findings = [
      ...found(right.map((points, index) => frameOf(index, index < 2 ? [...points, ...hand(150, 1000)] : points)), 'right'),
      ...found(right.map((points, index) => frameOf(index, [...points, ...hand(150, 1000 + index)])), 'right'),
      ...found(jumping.map((points, index) => frameOf(index, points)), 'right'),
      ...found(jumping.slice(2, 4).map((points, index) => frameOf(index, points)), 'right'),
      ...found(right.map((points, index) => frameOf(index, index === 2 ? hand(150, 1000) : points)), 'right'),
      ...found(right.map((points, index) => frameOf(index, index === 1 ? points : [...points, ...hand(300, 700)])), 'both'),
      ...found([frameOf(0, hand(30, 600)), frameOf(1, hand(30, 600))], 'right'),
      ...found([frameOf(0, right[0]?.slice(0, 20) ?? [])], 'right'),
      ...found(right.map((points, index) => frameOf(index, index === 3 ? points.map((point, row): Point => (row >= 6 && row <= 8 ? [point[0], point[1] - 170, 0] : point)) : points)), 'right'),
    ]
    const kinds = new Set(findings.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(['bone-length', 'border', 'count-mismatch', 'isolated-cluster', 'isolated-hand', 'jump', 'second-hand'])
    expect(findings.filter((finding) => findingReason(finding, t) === finding.why)).toEqual([])
    expect(findings.map((finding) => findingReason(finding, t)).filter((text) => /"(px|seen|frames|ratio|count)":""/.test(text))).toEqual([])
  })

  it('keeps the words of a reason it does not know', () => {
    expect(findingReason({ kind: 'jump', why: 'Something new.', indices: [8] }, t)).toBe('Something new.')
  })

  it('joins what one detector says of a sequence, the most suspicious first', () => {
    const finding = (folder: string, frame: number, kind: Finding['kind'], indices: number[], score: number): Finding => ({ id: `${folder} ${frame}`, folder, frame, kind, indices, score, why: '' })
    const groups = groupFindings([finding('train/9', 4, 'border', [1], 0.2), finding('train/475', 2, 'second-hand', [21, 22], 0.8), finding('train/475', 1, 'second-hand', [21], 0.9), finding('train/475', 0, 'count-mismatch', [], 0.1)])
    expect(groups.map(({ key, points, frames, score, rows }) => ({ key, points, frames, score, rows: [...rows] }))).toEqual([
      { key: 'train/475 second-hand', points: 3, frames: [1, 2], score: 0.9, rows: [[2, [21, 22]], [1, [21]]] },
      { key: 'train/9 border', points: 1, frames: [4], score: 0.2, rows: [[4, [1]]] },
      { key: 'train/475 count-mismatch', points: 0, frames: [0], score: 0.1, rows: [] },
    ])
  })
})

describe('words of an edit', () => {
  const change = (index: number, frame: number, to: PointChange['to']): PointChange => ({ folder: 'train/475', frame, index, to })
  const rows = (from: number): number[] => Array.from({ length: 21 }, (_, row) => row + from)

  it('name the hand, the keypoint or the count', () => {
    const labels = [
      editLabel(rows(21).map((row) => change(row, 3, { erased: true }))),
      editLabel([change(8, 3, { x: 1, y: 2 })]),
      editLabel([change(8, 3, { original: true }), change(9, 4, { original: true })]),
      editLabel(rows(10).map((row) => change(row, 3, { erased: true }))),
    ]
    expect(labels).toEqual(['Erased hand, frame 3', 'Moved index_tip, frame 3', 'Restored 2 points, 2 frames', 'Erased 21 points, frame 3'])
    expect(labels.map((label) => historyLabel({ label }, t))).toEqual([
      t('clean.edit.erased', { what: 'clean.edit.hand{}', where: t('clean.edit.frame', { frame: '3' }) }),
      t('clean.edit.moved', { what: 'data.keypoint.index_tip{}', where: t('clean.edit.frame', { frame: '3' }) }),
      t('clean.edit.restored', { what: t('data.points', { n: 2 }), where: t('data.frames', { n: 2 }) }),
      t('clean.edit.erased', { what: t('data.points', { n: 21 }), where: t('clean.edit.frame', { frame: '3' }) }),
    ])
  })

  it('are said in the language in use where the core wrote them', () => {
    const made = [
      editLabel([change(8, 3, { hidden: true })]), editLabel([change(8, 3, { hidden: false })]),
      editLabel(rows(0).map((row) => change(row, 3, { x: 1, y: 2 })), 'Copied'), editLabel([change(8, 3, { x: 1, y: 2 }), change(9, 3, { x: 1, y: 2 })], 'Interpolated'), editLabel(rows(0).map((row) => change(row, 3, { x: 1, y: 2 })), 'Swapped'),
      'Import left.json: 3 keypoints in 1 sequence', 'Kept the edits of train/7 over its changed file', 'Took the changed file of train/7',
    ]
    const where = t('clean.edit.frame', { frame: '3' })
    expect(made.map((label) => historyLabel({ label }, t))).toEqual([
      t('clean.edit.hid', { what: 'data.keypoint.index_tip{}', where }), t('clean.edit.showed', { what: 'data.keypoint.index_tip{}', where }),
      t('clean.edit.copied', { what: 'clean.edit.hand{}', where }), t('clean.edit.interpolated', { what: t('data.points', { n: 2 }), where }), t('clean.edit.swapped', { what: 'clean.edit.hands{}', where }),
      t('clean.history.imported', { name: 'left.json' }), t('clean.history.keptEdits', { folder: 'train/7' }), t('clean.history.tookFile', { folder: 'train/7' }),
    ])
    const sources = [null, { detector: 'jump' }, { rule: 'contest' }, { file: 'left.json' }, { edit: 4 }] as const
    expect(sources.map((source) => sourceWords({ source }, t))).toEqual([
      null, t('clean.history.fromDetector', { name: 'clean.finding.jump{}' }), t('clean.history.fromRule', { name: 'clean.rule.contest{}' }), t('clean.history.fromFile', { name: 'left.json' }), t('clean.history.fromEdit', { id: 4 }),
    ])
    const rule = 'contest: 147 keypoints in 2 sequences'
    const named = t('clean.history.rule', { name: 'clean.rule.contest{}' })
    expect([rule, `Take back “${rule}” (3 of 147 keypoints; 144 changed again later and left alone)`, 'Erased something, frame 3', 'Stray hand of the second take'].map((label) => historyLabel({ label }, t))).toEqual([
      named, t('clean.history.takenBack', { label: named }), 'Erased something, frame 3', 'Stray hand of the second take',
    ])
  })
})

describe('a keypoint over the sequence', () => {
  it('breaks its line where the point is erased or missing and keeps where it came from', () => {
    const moved: FrameRecord = { ...frameOf(5, [[7, 9, 0]], [], [0]), original: [[1, 2, 0]] }
    const track = trackOf([frameOf(0, [[1, 2, 0]]), frameOf(2, [[3, 4, 0]], [0]), frameOf(3, []), moved], 0, 1)
    expect(track).toEqual([
      { frame: 0, value: 2, original: null, erased: false },
      { frame: 2, value: 4, original: null, erased: true },
      { frame: 3, value: null, original: null, erased: false },
      { frame: 5, value: 9, original: 2, erased: false },
    ])
    expect(trackRuns(track)).toEqual([[[0, 2]], [[3, 9]]])
  })

  it('shows its gaps, and what is off its neighbours in time', () => {
    const steady = [100, 103, 104, 108, 500, 113, 117, 119, 122, 125]
    const track = trackOf([...steady.map((x, number) => frameOf(number, [[x, 0, 0]])), frameOf(10, []), frameOf(11, [[900, 0, 0]], [0]), frameOf(12, [[128, 0, 0]])], 0, 0)
    expect([trackGaps(track), trackOutliers(track).map(({ position, by }) => [position, Math.round(by)])]).toEqual([[{ from: 10, to: 11 }], [[4, 390]]])
    // A hand that moves fast all the time has no outliers, and two frames tell nothing.
    const fast = trackOf([0, 300, 600, 900, 1200, 1500].map((x, number) => frameOf(number, [[x, 0, 0]])), 0, 0)
    expect([trackOutliers(fast), trackOutliers(fast.slice(0, 2))]).toEqual([[], []])
  })
})

describe('a region drawn on the frame', () => {
  const frame = { width: 1920, height: 1080 }

  it('is the half-planes that meet in it, open where it reaches the border', () => {
    const corner = termOfBox({ x0: 0, y0: 800, x1: 250, y1: 1080 }, frame, 1)
    expect(corner).toEqual([{ axis: 'x', relation: '<', value: 250 }, { axis: 'y', relation: '>', value: 800 }])
    expect(termOfBox({ x0: 10, y0: 20, x1: 30, y1: 40 }, { width: 960, height: 540 }, 2)).toEqual([
      { axis: 'x', relation: '>', value: 20 }, { axis: 'x', relation: '<', value: 60 }, { axis: 'y', relation: '>', value: 40 }, { axis: 'y', relation: '<', value: 80 },
    ])
    const everywhere = termOfBox({ x0: 0, y0: 0, x1: 1920, y1: 1080 }, frame, 1)
    expect([inRegion({ terms: [everywhere] }, [0, 0], 1920), inRegion({ terms: [everywhere] }, [1920, 1080], 1920)]).toEqual([true, true])
  })

  it('comes back as the box that was drawn, and every box knows its term', () => {
    const boxes = [{ x0: 0, y0: 800, x1: 250, y1: 1080 }, { x0: 100, y0: 100, x1: 200, y1: 300 }]
    const terms = boxes.map((box) => termOfBox(box, frame, 1))
    const nowhere = [{ axis: 'x' as const, relation: '<' as const, value: 0 }]
    expect([regionBoxes({ terms }, frame), termsOfBoxes([nowhere, ...terms], frame, undefined)]).toEqual([boxes, [1, 2]])
  })
})
