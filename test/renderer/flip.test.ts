import { describe, expect, it } from 'vitest'
import { flipShares } from '../../src-main/augment/flipShares.ts'
import { apply } from '../../src-main/augment/projective.ts'
import { defaultCropSettings, type AugmentRecipe, type CropRecipe, type CropSettings, type Derivation, type FlipHistogramRow, type FlipPair, type FlipPartner } from '../../src-main/contract/crop.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import { trainConfig, type RunScore, type TrainConfigInput } from '../../src-main/contract/train.ts'
import { derivedPoseId } from '../../src-main/crop/derive.ts'
import { seatBox } from '../../src-main/crop/geometry.ts'
import { translate } from '../../src-renderer/i18n/index.ts'
import { frameRanges, notYet } from '../../src-renderer/pages/crop/derived/derivedClass.ts'
import { movedPoints, pictureMatrix, seenHand, svgMatrix } from '../../src-renderer/pages/crop/derived/derivedPicture.ts'
import { classReason } from '../../src-renderer/pages/crop/derived/derivedWords.ts'
import { choicesFor, numberClasses, openChoices, pairFlag } from '../../src-renderer/pages/crop/flip/flipClasses.ts'
import { countsAt, handTotals, orderBars, type CornerRows } from '../../src-renderer/pages/crop/flip/flipCounts.ts'
import { missingRatios, ratioSeries, ratioVerdict, settingsChanged } from '../../src-renderer/pages/crop/flip/ratioRuns.ts'
import { augmentParts, drawEpoch, sequenceSamples, without, type SheetDraw } from '../../src-renderer/pages/crop/sheet/sheetSamples.ts'

const pair = (poseId: number, partner: number | null, more: Partial<FlipPair> = {}): FlipPair => ({
  poseId, name: `class ${poseId}`, hand: 'left', view: '1st', gesture: 'my_hand', partner, reason: 'mirror', candidates: [], vertical: { partner, reason: 'as-mirrored' }, oneWay: false, ...more,
})
const lost: FlipPartner = { partner: null, reason: 'missing' }

const frame = (number: number, points: Point[], more: Partial<FrameRecord> = {}): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, unreadable: null, points, erased: [], moved: [], hidden: [], original: points, ...more }) as FrameRecord
/** A hand of 21 keypoints between two corners. */
const hand = (x0: number, y0: number, x1: number, y1: number): Point[] => Array.from({ length: 21 }, (_, at): Point => (at === 0 ? [x0, y0, 0] : at === 1 ? [x1, y1, 0] : [(x0 + x1) / 2, (y0 + y1) / 2, 0]))
const recipe: CropRecipe = { ...defaultCropSettings.recipes.train, clamp: false }
const augment: AugmentRecipe = { ...defaultCropSettings.augment, verticalFlipRatio: 0.3, rotateDegrees: 20 }

