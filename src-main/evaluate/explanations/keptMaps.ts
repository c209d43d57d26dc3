import { z } from 'zod'
import { toHandloomError } from '../../contract/errors.ts'
import type { EmbeddingMap, EmbeddingMapOptions } from '../../contract/evaluate.ts'
import type { Db } from '../../db/open.ts'

const keptMap = z.object({
  /** Hash over the classes of the sequences: what stands apart depends on them. */
  labels: z.string(),
  points: z.array(z.object({ folder: z.string(), role: z.enum(['train', 'test']), x: z.number(), y: z.number(), outlier: z.number().nullable() })),
  duplicates: z.array(z.object({ a: z.string(), b: z.string(), distance: z.number() })),
  explained: z.tuple([z.number(), z.number()]).nullable(),
})

/** Options that make a map what it is, as a name. */
export const mapKey = ({ runId, fold, method, neighbours, minimumDistance, seed }: EmbeddingMapOptions): string =>
  [runId, fold, method, ...(method === 'umap' ? [neighbours, minimumDistance, seed] : [])].join('/')

export interface KeptMaps {
  /** null where there is none of these options and labels. */
  find(options: EmbeddingMapOptions, labels: string): EmbeddingMap | null
  /** Over the one of the same options. Does nothing where the project is read-only. */
  keep(options: EmbeddingMapOptions, labels: string, map: EmbeddingMap): void
  /** Drops all maps of a run's fold. */
  forget(runId: number, fold: number): void
}

/** The table `embedding_map`. */
export function keptMaps(db: Db): KeptMaps {
  const get = db.prepare<[string], string>('SELECT value FROM embedding_map WHERE key = ?').pluck()
  const put = db.prepare<[string, number, number, string]>('INSERT OR REPLACE INTO embedding_map (key, run_id, fold, value) VALUES (?, ?, ?, ?)')
  const remove = db.prepare<[number, number]>('DELETE FROM embedding_map WHERE run_id = ? AND fold = ?')
  return {
    find(options, labels) {
      const kept = parsed(get.get(mapKey(options)))
      if (kept?.labels !== labels) return null
      const { points, duplicates, explained } = kept
      return { points, duplicates, explained }
    },
    keep(options, labels, map) {
      if (db.readonly) return
      try {
        put.run(mapKey(options), options.runId, options.fold, JSON.stringify({ labels, ...map } satisfies z.infer<typeof keptMap>))
      } catch (error) {
        throw toHandloomError(error)
      }
    },
    forget: (runId, fold) => void remove.run(runId, fold),
  }
}

function parsed(text: string | undefined): z.infer<typeof keptMap> | null {
  try {
    return text === undefined ? null : keptMap.parse(JSON.parse(text))
  } catch {
    // It can be made again.
    return null
  }
}
