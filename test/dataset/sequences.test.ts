import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sequenceQuery, type Problem, type SequenceQuery } from '../../src-main/contract/dataset.ts'
import type { EditOverlay } from '../../src-main/contract/rooms.ts'
import type { ClassRead, SequenceRead } from '../../src-main/dataset/records.ts'
import { createSequenceIndex } from '../../src-main/dataset/sequenceIndex.ts'
import { sequenceWriter, writeTables } from '../../src-main/dataset/store.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { rowOrder } from '../../src-renderer/pages/browse/rowOrder.ts'
import { temporaryFolder } from './dataFolder.ts'

/** A sequence as a person would write it on paper: each number of `left` is a frame with so many keypoints. */
interface Plain {
  role: 'train' | 'test'
  number: number
  poseId: number | null
  actionName: string | null
  actor: string | null
  left: number[]
  problems: Problem['kind'][]
}
type PlainClass = Pick<ClassRead, 'poseId' | 'name' | 'hand'>

const hands = ['left', 'right', 'both', 'unknown'] as const
const handWords = { left: ['left', '왼손'], right: ['right', '오른손'], both: ['both', '양손', '두손'], unknown: ['unknown'] }
const names = ['숫자 1', '손하트', 'OK', '검지,중지 교차'.normalize('NFD')]
const folderOf = ({ role, number }: Plain): string => `${role}/${number}`

