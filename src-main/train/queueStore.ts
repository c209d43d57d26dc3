import type { Db } from '../db/open.ts'
import type { FoldKey } from './queue.ts'

export interface QueueStore {
  /** What runs and waits, in order. */
  entries(): FoldKey[]
  setEntries(entries: readonly FoldKey[]): void
  /** A value that is kept beside the queue; null when there is none. */
  value<T>(key: string): T | null
  setValue(key: string, value: unknown): void
}

/** The tables queue_entry and train_value. */
export function createQueueStore(db: Db): QueueStore {
  const insert = db.prepare('INSERT INTO queue_entry (run_id, fold, position) VALUES (?, ?, ?)')
  const setEntries = db.transaction((entries: readonly FoldKey[]) => {
    db.prepare('DELETE FROM queue_entry').run()
    for (const [position, { runId, fold }] of entries.entries()) insert.run(runId, fold, position)
  })
  return {
    entries: () => db.prepare<[], FoldKey>('SELECT run_id AS runId, fold FROM queue_entry ORDER BY position').all(),
    setEntries: (entries) => void setEntries(entries),
    value<T>(key: string) {
      const text = db.prepare<[string], string>('SELECT value FROM train_value WHERE key = ?').pluck().get(key)
      return text === undefined ? null : (JSON.parse(text) as T)
    },
    setValue: (key, value) => void db.prepare('INSERT INTO train_value (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value').run(key, JSON.stringify(value)),
  }
}