describe('the augmentation sheet', () => {
  const sequence = { folder: 'train/7', frameRecords: [frame(3, hand(600, 300, 1000, 800))] }
  const [sample] = sequenceSamples(sequence, recipe)
  const classes = numberClasses([pair(10, 11), pair(11, 10, { vertical: { partner: 12, reason: 'override' } }), pair(12, null)])
  const epochs = (changed: { recipe: CropRecipe; augment: AugmentRecipe }, poseId = 10): SheetDraw[] =>
    Array.from({ length: 60 }, (_, epoch) => drawEpoch({ sample: sample!, poseId, seed: 42, epoch, imageSize: 96, classes, ...changed }))

  it('says what was drawn as the picture shows it', () => {
    const plain = seatBox(sample!.seat, recipe, sample!.seat).box
    const drawn = epochs({ recipe, augment: { ...augment, perspective: 0, flipRatio: 0, verticalFlipRatio: 0 } })
    for (const { view, sides: grown, degrees, warped } of drawn) {
      const more = (side: (typeof grown)[number]): number => (grown.includes(side) ? recipe.randomMargin : 0)
      expect(view.box).toEqual({ x0: plain.x0 - more('left'), y0: plain.y0 - more('top'), x1: plain.x1 + more('right'), y1: plain.y1 + more('bottom') })
      // What stands upright in the box leans by the angle in the sample, so its top comes from that far to the other side.
      const [middle, above] = [apply(view.toFrame, [48, 48]), apply(view.toFrame, [48, 0])]
      const [width, height] = [view.box.x1 - view.box.x0, view.box.y1 - view.box.y0]
      expect(Math.atan2((middle[0] - above[0]) / width, (middle[1] - above[1]) / height) * (180 / Math.PI)).toBeCloseTo(degrees, 6)
      expect(warped).toBe(false)
    }
    expect(new Set(drawn.flatMap((one) => one.sides))).toEqual(new Set(['left', 'top', 'right', 'bottom']))
  })

  it('names the class that a sample is trained as', () => {
    const taken = (poseId: number): string[] => [...new Set(epochs({ recipe, augment }, poseId).map(({ view, poseId: of }) => `${view.flipped} ${view.verticallyFlipped} ${of}`))].sort()
    expect(taken(10)).toEqual(['false false 10', 'false true 11', 'true false 11', 'true true 12'])
    expect(taken(12)).toEqual(['false false 12'])
    expect(taken(99)).toEqual(['false false 99'])
  })

  it('leaves one part out and the others as they were', () => {
    const told = ({ view, sides: grown, degrees, warped, colour }: SheetDraw) => ({ randomMargin: grown.join(), flip: view.flipped, verticalFlip: view.verticallyFlipped, rotate: degrees.toFixed(6), perspective: warped, colour })
    const nothing = { randomMargin: '', flip: false, verticalFlip: false, rotate: expect.stringMatching(/^-?0\.000000$/), perspective: false, colour: null }
    const all = epochs({ recipe, augment }).map(told)
    for (const part of [...augmentParts.both, ...augmentParts.pictures]) {
      const left = epochs(without(recipe, augment, new Set([part])))
      expect(left.map(told)).toEqual(all.map((one) => ({ ...one, [part]: nothing[part] })))
    }
  })

  it('leaves parts of the keypoints out, each with its own settings', () => {
    const changed = (part: (typeof augmentParts.keypoints)[number]) => Object.entries(without(recipe, augment, new Set([part])).augment).filter(([name, value]) => value !== augment[name as keyof typeof augment])
    expect(augmentParts.keypoints.map(changed)).toEqual([[['scale', 0]], [['keypointJitter', 0]], [['keypointDrop', 0]], [['frameDrop', 0], ['frameRepeat', 0]], [['strayHands', 0]]])
  })

  it('takes the samples that training takes', () => {
    const records = [frame(1, [...hand(100, 100, 200, 300), ...hand(900, 100, 1000, 300)]), frame(2, []), frame(4, hand(500, 500, 600, 600), { unreadable: 'broken', width: null, height: null })]
    const told = (changed: Partial<CropRecipe>): unknown[] => sequenceSamples({ folder: 'train/7', frameRecords: records }, { ...recipe, ...changed }).map(({ identity, seat }) => [identity.frame, identity.hand, seat.source, seat.keypointBox.x0])
    expect(told({ hands: 'apart' })).toEqual([[1, 0, 'keypoints', 100], [1, 1, 'keypoints', 900], [2, null, 'nearest', 100]])
    expect(told({ empty: 'skip' })).toEqual([[1, null, 'keypoints', 100]])
    const [mirrored] = sequenceSamples({ folder: 'train/7', frameRecords: records }, recipe, { kind: 'mirror' })
    expect([mirrored?.seat.keypointBox.x0, mirrored?.identity.transform, apply(mirrored!.seat.toFrame!, [920, 100])]).toEqual([920, { kind: 'mirror' }, [1000, 100]])
  })
})

describe('samples of each class', () => {
  const pairs = [pair(1, 2), pair(2, 1, { hand: 'right', vertical: { partner: 3, reason: 'override' } }), pair(3, 3, { hand: 'both' }), pair(4, null, { hand: 'unknown' })]
  const frames = [30, 10, 8, 5]
  const classes = numberClasses(pairs)
  const counted = (flipRatio: number, verticalFlipRatio: number): FlipHistogramRow[] => {
    const expected = pairs.map(() => 0)
    for (const [label, count] of frames.entries()) for (const [shown, share] of flipShares(label, classes.targets, { flipRatio, verticalFlipRatio })) expected[shown]! += count * share
    return pairs.map(({ poseId, name, hand: of }, at) => ({ poseId, name, hand: of, frames: frames[at]!, expected: expected[at]!, derived: at === 2 ? 1 : 0 }))
  }
  const corners: CornerRows = [counted(0, 0), counted(1, 0), counted(0, 1), counted(1, 1)]

  it('follow from the corners at any ratios', () => {
    for (const [horizontal, vertical] of [[0.3, 0], [0.3, 0.2], [0, 0.75], [1, 1]] as const) {
      const [shown, wanted] = [countsAt(corners, horizontal, vertical), counted(horizontal, vertical)]
      for (const [at, row] of shown.entries()) expect(row.expected).toBeCloseTo(wanted[at]!.expected, 9)
    }
  })

  it('are added up by hand, and ordered', () => {
    const rows = countsAt(corners, 0.5, 0)
    expect(handTotals(rows)).toEqual([
      { hand: 'left', classes: 1, frames: 30, derived: 0, expected: 20 },
      { hand: 'right', classes: 1, frames: 10, derived: 0, expected: 20 },
      { hand: 'both', classes: 1, frames: 8, derived: 1, expected: 8 },
      { hand: 'unknown', classes: 1, frames: 5, derived: 0, expected: 5 },
    ])
    const ids = (order: 'class' | 'rare' | 'hand', of: 'all' | 'left' = 'all'): number[] => orderBars(rows, order, of).map(({ poseId }) => poseId)
    expect([ids('class'), ids('rare'), ids('hand'), ids('class', 'left')]).toEqual([[1, 2, 3, 4], [4, 3, 1, 2], [1, 2, 3, 4], [1]])
  })
})

