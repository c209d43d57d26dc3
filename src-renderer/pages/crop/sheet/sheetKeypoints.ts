import type { Box } from '../../../../src-main/contract/crop.ts'
import type { SequenceDetail } from '../../../../src-main/contract/dataset.ts'
import { bones, handOfRow, keypointsPerHand, type HandSide } from '../../../../src-main/contract/hand.ts'
import type { KeypointView } from '../../../../src-main/keypoints/augment.ts'
import { keypointFrame, type KeypointFrame } from '../../../../src-main/keypoints/sequence.ts'

/** A sequence as training gives it to models that see keypoints. */
export const keypointFrames = ({ frameRecords, width, height }: Pick<SequenceDetail, 'frameRecords' | 'width' | 'height'>): KeypointFrame[] => frameRecords.flatMap((record) => keypointFrame(record, { width, height }) ?? [])

/** A part of the picture, as a square: its upper left corner and its side, pixels. */
export interface Window {
  x: number
  y: number
  side: number
}

/** Room around the keypoints, so that a hand turned and made larger has its place. */
const room = 1.4

/** Side of the square that a sequence is drawn in, whatever happens to it. */
export function windowSide(frames: readonly KeypointFrame[]): number {
  const box = boxAround(frames.flatMap(({ points }) => points))
  return box === null ? 1 : room * Math.max(box.x1 - box.x0, box.y1 - box.y0, 1)
}

/** The square around the middle of an epoch's keypoints; wider where a frame's stray hand lies outside. */
export function windowOf({ frames, draw }: KeypointView, shown: KeypointFrame, side: number): Window {
  const strayOf = ({ frame }: KeypointFrame): number | undefined => draw.stray.find((place) => place.frame === frame)?.hand
  const own = boxAround(frames.flatMap((frame) => frame.points.filter((_, row) => handOfRow(row) !== strayOf(frame)))) ?? { x0: 0, y0: 0, x1: shown.width, y1: shown.height }
  const [x, y] = [(own.x0 + own.x1) / 2, (own.y0 + own.y1) / 2]
  const usual = { x: x - side / 2, y: y - side / 2, side }
  const stray = strayOf(shown)
  const away = stray === undefined ? null : boxAround(shown.points.filter((_, row) => handOfRow(row) === stray))
  if (away === null) return usual
  const edge = side / 8
  const union = { x0: Math.min(usual.x, away.x0 - edge), y0: Math.min(usual.y, away.y0 - edge), x1: Math.max(usual.x + side, away.x1 + edge), y1: Math.max(usual.y + side, away.y1 + edge) }
  const wide = Math.max(union.x1 - union.x0, union.y1 - union.y0)
  return { x: (union.x0 + union.x1 - wide) / 2, y: (union.y0 + union.y1 - wide) / 2, side: wide }
}

function boxAround(points: KeypointFrame['points']): Box | null {
  const there = points.filter((point) => point !== null)
  if (there.length === 0) return null
  const [xs, ys] = [there.map(([x]) => x), there.map(([, y]) => y)]
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) }
}

/** A hand of a tile, as SVG paths in a square of 100. */
export interface DrawnHand {
  kind: HandSide | 'stray'
  bones: string
  marks: string
}

const radius = 1.7

/** The hands of a frame in a window: bones between keypoints that are there, and a mark for each: squares left, circles right, diamonds for a stray hand. */
export function drawnHands(points: KeypointFrame['points'], kinds: readonly DrawnHand['kind'][], window: Window): DrawnHand[] {
  const places = points.map((point) => point && ([point[0] - window.x, point[1] - window.y].map((value) => (100 * value) / window.side) as [number, number]))
  return kinds.flatMap((kind, hand): DrawnHand[] => {
    const rows = places.slice(hand * keypointsPerHand, (hand + 1) * keypointsPerHand)
    const marks = rows.flatMap((place) => (place ? [mark(kind, place)] : []))
    if (marks.length === 0) return []
    const lines = bones.flatMap(([from, to]) => {
      const [start, end] = [rows[from], rows[to]]
      return start && end ? [`M${text(...start)}L${text(...end)}`] : []
    })
    return [{ kind, bones: lines.join(''), marks: marks.join('') }]
  })
}

const text = (x: number, y: number): string => `${x.toFixed(2)} ${y.toFixed(2)}`

function mark(kind: DrawnHand['kind'], [x, y]: readonly [number, number]): string {
  switch (kind) {
    case 'left':
      return `M${text(x - radius, y - radius)}h${2 * radius}v${2 * radius}h${-2 * radius}z`
    case 'right':
      return `M${text(x - radius, y)}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`
    case 'stray':
      return `M${text(x, y - 1.3 * radius)}l${1.3 * radius} ${1.3 * radius}l${-1.3 * radius} ${1.3 * radius}l${-1.3 * radius} ${-1.3 * radius}z`
  }
}

const opposite = { left: 'right', right: 'left' } as const

/** Which hand each 21 rows of a frame are, as they are shown: mirrored, a left hand looks like a right one. */
export function shownKinds(sides: readonly HandSide[], frame: number, { flip, verticalFlip, stray }: Pick<KeypointView['draw'], 'flip' | 'verticalFlip' | 'stray'>): DrawnHand['kind'][] {
  const astray = stray.find((place) => place.frame === frame)?.hand
  const own = flip === verticalFlip ? sides : sides.map((side) => opposite[side])
  return Array.from({ length: Math.max(own.length, (astray ?? -1) + 1) }, (_, hand) => (hand === astray ? 'stray' : (own[hand] ?? 'right')))
}
