import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { EditSummary, PointChange, RegionRule } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError, type ErrorKind } from '../../src-main/contract/errors.ts'
import type { AnnotationRoom } from '../../src-main/contract/rooms.ts'
import { edited, reverted, ruled, settled, shownRow, shownRows, type Model, type ShownRow } from './fuzzModel.ts'
import { roomRows, type ChangingDataset } from './fuzzRoom.ts'
import { openRoom } from './openRoom.ts'

type EditStep =
  | { do: 'apply'; changes: PointChange[] }
  | { do: 'rule'; terms: RegionRule['terms'] }
  /** Which of the edits ever made, from the newest back. */
  | { do: 'revert'; back: number }
  | { do: 'resolve'; folder: string; keep: 'edits' | 'file' }
export type Step =
  | EditStep
  /** The files of a sequence become others. */
  | { do: 'write'; folder: string; frames: readonly (readonly Point[] | null)[] }
  | { do: 'undo' }
  | { do: 'redo' }
  | { do: 'restart' }

type Outcome = 'done' | 'nothing' | ErrorKind

/** A state that the history went through, and the edit that led to it. */
interface Moment {
  id: number
  model: Model
  digest: string
}

export interface Machine {
  /** Does the step to the room and to the model, and expects both to say the same of it and to show the same afterwards. */
  perform(step: Step): Promise<Outcome>
  /** A row as it is to be seen now. */
  shown(folder: string, frame: number, row: number): ShownRow
  /** Expects that undoing everything leads to the start and redoing everything to the end, past every state that was there. Returns the number of edits. */
  expectThereAndBack(): Promise<number>
  close(): void
}

/** The annotation room over SQLite beside a model of it: history as a list of states, each a map of what was said. */
export function createMachine({ dataset, files, write }: ChangingDataset, project: string): Machine {
  let opened = openRoom(dataset, project)
  const past: Moment[] = [{ id: 0, model: new Map(), digest: digestOf(new Map()) }]
  /** The next one to be done again is the last. */
  let future: Moment[] = []
  const ids: number[] = []
  const hashes = new Map<string, string>()
  const digests = new Map<string, string>()
  let steps = 0
  /** Whether each step is looked at, or its hash only and the rows of every 25th. */
  let looking = true

  const now = (): Model => past.at(-1)!.model

  /** Hashes of the room and states of the model go together, one to one; the folders, and all of them now and then, look alike. */
  function expectSame(step: Step, folders: readonly string[]): void {
    const { model, digest } = past.at(-1)!
    const hash = opened.room.editsHash()
    const said = { empty: hash === '', hash: hashes.get(digest) ?? hash, digest: digests.get(hash) ?? digest }
    // Ten thousand times; the long comparisons are for what differs.
    if (said.empty !== (model.size === 0) || said.hash !== hash || said.digest !== digest) expect({ step, ...said }).toEqual({ step, empty: model.size === 0, hash, digest })
    hashes.set(digest, hash)
    digests.set(hash, digest)
    const looked = new Map([...files].filter(([folder]) => folders.includes(folder) || ++steps % 25 === 0))
    const [shown, wanted] = [roomRows(opened.room, dataset, looked.keys()), shownRows(model, looked)]
    if (JSON.stringify(shown) !== JSON.stringify(wanted)) expect([step, shown]).toEqual([step, wanted])
  }

  /** What the model makes of a step that is an edit, and how the room is asked for it. */
  function edit(step: EditStep, room: AnnotationRoom): [Model | ErrorKind, () => EditSummary | Promise<EditSummary>] {
    if (step.do === 'apply') return [edited(now(), files, step.changes), () => room.apply({ label: '', changes: step.changes })]
    if (step.do === 'rule') return [ruled(now(), files, step), () => room.applyRule({ rule: { name: 'rule', folders: [], terms: step.terms } })]
    if (step.do === 'resolve') return [settled(now(), files, step.folder, step.keep), () => room.resolveConflict(step)]
    const editId = ids.at(-1 - step.back) ?? 0
    const place = past.findIndex(({ id }) => id === editId)
    const model = editId === 0 ? 'not-found' : place < 0 ? 'conflict' : reverted(now(), past[place - 1]!.model, past[place]!.model)
    return [model, () => room.revert({ editId })]
  }

  async function asked(step: Step, work: () => EditSummary | null | Promise<EditSummary | null>, should: string): Promise<EditSummary | null> {
    let said: string
    let made: EditSummary | null = null
    try {
      made = await work()
      said = made ? 'done' : 'nothing'
    } catch (error) {
      if (!(error instanceof HandloomError)) throw error
      said = error.kind
    }
    expect([step, said]).toEqual([step, should])
    return made
  }

  async function perform(step: Step): Promise<Outcome> {
    if (step.do === 'restart') {
      opened.close()
      opened = openRoom(dataset, project)
      expectSame(step, [...files.keys()])
      return 'done'
    }
    if (step.do === 'write') {
      write(step.folder, step.frames)
      expectSame(step, [step.folder])
      return 'done'
    }
    if (step.do === 'undo' || step.do === 'redo') {
      const next = step.do === 'undo' ? (past.length > 1 ? past.at(-1) : undefined) : future.at(-1)
      const made = await asked(step, () => opened.room[step.do](), next ? 'done' : 'nothing')
      if (!next) return 'nothing'
      expect([step, made?.id]).toEqual([step, next.id])
      if (step.do === 'undo') future.push(past.pop()!)
      else past.push(future.pop()!)
      expectSame(step, looking ? (made?.folders ?? []) : [])
      return 'done'
    }
    const [model, work] = edit(step, opened.room)
    const made = await asked(step, work, typeof model === 'string' ? model : 'done')
    if (typeof model !== 'string' && made) {
      ids.push(made.id)
      past.push({ id: made.id, model, digest: digestOf(model) })
      future = []
    }
    expectSame(step, made?.folders ?? [])
    return typeof model === 'string' ? model : 'done'
  }

  return {
    perform,
    shown: (folder, frame, row) => shownRow(now().get(`${folder} ${frame} ${row}`), files.get(folder)?.[frame]?.[row]),
    async expectThereAndBack() {
      looking = false
      while ((await perform({ do: 'redo' })) === 'done');
      const end = opened.room.editsHash()
      let undone = 0
      while ((await perform({ do: 'undo' })) === 'done') undone++
      expect(opened.room.editsHash()).toBe('')
      await perform({ do: 'restart' })
      let redone = 0
      while ((await perform({ do: 'redo' })) === 'done') redone++
      expect([redone, opened.room.editsHash()]).toEqual([undone, end])
      looking = true
      return undone
    },
    close: () => opened.close(),
  }
}

const digestOf = (model: Model): string => createHash('sha256').update(JSON.stringify([...model].sort(([a], [b]) => (a < b ? -1 : 1)))).digest('hex')
