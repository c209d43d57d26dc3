import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { splitOptions, type SplitOptions } from '../../src-main/contract/split.ts'
import { openDatabase, type OpenedDatabase } from '../../src-main/db/open.ts'
import { createSplit } from '../../src-main/split/service.ts'
import { assignFolds } from '../../src-main/split/assign.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { memoryDataset, type MemorySequence } from '../annotation/memoryDataset.ts'
import { temporaryFolder } from '../annotation/openRoom.ts'

const sequence = (number: number, poseId: number | null, frames: number, role = 'train'): MemorySequence => ({ folder: `${role}/${number}`, poseId, frames: Array.from({ length: frames }, () => []) })
// Class 3: four sequences, class 9: two, class 20: one; one without a class and one without frames cannot be trained on.
const sequences = [
  sequence(0, 3, 4), sequence(1, 3, 6), sequence(2, 3, 5), sequence(10, 3, 2), sequence(11, 9, 7), sequence(12, 9, 3), sequence(13, 20, 5),
  sequence(14, null, 4), sequence(15, 3, 0), sequence(700, null, 5, 'test'),
]
const named = sequences.filter(({ folder, poseId, frames }) => folder.startsWith('train') && poseId !== null && frames.length > 0)
const dataset = memoryDataset(sequences)

let temporary: ReturnType<typeof temporaryFolder>
let opened: OpenedDatabase
let events: HandloomEvent[]
const room = (of = dataset) => createSplit({ db: opened.db, dataset: of, emit: (event) => events.push(event) })
beforeEach(() => {
  temporary = temporaryFolder()
  opened = openDatabase(temporary.path)
  events = []
})
afterEach(() => {
  opened.close()
  temporary.remove()
})
const options = (given: Partial<SplitOptions>) => splitOptions.parse({ folds: 2, ...given })

describe('splits of a project', () => {
  it('are kept, newest first, and read back whole', async () => {
    const first = await room().make(options({}))
    const second = await room().make(options({ seed: 1 }))
    opened.close()
    opened = openDatabase(temporary.path)
    expect([await room().current(), await room().get({ id: first.id }), (await room().list()).map(({ id, options: { seed } }) => [id, seed]), events]).toEqual([
      second, first, [[second.id, 1], [first.id, 42]], [{ type: 'split', splitId: first.id }, { type: 'split', splitId: second.id }],
    ])
    expect(() => room().get({ id: 99 })).toThrow('There is no split 99')
  })

  it('split frames grouped by folder as the reference does, and count them', async () => {
    const record = await room().make(options({}))
    const items = named.flatMap(({ folder, poseId, frames }) => frames.map(() => ({ folder, poseId: poseId!, number: Number(folder.split('/')[1]) })))
    const expected = assignFolds(items.map(({ poseId }) => poseId), items.map(({ number }) => number), options({}))
    const foldOf = new Map(items.map(({ folder }, item) => [folder, expected[item]!]))
    const counts = (poseId: number) => [0, 1].map((fold) => named.filter((of) => of.poseId === poseId && foldOf.get(of.folder) === fold).length)
    expect({ folds: record.folds, frames: record.frames, classes: record.classes, leaks: record.leakingSequences }).toEqual({
      folds: named.map(({ folder, poseId }) => ({ folder, poseId, fold: foldOf.get(folder), group: folder.split('/')[1] })),
      frames: [0, 1].map((fold) => expected.filter((of) => of === fold).length),
      classes: [3, 9, 20].map((poseId) => ({ poseId, name: `class ${poseId}`, counts: counts(poseId), always: 0 })),
      leaks: 0,
    })
  })

  it('split whole sequences by the splitters without groups, frames when asked, and say what leaks', async () => {
    const whole = await room().make(options({ splitter: 'KFold', shuffle: false }))
    const torn = await room().make(options({ splitter: 'KFold', shuffle: false, unit: 'frame' }))
    expect([
      whole.folds.map(({ fold }) => fold), whole.frames, whole.leakingSequences, whole.warnings.some(({ kind }) => kind === 'leak'),
      torn.folds.map(({ fold }) => fold), torn.frames, torn.leakingSequences, torn.warnings.filter(({ kind }) => kind === 'leak').map(({ message }) => message),
    ]).toEqual([
      [0, 0, 0, 0, 1, 1, 1], [17, 15], 0, false,
      [0, 0, 0, 0, 1, 1, 1], [16, 16], 1,
      ['1 of 7 sequences have frames in more than one fold: siblings of validated frames are trained on, and the validation score is too good. Split by sequence instead.'],
    ])
  })

  it('warn of classes that a fold cannot learn or validate', async () => {
    const { warnings } = await room().make(options({ splitter: 'KFold', shuffle: false }))
    expect(warnings.map(({ kind, poseIds, folds }) => [kind, poseIds, folds])).toEqual([
      ['class-in-one-fold', [3, 9], [0, 1]],
      ['class-missing-in-train', [3], [0]],
      ['class-missing-in-train', [9, 20], [1]],
      ['few-members', [20], []],
    ])
  })

  it('refuse what cannot be split, with a reason', () => {
    const message = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        if (error instanceof HandloomError) return [error.kind, error.message]
        throw error
      }
      return null
    }
    expect([
      message(() => room().make(options({ folds: 8 }))),
      message(() => room().make(options({ folds: 8, splitter: 'KFold' }))),
      message(() => room(memoryDataset([sequence(0, 1, 2), sequence(1, 2, 2)])).make(options({ folds: 3 }))),
      message(() => room(memoryDataset([sequence(0, null, 3)])).make(options({}))),
    ]).toEqual([
      ['bad-request', '8 folds cannot be made from 7 groups: a group stays whole. Ask for fewer folds.'],
      ['bad-request', '8 folds cannot be made from 7 items. Ask for fewer folds.'],
      ['bad-request', '3 folds are more than any class has members (at most 2). Ask for fewer folds, or split without strata (KFold, GroupKFold).'],
      ['conflict', '/nowhere has no training sequence with a class and frames (yet), so there is nothing to split.'],
    ])
  })
})
