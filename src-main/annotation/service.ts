import { basename } from 'node:path'
import type { EditConflict, EditedPlace, EditSummary, PointChange, RegionRule, Visibility } from '../contract/annotation.ts'
import { inFolderOrder, type Point } from '../contract/dataset.ts'
import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { AnnotationRoom, DatasetRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { machineUser } from '../db/author.ts'
import { conflictOf, settledConflict } from './conflicts.ts'
import { oneByOne } from './exchange/course.ts'
import { createExchange } from './exchange/exchange.ts'
import { createFindings } from './findings.ts'
import { createJournal, type JournalChange, type JournalLabel, type NewEdit } from './journal.ts'
import { labelDiff, labelText, writtenLabel } from './labels.ts'
import { parseRules } from './parseRules.ts'
import { changedState, decodeState, encodeState, isPlace, mostRows, overlayFrames, type PointState } from './pointState.ts'
import { presetRules } from './presets.ts'
import { scanSequence, type RuleScan } from './ruleScan.ts'

/**
 * Edits of keypoints and labels over a data folder that is never written to. Each edit is a diff (per frame and row, or per sequence: before → after), committed
 * with the state it leads to before the call returns; undo and redo cross frames, sequences and restarts (see journal.ts for what
 * a new edit does to undone ones).
 */
export function createAnnotation({ db, dataset, projectFolder, emit, readOnly }: { db: Db; dataset: DatasetRoom; projectFolder: string; emit: Emit; readOnly: boolean }): AnnotationRoom {
  const journal = createJournal(db, readOnly)
  const author = machineUser()
  const overlay: AnnotationRoom['overlay'] = (folder, frames) => overlayFrames(frames, journal.states(folder))
  const framesOf = (folder: string) => overlay(folder, dataset.sourceFrames(folder))
  const findings = createFindings({ db, dataset, framesOf, editVersion: journal.version, emit })
  const labelOf = (folder: string) => writtenLabel(dataset.summary(folder), journal.correctedLabel(folder))
  const exchange = createExchange({ dataset, framesOf, labelOf, projectFolder })

  const rules = db.prepare<[], string>('SELECT rule FROM region_rule ORDER BY name').pluck()
  const putRule = db.prepare<[string, string]>('INSERT OR REPLACE INTO region_rule (name, rule) VALUES (?, ?)')
  const dropRule = db.prepare<[string]>('DELETE FROM region_rule WHERE name = ?')
  const savedRules = () => rules.all().map((text) => JSON.parse(text) as RegionRule)

  function requireWritable(): void {
    if (readOnly) throw new HandloomError('conflict', 'The project is open in another Handloom, so nothing can be changed here. Close it there, or work in that one.')
  }

  function announce(action: 'applied' | 'undone' | 'redone', edit: EditSummary): EditSummary {
    emit({ type: 'edit', action, edit })
    emit({ type: 'sequences', folders: edit.folders })
    return edit
  }

  /** The changes as before → after, without those that change nothing; the last one of a row counts. */
  function diff(changes: readonly PointChange[]): JournalChange[] {
    return Map.groupBy(changes, ({ folder }) => folder).entries().flatMap(([folder, ofFolder]) => diffSequence(folder, ofFolder)).toArray()
  }

  function diffSequence(folder: string, changes: readonly PointChange[]): JournalChange[] {
    const originals = new Map(dataset.sourceFrames(folder).map(({ number, original }) => [number, original ?? []]))
    const states = journal.states(folder)
    const after = new Map<string, JournalChange & { state: PointState | null }>()
    for (const { frame, index, to, was } of changes) {
      const rows = originals.get(frame)
      const place = `${folder}, frame ${frame}`
      if (!rows) throw new HandloomError('not-found', `${folder} has no frame ${frame}.`, { file: folder, place })
      const original = rows[index]
      const before = states.get(frame)?.get(index) ?? null
      const known = after.get(`${frame} ${index}`)
      const at = `${place}, keypoint ${index}`
      if (!original && !(known ? known.state : before)?.place && !('x' in to && index < mostRows))
        throw new HandloomError('bad-request', `Frame ${frame} of ${folder} has ${rows.length} keypoints${rows.length > 0 ? ` (0 to ${rows.length - 1})` : ''}; there is no keypoint ${index}.`, { file: folder, place: at })
      if ('x' in to && !isPlace([to.x, to.y])) throw new HandloomError('bad-request', `Keypoint ${index} of frame ${frame} of ${folder} cannot be moved to (${to.x}, ${to.y}): both must be numbers.`, { file: folder, place: at })
      if (was && !known && !isAs(was, before, original))
        throw new HandloomError('conflict', `Keypoint ${index} of frame ${frame} of ${folder} was changed in another window meanwhile, so this edit was not made. What is there now is shown; make the edit again if it is still needed.`, { file: folder, place: at })
      const state = changedState(known ? known.state : before, to, original)
      after.set(`${frame} ${index}`, { folder, frame, point: index, before: before && encodeState(before), after: state && encodeState(state), state })
    }
    return [...after.values()].filter((change) => change.before !== change.after)
  }

  function commit(edit: Omit<NewEdit, 'author'>, changes: readonly JournalChange[], labels: readonly JournalLabel[] = []): EditSummary {
    return announce('applied', journal.commit({ ...edit, author }, changes, labels))
  }

  /** Sequences a rule is applied to: the given ones (all, when none are given) that the rule is for and the data set has. */
  function scope(rule: RegionRule, given: readonly string[] | undefined) {
    for (const folder of given ?? []) dataset.summary(folder)
    const wanted = given && new Set(given)
    const own = rule.folders.length > 0 ? new Set(rule.folders) : null
    return dataset.summaries().filter(({ folder }) => (!wanted || wanted.has(folder)) && (!own || own.has(folder)))
  }

  /** The sequences of a rule's scope that it meets keypoints of, with the event loop free in between. `versions`: of their edits when they were scanned. */
  async function scanRule(rule: RegionRule, given: readonly string[] | undefined): Promise<{ scans: RuleScan[]; versions: Map<string, number> }> {
    const scans: RuleScan[] = []
    const versions = new Map<string, number>()
    for await (const { folder, width } of oneByOne(scope(rule, given), {})) {
      const scan = scanSequence(rule, folder, framesOf(folder), width)
      if (scan.erased === 0) continue
      scans.push(scan)
      versions.set(folder, journal.version(folder))
    }
    return { scans, versions }
  }

  const conflictsKnown = new Map<string, { version: string; conflict: EditConflict | null }>()

  /** Remembered until the sequence's file or its edits change: it is asked for after every edit. */
  function conflict(folder: string): EditConflict | null {
    if (journal.editedPoints(folder) === 0 || !dataset.has(folder)) return null
    const version = `${dataset.summary(folder).version} ${journal.version(folder)}`
    const known = conflictsKnown.get(folder)
    if (known?.version === version) return known.conflict
    const found = conflictOf(folder, dataset.sourceFrames(folder), journal.states(folder))
    conflictsKnown.set(folder, { version, conflict: found })
    return found
  }

  return {
    overlay,
    editedPoints: journal.editedPoints,
    correctedLabel: journal.correctedLabel,
    version: journal.version,
    versions: journal.versions,
    editsHash: journal.hash,

    apply({ label, changes, detector }) {
      requireWritable()
      const changed = diff(changes)
      if (changed.length === 0) throw new HandloomError('conflict', 'Nothing would change: these keypoints are already as asked.')
      const kind = kindOf(changes)
      return commit({ kind: detector ? 'detector' : kind, label: label.trim() || `${verbs[kind]} ${count(changed.length, 'keypoint')}`, source: detector ? { detector } : null }, changed)
    },
    setLabels({ label, changes }) {
      requireWritable()
      const labels = labelDiff({ dataset, correctedLabel: journal.correctedLabel }, changes)
      if (labels.length === 0) throw new HandloomError('conflict', 'Nothing would change: these labels are already as asked.')
      return commit({ kind: 'label', label: label.trim() || labelText(labels, dataset.classRows()), source: null }, [], labels)
    },
    undo() {
      requireWritable()
      const edit = journal.undo()
      return edit && announce('undone', edit)
    },
    redo() {
      requireWritable()
      const edit = journal.redo()
      return edit && announce('redone', edit)
    },
    revert({ editId }) {
      requireWritable()
      const edit = requireEdit(editId)
      if (edit.undone) throw new HandloomError('conflict', `“${edit.label}” is undone already.`)
      const { changes, labels, of } = untouchedSince(editId, edit.folders)
      const untouched = changes.length + labels.length
      const noun = edit.kind === 'label' ? 'label' : 'keypoint'
      if (untouched === 0) throw new HandloomError('conflict', `All ${noun}s of “${edit.label}” were changed again later, so there is nothing to take back.`)
      const left = of - untouched
      const label = `Take back “${edit.label}”${left > 0 ? ` (${untouched} of ${count(of, noun)}; ${left} changed again later and left alone)` : ''}`
      return commit({ kind: 'restore', label, source: { edit: editId } }, changes.map(turned), labels.map(turned))
    },
    history: ({ limit, folder }) => journal.history(limit, folder),
    editDetail({ editId, folder: asked, limit }) {
      const edit = requireEdit(editId)
      const folder = asked ?? edit.folders[0]
      const changes = journal.changes(editId).filter((change) => change.folder === folder)
      const originals = new Map((folder === undefined || !dataset.has(folder) ? [] : dataset.sourceFrames(folder)).map(({ number, original }) => [number, original ?? []]))
      const points = changes.slice(0, limit).map(({ folder: own, frame, point, before, after }) => {
        const original = originals.get(frame)?.[point]
        return { folder: own, frame, index: point, before: placeOf(before, original), after: placeOf(after, original) }
      })
      return { edit, labels: journal.labels(editId), points, total: changes.length }
    },
    conflicts: () => [...journal.versions().keys()].flatMap((folder) => conflict(folder) ?? []).sort((a, b) => inFolderOrder(dataset.summary(a.folder), dataset.summary(b.folder))),
    resolveConflict({ folder, keep }) {
      requireWritable()
      dataset.summary(folder)
      const found = conflict(folder)
      if (!found) throw new HandloomError('conflict', `The edits of ${folder} fit its file, so there is nothing to settle.`)
      const changes = settledConflict(found, dataset.sourceFrames(folder), journal.states(folder), keep)
      const label = keep === 'edits' ? `Kept the edits of ${folder} over its changed file` : `Took the changed file of ${folder}`
      return commit({ kind: 'resolve', label, source: null }, changes)
    },

    presets: () => [...presetRules],
    async previewRule({ rule, folders, brief }) {
      const { scans } = await scanRule(rule, folders)
      return {
        erased: scans.reduce((sum, { erased }) => sum + erased, 0),
        frames: scans.reduce((sum, { points }) => sum + new Set(points.map(({ frame }) => frame)).size, 0),
        sequences: brief ? scans.map((scan) => ({ ...scan, points: scan.points.slice(0, 1) })) : scans,
      }
    },
    async applyRule({ rule, folders }) {
      requireWritable()
      const { scans, versions } = await scanRule(rule, folders)
      // What was edited while the others were scanned is looked at again.
      const sequences = scans.map((scan) => (journal.version(scan.folder) === versions.get(scan.folder) ? scan : scanSequence(rule, scan.folder, framesOf(scan.folder), dataset.summary(scan.folder).width)))
      const erased = sequences.reduce((sum, scan) => sum + scan.erased, 0)
      if (erased === 0) throw new HandloomError('conflict', `“${rule.name}” meets no keypoint that is not erased already, so nothing would change.`)
      if (erased > mostErased) throw new HandloomError('bad-request', `“${rule.name}” would erase ${erased} keypoints, more than the ${mostErased} that one edit may change. Choose fewer sequences or frames, or a smaller region; nothing was changed.`)
      const changes = sequences.flatMap(({ folder, points }) => points.map(({ frame, index }): PointChange => ({ folder, frame, index, to: { erased: true } })))
      const label = `${rule.name}: ${count(erased, 'keypoint')} in ${count(sequences.length, 'sequence')}`
      return commit({ kind: 'rule', label, source: { rule: rule.name } }, diff(changes))
    },
    savedRules,
    saveRule(rule) {
      requireWritable()
      putRule.run(rule.name, JSON.stringify(rule))
      return savedRules()
    },
    removeRule({ name }) {
      requireWritable()
      if (dropRule.run(name).changes === 0) throw new HandloomError('not-found', `There is no saved rule “${name}”.`)
      return savedRules()
    },
    readRules: ({ fileName, text }) => parseRules(text, fileName),

    findings: findings.list,
    keepFinding(input) {
      requireWritable()
      findings.keep(input.id, input.kept)
    },

    exportKeypoints: (input) => exchange.write(input),
    async importKeypoints({ format, path, file, dry }) {
      if (!dry) requireWritable()
      const { changes, problems } = await exchange.read({ format, path, file })
      const changed = diff(changes)
      const folders = [...new Set(changed.map(({ folder }) => folder))]
      const frames = new Set(changed.map(({ folder, frame }) => `${folder} ${frame}`)).size
      const name = basename(file?.name ?? path ?? '')
      const label = `Import ${name}: ${count(changed.length, 'keypoint')} in ${count(folders.length, 'sequence')}`
      const edit = dry || changed.length === 0 ? null : commit({ kind: 'import', label, source: { file: name } }, changed)
      return { format, points: changed.length, frames, folders, problems, edit }
    },
    writeCleaned: exchange.writeCleaned,
    close: findings.close,
  }

  /** Of an edit, what no later one changed again; `of` so many changes in all. */
  function untouchedSince(editId: number, folders: readonly string[]): { changes: JournalChange[]; labels: JournalLabel[]; of: number } {
    const states = new Map(folders.map((folder) => [folder, journal.states(folder)]))
    const [changes, labels] = [journal.changes(editId), journal.labels(editId)]
    return {
      changes: changes.filter(({ folder, frame, point, after }) => {
        const state = states.get(folder)?.get(frame)?.get(point)
        return (state ? encodeState(state) : null) === after
      }),
      labels: labels.filter(({ folder, after }) => journal.correctedLabel(folder) === after),
      of: changes.length + labels.length,
    }
  }

  function requireEdit(id: number): EditSummary {
    const edit = journal.edit(id)
    if (!edit) throw new HandloomError('not-found', `There is no edit ${id} in this project.`)
    return edit
  }
}

const turned = <T extends { before: unknown; after: unknown }>(change: T): T => ({ ...change, before: change.after, after: change.before })

/** Keypoints that a rule may erase at once: writing them takes some seconds, during which nothing else can be edited. */
const mostErased = 500_000

const verbs = { erase: 'Erase', move: 'Move', hide: 'Mark', restore: 'Restore' } as const

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

/** What most of all is done: erasing before moving before hiding before restoring, where it is mixed. */
function kindOf(changes: readonly PointChange[]): keyof typeof verbs {
  if (changes.some(({ to }) => 'erased' in to)) return 'erase'
  if (changes.some(({ to }) => 'x' in to)) return 'move'
  return changes.some(({ to }) => 'hidden' in to) ? 'hide' : 'restore'
}

/** Where a row is and whether it is seen; `state` laid over `under`. */
function shownRow(state: PointState | null, under: Point | undefined): Pick<EditedPlace, 'x' | 'y' | 'visibility'> {
  const [x, y] = state?.place ? [state.place.x, state.place.y] : under && isPlace(under) ? under : [null, null]
  return { x, y, visibility: state?.visibility ?? (x === null ? 'erased' : 'visible') }
}

/** Where a stored state had a row, by the file it was made over, else by the file as it is; null when there is no such row. */
function placeOf(stored: string | null, original: Point | undefined): EditedPlace | null {
  const state = stored === null ? null : decodeState(stored)
  if (!state && !original) return null
  return { ...shownRow(state, state?.base && state.base !== 'none' ? state.base : original), changed: state !== null }
}

/** Whether a row is now as somebody saw it, over the file as it is. What is erased may be anywhere. */
function isAs(was: { x: number; y: number; visibility: Visibility }, state: PointState | null, original: Point | undefined): boolean {
  const { x, y, visibility } = shownRow(state, original)
  return was.visibility === visibility && (visibility === 'erased' || (was.x === x && was.y === y))
}
