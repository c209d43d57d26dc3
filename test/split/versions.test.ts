import { describe, expect, it } from 'vitest'
import type { SplitRecord } from '../../src-main/contract/split.ts'
import { openSplitRoom, refusal, stagedDataset } from './splitRoom.ts'

const open = () => openSplitRoom(stagedDataset(Array.from({ length: 8 }, (_, number) => ({ number, poseId: number % 2, frames: number + 1 }))))
const plain = { folds: 2, splitter: 'KFold', shuffle: false } as const
const titles = (list: readonly { name: string; version: number }[]) => list.map(({ name, version }) => `${name} ${version}`)

describe('named splits', () => {
  it('count their versions, and are called after their splitter without a name', async () => {
    const { room } = open()
    for (const name of ['', 'mine', '  mine ', '']) await room.make({ ...plain, name })
    expect(titles(await room.list())).toEqual(['KFold 2', 'mine 2', 'mine 1', 'KFold 1'])
  })

  it('have the same hash as long as the same are validated in the same folds', async () => {
    const { room } = open()
    const hash = (split: Pick<SplitRecord, 'hash'>) => split.hash
    const one = await room.make(plain)
    const there = await room.move({ id: one.id, moves: [{ folder: 'train/0', fold: 1 }] })
    const back = await room.move({ id: there.id, moves: [{ folder: 'train/0', fold: 0 }] })
    const same = [room.plan({ ...plain, name: 'other' }), room.plan({ ...plain, seed: 7 }), room.plan({ ...plain, merge: [[0, 77], [78, 79]] }), back].map(hash)
    const others = [there, room.plan({ ...plain, merge: [[0, 1]] }), room.plan({ ...plain, folds: 3 })].map(hash)
    expect([same, new Set([one.hash, ...others]).size, /^[0-9a-f]{64}$/.test(one.hash)]).toEqual([Array(4).fill(one.hash), 4, true])
  })

  it('are moved by a version of their own, with everything counted anew', async () => {
    const { room, events } = open()
    const one = await room.make({ ...plain, name: 'mine' })
    const two = await room.move({ id: one.id, moves: [{ folder: 'train/0', fold: 1 }, { folder: 'train/7', fold: null }] })
    const three = await room.move({ id: two.id, moves: [{ folder: 'train/7', fold: 0 }, { folder: 'train/0', fold: 0 }] })
    expect({
      first: await room.get({ id: one.id }),
      two: [two.name, two.version, two.parent, two.moved, two.frames, two.classes.map(({ counts, always }) => [counts, always]), two.folds.map(({ fold }) => fold)],
      three: [three.version, three.parent, three.moved],
      listed: (await room.list()).map(({ parent, movedSequences }) => [parent, movedSequences]),
      events: events.length,
    }).toEqual({
      first: one,
      two: ['mine', 2, one.id, [{ folder: 'train/0', from: 0, to: 1 }, { folder: 'train/7', from: 1, to: null }], [9, 19], [[[1, 3], 0], [[2, 1], 1]], [1, 0, 0, 0, 1, 1, 1, null]],
      three: [3, two.id, [{ folder: 'train/7', from: 1, to: 0 }]],
      listed: [[two.id, 1], [one.id, 2], [null, 0]],
      events: 3,
    })
  })

  it('say why sequences cannot be moved', async () => {
    const { room } = open()
    const { id } = await room.make(plain)
    const torn = await room.make({ ...plain, unit: 'frame' })
    const move = (moves: { folder: string; fold: number | null }[], of = id) => refusal(() => room.move({ id: of, moves }))
    expect([
      move([{ folder: 'train/0', fold: 0 }]), move([{ folder: 'train/99', fold: 0 }]), move([{ folder: 'train/0', fold: 2 }]),
      move([{ folder: 'train/0', fold: 1 }, { folder: 'train/0', fold: 0 }]), move([{ folder: 'train/0', fold: 1 }], torn.id), move([{ folder: 'train/0', fold: 1 }], 99),
      (await room.list()).length,
    ]).toEqual([
      ['conflict', 'Every sequence is in that fold already, so nothing would change.'],
      ['bad-request', 'train/99 is not in this split. Make a new split if it came later.'],
      ['bad-request', 'There is no fold 2: the split has folds 0 to 1.'],
      ['bad-request', 'train/0 is to be moved twice. Name each sequence once.'],
      ['bad-request', 'This split is by frame: the frames of a sequence are in several folds, so a sequence cannot be moved. Make a split by sequence and move there.'],
      ['not-found', 'There is no split 99 in this project.'],
      2,
    ])
  })

  it('take another name with its next free version', async () => {
    const { room } = open()
    const ids: number[] = []
    for (const name of ['a', 'a', 'b']) ids.push((await room.make({ ...plain, name })).id)
    expect([titles(await room.rename({ id: ids[0]!, name: ' b ' })), titles(await room.rename({ id: ids[2]!, name: 'b' })), refusal(() => room.rename({ id: ids[0]!, name: ' ' }))]).toEqual([
      ['b 1', 'a 2', 'b 2'], ['b 1', 'a 2', 'b 2'], ['conflict', 'A split needs a name. Give it one of up to 60 characters.'],
    ])
  })

  it('from before they had names are read with what they lack', async () => {
    const { room, db } = open()
    const options = { splitter: 'GroupKFold', folds: 2, seed: 42, shuffle: true, unit: 'sequence' }
    const record = {
      options,
      folds: [{ folder: 'train/0', poseId: 0, fold: 1 }, { folder: 'train/007', poseId: 1, fold: 0 }],
      classes: [{ poseId: 0, name: 'zero', counts: [0, 1] }, { poseId: 1, name: 'one', counts: [1, 0] }],
      frames: [8, 1], warnings: [], leakingSequences: 0,
    }
    for (let id = 1; id <= 2; id++) db.prepare('INSERT INTO split (created, options, record) VALUES (?, ?, ?)').run('2026-01-01T00:00:00.000Z', JSON.stringify(options), JSON.stringify(record))
    const filled = await room.get({ id: 2 })
    expect([filled, titles(await room.list()), titles(await room.rename({ id: 1, name: 'old' })), (await room.move({ id: 2, moves: [{ folder: 'train/0', fold: null }] })).version]).toEqual([
      {
        id: 2, name: 'GroupKFold', version: 2, created: '2026-01-01T00:00:00.000Z', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        options: { ...options, group: 'sequence', always: [], merge: [] }, parent: null, moved: [], frameFolds: null,
        folds: [{ folder: 'train/0', poseId: 0, fold: 1, group: '0' }, { folder: 'train/007', poseId: 1, fold: 0, group: '7' }],
        classes: [{ poseId: 0, name: 'zero', counts: [0, 1], always: 0 }, { poseId: 1, name: 'one', counts: [1, 0], always: 0 }],
        frames: [8, 1], warnings: [], leakingSequences: 0,
      },
      ['GroupKFold 2', 'GroupKFold 1'], ['GroupKFold 2', 'old 1'], 3,
    ])
  })
})
