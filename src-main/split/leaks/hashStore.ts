import type { Db } from '../../db/open.ts'
import type { Look } from './frameHash.ts'
import type { KnownFrame } from './inventory.ts'

interface Row {
  number: number
  stamp: string
  hash: Buffer | null
  unreadable: string | null
}

export interface HashStore {
  /** What is known of a sequence's frames, by frame number. */
  looksOf(folder: string): Map<number, { stamp: string; look: Look }>
  /** One transaction; what it holds can always be worked out again, so it is not waited for until it is on the disk. */
  write(frames: readonly KnownFrame[]): void
}

/** The table `frame_hash`. */
export function hashStore(db: Db): HashStore {
  const select = db.prepare<[string], Row>('SELECT number, stamp, hash, unreadable FROM frame_hash WHERE folder = ?')
  const replace = db.prepare('INSERT OR REPLACE INTO frame_hash (folder, number, stamp, hash, unreadable) VALUES (?, ?, ?, ?, ?)')
  const writeAll = db.transaction((frames: readonly KnownFrame[]) => {
    for (const { folder, number, stamp, look } of frames) if (look) replace.run(folder, number, stamp, look.hash, look.unreadable)
  })
  return {
    looksOf: (folder) =>
      new Map(
        select.all(folder).map(({ number, stamp, hash, unreadable }) => [number, { stamp, look: hash ? { hash, unreadable: null } : { hash: null, unreadable: unreadable ?? '' } }]),
      ),
    write(frames) {
      if (frames.length === 0) return
      db.pragma('synchronous = NORMAL')
      try {
        writeAll(frames)
      } finally {
        db.pragma('synchronous = FULL')
      }
    },
  }
}
