import { describe, expect, it } from 'vitest'
import type { Format } from '../../src-renderer/composables/useFormat.ts'
import { defaultCropSettings, sides, type Box, type CropRecipe, type FlipPair, type HandBox, type SequenceKeypoints } from '../../src-main/contract/crop.ts'
import { seatBox, sequenceSeats } from '../../src-main/crop/geometry.ts'
import { findFrames, worstBySequence, type BoxFilter } from '../../src-renderer/pages/crop/boxes/boxFilter.ts'
import { barCount, barOf, barRange, boxMeasures, histogram, scaleOf } from '../../src-renderer/pages/crop/boxes/boxMeasures.ts'
import { boxFlags, emptySurvey, limitedMargin, surveyBoxes, unswallowedMargin, type BoxFlag, type Survey } from '../../src-renderer/pages/crop/boxes/boxSurvey.ts'
import { cleaningSteps, noEffect, type CleaningEffect } from '../../src-renderer/pages/crop/boxes/cleaningEffect.ts'
import { numberClasses } from '../../src-renderer/pages/crop/flip/flipClasses.ts'
import { changeText } from '../../src-renderer/pages/crop/objectChanges.ts'
import { partnerOptions } from '../../src-renderer/pages/crop/flip/partnerOptions.ts'
import { differences, isRandom, marginParts } from '../../src-renderer/pages/crop/boxes/recipeDifferences.ts'