describe('pairs to look at', () => {
  it('are told apart by why', () => {
    const flags = [
      pair(1, 2), pair(1, null, { reason: 'ambiguous', candidates: [2, 3] }), pair(1, null, { reason: 'ambiguous', candidates: [2] }), pair(1, null, { reason: 'ambiguous' }), pair(1, 1, { reason: 'lone' }), pair(1, null, { reason: 'lone' }),
      pair(1, 1, { reason: 'symmetric' }), pair(1, 5, { reason: 'override' }), pair(1, null, { reason: 'missing' }), pair(1, 2, { vertical: lost }), pair(1, 2, { oneWay: true }),
    ].map(pairFlag)
    expect(flags).toEqual([null, 'two', 'unsure', 'unpaired', 'nobody', 'sided', 'symmetric', null, 'missing', 'missing', 'oneWay'])
  })

  it('are walked through where samples are not mirrored until somebody decides', () => {
    const pairs = [pair(1, 2), pair(3, null, { reason: 'ambiguous', candidates: [5, 4] }), pair(4, 4, { vertical: lost }), pair(5, null, { reason: 'missing', vertical: lost })]
    expect(openChoices(pairs).map(({ pair: of, direction }) => `${of.poseId} ${direction}`)).toEqual(['3 horizontal', '4 vertical', '5 horizontal', '5 vertical'])
  })

  it('have the likely classes for the number keys, then those of the same name', () => {
    const asked = pair(3, null, { name: 'one', reason: 'ambiguous', candidates: [5, 4] })
    const pairs = [pair(2, 2, { name: 'one' }), asked, pair(4, 4), pair(5, 5, { name: 'one' }), pair(6, 6)]
    expect(choicesFor(asked, pairs).map(({ poseId }) => poseId)).toEqual([5, 4, 2])
  })
})

describe('derived sequences', () => {
  const pairs = [pair(22, 47, { vertical: { partner: 22, reason: 'override' } }), pair(47, 22, { hand: 'right' }), pair(139, null)]
  const turned = { kind: 'rotate', degrees: -30 } as const

  it('take their class from the flip map alone', () => {
    const classOf = (poseId: number | null) => [{ kind: 'mirror' } as const, { kind: 'upside-down' } as const, turned].map((transform) => (poseId === null ? null : derivedPoseId(poseId, transform, pairs)))
    expect([classOf(22), classOf(47), classOf(139), classOf(null)]).toEqual([[47, 22, 22], [22, 22, 47], [null, null, 139], [null, null, null]])
  })

  it('say why', () => {
    const why = (poseId: number | null, transform: Derivation['transform']): string => classReason(pairs, poseId, transform, poseId === null ? null : derivedPoseId(poseId, transform, pairs), translate)
    expect([why(22, { kind: 'mirror' }), why(22, { kind: 'upside-down' }), why(22, turned), why(139, { kind: 'mirror' }), why(null, turned)]).toEqual([
      'mirrored, left → right: takes 47.',
      'upside down: symmetric, stays 22.',
      'Turned, a gesture keeps its class: 22.',
      'mirrored: the flip map has no class for 139. Decide the pair in Flip first.',
      'The parent has no class, so neither has this.',
    ])
  })

  it('are added once', () => {
    const [one, other]: Derivation[] = [{ parent: 'train/1', transform: turned }, { parent: 'train/1', transform: { kind: 'rotate', degrees: 30 } }]
    expect(notYet([one!, other!, one!], [other!])).toEqual([one])
    expect(frameRanges([5, 1, 2, 3, 9, 8])).toBe('1–3, 5, 8–9')
  })

  it('move picture, keypoints and hands alike', () => {
    const records = [frame(1, hand(600, 300, 1000, 800))]
    const mirror = pictureMatrix(records, 1, { kind: 'mirror' })!
    expect([movedPoints([[600, 300, 7]], mirror), svgMatrix(mirror), seenHand('left', mirror)]).toEqual([[[1320, 300, 7]], 'matrix(-1 0 0 1 1920 0)', 'right'])
    const quarter = pictureMatrix(records, 1, { kind: 'rotate', degrees: 90 })!
    const [[x, y] = []] = movedPoints([[600, 550, 0]], quarter)
    expect([Math.round(x!), Math.round(y!), seenHand('left', quarter), pictureMatrix(records, 2, turned)]).toEqual([800, 350, 'left', null])
  })
})

