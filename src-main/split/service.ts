import { HandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom, SplitRoom } from '../contract/rooms.ts'
import { splitRequest, type GroupColumn, type SplitRecord, type SplitRequest } from '../contract/split.ts'
import type { Db } from '../db/open.ts'
import { describeFolds } from './describe.ts'
import { compareLabels } from './labels.ts'
import { createLeakCheck } from './leaks/leakCheck.ts'
import { moveSequences } from './move.ts'
import { planSplit, type PlannedSequence } from './plan.ts'
import { splitStore, type NewSplit } from './store.ts'

/** Values of a group column that are shown. */
const examples = 5

/** Splits of the data set's training sequences, named and versioned, each kept with its options, so that a run can name the one it was made from. */
export function createSplit({ db, dataset, emit }: { db: Db; dataset: DatasetRoom; emit: Emit }): SplitRoom {
  const store = splitStore(db)
  const leakCheck = createLeakCheck({ db, dataset, emit })
  const classNames = () => new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))

  function get(id: number): SplitRecord {
    const record = store.find(id)
    if (!record) throw new HandloomError('not-found', `There is no split ${id} in this project.`)
    return record
  }

  /** Training sequences without a pose id or without frames are left out: there is nothing to train on. */
  const trained = () =>
    dataset.summaries('train').flatMap(({ folder, number, poseId, frames }) => (poseId === null || frames === 0 ? [] : [{ folder, number, poseId, frames }]))

  function valueOf(column: string): (sequence: { folder: string; number: number }) => string | null {
    if (column === 'sequence') return ({ number }) => String(number)
    const columns = dataset.groupColumns()
    const found = columns.find(({ name }) => name === column)
    if (!found) throw new HandloomError('bad-request', `There is no column ${column} to group by. There are ${['sequence', ...columns.map(({ name }) => name)].slice(0, 40).join(', ')}.`)
    return ({ folder }) => found.valueOf(folder)
  }

  function plan(input: SplitRequest): NewSplit {
    const { name, ...options } = splitRequest.parse(input)
    const groupOf = valueOf(options.group)
    const sequences = trained().map((sequence): PlannedSequence => ({ ...sequence, group: groupOf(sequence) }))
    if (sequences.length === 0)
      throw new HandloomError('conflict', `${dataset.folder} has no training sequence with a class and frames (yet), so there is nothing to split.`, { file: dataset.folder })
    return { ...planSplit(sequences, classNames(), options), name: name || options.splitter, parent: null, moved: [] }
  }

  function keep(split: NewSplit): SplitRecord {
    const record = store.add(split)
    emit({ type: 'split', splitId: record.id })
    return record
  }

  return {
    plan,
    make: (input) => keep(plan(input)),
    current: () => store.newest(),
    get: ({ id }) => get(id),
    list: () => store.list(),
    move({ id, moves }) {
      const before = get(id)
      const { folds, moved } = moveSequences(before, moves)
      const frames = new Map(trained().map(({ folder, frames }) => [folder, frames]))
      return keep({ ...describeFolds({ options: before.options, folds, frameFolds: null }, { frames, names: classNames() }), name: before.name, parent: id, moved })
    },
    rename({ id, name: given }) {
      const { name: before } = get(id)
      const name = given.trim()
      if (name === '') throw new HandloomError('conflict', 'A split needs a name. Give it one of up to 60 characters.')
      if (name !== before) {
        store.rename(id, name)
        emit({ type: 'split', splitId: id })
      }
      return store.list()
    },
    groupColumns() {
      const folders = trained().map(({ folder }) => folder)
      return dataset.groupColumns().map(({ name, valueOf }): GroupColumn => {
        const found = folders.map(valueOf)
        const values = [...new Set(found.filter((value) => value !== null))].sort(compareLabels)
        return { name, values: values.length, missing: found.filter((value) => value === null).length, examples: values.slice(0, examples) }
      })
    },
    leaks: ({ id }) => leakCheck.report(get(id)),
    checkLeaks: ({ id }) => leakCheck.start(get(id)),
    cancelLeakCheck: () => leakCheck.cancel(),
    close: () => leakCheck.close(),
  }
}
