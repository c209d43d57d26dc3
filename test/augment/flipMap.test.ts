import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flipPairs, flipTargets, partnerIn } from '../../src-main/augment/flipMap.ts'
import { flipDirections, type FlipMap } from '../../src-main/contract/crop.ts'
import type { ClassRow } from '../../src-main/contract/dataset.ts'
import type { HandType } from '../../src-main/contract/hand.ts'

const row = (poseId: number, name: string, hand: HandType, view = '3rd', gesture = 'your_hand'): ClassRow => ({ poseId, classIndex: poseId, name, hand, view, gesture, extra: {}, trainSequences: 3 })
const map = (horizontal: FlipMap['horizontal'], vertical: FlipMap['vertical'] = {}): FlipMap => ({ horizontal, vertical })
const shown = (rows: ClassRow[], overrides?: FlipMap) => flipPairs(rows, overrides).map(({ poseId, partner, reason, candidates }) => [poseId, partner, reason, candidates])

/** Rows of the contest's table: pairs, a two-hand class, lone ones, and the name that four third-person classes share. */
const table = [
  row(0, '숫자 1', 'left', '1st', 'my_hand'), row(10, '숫자 1', 'right', '1st', 'my_hand'),
  row(100, '숫자1', 'left'), row(110, '숫자 1', 'right'), row(113, '숫자4', 'right'),
  row(123, '전화모양', 'left'), row(148, '전화모양', 'right'), row(173, '전화모양', 'both'),
  row(128, '최고', 'left'), row(153, '최고', 'right'),
  row(124, '약속', 'left'), row(129, '약속', 'left'), row(149, '약속', 'right'), row(154, '약속', 'right'), row(174, '약속', 'both'),
]

describe('flip pairs', () => {
  it('pairs left with right within name, view and gesture; two-hand and lone classes keep their own; shared names are for a person to settle', () => {
    expect(shown(table)).toEqual([
      [0, 10, 'mirror', []], [10, 0, 'mirror', []],
      [100, 110, 'mirror', []], [110, 100, 'mirror', []], [113, 113, 'lone', []],
      [123, 148, 'mirror', []], [124, null, 'ambiguous', [149, 154]], [128, 153, 'mirror', []], [129, null, 'ambiguous', [154, 149]],
      [148, 123, 'mirror', []], [149, null, 'ambiguous', [124, 129]], [153, 128, 'mirror', []], [154, null, 'ambiguous', [129, 124]],
      [173, 173, 'symmetric', []], [174, 174, 'symmetric', []],
    ])
  })
  it('a two-hand class whose name tells the hands apart is the mirror image of the one with the hands swapped', () => {
    const rows = [row(199, '오른손 주먹 왼손 손바닥', 'both'), row(200, '오른손 손바닥 왼손 주먹', 'both'), row(201, 'left fist right palm', 'both')]
    expect(shown(rows)).toEqual([[199, 200, 'mirror', []], [200, 199, 'mirror', []], [201, null, 'lone', []]])
  })
  it('overrides win, and what would have been chosen stays a candidate', () => {
    expect(shown(table, map({ 124: 149, 100: null })).filter(([poseId]) => poseId === 124 || poseId === 100)).toEqual([[100, null, 'override', [110]], [124, 149, 'override', [149, 154]]])
  })
  it('two classes of one name leave open which of them is the mirror image, for those with the hands swapped too', () => {
    const rows = [row(199, '오른손 주먹 왼손 손바닥', 'both'), row(200, '오른손 손바닥 왼손 주먹', 'both'), row(201, '왼손 주먹 오른손 손바닥', 'both')]
    expect(shown(rows)).toEqual([[199, null, 'ambiguous', [200, 201]], [200, null, 'ambiguous', [199]], [201, null, 'ambiguous', [199]]])
  })
  it('classes that no training folder has take no part', () => {
    const rows = [row(1, '총', 'left'), row(2, '총', 'right'), { ...row(3, '총', 'right'), classIndex: null }]
    expect(shown(rows)).toEqual([[1, 2, 'mirror', []], [2, 1, 'mirror', []]])
  })
  it('top to bottom a class takes the partner it has left to right, if nobody said otherwise', () => {
    const pairs = flipPairs(table, map({ 124: 149 }, { 0: null, 173: 10 }))
    expect(pairs.filter(({ poseId }) => [0, 10, 124, 129, 173].includes(poseId)).map(({ poseId, vertical }) => [poseId, vertical])).toEqual([
      [0, { partner: null, reason: 'override' }], [10, { partner: 0, reason: 'as-mirrored' }], [124, { partner: 149, reason: 'as-mirrored' }], [129, { partner: null, reason: 'as-mirrored' }], [173, { partner: 10, reason: 'override' }],
    ])
  })
  it('a pair that does not come back is marked, whichever direction', () => {
    const oneWay = (overrides: FlipMap) => flipPairs(table, overrides).flatMap((pair) => (pair.oneWay ? pair.poseId : []))
    expect([oneWay(map({})), oneWay(map({ 0: 100 })), oneWay(map({ 124: 149 })), oneWay(map({ 124: 149, 149: 124 })), oneWay(map({}, { 0: null })), oneWay(map({}, { 113: 0 }))]).toEqual([[], [0, 10], [124], [], [10], [113]])
  })
  it('a decision about a class that is gone, from the training folders or from the table, is shown', () => {
    const rows = [row(1, '총', 'left'), row(2, '총', 'right'), { ...row(3, '총', 'right'), classIndex: null }]
    const pairs = flipPairs(rows, map({ 1: 3, 3: 1, 9: null }, { 2: 9 }))
    expect(pairs.map(({ poseId, name, partner, reason, candidates, vertical }) => [poseId, name, partner, reason, candidates, vertical])).toEqual([
      [1, '총', null, 'missing', [2], { partner: null, reason: 'as-mirrored' }], [2, '총', 1, 'mirror', [], { partner: null, reason: 'missing' }],
      [3, '총', null, 'missing', [], { partner: null, reason: 'missing' }], [9, '', null, 'missing', [], { partner: null, reason: 'missing' }],
    ])
    expect([...flipTargets(pairs, [1, 2])]).toEqual([-1, 0])
  })
  it('becomes class indices for training: −1 where a mirrored sample has no class', () => {
    const rows = [row(5, '총', 'left'), row(9, '총', 'right'), row(30, '약속', 'left'), row(31, '약속', 'left'), row(32, '약속', 'right'), row(40, 'X', 'both')]
    expect([...flipTargets(flipPairs(rows), [5, 9, 30, 31, 32, 40])]).toEqual([1, 0, -1, -1, -1, 5])
  })
})

