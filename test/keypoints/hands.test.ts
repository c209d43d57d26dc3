import { expect, test } from 'vitest'
import type { Point } from '../../src-main/contract/dataset.ts'
import { seatHands } from '../../src-main/keypoints/hands.ts'
import { straightHand } from './drawnHands.ts'

/** Wrist x of the hand in each seat; null: nobody. */
const seatsOf = (...frames: (Point | null)[][]): (number | null)[][] => seatHands(frames.map((points, frame) => ({ frame, width: 640, height: 480, points }))).map(({ seats }) => seats.map((hand) => hand?.[0]?.[0] ?? null))
const at = (x: number, y = 300): Point[] => straightHand(x, y, 20)
const none = Array.from({ length: 21 }, () => null)

test('two hands: the left one of the picture sits in seat 0, whichever the tracker had first', () => {
  expect(seatsOf([...at(100), ...at(400)], [...at(410), ...at(110)], [...at(120), ...at(420)])).toEqual([[100, 400], [110, 410], [120, 420]])
})
test('hands that cross keep their seats', () => {
  expect(seatsOf([...at(100, 200), ...at(400)], [...at(180, 200), ...at(320)], [...at(260, 200), ...at(240)], [...at(160), ...at(340, 200)], [...at(360, 200), ...at(140)])).toEqual([[100, 400], [180, 320], [260, 240], [340, 160], [360, 140]])
})
test('a frame of a two-hand sequence with one hand has it in the seat that it is nearer to', () => {
  expect(seatsOf([...at(100), ...at(400)], at(390), [...at(110), ...at(380)], [...at(120), ...at(370)])).toEqual([[100, 400], [null, 390], [110, 380], [120, 370]])
})
test('one hand sits in seat 0; a second one that turns up now and then in seat 1, wherever it is', () => {
  expect(seatsOf(at(300), [...at(20), ...at(310)], at(320), [], at(330))).toEqual([[300, null], [310, 20], [320, null], [null, null], [330, null]])
})
test('erased hands are none, and fewer than three keypoints are no hand', () => {
  const few: (Point | null)[] = [...none]
  few[3] = [1, 2, 0]
  few[4] = [3, 4, 0]
  expect(seatsOf([...none, ...at(200)], few, [...few, ...none])).toEqual([[200, null], [null, null], [null, null]])
})
test('rows that are no whole hand are not looked at', () => {
  expect(seatsOf(at(100).slice(0, 20), [...at(100), ...at(300).slice(0, 5)], [...at(100), ...at(300), ...at(500)])).toEqual([[null, null], [100, null], [100, 300]])
})
