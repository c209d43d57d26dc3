import { describe, expect, it } from 'vitest'
import type { Derivation, DerivedSequence } from '../../src-main/contract/crop.ts'
import type { ClassRow } from '../../src-main/contract/dataset.ts'
import type { GroupColumn, SplitOptions, SplitRecord } from '../../src-main/contract/split.ts'
import type { RunScore } from '../../src-main/contract/train.ts'
import { balanceAfter, realMoves, tornGroups } from '../../src-renderer/pages/folds/balance.ts'
import { fewerGroups, groupCount } from '../../src-renderer/pages/folds/groupCount.ts'
import { columnsOf, countIn, heatRows } from '../../src-renderer/pages/folds/heatRows.ts'
import { pairRuns, runsToCompare } from '../../src-renderer/pages/folds/runPairs.ts'
import { deriveChoices, mergeCandidates, scarceClasses, withAlways, withMerge } from '../../src-renderer/pages/folds/scarce.ts'
import { defaultSplit } from '../../src-renderer/pages/folds/splitters.ts'

type Planned = Pick<SplitRecord, 'folds' | 'classes' | 'frames' | 'frameFolds' | 'options'>

/** A split of sequences given as class, fold and group; every sequence has ten frames. */
function planned(sequences: readonly [poseId: number, fold: number | null, group?: string][], options: Partial<SplitOptions> = {}): Planned {
  const folds = sequences.map(([poseId, fold, group], number) => ({ folder: `train/${number}`, poseId, fold, group: group ?? `train/${number}` }))
  const all = { ...defaultSplit, folds: 3, ...options }
  const of = (poseId: number, fold: number | null): number => folds.filter((entry) => entry.poseId === poseId && entry.fold === fold).length
  const classes = [...new Set(folds.map(({ poseId }) => poseId))].sort((a, b) => a - b).map((poseId) => ({ poseId, name: `class ${poseId}`, counts: [0, 1, 2].map((fold) => of(poseId, fold)), always: of(poseId, null) }))
  return { folds, classes, frames: [0, 1, 2].map((fold) => 10 * folds.filter((entry) => entry.fold === fold).length), frameFolds: null, options: all }
}
const ten = (): number => 10

describe('the balance after moves by hand', () => {
  const split = planned([[7, 0, 'ann'], [7, 0, 'ann'], [7, 1, 'bob'], [9, 2, 'ann'], [9, 1, 'bob']])

  it('takes frames and sequences of a class from one fold to the other and leaves the split as it was', () => {
    const after = balanceAfter(split, [{ folder: 'train/0', fold: 2 }, { folder: 'train/2', fold: null }], ten)
    expect({ frames: after.frames, classes: after.classes.map(({ counts, always }) => [counts, always]), folds: after.folds.map(({ fold }) => fold) }).toEqual({
      frames: [10, 10, 20], classes: [[[1, 0, 1], 1], [[0, 1, 1], 0]], folds: [2, 0, null, 2, 1],
    })
    expect(split).toEqual(planned([[7, 0, 'ann'], [7, 0, 'ann'], [7, 1, 'bob'], [9, 2, 'ann'], [9, 1, 'bob']]))
  })

  it('is the same again after the moves are taken back', () => {
    const after = balanceAfter(split, [{ folder: 'train/1', fold: 1 }], ten)
    expect(balanceAfter({ ...split, ...after }, [{ folder: 'train/1', fold: 0 }], ten)).toEqual({ folds: split.folds, classes: split.classes, frames: split.frames })
  })

  it('knows moves that change nothing', () => {
    expect(realMoves(split, [{ folder: 'train/0', fold: 0 }, { folder: 'train/2', fold: 2 }, { folder: 'train/99', fold: 0 }])).toEqual([{ folder: 'train/2', fold: 2 }])
  })

  it('names the groups that would be torn, not those that were torn before', () => {
    expect(tornGroups(split, balanceAfter(split, [{ folder: 'train/0', fold: 2 }, { folder: 'train/4', fold: 0 }], ten))).toEqual(['bob'])
    expect(tornGroups(split, balanceAfter(split, [{ folder: 'train/2', fold: 0 }, { folder: 'train/4', fold: 0 }], ten))).toEqual([])
  })
})

describe('the heat map', () => {
  it('has a column for what is always trained only when there is such', () => {
    const always = planned([[7, 0], [7, null], [9, 2]])
    expect([columnsOf(planned([[7, 0]])), columnsOf(planned([[7, 0]], { always: [9] })), columnsOf(always)]).toEqual([[0, 1, 2], [0, 1, 2, null], [0, 1, 2, null]])
    const [row] = heatRows({ ...always, warnings: [] }, { words: '', sort: 'id', markedOnly: false, fold: null })
    expect([row?.total, row && countIn(row, 0), row && countIn(row, null)]).toEqual([2, 1, 1])
  })
})

describe('groups before the split is made', () => {
  const columns: GroupColumn[] = [{ name: 'actor', values: 3, missing: 1, examples: ['ann'] }]
  const options = { ...defaultSplit, folds: 5 }

  it('are a column’s values, and each sequence without one', () => {
    expect([groupCount('actor', columns, 40), groupCount('sequence', columns, 40), groupCount('camera', columns, 40)]).toEqual([4, 40, null])
  })

  it('are too few where a group splitter wants more folds', () => {
    expect([
      fewerGroups({ ...options, group: 'actor' }, columns, 40), fewerGroups({ ...options, group: 'actor', folds: 4 }, columns, 40), fewerGroups(options, columns, 40), fewerGroups(options, columns, 3), fewerGroups({ ...options, group: 'actor', splitter: 'KFold' }, columns, 40),
    ]).toEqual([4, null, null, 3, null])
  })
})