const recipe: CropRecipe = { margin: sides(0), randomMargin: 0, randomProbability: 0, wristExtra: 0, clamp: true, minimumSize: 1, shape: 'stretch', fewestKeypoints: 1, empty: 'nearest', hands: 'together' }
const box = (x0: number, y0: number, width: number, height = width): Box => ({ x0, y0, x1: x0 + width, y1: y0 + height })
const hand = (own: Box, points = 21): HandBox => ({ box: own, points })
type Hands = (HandBox | null)[]
const sequenceOf = (folder: string, ...frames: Hands[]): SequenceKeypoints => ({ folder, frames: frames.map((hands, frame) => ({ frame, width: 1920, height: 1080, hands })) })
/** A sequence of one hand. */
const sequence = (folder: string, ...boxes: (Box | null)[]): SequenceKeypoints => sequenceOf(folder, ...boxes.map((own) => [own && hand(own)]))
const flagsOf = (survey: Survey): Record<string, BoxFlag[]> => Object.fromEntries(survey.boxes.map(({ folder, frame, hand, marks }) => [`${folder} ${frame}${hand === null ? '' : ` ${hand}`}`, boxFlags.filter((flag) => marks[flag] !== undefined)]))
const cleaning = (sequences: readonly SequenceKeypoints[], by: CropRecipe): CleaningEffect => {
  const steps = cleaningSteps(sequences, by, surveyBoxes(sequences, by))
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
/** Seeded hands that drift through the frame. */
function drifting(count: number, seed: number): SequenceKeypoints[] {
  let state = seed
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647
  return Array.from({ length: count }, (_, index) => {
    const [x, y, side] = [200 + random() * 1200, 150 + random() * 500, 150 + random() * 250]
    return sequence(`train/${index}`, ...Array.from({ length: 7 }, (_, frame) => box(x + frame * 4 * random(), y + frame * 4 * random(), side, side * (0.9 + 0.2 * random()))))
  })
}

describe('all boxes by a recipe', () => {
  const sequences = [
    sequence('train/0', box(500, 300, 200), box(510, 300, 200), box(520, 300, 200)),
    sequence('train/1', box(500, 300, 40), box(500, 300, 900, 700)),
    sequence('train/2', box(-30, 300, 230), null),
    sequence('train/3', null),
  ]

  it('counts those that are odd and puts the oddest sequence first', () => {
    const survey = surveyBoxes(sequences, recipe)
    const { rows, count, totals, counts, median, withoutKeypoints } = survey
    expect({ count, totals, counts, median, withoutKeypoints }).toEqual({
      count: 8,
      totals: { cutOff: 1, swallowed: 0, jumping: 0, elongated: 0, clamped: 2, tiny: 1, huge: 2, borrowed: 2, skipped: 0 },
      counts: { keypoints: 6, previous: 0, nearest: 1, whole: 1, skipped: 0 },
      median: { width: 200, height: 230 },
      withoutKeypoints: ['train/3'],
    })
    const order = [...rows.values()].sort((a, b) => b.score - a.score).map(({ folder, worst }) => `${folder} ${worst?.frame}`)
    expect(order).toEqual(['train/3 0', 'train/1 0', 'train/2 0', 'train/0 0'])
    expect(rows.get('train/1')).toMatchObject({ clamped: 0, tiny: 1, huge: 1, borrowed: 0, skipped: 0 })
  })

  it('follows the recipe', () => {
    expect(surveyBoxes(sequences, { ...recipe, empty: 'skip', clamp: false })).toMatchObject({ totals: { clamped: 0, cutOff: 0, borrowed: 0, skipped: 2 }, counts: { keypoints: 6, skipped: 2 }, count: 6 })
    expect(surveyBoxes(sequences, { ...recipe, empty: 'previous' }).counts).toEqual({ keypoints: 6, previous: 1, nearest: 0, whole: 1, skipped: 0 })
    expect(surveyBoxes([], recipe)).toEqual({ ...emptySurvey, usual: { share: 0, motion: 0.25 } })
  })

  it('a box jumps where an edge moves far beyond what is usual in the data, and not where all of it moves', () => {
    const calm = drifting(30, 1)
    const jumpy = [...calm, sequence('train/900', box(500, 300, 200), box(505, 300, 200), box(900, 300, 200), box(905, 300, 200))]
    expect(surveyBoxes(calm, recipe).totals.jumping).toBe(0)
    expect(surveyBoxes(jumpy, recipe).boxes.flatMap(({ folder, frame, motion, marks }) => (marks.jumping === undefined ? [] : [{ folder, frame, motion }]))).toEqual([{ folder: 'train/900', frame: 2, motion: 395 / 200 }])
    // Every sequence moves by its own size from frame to frame: that is usual then.
    const waving = Array.from({ length: 20 }, (_, index) => sequence(`train/${index}`, ...Array.from({ length: 6 }, (_, frame) => box(300 + 200 * (frame % 2), 300, 200))))
    expect(surveyBoxes(waving, recipe).totals.jumping).toBe(0)
  })

  it('says which boxes are long, which do not hold their keypoints, and which a margin makes the whole frame', () => {
    const odd = [
      ...drifting(20, 2),
      sequence('train/100', box(400, 300, 900, 250)),
      // A second hand with too few points is outside of what is cut around the first.
      sequenceOf('train/101', [hand(box(300, 300, 250)), hand(box(1500, 900, 40), 2)]),
      sequence('train/102', box(1700, 300, 250)),
    ]
    const flags = flagsOf(surveyBoxes(odd, { ...recipe, fewestKeypoints: 3, hands: 'apart' }))
    expect([flags['train/100 0'], flags['train/101 0 0'], flags['train/102 0']]).toEqual([['elongated'], ['cutOff'], ['cutOff', 'clamped']])
    const wide = surveyBoxes(odd, { ...recipe, margin: sides(1800) })
    expect([wide.totals.swallowed, wide.count]).toEqual([wide.count, 143])
    // A frame without keypoints is cut whole on purpose.
    expect(surveyBoxes([sequence('train/0', null)], { ...recipe, empty: 'whole', margin: sides(1500) }).totals.swallowed).toBe(0)
  })

  it('finds the largest margin at which one box in a hundred at most is the whole frame', () => {
    const swallowedAt = (sequences: readonly SequenceKeypoints[], margin: CropRecipe['margin']): number => surveyBoxes(sequences, { ...wide, margin }).totals.swallowed
    const wide: CropRecipe = { ...recipe, wristExtra: 100, margin: sides(900) }
    const data = drifting(60, 3)
    const limit = unswallowedMargin(data, wide) ?? -2
    expect(limit).toBeGreaterThan(0)
    expect([swallowedAt(data, sides(limit)) <= 4, swallowedAt(data, sides(limit + 1)) > 4]).toEqual([true, true])
    // A side that is shorter stays as it is.
    const uneven = { ...wide, margin: { ...sides(1200), left: 900 } }
    const capped = limitedMargin(uneven.margin, unswallowedMargin(data, uneven) ?? -2)
    expect([swallowedAt(data, capped) <= 4, swallowedAt(data, limitedMargin(uneven.margin, capped.top + 1)) > 4]).toEqual([true, true])
    // Few enough already; and too many whatever the margin.
    expect([unswallowedMargin(data, { ...wide, margin: sides(50) }), unswallowedMargin(data, { ...wide, minimumSize: 2000 })]).toEqual([null, -1])
  })

  it('measures the very boxes that crops are cut by', () => {
    const by: CropRecipe = { ...recipe, margin: { left: 40, top: 0, right: 10, bottom: 5 }, shape: 'square', hands: 'apart', empty: 'previous', fewestKeypoints: 2 }
    const two = sequenceOf('train/7', [hand(box(100, 100, 80)), hand(box(700, 500, 300), 1)], [null, null], [hand(box(1850, 1000, 60)), hand(box(20, 20, 90))])
    const cut = sequenceSeats(two.frames, by).seats.map((seat) => ({ frame: seat.frame, hand: seat.hand, box: seatBox({ keypointBox: seat.keypointBox as Box, source: seat.source }, by, { width: 1920, height: 1080 }).box }))
    expect(surveyBoxes([two], by).boxes.map(({ frame, hand, box }) => ({ frame, hand, box }))).toEqual(cut)
    expect(cut).toHaveLength(4)
  })
})

describe('the list of boxes', () => {
  const sequences = [...drifting(20, 4), sequence('train/50', box(500, 300, 200), box(1000, 300, 200)), sequence('train/51', box(500, 300, 200), box(505, 300, 40), box(505, 300, 60), null), sequence('train/52', null)]
  const survey = surveyBoxes(sequences, recipe)
  const find = (filter: BoxFilter): string[] => findFrames(survey, noEffect, filter).map(({ folder, frame }) => `${folder} ${frame}`)

  it('has the frames of a flag, worst first, and leads to the worst of a sequence', () => {
    expect(find({ kind: 'flag', flag: 'tiny' })).toEqual(['train/51 1', 'train/51 2', 'train/51 3'])
    expect(worstBySequence(findFrames(survey, noEffect, { kind: 'flag', flag: 'jumping' })).get('train/50')?.frame).toBe(1)
    expect(find({ kind: 'no-keypoints' })).toEqual(['train/52 0'])
    expect(find({ kind: 'all' })).toHaveLength(147)
    const weights = findFrames(survey, noEffect, { kind: 'all' }).map(({ weight }) => weight)
    expect(weights).toEqual(weights.toSorted((a, b) => b - a))
  })

  it('has the boxes of a bar, and each box is in one bar', () => {
    for (const measure of boxMeasures) {
      const scale = scaleOf(measure, { width: 1920, height: 1080 })
      const { bars } = histogram(survey.boxes, measure, scale)
      const listed = bars.map((_, bar) => new Set(find({ kind: 'bar', measure, bar, scale })).size)
      expect(listed).toEqual(bars)
    }
    const aspect = scaleOf('aspect', { width: 1920, height: 1080 })
    const [from, to] = barRange(barOf(1.3, aspect), aspect)
    expect([from <= 1.3 && 1.3 < to, barOf(1e-6, aspect), barOf(1e6, aspect)]).toEqual([true, 0, barCount - 1])
  })
})

describe('what cleaning did to the boxes', () => {
  const stray = hand(box(20, 900, 60))
  const own = hand(box(800, 300, 300, 400))
  const edited: SequenceKeypoints = { folder: 'train/475', frames: [
    { frame: 4, width: 1920, height: 1080, hands: [own, null], before: [own, stray] },
    // An edit that left the box where it was.
    { frame: 5, width: 1920, height: 1080, hands: [hand(own.box, 20), null], before: [own, null] },
    { frame: 6, width: 1920, height: 1080, hands: [own, null] },
  ] }

  it('is the frames whose boxes changed, with the sizes before and after', () => {
    const effect = cleaning([...drifting(3, 5), edited], recipe)
    expect({ change: [...effect.change.keys()], median: effect.median }).toEqual({ change: ['train/475 4'], median: { before: { width: 1080, height: 660 }, after: { width: 300, height: 400 } } })
    expect(findFrames(surveyBoxes([edited], recipe), effect, { kind: 'changed' }).map(({ frame }) => frame)).toEqual([4])
    expect(cleaning(drifting(3, 5), recipe)).toEqual(noEffect)
  })

  it('counts a crop that is gone where hands are cut apart', () => {
    const { before, after, change } = cleaning([edited], { ...recipe, hands: 'apart' })
    expect([before.length, after.length, [...change.keys()]]).toEqual([2, 1, ['train/475 4']])
  })
})

describe('recipes of the roles', () => {
  it('are compared setting by setting', () => {
    const { recipes } = defaultCropSettings
    const same = { train: recipes.test, validation: recipes.test, test: { ...recipes.test, margin: { ...recipes.test.margin } } }
    expect([differences({ ...same, test: { ...recipes.test, margin: { ...sides(50), left: 40 }, shape: 'square', hands: 'apart' } }, 'validation'), differences(same, 'train')]).toEqual([['margin', 'shape', 'hands'], []])
    expect([isRandom(recipes.train), isRandom(recipes.validation), isRandom({ ...recipe, randomMargin: 50 })]).toEqual([true, false, false])
  })

  it('say a margin as shortly as its sides allow', () => {
    const said = (margin: CropRecipe['margin']): string => marginParts(margin).map(({ side, length }) => `${side} ${length}`).join(', ')
    expect([sides(50), { ...sides(50), left: 40 }, { left: 1, top: 2, right: 2, bottom: 3 }, { left: 1, top: 2, right: 3, bottom: 4 }].map(said)).toEqual(['all 50', 'left 40, others 50', 'left 1, bottom 3, others 2', 'left 1, top 2, right 3, bottom 4'])
  })
})

describe('the class of a mirrored sample', () => {
  it('is the partner in the order of the pairs, or none', () => {
    const pair = (poseId: number, partner: number | null, below: number | null): FlipPair => ({ poseId, name: `class ${poseId}`, hand: 'left', view: '1st', gesture: 'my_hand', partner, reason: 'mirror', candidates: [], vertical: { partner: below, reason: 'as-mirrored' }, oneWay: false })
    const { targets, numberOf } = numberClasses([pair(12, 40, null), pair(40, 12, 40), pair(99, 777, 12)])
    expect({ horizontal: Array.from(targets.horizontal), vertical: Array.from(targets.vertical), numbers: [12, 99, 7, null].map(numberOf) }).toEqual({ horizontal: [1, 0, -1], vertical: [-1, 1, 0], numbers: [0, 2, -1, -1] })
  })
})

describe('choices of a flip partner', () => {
  const pair = (poseId: number, patch: Partial<FlipPair> = {}): FlipPair => ({ poseId, name: `class ${poseId}`, hand: 'left', view: '1st', gesture: 'my_hand', partner: null, reason: 'ambiguous', candidates: [], vertical: { partner: null, reason: 'as-mirrored' }, oneWay: false, ...patch })
  const t = (key: string): string => key

  it('offers the likely classes first, then itself, never, automatic and the rest', () => {
    const pairs = [pair(1, { candidates: [3, 2] }), pair(2), pair(3), pair(4)]
    const values = (entries: ReturnType<typeof partnerOptions>): unknown[] => entries.map((entry) => (Array.isArray(entry['children']) ? entry['children'].map((child) => child['value']) : entry['value']))
    expect(values(partnerOptions(pairs[0] as FlipPair, pairs, t))).toEqual([['3', '2'], '1', 'never', ['4']])
    expect(values(partnerOptions(pair(1, { reason: 'override', partner: 4 }), pairs, t))).toEqual([['4'], '1', 'never', 'automatic', ['2', '3']])
  })
})

describe('what changed between two versions', () => {
  const format = { decimal: (value: number, digits: number) => value.toFixed(digits) } as Format
  const told = (setting: string, before: unknown, after: unknown): string => changeText({ setting, before, after }, format)

  it('is said in words, for each kind of object', () => {
    expect([told('margin.left', 40, 50), told('clamp', true, false), told('randomProbability', 0.5, 0.25), told('empty', 'nearest', 'skip'), told('horizontal.131', 'automatic', null), told('vertical.131', null, 156), told('train/88', null, 'rotate -30'), told('train/88', 'mirror', null), told('frameDrop', 0.1, 0.25)]).toEqual([
      'Margin left 40 → 50', 'Inside the frame on → off', 'Random margin probability 0.50 → 0.25', 'No keypoints nearest frame’s box → leave out',
      'left–right 131 by the class table → never mirrored', 'top–bottom 131 never mirrored → 156', 'train/88 + turned by −30°', 'train/88 − mirrored', 'Frames left out 0.10 → 0.25',
    ])
  })
})
