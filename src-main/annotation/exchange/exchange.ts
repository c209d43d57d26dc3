import { basename, join } from 'node:path'
import type { ExportedKeypoints, ExportFormat, ImportFormat } from '../../contract/annotation.ts'
import type { FrameRecord } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'
import type { DatasetRoom } from '../../contract/rooms.ts'
import type { WrittenLabel } from './contestJson.ts'
import { contestSource, sequencesNamed } from './contestSource.ts'
import { oneByOne, type Course, type ExportedSequence, type Written } from './course.ts'
import { countPoints, handsOf } from './hands.ts'
import { frameMatcher } from './matchFrames.ts'
import { readCoco } from './readCoco.ts'
import { readContestJson } from './readContest.ts'
import { createReading, type ReadKeypoints } from './reading.ts'
import { readTextFile, type ImportSource } from './sourceText.ts'
import { freeTarget, newName, writeFile, writeFolder } from './target.ts'
import { writeCleaned, type SequenceFrames, type WrittenCleaned } from './writeCleaned.ts'
import { cocoText } from './writeCoco.ts'
import { writeDeepLabCut } from './writeDeepLabCut.ts'
import { writeSleap } from './writeSleap.ts'
import { writeYolo } from './writeYolo.ts'

export interface Exchange {
  /**
   * Writes the keypoints as they are now to a new file (COCO) or folder (all others), by default among the project's exports. It appears
   * when all of it is written; nothing is left when it fails.
   * @throws HandloomError `bad-request` in the data folder, `conflict` when something is there already or a file changed since it was
   * scanned, `storage`, `interrupted` by the signal
   */
  write(input: { format: ExportFormat; out?: string | undefined } & Course): Promise<ExportedKeypoints>
  /**
   * What a file or folder would change, compared with the keypoints as they are now; nothing is changed. Entries that cannot be used are
   * among the problems.
   * @throws HandloomError `not-found`, `bad-input` when it is not of the format at all (file, place, what to do), `interrupted`
   */
  read(input: { format: ImportFormat; path?: string | undefined; file?: { name: string; text: string } | undefined } & Course): Promise<ReadKeypoints>
  /** Cleaned copies of every sequence's JSON below `out`, which may be there already. */
  writeCleaned(out: string): Promise<WrittenCleaned>
}

/** Keypoints to and from the formats of other tools. `framesOf` gives a sequence's frames with the edits laid over, rows without a place as NaN; `labelOf` its label where an edit corrected it. */
export function createExchange({ dataset, framesOf, labelOf, projectFolder }: {
  dataset: DatasetRoom
  framesOf: (folder: string) => FrameRecord[]
  labelOf: (folder: string) => WrittenLabel | null
  projectFolder: string
}): Exchange {
  async function* exportedSequences(course: Course): AsyncGenerator<ExportedSequence> {
    for await (const summary of oneByOne(dataset.summaries(), course)) yield { ...summary, frameRecords: framesOf(summary.folder) }
  }

  async function* counted(sequences: AsyncIterable<ExportedSequence>, written: Written): AsyncGenerator<SequenceFrames> {
    for await (const { folder, frameRecords } of sequences) {
      written.sequences++
      written.frames += frameRecords.length
      written.points += frameRecords.reduce((sum, frame) => sum + countPoints(handsOf(frame)), 0)
      yield { folder, label: labelOf(folder), frames: frameRecords }
    }
  }

  async function writeFormat(format: ExportFormat, target: string, course: Course, written: Written): Promise<void> {
    const sequences = exportedSequences(course)
    if (format === 'coco') return writeFile(target, cocoText(sequences, written))
    return writeFolder(target, async (folder) => {
      if (format === 'contest') written.files = (await writeCleaned(dataset.folder, counted(sequences, written), folder)).files
      else if (format === 'yolo') await writeYolo(folder, dataset.folder, dataset.classRows(), sequences, written)
      else if (format === 'dlc') await writeDeepLabCut(folder, sequences, written)
      else await writeSleap(folder, sequences, written)
    })
  }

  return {
    async write({ format, out, ...course }) {
      const target = freeTarget(dataset.folder, out ?? newName(join(projectFolder, 'exports'), format, format === 'coco' ? '.json' : ''))
      const written: Written = { files: 0, sequences: 0, frames: 0, points: 0 }
      await writeFormat(format, target, course, written)
      return { format, out: target, ...written }
    },
    async read({ format, path, file, ...course }) {
      const source: ImportSource | undefined = file ?? (path === undefined ? undefined : { name: path, text: null })
      if (!source) throw new HandloomError('bad-request', 'There is neither a file nor the path of one to read keypoints from.')
      const folders = dataset.summaries().map(({ folder }) => folder)
      const reading = createReading()
      if (format === 'coco') {
        const { name, text } = source
        await readCoco(text ?? readTextFile(name), basename(name), frameMatcher(folders, framesOf, sequencesNamed(name, folders)), reading, course)
        return reading.done()
      }
      const { files, problems } = contestSource(source, folders)
      for (const { place, message } of problems) reading.problem(place, message)
      for await (const { file: name, folder, text } of oneByOne(files, course)) {
        try {
          readContestJson(text(), name, folder, framesOf(folder), reading)
        } catch (error) {
          if (files.length === 1 || !(error instanceof HandloomError) || error.kind !== 'bad-input') throw error
          reading.problem(error.place === undefined ? name : `${name}, ${error.place}`, error.message)
        }
      }
      return reading.done()
    },
    writeCleaned(out) {
      const sequences = dataset.summaries().values().map(({ folder }) => ({ folder, label: labelOf(folder), frames: framesOf(folder) }))
      return writeCleaned(dataset.folder, sequences, out)
    },
  }
}