describe('classes that cannot be in every fold', () => {
  const mirrored = (parent: string, poseId: number): DerivedSequence => ({ parent, transform: { kind: 'mirror' }, parentPoseId: 22, poseId, name: '', frames: 10, problem: null })
  // Class 47 has one sequence (in fold 0), class 22 three, class 9 two in one fold, class 5 one that is always trained and one in fold 2.
  const split = planned([[47, 0], [22, 0], [22, 1], [22, 2], [9, 1], [9, 1], [5, null], [5, 2]])

  it('are those a fold never trains on first, then those with the fewest sequences', () => {
    expect(scarceClasses(split, [])).toEqual([
      { poseIds: [47], sequences: 1, untrained: 0, derived: 0, covered: false },
      { poseIds: [9], sequences: 2, untrained: 1, derived: 0, covered: false },
      { poseIds: [5], sequences: 1, untrained: null, derived: 0, covered: false },
    ])
    expect(scarceClasses({ ...split, frameFolds: {} }, [])).toEqual([])
  })

  it('are covered by derived samples only where a parent is validated in another fold', () => {
    const covered = (parent: string): boolean | undefined => scarceClasses(split, [mirrored(parent, 47)]).find(({ poseIds }) => poseIds[0] === 47)?.covered
    expect([covered('train/1'), covered('train/2')]).toEqual([false, true])
  })

  it('count as one when they are merged', () => {
    expect(scarceClasses({ ...split, options: { ...split.options, merge: [[22, 47], [5, 9]] } }, []).map(({ poseIds }) => poseIds)).toEqual([])
  })

  it('are offered what is not derived yet, the ways that help first', () => {
    const turned = (degrees: number): Derivation => ({ parent: 'train/0', transform: { kind: 'rotate', degrees } })
    const mirror = (number: number): Derivation => ({ parent: `train/${number}`, transform: { kind: 'mirror' } })
    const suggestion = { poseId: 47, name: '', sequences: ['train/0'], options: [turned(-30), turned(30), mirror(1), mirror(2), mirror(3)] }
    expect(deriveChoices(suggestion, [mirror(1)], split, 0)).toEqual([
      { kind: 'mirror', from: 22, parents: ['train/2', 'train/3'], degrees: [], derivations: [mirror(2), mirror(3)], reaches: true },
      { kind: 'rotate', from: 47, parents: ['train/0'], degrees: [-30, 30], derivations: [turned(-30), turned(30)], reaches: false },
    ])
    expect([deriveChoices(suggestion, suggestion.options, split, 0), deriveChoices(undefined, [], split, 0)]).toEqual([[], []])
  })

  it('are merged with their namesakes first; what was merged before comes along', () => {
    const row = (poseId: number, name: string, hand: ClassRow['hand']): ClassRow => ({ poseId, classIndex: 0, name, view: '1st', gesture: 'my_hand', hand, extra: {}, trainSequences: poseId === 8 ? 0 : 2 })
    const { likely, others } = mergeCandidates(47, [row(3, 'fist', 'left'), row(8, 'pinch', 'left'), row(22, 'pinch', 'right'), row(47, 'pinch', 'left'), row(60, 'palm', 'right')])
    expect([likely.map(({ poseId }) => poseId), others.map(({ poseId }) => poseId)]).toEqual([[22], [3, 60]])
    expect([withMerge({ ...defaultSplit, merge: [[1, 2], [5, 9]] }, [9, 47]).merge, withAlways({ ...defaultSplit, always: [9] }, [47, 9]).always]).toEqual([[[1, 2], [5, 9, 47]], [9, 47]])
  })
})

describe('the same run on an honest and on a leaky split', () => {
  const score = (runId: number, alike: string, unit: RunScore['unit'], logLoss: number, patch: Partial<RunScore> = {}): RunScore => ({
    runId, name: `run ${runId}`, created: '', model: 'regnety_nano', flipRatio: 0.3, split: { kind: 'split', name: '', version: 1, hash: '' }, splitId: runId, unit, leakingSequences: unit === 'frame' ? 20 : 0, folds: 5, foldsScored: 5,
    sequence: { logLoss, accuracy: 0.5, count: 10 }, frame: { logLoss: logLoss + 0.5, accuracy: 0.5, count: 100 }, perFold: [], likeButFlipRatio: '', likeButSplit: alike, sweep: null, ...patch,
  })

  it('is one pair of each kind of run, with how much better it looks', () => {
    const scores = [score(4, 'b', 'sequence', 2), score(3, 'a', 'frame', 0.5), score(2, 'a', 'sequence', 1), score(1, 'a', 'sequence', 1.5), score(5, 'a', 'sequence', 9, { foldsScored: 1 })]
    expect(pairRuns(scores).map(({ honest, leaky, sequenceGap, frameGap }) => [honest.runId, leaky.runId, sequenceGap, frameGap])).toEqual([[2, 3, 0.5, 0.5]])
    expect(runsToCompare(scores).map(({ runId }) => runId)).toEqual([4])
  })

  it('is no pair before both have scores; torn sequences are a leak by any unit', () => {
    expect(pairRuns([score(1, 'a', 'sequence', 1), score(2, 'a', 'frame', 1, { foldsScored: 0 })])).toEqual([])
    expect(pairRuns([score(1, 'a', 'sequence', 1), score(2, 'a', 'sequence', 0.75, { leakingSequences: 3 })]).map(({ sequenceGap }) => sequenceGap)).toEqual([0.25])
    expect(runsToCompare([score(1, 'a', 'frame', 1), score(2, 'b', 'sequence', 1, { foldsScored: 3 })])).toEqual([])
  })
})
