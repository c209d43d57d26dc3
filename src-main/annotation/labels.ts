import type { LabelChange } from '../contract/annotation.ts'
import type { ClassRow, SequenceSummary } from '../contract/dataset.ts'
import { HandloomError } from '../contract/errors.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import type { WrittenLabel } from './exchange/contestJson.ts'
import type { JournalLabel } from './journal.ts'

interface Labels {
  dataset: Pick<DatasetRoom, 'summary' | 'classRows'>
  /** Pose id that an edit gave the sequence; null: as in the file. */
  correctedLabel(folder: string): number | null
}

/**
 * Asked-for labels as before → after, without those that change nothing. The file's own label is no correction, so it is kept as null.
 * @throws HandloomError `not-found` for a sequence that is not there; `bad-request` for a test sequence, a class that the data set does not
 * have, a sequence named twice
 */
export function labelDiff({ dataset, correctedLabel }: Labels, changes: readonly LabelChange[]): JournalLabel[] {
  const classes = new Set(dataset.classRows().map(({ poseId }) => poseId))
  const seen = new Set<string>()
  return changes.flatMap(({ folder, poseId }) => {
    const summary = dataset.summary(folder)
    if (summary.role === 'test') throw new HandloomError('bad-request', `${folder} is a test sequence, so there is no label to correct. Choose training sequences.`, { file: folder })
    if (seen.has(folder)) throw new HandloomError('bad-request', `${folder} is named twice in one edit. Give each sequence one label; nothing was changed.`, { file: folder })
    if (poseId !== null && !classes.has(poseId))
      throw new HandloomError('bad-request', `There is no class ${poseId}: neither the class table nor a training folder knows it. Choose another pose id for ${folder}; nothing was changed.`, { file: folder })
    seen.add(folder)
    const before = correctedLabel(folder)
    const own = before === null ? summary.poseId : summary.correctedFrom
    const after = poseId === own ? null : poseId
    return before === after ? [] : [{ folder, before, after }]
  })
}

/** What the history says of an edit of labels, where the caller said nothing: `Label train/7 as 12 주먹 쥐기`. */
export function labelText(labels: readonly JournalLabel[], classes: readonly Pick<ClassRow, 'poseId' | 'name'>[]): string {
  const folders = labels.length === 1 ? labels[0]!.folder : `${labels.length} sequences`
  const given = new Set(labels.map(({ after }) => after))
  const [poseId] = given
  if (given.size > 1) return `Correct the labels of ${folders}`
  if (poseId === null || poseId === undefined) return labels.length === 1 ? `Take the file's label of ${folders}` : `Take the files' labels of ${folders}`
  return `Label ${folders} as ${className(poseId, classes)}`
}

const className = (poseId: number, classes: readonly Pick<ClassRow, 'poseId' | 'name'>[]): string => {
  const name = classes.find((row) => row.poseId === poseId)?.name ?? ''
  return name === '' || name === String(poseId) ? String(poseId) : `${poseId} ${name}`
}

/** What a sequence's cleaned copy says it shows; null: what the file says. */
export function writtenLabel({ poseId, className: name, correctedFrom }: Pick<SequenceSummary, 'poseId' | 'className' | 'correctedFrom'>, corrected: number | null): WrittenLabel | null {
  return corrected === null || poseId === null || correctedFrom === poseId ? null : { poseId, name: name ?? String(poseId) }
}
