import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExplanations, type ExplanationsService } from '../../src-main/evaluate/explanations/service.ts'
import type { Explanations } from '../../src-main/contract/rooms.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { madeDataset, scratchProject, type MadeSequence } from './standIns.ts'

/** Fold 0 validates train/0 … train/3, fold 1 the rest; nobody has predicted train/9. Two sequences a class. */
const sequences: MadeSequence[] = [...Array.from({ length: 10 }, (_, number) => ({ folder: `train/${number}`, poseId: 10 * (number >> 1) })), { folder: 'test/10', poseId: null }]
const dataset = madeDataset({ sequences })
const foldOf = (_run: number, group: string): number | null => (!group.startsWith('train/') || group === 'train/9' ? null : Number(group.slice(6)) < 4 ? 0 : 1)
const validatedBy = (run: number, fold: number) => new Set(sequences.map(({ folder }) => folder).filter((folder) => foldOf(run, folder) === fold))

let project: ReturnType<typeof scratchProject>
let room: ExplanationsService
const made = (of = dataset) => createExplanations({ db: project.db, dataset: of, emit: project.emit, names: () => (poseId) => `pose ${poseId}`, foldOf, validatedBy })

beforeEach(() => {
  project = scratchProject()
  room = made()
})
afterEach(async () => {
  await room.close()
  project.close()
})

/** An embedding that turns by so many degrees. */
const at = (degrees: number, length = 1): Float32Array => Float32Array.of(length * Math.cos((degrees * Math.PI) / 180), length * Math.sin((degrees * Math.PI) / 180), 0)
const degrees: Record<string, number> = { 'train/0': 0, 'train/1': 1, 'train/2': 2, 'train/3': 3, 'train/4': 40, 'train/5': 10, 'train/6': 30, 'train/7': 20, 'train/8': 60, 'train/9': 50, 'test/10': 5 }
const embeddings = Object.entries(degrees).map(([folder, angle], index) => ({ folder, embedding: at(angle, index + 1) }))
const distance = (angle: number): unknown => expect.closeTo(1 - Math.cos((angle * Math.PI) / 180), 6)

describe('neighbours', () => {
  it('are sequences that the fold learnt from, nearest first, those of the answer apart', () => {
    room.storeExplanations({ runId: 1, fold: 0, embeddings, maps: [] })
    expect(room.neighbours({ runId: 1, group: 'train/0', limit: 3 })).toEqual({
      fold: 0,
      sameClass: [],
      others: [
        { folder: 'train/5', poseId: 20, name: 'pose 20', distance: distance(10) },
        { folder: 'train/7', poseId: 30, name: 'pose 30', distance: distance(20) },
        { folder: 'train/6', poseId: 30, name: 'pose 30', distance: distance(30) },
      ],
    })
  })

  it('go by the labels as they are now, and leave out sequences that have none', () => {
    room.storeExplanations({ runId: 1, fold: 0, embeddings, maps: [] })
    const labels: Record<string, number | null> = { 'train/0': 30, 'train/5': null }
    const corrected = made(madeDataset({ sequences: sequences.map(({ folder, poseId }) => ({ folder, poseId: folder in labels ? labels[folder]! : poseId })) }))
    const { sameClass, others } = corrected.neighbours({ runId: 1, group: 'train/0', limit: 100 })
    expect([sameClass.map(({ folder }) => folder), others.map(({ folder }) => folder)]).toEqual([['train/7', 'train/6'], ['train/4', 'train/9', 'train/8']])
  })

  it('are none for a run of an older Handloom, and an error for a group that no fold validated', () => {
    expect(room.neighbours({ runId: 1, group: 'train/4', limit: 3 })).toEqual({ fold: 1, sameClass: [], others: [] })
    expect(() => room.neighbours({ runId: 1, group: 'train/9', limit: 3 })).toThrow(expect.objectContaining({ kind: 'not-found', message: expect.stringContaining('train/9') as string }) as Error)
  })

  it('come from the newest embeddings, stored or carried over', () => {
    room.storeExplanations({ runId: 1, fold: 1, embeddings, maps: [] })
    const nearest = (runId: number) => room.neighbours({ runId, group: 'train/4', limit: 1 }).others[0]?.folder
    expect(nearest(1)).toBe('train/9')
    room.carryExplanations(1, 2, 1)
    room.storeExplanations({ runId: 1, fold: 1, embeddings: embeddings.map(({ folder, embedding }) => ({ folder, embedding: folder === 'train/3' ? at(41) : embedding })), maps: [] })
    expect([nearest(1), nearest(2)]).toEqual(['train/3', 'train/9'])
    room.carryExplanations(1, 2, 1)
    expect(nearest(2)).toBe('train/3')
    room.carryExplanations(5, 2, 1)
    expect(nearest(2)).toBeUndefined()
  })
})

