import { describe, expect, it } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import { sequenceSides, type FrameHands } from '../../src-main/contract/hand.ts'
import { skeletonShapes } from '../../src-renderer/components/skeletonShapes.ts'
import { palettes, type Palette } from '../../src-renderer/styles/tokens.ts'

const hand = (x: number): Point[] => Array.from({ length: 21 }, (_, index): Point => [x + index, index, 0])
const plain = { erased: [], moved: [], view: '1st' }

describe('the skeleton', () => {
  it('draws one hand with the side of its class', () => {
    const { marks, bones } = skeletonShapes(hand(100), { ...plain, hand: 'left' })
    expect([marks.length, bones.length, new Set(marks.map(({ side }) => side))]).toEqual([21, 21, new Set(['left'])])
  })

  it('tells two hands apart by their wrists, the other way round from the other side', () => {
    const points = [...hand(900), ...hand(100)]
    const sides = (view: string): string[] => {
      const { marks } = skeletonShapes(points, { ...plain, view, hand: 'both' })
      return [marks[0]?.side ?? '', marks[21]?.side ?? '']
    }
    expect([sides('1st'), sides('3rd')]).toEqual([['right', 'left'], ['left', 'right']])
  })

  it('marks erased rows and every bone that ends in one', () => {
    const { marks, bones } = skeletonShapes(hand(0), { ...plain, erased: [4], moved: [8], hand: 'right' })
    expect([marks.filter(({ erased }) => erased).map(({ index }) => index), marks.filter(({ moved }) => moved).map(({ index }) => index), bones.filter(({ erased }) => erased).map(({ key }) => key)]).toEqual([[4], [8], ['0-3-4']])
  })

  it('marks occluded rows and every bone that ends in one', () => {
    const { marks, bones } = skeletonShapes(hand(0), { ...plain, hidden: [8], hand: 'right' })
    expect([marks.filter(({ hidden }) => hidden).map(({ index }) => index), bones.filter(({ hidden }) => hidden).map(({ key }) => key)]).toEqual([[8], ['0-7-8']])
  })

  it('takes the sides that the sequence tells, and knows the finger of every row and bone', () => {
    const { marks, bones } = skeletonShapes([...hand(100), ...hand(900)], { ...plain, hand: 'both', sides: ['right', 'left'] })
    expect([marks[0]?.side, marks[21]?.side, [0, 1, 4, 5, 20].map((row) => marks[row]?.finger), bones.filter(({ key, finger }) => key.startsWith('0-') && finger === null).map(({ key }) => key)]).toEqual([
      'right', 'left', [null, 0, 0, 1, 4], ['0-0-1', '0-0-5', '0-5-9', '0-9-13', '0-13-17', '0-0-17'],
    ])
  })

  it('leaves out rows that are not numbers, and their bones', () => {
    const points = hand(0)
    points[4] = [Number.NaN, 3, 0]
    const { marks, bones } = skeletonShapes(points, { ...plain, hand: 'right' })
    expect([marks.length, bones.length]).toEqual([20, 20])
  })

  it('draws nothing for a frame without keypoints', () => {
    expect(skeletonShapes([], { ...plain, hand: 'both' })).toEqual({ marks: [], bones: [] })
  })
})

describe('the sides of a sequence', () => {
  const two = (first: number, second: number, erased: number[] = []): FrameHands => ({ points: [...hand(first), ...hand(second)], erased })
  const one = (x: number): FrameHands => ({ points: hand(x), erased: [] })

  it('hold still while hands cross', () => {
    expect(sequenceSides([two(100, 900), two(300, 700), two(520, 480), two(200, 800)], 'both', '1st')).toEqual(Array.from({ length: 4 }, () => ['left', 'right']))
    expect(sequenceSides([two(100, 900), two(300, 700)], 'both', '3rd')).toEqual([['right', 'left'], ['right', 'left']])
  })

  it('stay with the rows, so that hands a tracker mixed up show in swapped colours', () => {
    const frames = [two(100, 900), two(900, 100), two(110, 910)]
    expect(sequenceSides(frames, 'both', '1st').map((sides, frame) => sides[(frames[frame]?.points[0]?.[0] ?? 0) < 500 ? 0 : 1])).toEqual(['left', 'right', 'left'])
  })

  it('give a single hand of two the side of the path it lies on', () => {
    expect(sequenceSides([two(100, 900), one(860), one(140), two(120, 880)], 'both', '1st')).toEqual([['left', 'right'], ['right'], ['left'], ['left', 'right']])
  })

  it('are the class’s for a single hand, and do not count erased hands', () => {
    expect(sequenceSides([one(100), { points: [], erased: [] }, two(100, 900)], 'left', '1st')).toEqual([['left'], [], ['left', 'right']])
    expect(sequenceSides([two(0, 0, [21]), two(0, 0, [21]), two(900, 100)], 'both', '1st')).toEqual(Array.from({ length: 3 }, () => ['right', 'left']))
  })
})

/** Relative luminance and contrast as WCAG 2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(first: string, second: string): number {
  const [light = 0, dark = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const pairs: [keyof Palette, keyof Palette][] = [
  ...(['ground', 'panel', 'raised', 'hover', 'selected'] as const).flatMap((ground): [keyof Palette, keyof Palette][] => [['text', ground], ['muted', ground], ['accentText', ground]]),
  ['onAccent', 'accentFill'], ['chipText', 'chip'], ['badText', 'badFill'], ['goodText', 'goodFill'], ['warnText', 'warnFill'],
  ['bad', 'panel'], ['good', 'panel'], ['warn', 'panel'], ['accentText', 'selected'],
]

describe('the colours', () => {
  for (const theme of ['dark', 'light'] as const) {
    it(`have a contrast of 4.5 wherever there is text (${theme})`, () => {
      const palette = palettes[theme]
      const weak = pairs.map(([text, ground]) => ({ pair: `${text} on ${ground}`, contrast: Math.round(contrast(palette[text], palette[ground]) * 100) / 100 })).filter((row) => row.contrast < 4.5)
      expect(weak).toEqual([])
    })

    it(`have a contrast of 3 for hands and the selection (${theme})`, () => {
      const palette = palettes[theme]
      expect((['left', 'right', 'accent'] as const).filter((name) => contrast(palette[name], palette.panel) < 3)).toEqual([])
    })
  }
})
