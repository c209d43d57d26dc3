/** The 21 keypoints of a hand in MediaPipe Hands' order, the bones between them, and which hand is which. */

export const keypointsPerHand = 21

export const keypointNames = [
  'wrist',
  'thumb_cmc', 'thumb_mcp', 'thumb_ip', 'thumb_tip',
  'index_mcp', 'index_pip', 'index_dip', 'index_tip',
  'middle_mcp', 'middle_pip', 'middle_dip', 'middle_tip',
  'ring_mcp', 'ring_pip', 'ring_dip', 'ring_tip',
  'little_mcp', 'little_pip', 'little_dip', 'little_tip',
] as const

/** Pairs of keypoint indices joined by a bone (MediaPipe's HAND_CONNECTIONS). */
export const bones: readonly (readonly [number, number])[] = [
  [0, 1], [1, 2], [2, 3], [3, 4],
  [0, 5], [5, 6], [6, 7], [7, 8],
  [5, 9], [9, 10], [10, 11], [11, 12],
  [9, 13], [13, 14], [14, 15], [15, 16],
  [13, 17], [17, 18], [18, 19], [19, 20], [0, 17],
]

export type HandType = 'left' | 'right' | 'both' | 'unknown'
export type HandSide = 'left' | 'right'

/** Which hand a keypoint row belongs to: rows 0–20 are hand 0, rows 21–41 hand 1. */
export const handOfRow = (row: number): number => Math.floor(row / keypointsPerHand)

/**
 * The side of each hand of a frame, for drawing. One hand takes the class's hand type; with two, the wrist further to the left of the
 * picture is the left hand seen in first person and the right hand seen from the other side.
 * @param wrists picture x of each hand's wrist, in pixels (one entry per hand)
 */
export function handSides(wrists: readonly number[], handType: HandType, view: string | null): HandSide[] {
  const [first, second] = wrists
  if (first === undefined) return []
  if (second === undefined) return [handType === 'left' ? 'left' : 'right']
  const facing = (view ?? '').startsWith('3')
  const firstIsLeft = facing ? first > second : first < second
  return firstIsLeft ? ['left', 'right'] : ['right', 'left']
}

/** What `sequenceSides` looks at of a frame: its keypoint rows, and which of them are erased. */
export interface FrameHands {
  points: readonly (readonly [x: number, y: number, z: number])[]
  erased: readonly number[]
}

/**
 * The side of each hand of every frame of a sequence, for drawing. Sides hold still: in frames with two hands rows 0–20 are the same side throughout, the one
 * that `handSides` gives them in most of those frames, so hands that cross keep their colours and hands that a tracker mixed up change them. A frame with
 * one hand takes the class's side; where the class has both, that of the hand whose wrist it is nearer to in the nearest frames with two.
 */
export function sequenceSides(frames: readonly FrameHands[], handType: HandType, view: string | null): HandSide[][] {
  const pairs = frames.map((frame) => wristPair(frame))
  const seen = pairs.filter((pair) => pair !== null)
  // Without a frame where both are in sight, the places that erased rows keep decide.
  const known = seen.length > 0 ? seen : frames.flatMap(({ points }) => (points[0] !== undefined && points[keypointsPerHand] !== undefined ? [[points[0], points[keypointsPerHand]] as const] : []))
  const left = known.filter(([first, second]) => handSides([first[0], second[0]], handType, view)[0] === 'left').length
  const both: HandSide[] = left * 2 >= known.length ? ['left', 'right'] : ['right', 'left']
  return frames.map(({ points }, position) => {
    const hands = Math.ceil(points.length / keypointsPerHand)
    if (hands > 1) return Array.from({ length: hands }, (_, hand) => both[hand] ?? 'right')
    if (hands === 0) return []
    const followed = handType === 'both' || handType === 'unknown' ? followedHand(points[0], position, pairs) : null
    return followed === null ? handSides([0], handType, view) : [both[followed] as HandSide]
  })
}

type Wrist = FrameHands['points'][number]

/** The wrists of both hands, where both are in sight. */
function wristPair({ points, erased }: FrameHands): readonly [Wrist, Wrist] | null {
  const [first, second] = [points[0], points[keypointsPerHand]]
  return first === undefined || second === undefined || erased.includes(0) || erased.includes(keypointsPerHand) ? null : [first, second]
}

/** Which of the two hands (0 or 1) a wrist is nearer to, by the nearest frames before and after that have both; null when none has. */
function followedHand(wrist: Wrist | undefined, position: number, pairs: readonly (readonly [Wrist, Wrist] | null)[]): 0 | 1 | null {
  const near = [pairs.slice(0, position).findLast((pair) => pair !== null), pairs.slice(position + 1).find((pair) => pair !== null)].filter((pair) => pair !== undefined && pair !== null)
  if (wrist === undefined || near.length === 0) return null
  const away = (hand: 0 | 1): number => near.reduce((sum, pair) => sum + Math.hypot(pair[hand][0] - wrist[0], pair[hand][1] - wrist[1]), 0)
  return away(1) < away(0) ? 1 : 0
}
