import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keypointNames } from '../../contract/hand.ts'
import type { ExportedSequence, Written } from './course.ts'
import { countPoints, handName, handsOf, type Hand } from './hands.ts'

const scorer = 'handloom'
/** DeepLabCut wants the same individuals in every table of a project. */
const fewestHands = 2

/**
 * DeepLabCut's tables of labelled frames in its multi-animal layout, a hand being an individual: `labeled-data/train-475/
 * CollectedData_handloom.csv` with the header rows scorer, individuals, bodyparts, coords and three index columns (labeled-data, video,
 * image). Source: `convertcsv2h5` and `guarantee_multiindex_rows` in deeplabcut/utils/conversioncode.py, version 3.0. Erased keypoints
 * are empty cells; the format knows neither z nor occlusion. Frames without keypoints are left out.
 */
export async function writeDeepLabCut(folder: string, sequences: AsyncIterable<ExportedSequence>, written: Written): Promise<void> {
  for await (const { folder: sequence, frameRecords } of sequences) {
    const video = sequence.replace('/', '-')
    const frames = frameRecords.map((frame) => ({ file: frame.file, hands: handsOf(frame) })).filter(({ hands }) => countPoints(hands) > 0)
    if (frames.length === 0) continue
    const most = Math.max(fewestHands, ...frames.map(({ hands }) => hands.length))
    const lines = [...headerRows(most), ...frames.map(({ file, hands }) => ['labeled-data', video, file, ...cells(hands, most)])]
    await mkdir(join(folder, 'labeled-data', video), { recursive: true })
    await writeFile(join(folder, 'labeled-data', video, `CollectedData_${scorer}.csv`), `${lines.map((line) => line.join(',')).join('\n')}\n`)
    written.files++
    written.sequences++
    written.frames += frames.length
    written.points += frames.reduce((sum, { hands }) => sum + countPoints(hands), 0)
  }
  await writeFile(join(folder, 'README.txt'), readme)
  written.files++
}

function headerRows(hands: number): string[][] {
  const columns = Array.from({ length: hands }, (_, hand) => keypointNames.flatMap((name) => ['x', 'y'].map((axis) => ({ hand: handName(hand), name, axis })))).flat()
  return [
    ['scorer', '', '', ...columns.map(() => scorer)],
    ['individuals', '', '', ...columns.map(({ hand }) => hand)],
    ['bodyparts', '', '', ...columns.map(({ name }) => name)],
    ['coords', '', '', ...columns.map(({ axis }) => axis)],
  ]
}

function cells(hands: readonly Hand[], most: number): string[] {
  const missing: Hand['keypoints'] = keypointNames.map(() => null)
  return Array.from({ length: most }, (_, hand) => hands[hand]?.keypoints ?? missing).flat().flatMap((keypoint) => (keypoint ? [String(keypoint.point[0]), String(keypoint.point[1])] : ['', '']))
}

const readme = `Labelled frames for DeepLabCut (multi-animal), written by Handloom.

1. Make a multi-animal project and put labeled-data into it. In its config.yaml:
   scorer: ${scorer}
   individuals: [${handName(0)}, ${handName(1)}]
   uniquebodyparts: []
   multianimalbodyparts: [${keypointNames.join(', ')}]
   video_sets: one entry for each folder of labeled-data, named as the folder (…/train-475.avi)
2. Copy the pictures of train/475 of the data folder to labeled-data/train-475, and so on.
3. deeplabcut.convertcsv2h5(config, userfeedback=False)

Erased keypoints are empty. DeepLabCut has no place for z or for occlusion: hidden keypoints are written as any other.
`
