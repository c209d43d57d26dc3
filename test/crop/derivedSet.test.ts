import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { apply, type Matrix3 } from '../../src-main/augment/projective.ts'
import { defaultCropSettings, type Derivation, type DerivedTransform } from '../../src-main/contract/crop.ts'
import { openRoom, type OpenedRoom } from './room.ts'
import { classRow, frameOf, handAt, madeDataset, type MadeSequence } from './standIns.ts'

const { train: recipe } = defaultCropSettings.recipes
const mirror: DerivedTransform = { kind: 'mirror' }
const upsideDown: DerivedTransform = { kind: 'upside-down' }
const turn = (degrees: number): DerivedTransform => ({ kind: 'rotate', degrees })
const hand = { x0: 100, y0: 200, x1: 300, y1: 400 }

let sequences: Record<string, MadeSequence>
let room: OpenedRoom
beforeEach(() => {
  const one = (frame: number) => frameOf(frame, handAt(100, 200))
  sequences = {
    'train/1': { poseId: 22, frames: [one(4), frameOf(5, []), one(9)] },
    'train/2': { poseId: 22, frames: [one(0)] },
    'train/3': { poseId: 47, frames: [one(0), frameOf(1, [], { unreadable: '1.png is cut short.' })] },
    'train/5': { poseId: 92, frames: [one(0)] },
    'train/6': { poseId: null, frames: [one(0)] },
    'train/7': { poseId: 124, frames: [] },
    'test/8': { poseId: null, frames: [one(0)] },
  }
  room = openRoom(madeDataset(sequences, [classRow(22, 'left', '총'), classRow(47, 'right', '총'), classRow(92, 'both', 'X'), classRow(124, 'unknown')]))
})
afterEach(() => room.close())

const derive = (...derivations: Derivation[]) => room.crop.setDerived({ derivations })
const derivedFrames = () => room.crop.derivedFrames(recipe)

describe('suggestions', () => {
  it('are for classes that cannot be in two folds: the mirrored partner first, then their own turned', async () => {
    expect((await room.crop.derived()).suggestions).toEqual([
      {
        poseId: 47, name: '총', sequences: ['train/3'],
        options: [{ parent: 'train/1', transform: mirror }, { parent: 'train/2', transform: mirror }, { parent: 'train/3', transform: turn(-30) }, { parent: 'train/3', transform: turn(30) }],
      },
      { poseId: 92, name: 'X', sequences: ['train/5'], options: [{ parent: 'train/5', transform: turn(-30) }, { parent: 'train/5', transform: turn(30) }] },
      { poseId: 124, name: '약속', sequences: [], options: [] },
    ])
  })
})

