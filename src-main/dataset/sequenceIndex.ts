import { inFolderOrder, type ClassRow, type SequencePage, type SequenceQuery, type SequenceSummary } from '../contract/dataset.ts'
import type { HandType } from '../contract/hand.ts'
import type { EditOverlay } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { joinClasses } from './classRows.ts'
import { createEditedCounts } from './editedFrames.ts'
import { frameReader, loadClasses, loadProblemCounts, loadSequences, type SequenceRow } from './store.ts'

/** The rows of every sequence in memory, with what the class table, the audit and the edits add to them. */
export interface SequenceIndex {
  /** Sequences were written (or removed): bring their rows up to date. */
  update(written: readonly SequenceRow[], removed: readonly string[]): void
  /** Problems or classes were written. */
  refresh(): void
  has(folder: string): boolean
  all(): readonly SequenceRow[]
  find(folder: string): SequenceRow | undefined
  summaryOf(row: SequenceRow): SequenceSummary
  /** Pose id as corrected by an edit, else as in the file. */
  labelOf(row: SequenceRow): number | null
  classRows(): ClassRow[]
  poseIds(): number[]
  query(query: SequenceQuery): Promise<SequencePage>
}

const handWords: Record<HandType, string> = { left: 'left 왼손', right: 'right 오른손', both: 'both 양손 두손', unknown: 'unknown' }

const plain = (text: string): string => text.normalize('NFC').toLowerCase()

