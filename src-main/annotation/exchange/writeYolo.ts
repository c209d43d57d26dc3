import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { ClassRow, FrameRecord } from '../../contract/dataset.ts'
import { keypointNames, keypointsPerHand } from '../../contract/hand.ts'
import type { ExportedSequence, Written } from './course.ts'
import { countPoints, handsOf, present } from './hands.ts'
import { yoloLine } from './yoloLabel.ts'

interface YoloNotes {
  outside: number
  /** Frames whose keypoints could not be written, since the size of the picture is not known. */
  sizeless: string[]
}

/**
 * A data set for Ultralytics' YOLO-pose: `labels/train/475/0.txt` with a line a hand (see {@link yoloLine}), `train.txt` and `test.txt`
 * with the pictures, `dataset.yaml`. The class of a hand is the index of its sequence's pose; hands of sequences that have none (those of
 * test/) are of a class of their own behind the others. The pictures are not copied: `images/train` and `images/test` are links into the
 * data folder, since Ultralytics looks for a picture's label where the last `images` of its path is `labels` (`img2label_paths` in
 * ultralytics/data/utils.py, version 8.4). Frames without keypoints are left out: a picture without a label would say that there is no hand.
 */
export async function writeYolo(folder: string, dataFolder: string, classes: readonly ClassRow[], sequences: AsyncIterable<ExportedSequence>, written: Written): Promise<void> {
  const names = classes.flatMap(({ classIndex, name, poseId }) => (classIndex === null ? [] : [{ classIndex, name: name || String(poseId) }])).sort((a, b) => a.classIndex - b.classIndex).map(({ name }) => name)
  const classOf = new Map(classes.map(({ poseId, classIndex }) => [poseId, classIndex]))
  const lists: Record<ExportedSequence['role'], string[]> = { train: [], test: [] }
  const notes: YoloNotes = { outside: 0, sizeless: [] }
  let unknown = false
  for await (const sequence of sequences) {
    const classIndex = (sequence.poseId === null ? null : classOf.get(sequence.poseId)) ?? names.length
    const labels = join(folder, 'labels', sequence.folder)
    let frames = 0
    for (const frame of sequence.frameRecords) {
      const label = labelText(frame, classIndex, sequence, notes)
      if (!label) continue
      if (frames++ === 0) await mkdir(labels, { recursive: true })
      await writeFile(join(labels, frame.file.replace(/\.png$/i, '.txt')), label.text)
      lists[sequence.role].push(`./images/${sequence.folder}/${frame.file}`)
      written.points += label.points
    }
    unknown ||= frames > 0 && classIndex === names.length
    written.files += frames
    written.frames += frames
    written.sequences += frames > 0 ? 1 : 0
  }
  await mkdir(join(folder, 'images'))
  const roles = (['train', 'test'] as const).filter((role) => lists[role].length > 0)
  for (const role of roles) {
    await symlink(join(dataFolder, role), join(folder, 'images', role), 'junction')
    await writeFile(join(folder, `${role}.txt`), `${lists[role].join('\n')}\n`)
  }
  await writeFile(join(folder, 'dataset.yaml'), datasetYaml([...names, ...(unknown ? ['unknown pose'] : [])], lists))
  await writeFile(join(folder, 'README.txt'), readme(dataFolder, notes))
  written.files += roles.length + 2
}

/** null for a frame without keypoints. */
function labelText(frame: FrameRecord, classIndex: number, sequence: ExportedSequence, notes: YoloNotes): { text: string; points: number } | null {
  const hands = handsOf(frame).filter((hand) => present(hand).length > 0)
  const [width, height] = [frame.width ?? sequence.width, frame.height ?? sequence.height]
  if (hands.length === 0) return null
  if (!width || !height) {
    notes.sizeless.push(`${sequence.folder}/${frame.file}`)
    return null
  }
  const lines = hands.map((hand) => yoloLine(hand, classIndex, width, height))
  notes.outside += lines.reduce((sum, { outside }) => sum + outside, 0)
  return { text: `${lines.map(({ text }) => text).join('\n')}\n`, points: countPoints(hands) }
}

function datasetYaml(names: readonly string[], { train, test }: Record<ExportedSequence['role'], string[]>): string {
  const [only] = [train, test].filter((list) => list.length > 0)
  const trainList = only === test ? 'test.txt' : 'train.txt'
  const values = { kpt_shape: [keypointsPerHand, 3], flip_idx: keypointNames.map((_, index) => index), names: new Map(names.entries()), kpt_names: new Map([[0, [...keypointNames]]]) }
  return `# Hand keypoints, written by Handloom. README.txt says how the pictures are found.
train: ${trainList}
# The same pictures again: put a list of sequences that you held out in its place.
val: ${trainList}
${test.length > 0 ? 'test: test.txt\n' : ''}
${stringify(values, { lineWidth: 0, flowCollectionPadding: false })}`
}

const readme = (dataFolder: string, { outside, sizeless }: YoloNotes): string => `Hand keypoints for Ultralytics YOLO-pose, written by Handloom: yolo pose train data=dataset.yaml model=yolo11n-pose.pt

- images/train and images/test are links to the pictures in ${dataFolder}. If that folder moves, make the links anew.
- Do not train with cache=disk: Ultralytics would write beside the pictures.
- A mirrored hand keeps its keypoints (flip_idx), but it may be another pose: train with fliplr=0 unless your poses are symmetrical.
- v is 2 for a keypoint in sight, 1 for a hidden one, 0 for one that is erased. There is no z.
- Keypoints outside the picture were put on its border and marked as hidden: ${outside}.
- Frames left out, since the size of their picture is not known: ${sizeless.length === 0 ? 'none' : sizeless.join(', ')}.
`
