/** Where the 21 keypoints of an open right hand, seen from its back, are drawn in a box of 100 × 112. */
export const openHand: readonly (readonly [x: number, y: number])[] = [
  [50, 106],
  [34, 97], [23, 85], [14, 75], [6, 66],
  [33, 60], [29, 42], [27, 30], [25, 19],
  [48, 56], [48, 36], [48, 22], [48, 9],
  [62, 59], [66, 41], [68, 29], [70, 18],
  [75, 66], [82, 53], [86, 44], [90, 35],
]

/** The drawn keypoints that a feature's point stands for: of those that are named by the frame, where they are in this hand. */
export function handPoints(point: 'topmost' | 'bottommost' | 'leftmost' | 'rightmost' | 'tips' | number): number[] {
  if (typeof point === 'number') return [point]
  return { topmost: [12], bottommost: [0], leftmost: [4], rightmost: [20], tips: [4, 8, 12, 16, 20] }[point]
}
