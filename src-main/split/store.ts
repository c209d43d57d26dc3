import { splitOptions, type SplitListEntry, type SplitOptions, type SplitRecord } from '../contract/split.ts'
import type { Db } from '../db/open.ts'
import { splitHash } from './splitHash.ts'

/** A split without what the store gives it. */
export type NewSplit = Omit<SplitRecord, 'id' | 'created' | 'version'>

interface Head {
  id: number
  created: string
  name: string
  version: number
  options: SplitOptions
}

type Facts = Pick<SplitListEntry, 'hash' | 'parent' | 'leakingSequences' | 'movedSequences'>

/** What a record of a Handloom without named splits may lack. */
type StoredSplit = Pick<SplitRecord, 'frames' | 'warnings' | 'leakingSequences'> &
  Partial<Pick<SplitRecord, 'hash' | 'parent' | 'moved' | 'frameFolds'>> & {
    folds: (Omit<SplitRecord['folds'][number], 'group'> & { group?: string })[]
    classes: (Omit<SplitRecord['classes'][number], 'always'> & { always?: number })[]
  }

export interface SplitStore {
  /** Keeps it as the next version of its name. */
  add(split: NewSplit): SplitRecord
  /** Gives a split another name, and the next free version of it. */
  rename(id: number, name: string): void
  find(id: number): SplitRecord | null
  newest(): SplitRecord | null
  /** Newest first. */
  list(): SplitListEntry[]
}

/** The table `split`. A record is never changed, only its name; what splits from before they had names lack is filled in on reading. */
export function splitStore(db: Db): SplitStore {
  const insert = db.prepare<[string, string, number, string, string]>('INSERT INTO split (created, name, version, options, record) VALUES (?, ?, ?, ?, ?)')
  const setName = db.prepare<[string, number, number]>('UPDATE split SET name = ?, version = ? WHERE id = ?')
  const setMissingName = db.prepare<[string, number, number]>("UPDATE split SET name = ?, version = ? WHERE id = ? AND name = ''")
  const allHeads = db.prepare<[], Omit<Head, 'options'> & { options: string }>('SELECT id, created, name, version, options FROM split ORDER BY id')
  const recordOf = db.prepare<[number], string>('SELECT record FROM split WHERE id = ?').pluck()
  const known = new Map<number, Facts>()

  /** In order of making. Splits without a name are called after their splitter and counted. */
  function heads(): Head[] {
    const nameless = new Map<string, number>()
    return allHeads.all().map((row) => {
      const options = splitOptions.parse(JSON.parse(row.options))
      if (row.name !== '') return { ...row, options }
      const version = (nameless.get(options.splitter) ?? 0) + 1
      nameless.set(options.splitter, version)
      return { ...row, options, name: options.splitter, version }
    })
  }

  const nextVersion = (name: string): number => 1 + heads().reduce((most, head) => (head.name === name ? Math.max(most, head.version) : most), 0)

  function read(head: Head): SplitRecord {
    const stored = JSON.parse(recordOf.get(head.id) ?? '') as StoredSplit
    const folds = stored.folds.map((sequence) => ({ ...sequence, group: sequence.group ?? String(Number(sequence.folder.split('/')[1])) }))
    const frameFolds = stored.frameFolds ?? null
    return {
      ...stored,
      ...head,
      folds,
      frameFolds,
      classes: stored.classes.map((row) => ({ ...row, always: row.always ?? 0 })),
      hash: stored.hash ?? splitHash({ options: head.options, folds, frameFolds }),
      parent: stored.parent ?? null,
      moved: stored.moved ?? [],
    }
  }

  function factsOf(head: Head): Facts {
    let facts = known.get(head.id)
    if (!facts) {
      const { hash, parent, leakingSequences, moved } = read(head)
      facts = { hash, parent, leakingSequences, movedSequences: moved.length }
      known.set(head.id, facts)
    }
    return facts
  }

  return {
    add: db.transaction((split: NewSplit): SplitRecord => {
      const created = new Date().toISOString()
      const version = nextVersion(split.name)
      const { name, options, ...record } = split
      const id = Number(insert.run(created, name, version, JSON.stringify(options), JSON.stringify(record)).lastInsertRowid)
      return { ...split, id, created, version }
    }),
    rename: db.transaction((id: number, name: string): void => {
      // Or those without a name would count anew without this one.
      for (const head of heads()) setMissingName.run(head.name, head.version, head.id)
      setName.run(name, nextVersion(name), id)
    }),
    find(id) {
      const head = heads().find((head) => head.id === id)
      return head ? read(head) : null
    },
    newest() {
      const head = heads().at(-1)
      return head ? read(head) : null
    },
    list: () => heads().reverse().map((head) => ({ ...head, ...factsOf(head) })),
  }
}