describe('runs by flip ratio', () => {
  const score = (logLoss: number) => ({ logLoss, accuracy: 0.5, count: 10 })
  const run = (runId: number, flipRatio: number, losses: number[], more: Partial<RunScore> = {}): RunScore => ({
    runId, name: '', created: '', model: 'regnety_nano', flipRatio, split: { kind: 'split', name: 'a', version: 1, hash: '1' }, splitId: 1, unit: 'sequence', leakingSequences: 0, folds: losses.length, foldsScored: losses.length,
    sequence: score(losses.reduce((sum, loss) => sum + loss, 0) / losses.length), frame: score(1), perFold: losses.map((loss, fold) => ({ fold, sequence: score(loss) })), likeButFlipRatio: 'x', likeButSplit: 'y', sweep: null, ...more,
  })

  it('are put together where nothing else differs, one for each ratio', () => {
    const series = ratioSeries([run(9, 0.5, [1], { likeButFlipRatio: 'other' }), run(1, 0.3, [1, 1]), run(2, 0.1, [2, 2]), run(4, 0.3, [3], { foldsScored: 1, folds: 2 }), run(5, 0.2, [], { foldsScored: 0 }), run(6, 0.1, [2, 3])])
    expect(series.map(({ key, points }) => [key, points.map(({ runId }) => runId)])).toEqual([['x', [6, 1]], ['other', [9]]])
  })

  it('do not differ by less than the folds do', () => {
    const [a, b, c] = [run(1, 0.1, [0.5, 0.7, 0.6]), run(2, 0.3, [0.45, 0.65, 0.55]), run(3, 0.5, [0.9, 1.1, 1])]
    expect(ratioVerdict([a, b, c])).toMatchObject({ best: { runId: 2 }, spread: expect.closeTo(0.1, 9), level: [{ runId: 1 }], uneven: false, leaking: false })
    // A best run whose folds happen to agree does not make the others worse than chance.
    expect(ratioVerdict([run(1, 0.1, [0.5, 0.5]), run(2, 0.3, [0.45, 0.65])])).toMatchObject({ best: { runId: 1 }, spread: expect.closeTo(0.1, 9), level: [{ runId: 2 }] })
    expect(ratioVerdict([run(1, 0.1, [0.5]), run(2, 0.3, [0.4], { unit: 'frame' })])).toMatchObject({ spread: null, level: [], leaking: true })
    expect(ratioVerdict([a, run(2, 0.3, [0.4, 0.5])])?.uneven).toBe(true)
    expect(ratioVerdict([])).toBeNull()
  })

  it('are missing where no run has the ratio or will have it', () => {
    const config = (input: TrainConfigInput) => trainConfig.parse(input)
    const base = config({ flipRatio: 0.3, name: 'a' })
    const runs = [
      { config: base, state: 'done' as const },
      { config: config({ flipRatio: 0.4, name: 'b' }), state: 'queued' as const },
      { config: config({ flipRatio: 0.5 }), state: 'failed' as const },
      { config: config({ flipRatio: 0.2, epochs: 3 }), state: 'done' as const },
    ]
    expect(missingRatios(base, [run(1, 0.1, [1])], runs)).toEqual([0.2, 0.5])
  })

  it('are made anew when what they were made from is another now', () => {
    const reference = (hash: string, version: number | null = 1) => ({ kind: 'recipe' as const, name: 'a', version, hash })
    const slots = { train: reference('1'), validation: reference('1'), test: reference('1'), augment: reference('1'), 'flip-map': reference('1'), 'derived-set': reference('1') } as unknown as CropSettings['references']
    const made = { ...slots, split: reference('1') } as unknown as Parameters<typeof settingsChanged>[0]['objects']
    const changed = (more: Partial<CropSettings['references']>): boolean => settingsChanged({ objects: made }, { ...slots, ...more })
    expect([changed({}), changed({ augment: reference('2') as never }), changed({ 'flip-map': reference('2') as never }), settingsChanged({ objects: null }, slots)]).toEqual([false, false, true, true])
  })
})