const plain = fc.record({
  role: fc.constantFrom('train' as const, 'test' as const),
  number: fc.integer({ min: 0, max: 7 }),
  poseId: fc.option(fc.integer({ min: 1, max: 4 })),
  actionName: fc.option(fc.constantFrom(...names)),
  actor: fc.option(fc.constantFrom('Kim', 'lee', 'A01', '왼쪽')),
  left: fc.array(fc.constantFrom(0, 21, 42), { minLength: 1, maxLength: 3 }),
  problems: fc.array(fc.constantFrom('extra-frame' as const, 'keypoint-count' as const), { maxLength: 2 }),
})
const classes = fc.uniqueArray(fc.record({ poseId: fc.integer({ min: 1, max: 4 }), name: fc.constantFrom('', ...names), hand: fc.constantFrom(...hands) }), { selector: ({ poseId }) => poseId, maxLength: 4 })
const query = fc.record(
  {
    role: fc.constantFrom('train' as const, 'test' as const),
    search: fc.array(fc.constantFrom('왼손', '두', 'LEFT', 'kim', 'a0', '숫자', '교차', 'train/1', '2', 'ok', '없음'), { maxLength: 2 }).map((words) => words.join('  ')),
    poseIds: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    hand: fc.constantFrom(...hands),
    flag: fc.constantFrom('problems' as const, 'edited' as const, 'empty' as const, 'mismatch' as const),
    sort: fc.constantFrom('folder' as const, 'class' as const, 'frames' as const, 'problems' as const, 'edited' as const),
    descending: fc.boolean(),
    offset: fc.integer({ min: 0, max: 4 }),
    limit: fc.integer({ min: 1, max: 30 }),
  },
  { requiredKeys: [] },
)
/** What happens to the data set between two questions. */
const change = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), rows: fc.uniqueArray(plain, { selector: folderOf, minLength: 1, maxLength: 8 }) }),
  fc.record({ kind: fc.constant('remove' as const), nth: fc.nat(20) }),
  fc.record({ kind: fc.constant('erase' as const), nth: fc.nat(2), frame: fc.nat(2) }),
  fc.record({ kind: fc.constant('undo' as const), nth: fc.nat(2) }),
  fc.record({ kind: fc.constant('label' as const), nth: fc.nat(7), poseId: fc.option(fc.integer({ min: 1, max: 4 })) }),
  fc.record({ kind: fc.constant('classes' as const), table: classes }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

let writes = 0

function asRead(row: Plain): SequenceRead {
  const folder = folderOf(row)
  return {
    ...row, folder, stamp: `s${++writes}`, jsonHash: 'h', imageInfo: null, extra: null,
    frames: row.left.map((keypoints, number) => ({ number, file: `${number}.png`, width: 32, height: 24, size: 1, modified: 1, points: new Float64Array(keypoints * 3), unreadable: null, fingerprint: null })),
    problems: row.problems.map((kind) => ({ kind, file: folder, place: '', message: kind, folder, severity: 'warning' })),
  }
}

function openIndex() {
  const { db, close } = openDatabase(temporaryFolder())
  onTestFinished(close)
  /** Frames of which every keypoint is erased, and how often a sequence was edited. */
  const edits = new Map<string, { frames: Set<number>; version: number }>()
  const corrected = new Map<string, number>()
  const rows = new Map<string, Plain>()
  let table: PlainClass[] = []
  const labelOf = (row: Plain): number | null => (row.role === 'train' ? corrected.get(folderOf(row)) : undefined) ?? row.poseId
  const erasedOf = (row: Plain): number => [...(edits.get(folderOf(row))?.frames ?? [])].reduce((sum, frame) => sum + (row.left[frame] ?? 0), 0)
  const overlay: EditOverlay = {
    version: (folder) => edits.get(folder)?.version ?? 0,
    correctedLabel: (folder) => corrected.get(folder) ?? null,
    editedPoints: (folder) => (rows.has(folder) ? erasedOf(rows.get(folder) as Plain) : 0),
    overlay: (folder, frames) => frames.map(({ number, file, width, height, original, unreadable }) => ({
      number, file, width, height, original, unreadable, points: original ?? [], hidden: [], moved: [], conflicts: [],
      erased: edits.get(folder)?.frames.has(number) ? (original ?? []).map((_, row) => row) : [],
    })),
  }
  const index = createSequenceIndex(db, () => overlay, false)
  const writer = sequenceWriter(db)

  function act(change: Change): void {
    const nth = 'nth' in change ? [...rows.values()][change.nth % Math.max(1, rows.size)] : undefined
    if (change.kind === 'write') {
      index.update(db.transaction(() => change.rows.map((row) => writer.write(asRead(row))))(), [])
      for (const row of change.rows) rows.set(folderOf(row), row)
    } else if (change.kind === 'classes') {
      table = change.table
      writeTables(db, { classes: table.map((row) => ({ ...row, view: '', gesture: '', extra: {} })), sample: null, classHash: '', problems: [] })
      index.refresh()
    } else if (nth && change.kind === 'remove') {
      writer.remove(folderOf(nth))
      index.update([], [folderOf(nth)])
      rows.delete(folderOf(nth))
    } else if (nth && change.kind === 'erase') {
      const { frames, version } = edits.get(folderOf(nth)) ?? { frames: new Set<number>(), version: 0 }
      edits.set(folderOf(nth), { frames: new Set([...frames, change.frame]), version: version + 1 })
    } else if (nth && change.kind === 'label') {
      const isKnown = table.some(({ poseId }) => poseId === change.poseId) || [...rows.values()].some(({ role, poseId }) => role === 'train' && poseId === change.poseId)
      if (change.poseId === null) corrected.delete(folderOf(nth))
      else if (isKnown && nth.role === 'train') corrected.set(folderOf(nth), change.poseId)
    } else if (nth && change.kind === 'undo') edits.set(folderOf(nth), { frames: new Set(), version: (edits.get(folderOf(nth))?.version ?? 0) + 1 })
  }

  /** The rows a query is about, looked at one by one. */
  function expected(asked: SequenceQuery) {
    const trained = [...rows.values()].filter(({ role }) => role === 'train').sort((a, b) => a.number - b.number)
    const facts = [...rows.values()].map((row) => {
      const label = labelOf(row)
      const correction = row.role === 'train' ? corrected.get(folderOf(row)) : undefined
      const known = table.find(({ poseId }) => poseId === label)
      const trainedName = trained.find(({ poseId, actionName }) => poseId === label && actionName !== null)?.actionName
      const isClass = known !== undefined || (label !== null && trained.some((other) => other.poseId === label || labelOf(other) === label))
      const left = row.left.map((keypoints, frame) => (edits.get(folderOf(row))?.frames.has(frame) ? 0 : keypoints))
      return {
        folder: folderOf(row), role: row.role, number: row.number, poseId: label, correctedFrom: correction === undefined ? null : row.poseId, actor: row.actor, frames: row.left.length,
        className: isClass ? known?.name || (trainedName ?? String(label)) : row.actionName,
        hand: known?.hand ?? 'unknown', keypoints: Math.max(...left), emptyFrames: left.filter((keypoints) => keypoints === 0).length,
        editedPoints: erasedOf(row), edited: erasedOf(row) > 0 || correction !== undefined, problems: row.problems.length, mismatch: row.problems.includes('keypoint-count'),
      }
    })
    const words = asked.search.toLowerCase().split(/\s+/).filter((word) => word !== '')
    const flag = { problems: 'problems', edited: 'edited', empty: 'emptyFrames', mismatch: 'mismatch' } as const
    const found = facts.filter((row) =>
      (asked.role === undefined || row.role === asked.role) && (asked.hand === undefined || row.hand === asked.hand) &&
      (asked.poseIds === undefined || (row.poseId !== null && asked.poseIds.includes(row.poseId))) && (asked.flag === undefined || Boolean(row[flag[asked.flag]])) &&
      words.every((word) => [row.folder, row.className, row.poseId, row.actor, ...handWords[row.hand]].some((part) => String(part ?? '').normalize('NFC').toLowerCase().split(/\s+/).some((piece) => piece.includes(word)))))
    const trainedIds = new Set(trained.flatMap((row) => labelOf(row) ?? []))
    return {
      total: found.length,
      rows: found.sort(rowOrder(asked)).slice(asked.offset, asked.offset + asked.limit).map(({ mismatch: _mismatch, edited: _edited, ...row }) => row),
      poseIds: [...trainedIds].sort((a, b) => a - b),
      counts: trained.length - trained.filter((row) => labelOf(row) === null).length,
    }
  }

  async function given(asked: SequenceQuery) {
    const { total, rows: page } = await index.query(asked)
    return { total, poseIds: index.poseIds(), counts: index.classRows().reduce((sum, { trainSequences }) => sum + trainSequences, 0), rows: page.map(({ view: _view, gesture: _gesture, coverFrame: _cover, width: _width, height: _height, version: _version, ...row }) => row) }
  }
  return { act, expected, given }
}

describe('what Browse asks for', () => {
  it('is what a look at each sequence says, whatever was scanned, edited, undone or renamed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ change, query }), { minLength: 4, maxLength: 24 }), async (steps) => {
        const { act, expected, given } = openIndex()
        for (const { change, query } of steps) {
          act(change)
          for (const asked of [sequenceQuery.parse(query), sequenceQuery.parse({})]) expect(await given(asked)).toEqual(expected(asked))
        }
      }),
      { seed: 20_000, numRuns: 100 },
    )
  })
})
