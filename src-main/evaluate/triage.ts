import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { TriageCause, TriageEntry } from '../contract/evaluate.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import { machineUser } from '../db/author.ts'
import type { Db } from '../db/open.ts'
import { compareFolders } from './predictionTable.ts'

export interface Triage {
  /** Newest first; of the same moment in folder order. */
  triage(): TriageEntry[]
  /**
   * Sets the cause of sequences (null: takes it away), in one transaction. A note that is not given stays as it was.
   * Returns what was there before, in the order asked for.
   * @throws HandloomError `not-found` naming the first sequence that the data set does not have; nothing is stored then
   */
  setTriage(input: { folders: string[]; cause: TriageCause | null; note?: string | undefined }): { folder: string; before: TriageEntry | null }[]
  /** By folder. Kept in memory, so cheap to ask for with every query. */
  entries(): ReadonlyMap<string, TriageEntry>
}

/** Why sequences are predicted badly, as a person judged: the table `triage`. */
export function createTriage({ db, dataset, emit, readOnly = db.readonly }: { db: Db; dataset: Pick<DatasetRoom, 'has'>; emit: Emit; readOnly?: boolean }): Triage {
  const all = db.prepare<[], TriageEntry>('SELECT folder, cause, note, created, author FROM triage')
  const put = db.prepare<TriageEntry>('INSERT OR REPLACE INTO triage (folder, cause, note, created, author) VALUES (@folder, @cause, @note, @created, @author)')
  const remove = db.prepare<[string]>('DELETE FROM triage WHERE folder = ?')

  let known: ReadonlyMap<string, TriageEntry> | null = null
  let written = 0
  const entries = (): ReadonlyMap<string, TriageEntry> => {
    // Another process writes here: what it judged since is read anew.
    if (readOnly && written !== (written = db.pragma('data_version', { simple: true }) as number)) known = null
    return (known ??= new Map(all.all().map((entry) => [entry.folder, entry])))
  }

  return {
    entries,
    triage: () => [...entries().values()].sort((a, b) => (a.created === b.created ? compareFolders(a.folder, b.folder) : a.created < b.created ? 1 : -1)),

    setTriage({ folders: asked, cause, note }) {
      const folders = [...new Set(asked)]
      const unknown = folders.find((folder) => !dataset.has(folder))
      if (unknown !== undefined) throw new HandloomError('not-found', `The data set has no sequence ${unknown}; no cause was stored.`, { file: unknown })
      const before = folders.map((folder) => ({ folder, before: entries().get(folder) ?? null }))
      const made = { created: new Date().toISOString(), author: machineUser() }
      try {
        db.transaction(() => {
          for (const { folder, before: entry } of before)
            if (cause === null) remove.run(folder)
            else put.run({ folder, cause, note: note ?? entry?.note ?? '', ...made })
        }).immediate()
      } catch (error) {
        throw toHandloomError(error)
      }
      known = null
      emit({ type: 'triage', folders })
      return before
    },
  }
}
