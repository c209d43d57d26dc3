import { HandloomError } from '../../contract/errors.ts'
import type { Explanations } from '../../contract/rooms.ts'
import type { Db } from '../../db/open.ts'

/** What a fold's network makes of every sequence: a row each. */
export interface EmbeddingBlock {
  folders: readonly string[]
  /** Length of an embedding. */
  width: number
  /** [folders × width], each row of length 1 (0 where the network gave nothing), so that a dot product is a cosine. */
  unit: Float32Array
  /** Row of a folder. */
  rowOf: ReadonlyMap<string, number>
}

/** Bytes of blocks that are kept in memory; the newest one always is. */
const keptBytes = 192 * 2 ** 20

export interface EmbeddingBlocks {
  /** Replaces a fold's block. Call it within a transaction. @throws HandloomError `bad-request` for what is no block of embeddings */
  store(runId: number, fold: number, embeddings: Explanations['embeddings']): void
  carry(from: number, to: number, fold: number): void
  /** null where the fold has none. @throws HandloomError `bad-input` for a damaged one */
  load(runId: number, fold: number): EmbeddingBlock | null
}

/** The table `embedding_block`: float32, row by row, in the order of `folders`. */
export function embeddingBlocks(db: Db): EmbeddingBlocks {
  const put = db.prepare<[number, number, string, Buffer]>('INSERT OR REPLACE INTO embedding_block (run_id, fold, folders, embeddings) VALUES (?, ?, ?, ?)')
  const remove = db.prepare<[number, number]>('DELETE FROM embedding_block WHERE run_id = ? AND fold = ?')
  const copy = db.prepare<[number, number, number]>('INSERT INTO embedding_block (run_id, fold, folders, embeddings) SELECT ?, fold, folders, embeddings FROM embedding_block WHERE run_id = ? AND fold = ?')
  const get = db.prepare<[number, number], { folders: string; embeddings: Buffer }>('SELECT folders, embeddings FROM embedding_block WHERE run_id = ? AND fold = ?')

  const kept = new Map<string, EmbeddingBlock>()
  let written = 0

  return {
    store(runId, fold, embeddings) {
      const block = packed(embeddings, `Fold ${fold} of run ${runId}`)
      kept.delete(`${runId}/${fold}`)
      put.run(runId, fold, JSON.stringify(embeddings.map(({ folder }) => folder)), block)
    },
    carry(from, to, fold) {
      kept.delete(`${to}/${fold}`)
      remove.run(to, fold)
      copy.run(to, from, fold)
    },
    load(runId, fold) {
      // Another process writes here: what it stored since is read anew.
      if (db.readonly && written !== (written = db.pragma('data_version', { simple: true }) as number)) kept.clear()
      const key = `${runId}/${fold}`
      const known = kept.get(key)
      kept.delete(key)
      const stored = known ? undefined : get.get(runId, fold)
      const block = known ?? (stored ? unpacked(stored, runId, fold) : null)
      if (!block) return null
      kept.set(key, block)
      let bytes = [...kept.values()].reduce((sum, { unit }) => sum + unit.byteLength, 0)
      for (const [oldest, { unit }] of kept) {
        if (bytes <= keptBytes || oldest === key) break
        kept.delete(oldest)
        bytes -= unit.byteLength
      }
      return block
    },
  }
}

function packed(embeddings: Explanations['embeddings'], whose: string): Buffer {
  const width = embeddings[0]?.embedding.length ?? 0
  const refuse = (folder: string, what: string) => new HandloomError('bad-request', `${whose}: the embedding of ${folder} ${what}; nothing was stored.`, { file: folder })
  const all = new Float32Array(embeddings.length * width)
  const seen = new Set<string>()
  for (const [row, { folder, embedding }] of embeddings.entries()) {
    if (seen.has(folder)) throw refuse(folder, 'is there twice')
    seen.add(folder)
    if (embedding.length !== width || width === 0) throw refuse(folder, `has ${embedding.length} numbers${width === 0 ? '' : `, the first one ${width}`}`)
    const odd = embedding.find((value) => !Number.isFinite(value))
    if (odd !== undefined) throw refuse(folder, `holds ${odd}, which is no number to reckon with`)
    all.set(embedding, row * width)
  }
  return Buffer.from(all.buffer)
}

function unpacked({ folders: names, embeddings }: { folders: string; embeddings: Buffer }, runId: number, fold: number): EmbeddingBlock {
  const damaged = (cause?: unknown) =>
    new HandloomError('bad-input', `The stored embeddings of fold ${fold} of run ${runId} are damaged. Train the fold anew, or restore the project from a copy.`, { place: `run ${runId}, fold ${fold}`, cause })
  let folders: unknown
  try {
    folders = JSON.parse(names)
  } catch (error) {
    throw damaged(error)
  }
  if (!Array.isArray(folders) || !folders.every((folder) => typeof folder === 'string')) throw damaged()
  const width = folders.length === 0 ? 0 : embeddings.byteLength / 4 / folders.length
  if (!Number.isInteger(width) || (width === 0) !== (folders.length === 0)) throw damaged()
  const unit = new Float32Array(folders.length * width)
  new Uint8Array(unit.buffer).set(embeddings)
  if (!normalise(unit, width)) throw damaged()
  return { folders, width, unit, rowOf: new Map(folders.map((folder, row) => [folder, row])) }
}

/** Brings each row to length 1, in place; a row of zeros stays. False when it holds what is not finite. */
function normalise(rows: Float32Array, width: number): boolean {
  for (let start = 0; start < rows.length; start += width) {
    let squares = 0
    for (let at = start; at < start + width; at++) squares += (rows[at] as number) ** 2
    if (!Number.isFinite(squares)) return false
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0
    for (let at = start; at < start + width; at++) rows[at] = (rows[at] as number) * scale
  }
  return true
}
