import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { openRoom, type OpenedRoom } from './room.ts'
import { classRow, frameOf, handAt, madeDataset } from './standIns.ts'

const stray: Point[] = [[800, 400, 0], [1000, 600, 0], [100, 1000, 0]]
const dataset = madeDataset({
  'train/0': { poseId: 124, frames: [frameOf(0, stray, { erased: [2] }), frameOf(1, []), frameOf(2, [], { unreadable: '2.png is cut short.', width: null, height: null }), frameOf(3, stray)] },
  'train/1': { poseId: 149, frames: [frameOf(0, stray), frameOf(7, [])] },
  'train/4': { poseId: 200, frames: [frameOf(0, [...handAt(300, 300), ...handAt(900, 400)]), frameOf(1, handAt(300, 300))] },
  'test/2': { poseId: null, frames: [frameOf(0, stray), frameOf(7, [])] },
}, [classRow(124, 'left'), classRow(129, 'left'), classRow(149, 'right'), classRow(200, 'both', 'X')])

let room: OpenedRoom
beforeEach(() => (room = openRoom(dataset)))
afterEach(() => room.close())

const { recipes } = defaultCropSettings

describe('crop list', () => {
  it('leaves erased keypoints out and says why a frame is not cut', () => {
    const list = room.crop.cropFrames('train', recipes.train).slice(0, 6)
    const own = { x0: 800, y0: 400, x1: 1000, y1: 600 }
    const whole = { x0: 100, y0: 400, x1: 1000, y1: 1000 }
    const as = { poseId: 124, hand: null, transform: null, width: 1920, height: 1080, toFrame: null, source: 'keypoints', skipped: null }
    expect(list).toEqual([
      { ...as, folder: 'train/0', frame: 0, keypointBox: own },
      { ...as, folder: 'train/0', frame: 1, keypointBox: own, source: 'nearest' },
      { ...as, folder: 'train/0', frame: 2, width: 0, height: 0, keypointBox: null, source: 'whole', skipped: '2.png is cut short.' },
      { ...as, folder: 'train/0', frame: 3, keypointBox: whole },
      { ...as, folder: 'train/1', frame: 0, poseId: 149, keypointBox: whole },
      { ...as, folder: 'train/1', frame: 7, poseId: 149, keypointBox: whole, source: 'nearest' },
    ])
  })
  it('has a two-hand frame twice where hands are cut apart', () => {
    const list = room.crop.cropFrames('train', { ...recipes.train, hands: 'apart' }).filter(({ folder }) => folder === 'train/4')
    expect(list.map(({ frame, hand, keypointBox }) => [frame, hand, keypointBox])).toEqual([
      [0, 0, { x0: 300, y0: 300, x1: 500, y1: 500 }], [0, 1, { x0: 900, y0: 400, x1: 1100, y1: 600 }], [1, null, { x0: 300, y0: 300, x1: 500, y1: 500 }],
    ])
  })
  it('skips frames without keypoints, or with too few, where the recipe says so', () => {
    const skipped = (fewestKeypoints: number) => room.crop.cropFrames('test', { ...recipes.test, empty: 'skip', fewestKeypoints }).map((row) => [row.frame, row.skipped])
    expect([skipped(1), skipped(4)]).toEqual([[[0, null], [7, 'The frame has no keypoints.']], [[0, 'The frame has fewer than 4 keypoints.'], [7, 'The frame has fewer than 4 keypoints.']]])
  })
  it('gives the boxes of a sequence for the preview', () => {
    expect(room.crop.boxes({ folder: 'train/0', role: 'validation' })).toEqual([
      { frame: 0, hand: null, source: 'keypoints', box: { x0: 750, y0: 350, x1: 1050, y1: 750 }, clamped: false },
      { frame: 1, hand: null, source: 'nearest', box: { x0: 750, y0: 350, x1: 1050, y1: 750 }, clamped: false },
      { frame: 3, hand: null, source: 'keypoints', box: { x0: 50, y0: 350, x1: 1050, y1: 1080 }, clamped: true },
    ])
  })
})

