import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import type { ClassRow, FrameRecord, Point, SequenceSummary } from '../../src-main/contract/dataset.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { createCrop, type CropDeps } from '../../src-main/crop/service.ts'
import { openDatabase, type OpenedDatabase } from '../../src-main/db/open.ts'

let folder = ''
let opened: OpenedDatabase
let events: HandloomEvent[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-crop-'))
  opened = openDatabase(folder)
  events = []
})
afterEach(() => {
  opened.close()
  rmSync(folder, { recursive: true, force: true })
})

const frame = (number: number, points: Point[], changes: Partial<FrameRecord> = {}): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null, ...changes })
const hand: Point[] = [[800, 400, 0], [1000, 600, 0], [100, 1000, 0]]

const classRow = (poseId: number, classIndex: number, hand: ClassRow['hand'], name = '약속'): ClassRow => ({ poseId, classIndex, name, view: '3rd', gesture: 'your_hand', hand, extra: {}, trainSequences: 1 })
const summary = (folder: string, poseId: number | null, frames: number): SequenceSummary => ({ folder, role: folder.startsWith('train') ? 'train' : 'test', poseId, frames }) as SequenceSummary

const dataset: CropDeps['dataset'] = {
  summaries: (role) => [summary('train/0', 124, 4), summary('train/1', 149, 2), summary('test/2', null, 1)].filter((row) => !role || row.role === role),
  frames: (name) =>
    name === 'train/0'
      ? [frame(0, hand, { erased: [2] }), frame(1, []), frame(2, [], { unreadable: '2.png is cut short.', width: null, height: null }), frame(3, hand)]
      : [frame(0, hand), frame(7, [])],
  classRows: () => [classRow(124, 0, 'left'), classRow(129, 1, 'left'), classRow(149, 2, 'right'), classRow(200, 3, 'both', 'X')],
  poseIds: () => [124, 129, 149, 200],
}
const room = () => createCrop({ db: opened.db, dataset, emit: (event) => void events.push(event) })

describe('crop settings', () => {
  it('begin with the defaults, are kept, and tell the listeners', () => {
    const crop = room()
    expect(crop.settings()).toEqual(defaultCropSettings)
    const recipe = { ...defaultCropSettings.recipes.test, margin: 100 }
    const before = crop.recipeHash()
    crop.setRecipe({ role: 'test', recipe })
    crop.setAugment({ ...defaultCropSettings.augment, flipRatio: 0.1 })
    expect({ settings: room().settings(), events, hashChanged: room().recipeHash() !== before }).toEqual({
      settings: { recipes: { ...defaultCropSettings.recipes, test: recipe }, augment: { ...defaultCropSettings.augment, flipRatio: 0.1 } },
      events: [{ type: 'crop' }, { type: 'crop' }],
      hashChanged: true,
    })
  })
})

describe('crop list', () => {
  it('leaves erased keypoints out and says why a frame is not cut', () => {
    const list = room().cropFrames('train', defaultCropSettings.recipes.train)
    const own = { x0: 800, y0: 400, x1: 1000, y1: 600 }
    const whole = { x0: 100, y0: 400, x1: 1000, y1: 1000 }
    expect(list.map(({ folder: name, frame: number, keypointBox, source, skipped }) => [name, number, keypointBox, source, skipped])).toEqual([
      ['train/0', 0, own, 'keypoints', null],
      ['train/0', 1, own, 'nearest', null],
      ['train/0', 2, null, 'whole', '2.png is cut short.'],
      ['train/0', 3, whole, 'keypoints', null],
      ['train/1', 0, whole, 'keypoints', null],
      ['train/1', 7, whole, 'nearest', null],
    ])
  })
  it('skips frames without keypoints where the recipe says so', () => {
    const list = room().cropFrames('test', { ...defaultCropSettings.recipes.test, empty: 'skip' })
    expect(list.map(({ frame: number, skipped }) => [number, skipped])).toEqual([[0, null], [7, 'The frame has no keypoints.']])
  })
  it('gives the boxes of a sequence for the preview', () => {
    expect(room().boxes({ folder: 'train/0', role: 'validation' })).toEqual([
      { frame: 0, source: 'keypoints', box: { x0: 750, y0: 350, x1: 1050, y1: 750 }, clamped: false },
      { frame: 1, source: 'nearest', box: { x0: 750, y0: 350, x1: 1050, y1: 750 }, clamped: false },
      { frame: 3, source: 'keypoints', box: { x0: 50, y0: 350, x1: 1050, y1: 1080 }, clamped: true },
    ])
  })
})

describe('flip pairs', () => {
  const pairs = async () => (await room().flipPairs()).map(({ poseId, partner, reason }) => [poseId, partner, reason])
  it('one choice settles both sides of an ambiguous pair, and can be taken back', async () => {
    const crop = room()
    expect(await pairs()).toEqual([[124, null, 'ambiguous'], [129, null, 'ambiguous'], [149, null, 'ambiguous'], [200, 200, 'symmetric']])
    crop.setFlipPair({ poseId: 124, partner: 149 })
    expect({ pairs: await pairs(), targets: [...crop.flipTargets()] }).toEqual({ pairs: [[124, 149, 'override'], [129, null, 'ambiguous'], [149, 124, 'override'], [200, 200, 'symmetric']], targets: [2, -1, 0, 3] })
    crop.setFlipPair({ poseId: 124, partner: 'automatic' })
    crop.setFlipPair({ poseId: 200, partner: null })
    expect(await pairs()).toEqual([[124, null, 'ambiguous'], [129, null, 'ambiguous'], [149, 124, 'override'], [200, null, 'override']])
  })
  it('an unknown class is refused', () => {
    expect(() => room().setFlipPair({ poseId: 124, partner: 7 })).toThrow('pose id 7')
  })
  it('the histogram moves the flipped share to the partner', async () => {
    const crop = room()
    crop.setFlipPair({ poseId: 124, partner: 149 })
    expect((await crop.flipHistogram({ flipRatio: 0.5 })).map(({ poseId, frames, expected }) => [poseId, frames, expected])).toEqual([[124, 4, 3], [129, 0, 0], [149, 2, 3], [200, 0, 0]])
  })
})