const map = (folder: string, frame: number, hand: number | null, ...classes: [number, number[]][]): Explanations['maps'][number] => ({
  folder, frame, hand, height: 2, width: 2, classes: classes.map(([poseId, values]) => ({ poseId, values: Float32Array.from(values) })),
})

describe('activation maps', () => {
  it('are those of the fold that validates the group, frame by frame', () => {
    room.storeExplanations({ runId: 1, fold: 1, embeddings: [], maps: [map('train/4', 0, null, [20, [9, 9, 9, 9]])] })
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: [map('train/1', 5, 1, [0, [1, -2, 0, 6]], [30, [0, 0, 0, 0]]), map('train/1', 5, 0, [0, [0.5, 0.5, 0.5, 1]]), map('train/1', 2, null)] })
    expect(room.activation({ runId: 1, group: 'train/1' })).toEqual([
      { frame: 2, hand: null, height: 2, width: 2, classes: [] },
      { frame: 5, hand: 0, height: 2, width: 2, classes: [{ poseId: 0, name: 'pose 0', values: [0.5, 0.5, 0.5, 1] }] },
      { frame: 5, hand: 1, height: 2, width: 2, classes: [{ poseId: 0, name: 'pose 0', values: [1, -2, 0, 6].map((value) => expect.closeTo(value, 3) as number) }, { poseId: 30, name: 'pose 30', values: [0, 0, 0, 0] }] },
    ])
    expect(room.activation({ runId: 1, group: 'train/0' })).toEqual([])
    expect(room.activation({ runId: 2, group: 'train/1' })).toEqual([])
    expect(() => room.activation({ runId: 1, group: 'test/10' })).toThrow(expect.objectContaining({ kind: 'not-found' }) as Error)
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: [] })
    expect(room.activation({ runId: 1, group: 'train/1' })).toEqual([])
    expect(room.activation({ runId: 1, group: 'train/4' })).toHaveLength(1)
  })

  it('are carried over to another run with all they hold, and stay when the first gets others', () => {
    const kept = [map('train/1', 5, 1, [0, [1, -2, 0.25, 6]], [30, [0, 0, 0, 0]]), map('train/0', 2, null, [10, [3, 3, 3, 4]])]
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: kept })
    const before = ['train/0', 'train/1'].map((group) => room.activation({ runId: 1, group }))
    room.storeExplanations({ runId: 2, fold: 0, embeddings: [], maps: [map('train/2', 0, null)] })
    room.carryExplanations(1, 2, 0)
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: [] })
    expect(['train/0', 'train/1'].map((group) => room.activation({ runId: 2, group }))).toEqual(before)
    expect(room.activation({ runId: 2, group: 'train/2' })).toEqual([])
  })

  it('keep each value to half of one step in 65,535', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }), { minLength: 4, maxLength: 4 }), (values) => {
        room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: [map('train/0', 0, null, [0, values])] })
        const kept = room.activation({ runId: 1, group: 'train/0' })[0]!.classes[0]!.values
        const range = Math.max(...values) - Math.min(...values)
        for (const [index, value] of values.entries()) expect(Math.abs(kept[index]! - value)).toBeLessThanOrEqual(range / 131_070 + Math.abs(value) * 1e-6)
      }),
      { seed: 11, numRuns: 50 },
    )
  })

  it('of 100,000 frames with three of 9 × 9 values take less than 100 MB', () => {
    const random = randomStream(3)
    const maps = Array.from({ length: 1000 }, (_, index) => ({
      folder: `train/${index % 100}`, frame: Math.floor(index / 100), hand: null, height: 9, width: 9,
      classes: [10, 20, 30].map((poseId) => ({ poseId, values: Float32Array.from({ length: 81 }, () => 10 * random.normal()) })),
    }))
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps })
    const bytes = project.db.prepare('SELECT sum(length(CAST(maps AS BLOB)) + length("values")) FROM activation_map').pluck().get() as number
    expect(bytes * 100).toBeLessThan(100e6)
  })
})