describe('flip pairs', () => {
  const shown = async () => (await room.again().flipPairs()).map(({ poseId, partner, reason, oneWay }) => [poseId, partner, reason, oneWay])
  const undecided = [[124, null, 'ambiguous', false], [129, null, 'ambiguous', false], [149, null, 'ambiguous', false], [200, 200, 'symmetric', false]]
  const horizontal = (poseId: number, partner: number | null | 'automatic') => room.crop.setFlipPair({ poseId, partner, direction: 'horizontal' })

  it('one choice settles both sides of an ambiguous pair, and can be taken back', async () => {
    expect(await shown()).toEqual(undecided)
    await horizontal(124, 149)
    expect({ pairs: await shown(), targets: [...room.crop.flipTargets()] }).toEqual({ pairs: [[124, 149, 'override', false], [129, null, 'ambiguous', false], [149, 124, 'override', false], [200, 200, 'symmetric', false]], targets: [2, -1, 0, 3] })
    await horizontal(124, 'automatic')
    await horizontal(200, null)
    expect(await shown()).toEqual([[124, null, 'ambiguous', false], [129, null, 'ambiguous', false], [149, 124, 'override', true], [200, null, 'override', false]])
  })
  it('top to bottom a class takes the same partner, until a person says otherwise', async () => {
    await horizontal(124, 149)
    expect([...room.crop.flipTargets('vertical')]).toEqual([2, -1, 0, 3])
    await room.crop.setFlipPair({ poseId: 124, partner: null, direction: 'vertical' })
    await room.crop.setFlipPair({ poseId: 200, partner: 129, direction: 'vertical' })
    expect([[...room.crop.flipTargets('vertical')], [...room.crop.flipTargets('horizontal')]]).toEqual([[-1, -1, 0, 1], [2, -1, 0, 3]])
    expect((await room.crop.flipPairs()).map(({ vertical }) => vertical)).toEqual([
      { partner: null, reason: 'override' }, { partner: null, reason: 'as-mirrored' }, { partner: 124, reason: 'as-mirrored' }, { partner: 129, reason: 'override' },
    ])
  })
  it('the same choice again, or nothing to take back, is no new version', async () => {
    await horizontal(124, 149)
    await horizontal(124, 149)
    await horizontal(129, 'automatic')
    expect([room.events, room.crop.references()['flip-map'].version]).toEqual([[{ type: 'crop' }], 1])
  })
  it('an unknown class is refused', () => {
    for (const [poseId, partner] of [[124, 7], [7, 124], [7, null]] as const) expect(() => horizontal(poseId, partner)).toThrow('pose id 7')
  })
  it('a choice whose class is gone is shown, and can be taken back', async () => {
    room.opened.db.prepare('INSERT INTO crop_object VALUES (?, ?, 1, ?, ?, ?)').run('flip-map', 'flip map', '2026-11-26T00:00:00.000Z', '', JSON.stringify({ horizontal: { 131: 149, 124: 131 }, vertical: {} }))
    expect(await shown()).toEqual([[124, null, 'missing', false], [129, null, 'ambiguous', false], [131, null, 'missing', false], [149, null, 'ambiguous', false], [200, 200, 'symmetric', false]])
    expect([...room.crop.flipTargets()]).toEqual([-1, -1, -1, 3])
    await horizontal(131, 'automatic')
    await horizontal(124, 'automatic')
    expect(await shown()).toEqual(undecided)
  })
})

describe('flip histogram', () => {
  const counted = async (flipRatio: number, verticalFlipRatio = 0) => (await room.crop.flipHistogram({ flipRatio, verticalFlipRatio })).map(({ poseId, frames, expected, derived }) => [poseId, frames, expected, derived])
  beforeEach(() => void room.crop.setFlipPair({ poseId: 124, partner: 149, direction: 'horizontal' }))

  it('moves the flipped share to the partner; frames that cannot be read are no samples', async () => {
    expect(await counted(0.5)).toEqual([[124, 3, 2.5, 0], [129, 0, 0, 0], [149, 2, 2.5, 0], [200, 2, 2, 0]])
  })
  it('mirrored both ways a sample comes home', async () => {
    expect([await counted(1, 1), await counted(0, 1)]).toEqual([[[124, 3, 3, 0], [129, 0, 0, 0], [149, 2, 2, 0], [200, 2, 2, 0]], [[124, 3, 2, 0], [129, 0, 0, 0], [149, 2, 3, 0], [200, 2, 2, 0]]])
  })
  it('counts samples as the training recipe cuts them, and those that are derived', async () => {
    await room.crop.setRecipe({ role: 'train', recipe: { ...recipes.train, hands: 'apart', empty: 'skip' } })
    await room.crop.setDerived({ derivations: [{ parent: 'train/0', transform: { kind: 'mirror' } }, { parent: 'train/4', transform: { kind: 'rotate', degrees: 30 } }] })
    expect(await counted(0)).toEqual([[124, 2, 2, 0], [129, 0, 0, 0], [149, 1, 3, 2], [200, 3, 6, 3]])
    expect(await counted(1)).toEqual([[124, 2, 3, 0], [129, 0, 0, 0], [149, 1, 2, 2], [200, 3, 6, 3]])
  })
})
