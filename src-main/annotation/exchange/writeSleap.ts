import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keypointNames } from '../../contract/hand.ts'
import type { ExportedSequence, Written } from './course.ts'
import { countPoints, handName, handsOf, present, type Hand, type Keypoint } from './hands.ts'

/** Scores of a keypoint: certain, or a guess. */
const scores = { visible: 1, hidden: 0.5 } as const

/**
 * SLEAP's analysis tables, one `train-475.analysis.csv` a sequence: a row per frame and hand with track, frame_idx, instance.score and,
 * keypoint by keypoint, x, y and score. Source: `_read_sleap` in sleap_io/io/csv.py, version 0.9, which reads them (SLEAP itself only
 * writes such tables). `frame_idx` is the frame's number; erased keypoints are empty cells; a hidden one has the score 0.5. There is no z.
 */
export async function writeSleap(folder: string, sequences: AsyncIterable<ExportedSequence>, written: Written): Promise<void> {
  const header = ['track', 'frame_idx', 'instance.score', ...keypointNames.flatMap((name) => [`${name}.x`, `${name}.y`, `${name}.score`])].join(',')
  for await (const { folder: sequence, frameRecords } of sequences) {
    const frames = frameRecords.map((frame) => ({ number: frame.number, hands: handsOf(frame).filter((hand) => present(hand).length > 0) })).filter(({ hands }) => hands.length > 0)
    if (frames.length === 0) continue
    const lines = frames.flatMap(({ number, hands }) => hands.map((hand) => instanceRow(number, hand)))
    await writeFile(join(folder, `${sequence.replace('/', '-')}.analysis.csv`), `${[header, ...lines].join('\n')}\n`)
    written.files++
    written.sequences++
    written.frames += frames.length
    written.points += frames.reduce((sum, { hands }) => sum + countPoints(hands), 0)
  }
}

const instanceRow = (frame: number, hand: Hand): string => [handName(hand.hand), frame, scores.visible, ...hand.keypoints.flatMap(cells)].join(',')

function cells(keypoint: Keypoint | null): (number | '')[] {
  if (!keypoint) return ['', '', '']
  const [x, y] = keypoint.point
  return [x, y, keypoint.hidden ? scores.hidden : scores.visible]
}
