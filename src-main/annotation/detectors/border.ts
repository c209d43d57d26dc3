import { clampScore, type SequenceHands, type Suspicion } from './hands.ts'

/** Keypoints on or over the picture's border, one finding a hand: guessed by the tracker, and a crop can hardly show them. */
export function border(sequence: SequenceHands): Suspicion[] {
  return sequence.frames.flatMap(({ number, width, height, hands }) => {
    if (width === null || height === null) return []
    return hands.flatMap((hand): Suspicion[] => {
      const beyond = (row: number) => {
        const [x, y] = [hand.xs[row - hand.firstRow]!, hand.ys[row - hand.firstRow]!]
        return Math.max(-x, -y, x - (width - 1), y - (height - 1))
      }
      const over = hand.rows.filter((row) => beyond(row) >= 0)
      if (over.length === 0) return []
      const furthest = Math.max(...over.map(beyond))
      const score = clampScore(0.05 + 0.3 * Math.min(1, furthest / (sequence.size || 1)))
      const why = `${over.length === 1 ? '1 keypoint is' : `${over.length} keypoints are`} on or over the border of the ${width} × ${height} picture, by up to ${Math.round(furthest)} px.`
      return [{ frame: number, kind: 'border', indices: over, score, why }]
    })
  })
}