describe('derived samples', () => {
  it('have the class that follows from their parent, the transform and the flip map', async () => {
    const { sequences: rows } = await derive({ parent: 'train/5', transform: turn(-30) }, { parent: 'train/1', transform: turn(30) }, { parent: 'train/1', transform: upsideDown }, { parent: 'train/1', transform: mirror })
    expect(rows).toEqual([
      { parent: 'train/1', transform: mirror, parentPoseId: 22, poseId: 47, name: '총', frames: 3, problem: null },
      { parent: 'train/1', transform: upsideDown, parentPoseId: 22, poseId: 47, name: '총', frames: 3, problem: null },
      { parent: 'train/1', transform: turn(30), parentPoseId: 22, poseId: 22, name: '총', frames: 3, problem: null },
      { parent: 'train/5', transform: turn(-30), parentPoseId: 92, poseId: 92, name: 'X', frames: 1, problem: null },
    ])
    await room.crop.setFlipPair({ poseId: 22, partner: 92, direction: 'horizontal' })
    await room.crop.setFlipPair({ poseId: 22, partner: null, direction: 'vertical' })
    expect((await room.crop.derived()).sequences.map(({ poseId, problem }) => [poseId, problem])).toEqual([[92, null], [null, 'never-mirrored'], [22, null], [92, null]])
    expect([...new Set(derivedFrames().map(({ transform, poseId }) => `${transform?.kind} ${poseId}`))]).toEqual(['mirror 92', 'rotate 22', 'rotate 92'])
  })
  it('are the frames of their parent, moved; frames that cannot be read say so', async () => {
    await derive({ parent: 'train/1', transform: mirror }, { parent: 'train/3', transform: upsideDown })
    const moved = { x0: 1620, y0: 200, x1: 1820, y1: 400 }
    const turned = { x0: 100, y0: 680, x1: 300, y1: 880 }
    expect(derivedFrames().map(({ folder, frame, poseId, transform, keypointBox, source, skipped }) => [folder, frame, poseId, transform?.kind, keypointBox, source, skipped])).toEqual([
      ['train/1', 4, 47, 'mirror', moved, 'keypoints', null], ['train/1', 5, 47, 'mirror', moved, 'nearest', null], ['train/1', 9, 47, 'mirror', moved, 'keypoints', null],
      ['train/3', 0, 22, 'upside-down', turned, 'keypoints', null], ['train/3', 1, 22, 'upside-down', null, 'whole', '1.png is cut short.'],
    ])
  })
  it('turn about the middle of all keypoints of their sequence', async () => {
    sequences['train/1']!.frames[2] = frameOf(9, handAt(500, 600))
    await derive({ parent: 'train/1', transform: turn(90) })
    const [first, , last] = derivedFrames()
    // The keypoints of both frames lie in 100 … 700 × 200 … 800, so all turns about (400, 500): what was at the top left is at the top right.
    expect([first?.keypointBox, last?.keypointBox].map((box) => Object.values(box ?? {}).map(Math.round))).toEqual([[500, 200, 700, 400], [100, 600, 300, 800]])
    expect(apply(first?.toFrame as unknown as Matrix3, [700, 200]).map(Math.round)).toEqual([hand.x0, hand.y0])
  })
  it('tell why nothing can be made of a parent', async () => {
    await derive({ parent: 'train/1', transform: mirror }, { parent: 'train/6', transform: turn(30) }, { parent: 'train/7', transform: turn(30) })
    delete sequences['train/1']
    expect((await room.crop.derived()).sequences.map(({ parent, poseId, frames, problem }) => [parent, poseId, frames, problem])).toEqual([['train/1', null, 0, 'missing-parent'], ['train/6', null, 1, 'no-class'], ['train/7', null, 0, 'no-frames']])
    expect(derivedFrames()).toEqual([])
    // What is there may stay, or go.
    await derive({ parent: 'train/1', transform: turn(30) }, { parent: 'train/7', transform: turn(30) })
    await derive({ parent: 'train/7', transform: turn(30) })
    expect(() => derive({ parent: 'train/1', transform: mirror }, { parent: 'train/7', transform: turn(30) })).toThrow('There is no training sequence train/1')
  })
  it('refuses one that is there twice, and what is no training sequence', () => {
    const twice = [{ parent: 'train/3', transform: turn(30) }, { parent: 'train/3', transform: turn(-30) }, { parent: 'train/3', transform: turn(30) }]
    expect(() => derive(...twice)).toThrow('train/3 (rotate 30) is in the derived set twice')
    for (const parent of ['train/99', 'test/8']) expect(() => derive({ parent, transform: mirror })).toThrow(`There is no training sequence ${parent}`)
    expect(room.events).toEqual([])
  })
  it('carry nobody else\'s class, whatever else is derived, edited or left out', async () => {
    const parents = { 'train/1': 22, 'train/2': 22, 'train/3': 47, 'train/5': 92 }
    const every = Object.keys(parents).flatMap((parent) => [mirror, upsideDown, turn(-30), turn(30), turn(-180)].map((transform): Derivation => ({ parent, transform })))
    const mirrored: Record<number, number> = { 22: 47, 47: 22, 92: 92 }
    await fc.assert(fc.asyncProperty(fc.shuffledSubarray(every, { minLength: 1 }), fc.constantFrom('together', 'apart'), fc.nat(3), async (set, hands, erased) => {
      for (const { frames } of Object.values(sequences)) frames.forEach((frame, index) => (frames[index] = { ...frame, erased: Array.from({ length: erased * 7 }, (_, row) => row) }))
      await room.crop.setDerived({ derivations: set })
      const frames = room.crop.derivedFrames({ ...recipe, hands, empty: erased === 2 ? 'skip' : 'nearest' })
      expect(new Set(frames.map(({ folder, transform }) => JSON.stringify({ parent: folder, transform })))).toEqual(new Set(set.map((derivation) => JSON.stringify(derivation))))
      const wrong = frames.filter(({ folder, transform, poseId }) => {
        const own = parents[folder as keyof typeof parents]
        return poseId !== (transform?.kind === 'rotate' ? own : mirrored[own])
      })
      expect(wrong).toEqual([])
    }), { seed: 5, numRuns: 40 })
  })
  it('the order in which a set is given makes no other set', async () => {
    const set: Derivation[] = [{ parent: 'train/1', transform: mirror }, { parent: 'train/3', transform: turn(30) }]
    await derive(...set)
    await derive(...set.toReversed())
    expect(room.crop.references()['derived-set'].version).toBe(1)
  })
})