describe('any class table', () => {
  const rows = fc.uniqueArray(fc.tuple(fc.nat(40), fc.constantFrom('총', '약속', 'left fist right palm', 'right fist left palm', 'palms'), fc.constantFrom('left', 'right', 'both', 'unknown'), fc.constantFrom('1st', '3rd')), { selector: ([poseId]) => poseId, minLength: 1, maxLength: 25 })
    .map((list) => list.map(([poseId, name, hand, view]) => row(poseId, name, hand, view)))
  const overrides = fc.dictionary(fc.nat(45).map(String), fc.option(fc.nat(45)), { maxKeys: 12 })
  const bothOverrides = fc.record({ horizontal: overrides, vertical: overrides })

  it('mirrored twice, a class is itself again, but where the pair is marked', () => {
    fc.assert(fc.property(rows, fc.option(bothOverrides), (table, given) => {
      const pairs = flipPairs(table, given ?? undefined)
      const byId = new Map(pairs.map((pair) => [pair.poseId, pair]))
      const lost = pairs.filter((pair) => flipDirections.some((direction) => {
        const { partner } = partnerIn(pair, direction)
        const other = partner === null ? undefined : byId.get(partner)
        return other !== undefined && partnerIn(other, direction).partner !== pair.poseId
      }))
      expect([pairs.filter(({ oneWay }) => oneWay), given === null && lost.length > 0]).toEqual([lost, false])
    }), { seed: 6, numRuns: 500 })
  })
  it('every decision is shown, and no class is taken that is not there', () => {
    fc.assert(fc.property(rows, bothOverrides, (table, given) => {
      const pairs = flipPairs(table, given)
      const poseIds = table.map(({ poseId }) => poseId).sort((a, b) => a - b)
      expect(pairs.map(({ poseId }) => poseId)).toEqual([...new Set([...poseIds, ...Object.keys({ ...given.horizontal, ...given.vertical }).map(Number)])].sort((a, b) => a - b))
      for (const direction of flipDirections) {
        const targets = flipTargets(pairs, poseIds, direction)
        const wanted = Object.entries(given[direction]).filter(([poseId]) => poseIds.includes(Number(poseId)))
        expect(wanted.map(([poseId]) => targets[poseIds.indexOf(Number(poseId))])).toEqual(wanted.map(([, partner]) => (partner === null ? -1 : poseIds.indexOf(partner))))
      }
    }), { seed: 7, numRuns: 500 })
  })
})
