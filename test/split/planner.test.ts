import { describe, expect, it } from 'vitest'
import type { SplitRecord, SplitRequest } from '../../src-main/contract/split.ts'
import { openSplitRoom, refusal, stagedDataset, type StagedSequence } from './splitRoom.ts'

const sequence = (number: number, poseId: number, actor: string | null = null, frames = 3): StagedSequence => ({ number, poseId, frames, actor })
// Three people, two sequences of class 1 and 2 each; class 7 has one sequence, class 8 two.
const people = ['kim', 'lee', 'park'].flatMap((actor, index) => [1, 2].flatMap((poseId) => [sequence(index * 10 + poseId * 2, poseId, actor), sequence(index * 10 + poseId * 2 + 1, poseId, actor)]))
const sequences = [...people, sequence(70, 7, 'kim'), sequence(80, 8), sequence(81, 8)]
const open = (of = sequences) => openSplitRoom(stagedDataset(of))
const plan = (request: SplitRequest, of = sequences) => open(of).room.plan(request)
const foldsOf = ({ folds }: Pick<SplitRecord, 'folds'>) => Object.fromEntries(folds.map(({ folder, fold }) => [folder, fold]))
const kinds = ({ warnings }: Pick<SplitRecord, 'warnings'>) => warnings.map(({ kind, poseIds, folds }) => [kind, poseIds, folds])

describe('planning folds', () => {
  it('keeps the sequences of an actor together, and each without one alone, with a warning', () => {
    const split = plan({ folds: 3, group: 'actor', always: [7] })
    const folds = foldsOf(split)
    const foldsOfActor = Map.groupBy(split.folds, ({ group }) => group)
    expect({
      actors: ['kim', 'lee', 'park'].map((actor) => new Set(foldsOfActor.get(actor)!.filter(({ poseId }) => poseId !== 7).map(({ fold }) => fold)).size),
      alone: split.folds.filter(({ poseId }) => poseId === 8).map(({ group }) => group),
      different: new Set([folds['train/2'], folds['train/12'], folds['train/22']]).size,
      missing: split.warnings.find(({ kind }) => kind === 'group-missing')?.message,
    }).toEqual({
      actors: [1, 1, 1],
      alone: ['train/80', 'train/81'],
      different: 3,
      missing: '2 of 15 sequences have no actor, so each is a group of its own: train/80, train/81.',
    })
  })

  it('validates no sequence of an always trained class, and splits the others as if it were not there', () => {
    const request = { folds: 3, splitter: 'GroupKFold' } as const
    const split = plan({ ...request, always: [7, 8] })
    const without = plan(request, people)
    expect([foldsOf(split), split.frames, split.classes.filter(({ always }) => always > 0), kinds(split)]).toEqual([
      { ...foldsOf(without), 'train/70': null, 'train/80': null, 'train/81': null },
      without.frames,
      [{ poseId: 7, name: 'class 7', counts: [0, 0, 0], always: 1 }, { poseId: 8, name: 'class 8', counts: [0, 0, 0], always: 2 }],
      [...kinds(without), ['always-trained', [7, 8], []]],
    ])
  })

  it('warns of a class that the fold which validates it cannot have learnt, unless it is trained always or merged with one that is learnt', () => {
    const missing = (request: SplitRequest) => kinds(plan({ folds: 2, splitter: 'KFold', shuffle: false, ...request })).filter(([kind]) => kind === 'class-missing-in-train' || kind === 'always-trained')
    expect([missing({}), missing({ always: [7, 8] }), missing({ merge: [[1, 7], [8, 2]] }), missing({ merge: [[7, 8]] })]).toEqual([
      [['class-missing-in-train', [7, 8], [1]]],
      [['always-trained', [7, 8], []]],
      [],
      [['class-missing-in-train', [7, 8], [1]]],
    ])
  })

  it('balances merged classes as one', () => {
    const of = Array.from({ length: 12 }, (_, number) => sequence(number, number % 4 === 0 ? 5 : number % 4 === 1 ? 6 : 9))
    const merged = plan({ folds: 3, splitter: 'StratifiedKFold', merge: [[6, 5]] }, of)
    const relabelled = plan({ folds: 3, splitter: 'StratifiedKFold' }, of.map((one) => ({ ...one, poseId: one.poseId === 6 ? 5 : one.poseId })))
    expect([foldsOf(merged), merged.classes.map(({ poseId }) => poseId)]).toEqual([foldsOf(relabelled), [5, 6, 9]])
  })

  it('names classes that the data set does not have, and goes on', () => {
    const split = plan({ folds: 2, always: [900, 7], merge: [[1, 901]] })
    expect(split.warnings.filter(({ kind }) => kind === 'unknown-class')).toEqual([
      { kind: 'unknown-class', message: 'No training sequence has class 900, 901, so what was chosen for it has no effect.', poseIds: [900, 901], folds: [] },
    ])
  })

  it('gives the fold of each frame of a split by frame, and none for who is always trained', () => {
    const split = plan({ folds: 2, splitter: 'KFold', shuffle: false, unit: 'frame', always: [7, 8] }, [sequence(0, 1), sequence(1, 1, null, 5), sequence(2, 7)])
    expect([split.frameFolds, split.folds.map(({ fold }) => fold), split.frames, split.leakingSequences]).toEqual([{ 'train/0': [0, 0, 0], 'train/1': [0, 1, 1, 1, 1] }, [0, 1, null], [4, 4], 1])
  })

  it('refuses what cannot be, and says what to do', () => {
    const { room } = open()
    const of = (request: SplitRequest) => refusal(() => room.plan({ folds: 2, ...request }))
    expect([of({ merge: [[1, 2], [2, 7]] }), of({ merge: [[1, 2]], always: [1] }), of({ always: [1, 2, 7, 8] }), of({ group: 'colour' }), of({ group: 'actor', folds: 6 })]).toEqual([
      ['bad-request', 'Class 2 is named twice. A class is either trained always or merged with others, and that once; take it out of one of them.'],
      ['bad-request', 'Class 1 is named twice. A class is either trained always or merged with others, and that once; take it out of one of them.'],
      ['bad-request', 'All 15 sequences are of classes that are always trained, so none is left to validate. Take a class out of those.'],
      ['bad-request', 'There is no column colour to group by. There are sequence, actor.'],
      ['bad-request', '6 folds cannot be made from 5 groups of the column actor: a group stays whole. Ask for fewer folds, or group by another column.'],
    ])
  })

  it('warns when a person is trained on always and validated too', () => {
    expect(plan({ folds: 3, group: 'actor', always: [7] }).warnings.filter(({ kind }) => kind === 'leak').map(({ message }) => message)).toEqual([
      'Of 1 value of actor some sequences are validated while others are trained on: kim. Their validation score is too good.',
    ])
  })

  it('lists what can be grouped by', async () => {
    expect(await open().room.groupColumns()).toEqual([{ name: 'actor', values: 3, missing: 2, examples: ['kim', 'lee', 'park'] }])
  })
})