describe('what is refused', () => {
  const first: Explanations = { embeddings, maps: [map('train/1', 0, null, [0, [1, 2, 3, 4]])] }
  const nan = Float32Array.of(1, NaN, 1)
  it.each<[string, Explanations, RegExp]>([
    ['a number that is none', { ...first, embeddings: [{ folder: 'train/0', embedding: nan }] }, /Fold 0 of run 1: the embedding of train\/0 holds NaN/],
    ['an embedding of another length', { ...first, embeddings: [...embeddings, { folder: 'train/77', embedding: Float32Array.of(1) }] }, /train\/77 has 1 numbers, the first one 3/],
    ['an empty embedding', { ...first, embeddings: [{ folder: 'train/0', embedding: new Float32Array() }] }, /train\/0 has 0 numbers/],
    ['a sequence that is there twice', { ...first, embeddings: [embeddings[0]!, embeddings[0]!] }, /train\/0 is there twice/],
    ['a map that does not fit its size', { ...first, maps: [map('train/1', 3, 1, [7, [1, 2, 3]])] }, /train\/1, frame 3, hand 1 have 3 values of class 7 for 2 × 2/],
    ['a map that is not finite', { ...first, maps: [map('train/1', 3, null, [7, [1, 2, 3, Infinity]])] }, /train\/1, frame 3 hold Infinity for class 7/],
    ['a frame that is there twice', { ...first, maps: [map('train/1', 3, null), map('train/1', 3, null)] }, /train\/1, frame 3 are there twice/],
    ['a class that is there twice', { ...first, maps: [map('train/1', 3, null, [7, [1, 2, 3, 4]], [7, [1, 2, 3, 4]])] }, /name a class twice/],
    ['a map without a size', { ...first, maps: [{ ...map('train/1', 3, null), height: 0 }] }, /measure 0 × 2/],
  ])('%s, and nothing is stored', (_, input, message) => {
    room.storeExplanations({ runId: 1, fold: 0, ...first })
    expect(() => room.storeExplanations({ runId: 1, fold: 0, ...input })).toThrow(expect.objectContaining({ kind: 'bad-request', message: expect.stringMatching(message) as string }) as Error)
    expect([room.neighbours({ runId: 1, group: 'train/0', limit: 1 }).others[0]?.folder, room.activation({ runId: 1, group: 'train/1' })[0]!.classes[0]!.values]).toEqual([
      'train/5', [1, 2, 3, 4].map((value) => expect.closeTo(value, 3) as number),
    ])
  })
})

describe('damaged blobs', () => {
  const run = (sql: string): void => void project.db.exec(sql)
  const damaged = expect.objectContaining({ kind: 'bad-input', message: expect.stringMatching(/fold 0 of run 1/) as string }) as Error

  it.each(["embeddings = x'0000'", "embeddings = x''", 'embeddings = zeroblob(140)', "folders = '[1,2]'", "folders = '{'", "embeddings = unhex(replace(hex(embeddings), '0000803F', '0000C07F'))"])('of embeddings (%s) are told with run and fold', async (change) => {
    room.storeExplanations({ runId: 1, fold: 0, embeddings, maps: [] })
    run(`UPDATE embedding_block SET ${change}`)
    expect(() => room.neighbours({ runId: 1, group: 'train/0', limit: 3 })).toThrow(damaged)
    await expect(room.embeddingMap({ runId: 1, fold: 0, method: 'pca', neighbours: 15, minimumDistance: 0.1, seed: 1 })).rejects.toThrow(damaged)
  })

  it.each(['"values" = x\'00\'', "maps = '[[0,null,2,2]]'", "maps = '{'"])('of maps (%s) are told with run and fold', (change) => {
    room.storeExplanations({ runId: 1, fold: 0, embeddings: [], maps: [map('train/0', 0, null, [0, [1, 2, 3, 4]])] })
    run(`UPDATE activation_map SET ${change}`)
    expect(() => room.activation({ runId: 1, group: 'train/0' })).toThrow(damaged)
  })
})