/** @param watchWriter another process writes the database: reload whenever it did */
export function createSequenceIndex(db: Db, overlay: () => EditOverlay | null, watchWriter: boolean): SequenceIndex {
  const edited = createEditedCounts({ framesOf: frameReader(db), overlay, isOpen: () => db.open })
  let rows = new Map<string, SequenceRow>()
  // What follows from the rows, the classes and the problems is made when it is asked for: a scan writes many times a second.
  let ordered: SequenceRow[] | null = null
  let problems: ReturnType<typeof loadProblemCounts> | null = null
  let classes: { rows: ClassRow[]; byPoseId: Map<number, ClassRow>; corrections: string } | null = null
  let texts = new Map<SequenceRow, { poseId: number | null; text: string }>()
  let seen = -1

  const load = (): void => {
    rows = new Map(loadSequences(db).map((row) => [row.folder, row]))
    ordered = null
    forgetDerived()
  }
  function forgetDerived(): void {
    problems = null
    classes = null
    texts = new Map()
  }
  const current = (): void => {
    if (!watchWriter) return
    const version = db.pragma('data_version', { simple: true }) as number
    if (version !== seen) load()
    seen = version
  }
  load()

  const inOrder = (): SequenceRow[] => (ordered ??= [...rows.values()].sort(inFolderOrder))
  const problemsOf = ({ folder }: SequenceRow): { count: number; mismatch: boolean } | undefined => (problems ??= loadProblemCounts(db)).get(folder)
  const correctionOf = ({ folder, role }: SequenceRow): number | null => (role === 'train' ? (overlay()?.correctedLabel(folder) ?? null) : null)
  const labelOf = (row: SequenceRow): number | null => correctionOf(row) ?? row.poseId
  const allCorrections = (): string => inOrder().flatMap((row) => (correctionOf(row) === null ? [] : `${row.folder} ${correctionOf(row)}`)).join('\n')
  /** As of some labels: what a class is called, and its hand, does not depend on them. */
  function classTable(): NonNullable<typeof classes> {
    if (!classes) {
      const made = joinClasses(loadClasses(db), inOrder(), labelOf)
      classes = { rows: made, byPoseId: new Map(made.map((row) => [row.poseId, row])), corrections: allCorrections() }
    }
    return classes
  }
  function classRows(): ClassRow[] {
    if (classes && classes.corrections !== allCorrections()) classes = null
    return classTable().rows
  }
  function classOf(row: SequenceRow): ClassRow | undefined {
    const poseId = labelOf(row)
    return poseId === null ? undefined : classTable().byPoseId.get(poseId)
  }
  /** A corrected sequence's file names the class that it is not of. */
  const classNameOf = (row: SequenceRow): string | null => classOf(row)?.name ?? (correctionOf(row) === null ? row.actionName : null)
  const editedPointsOf = ({ folder }: SequenceRow): number => overlay()?.editedPoints(folder) ?? 0
  const versionOf = ({ folder, stamp }: SequenceRow): string => `${stamp.replace(':', '').slice(0, 32)}.${overlay()?.version(folder) ?? 0}`
  const leftOf = (row: SequenceRow): Pick<SequenceRow, 'keypoints' | 'emptyFrames' | 'coverFrame'> => (editedPointsOf(row) === 0 ? row : edited.of(row, versionOf(row)))

  function textOf(row: SequenceRow): string {
    const poseId = labelOf(row)
    let known = texts.get(row)
    if (known?.poseId !== poseId) {
      known = { poseId, text: plain(`${row.folder} ${classNameOf(row) ?? ''} ${poseId ?? ''} ${row.actor ?? ''} ${handWords[classOf(row)?.hand ?? 'unknown']}`) }
      texts.set(row, known)
    }
    return known.text
  }

  function summaryOf(row: SequenceRow): SequenceSummary {
    const found = classOf(row)
    const { keypoints, emptyFrames, coverFrame } = leftOf(row)
    return {
      folder: row.folder,
      role: row.role,
      number: row.number,
      poseId: labelOf(row),
      correctedFrom: correctionOf(row) === null ? null : row.poseId,
      className: classNameOf(row),
      hand: found?.hand ?? 'unknown',
      view: found?.view ?? '',
      gesture: found?.gesture ?? '',
      actor: row.actor,
      frames: row.frames,
      coverFrame,
      width: row.width,
      height: row.height,
      keypoints,
      emptyFrames,
      editedPoints: editedPointsOf(row),
      problems: problemsOf(row)?.count ?? 0,
      version: versionOf(row),
    }
  }

  const flags: Record<NonNullable<SequenceQuery['flag']>, (row: SequenceRow) => boolean> = {
    problems: (row) => problemsOf(row) !== undefined,
    mismatch: (row) => problemsOf(row)?.mismatch ?? false,
    edited: (row) => editedPointsOf(row) > 0 || correctionOf(row) !== null,
    empty: (row) => leftOf(row).emptyFrames > 0,
  }

  /** Equal ones stay in folder order, whichever way the sort goes. */
  const sortKeys: Record<Exclude<SequenceQuery['sort'], 'folder'>, (row: SequenceRow) => number> = {
    class: (row) => labelOf(row) ?? Number.MAX_SAFE_INTEGER,
    frames: ({ frames }) => frames,
    problems: (row) => problemsOf(row)?.count ?? 0,
    edited: editedPointsOf,
  }

  function matcher({ search, role, poseIds, hand, flag }: SequenceQuery): (row: SequenceRow) => boolean {
    const words = plain(search).split(/\s+/).filter(Boolean)
    const poses = poseIds && new Set(poseIds)
    const hasFlag = flag && flags[flag]
    return (row) =>
      (!role || row.role === role) &&
      (!poses || poses.has(labelOf(row) ?? -1)) &&
      (!hand || (classOf(row)?.hand ?? 'unknown') === hand) &&
      words.every((word) => textOf(row).includes(word)) &&
      (!hasFlag || hasFlag(row))
  }

  function sorted(found: SequenceRow[], { sort, descending }: SequenceQuery): SequenceRow[] {
    if (sort === 'folder') return descending ? found.reverse() : found
    const [keyOf, sign] = [sortKeys[sort], descending ? -1 : 1]
    const keyed = found.map((row) => ({ row, key: sign * keyOf(row) }))
    return keyed.sort((a, b) => a.key - b.key).map(({ row }) => row)
  }

  const countLeft = (of: readonly SequenceRow[]): Promise<void> => edited.prepare(of.filter((row) => editedPointsOf(row) > 0).map((row) => ({ row, version: versionOf(row) })))

  async function query(query: SequenceQuery): Promise<SequencePage> {
    if (query.flag === 'empty') await countLeft(inOrder())
    const found = sorted(inOrder().filter(matcher(query)), query)
    const page = found.slice(query.offset, query.offset + query.limit)
    await countLeft(page)
    return { total: found.length, rows: page.map(summaryOf) }
  }

  return {
    update(written, removed) {
      if (written.length === 0 && removed.length === 0) return
      for (const folder of removed) {
        rows.delete(folder)
        edited.forget(folder)
      }
      for (const row of written) rows.set(row.folder, row)
      ordered = null
      forgetDerived()
    },
    refresh: forgetDerived,
    has: (folder) => (current(), rows.has(folder)),
    all: () => (current(), inOrder()),
    find: (folder) => (current(), rows.get(folder)),
    summaryOf,
    labelOf,
    classRows: () => (current(), classRows()),
    poseIds: () => (current(), classRows().flatMap(({ poseId, classIndex }) => (classIndex === null ? [] : [poseId]))),
    query: (input) => (current(), query(input)),
  }
}
