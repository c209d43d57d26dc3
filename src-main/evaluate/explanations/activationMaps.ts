import { z } from 'zod'
import { HandloomError } from '../../contract/errors.ts'
import type { Explanations } from '../../contract/rooms.ts'
import type { Db } from '../../db/open.ts'

type StoredMap = Explanations['maps'][number]

/** Of a frame's maps all but the values: [frame, hand, height, width, [pose id, lowest value, highest value][]]. */
const heads = z.array(
  z.tuple([z.number().int(), z.number().int().nullable(), z.number().int().positive(), z.number().int().positive(), z.array(z.tuple([z.number().int(), z.number(), z.number()]))]),
)
type Head = z.infer<typeof heads>[number]

/** Steps between a map's lowest and highest value: a value is kept to (highest − lowest) / 131,070. */
const steps = 65_535

export interface ActivationMaps {
  /** Replaces a fold's maps. Call it within a transaction. @throws HandloomError `bad-request` for what is no map */
  store(runId: number, fold: number, maps: Explanations['maps']): void
  carry(from: number, to: number, fold: number): void
  /** Maps of a sequence by a fold, in the order of frames and hands; empty where it has none. @throws HandloomError `bad-input` for damaged ones */
  load(runId: number, fold: number, folder: string): Omit<StoredMap, 'folder'>[]
}

/** The table `activation_map`: a row per sequence, values as 16-bit steps between the lowest and highest of each map. */
export function activationMaps(db: Db): ActivationMaps {
  const clear = db.prepare<[number, number]>('DELETE FROM activation_map WHERE run_id = ? AND fold = ?')
  const put = db.prepare<[number, number, string, string, Buffer]>('INSERT INTO activation_map (run_id, fold, folder, maps, "values") VALUES (?, ?, ?, ?, ?)')
  const copy = db.prepare<[number, number, number]>('INSERT INTO activation_map (run_id, fold, folder, maps, "values") SELECT ?, fold, folder, maps, "values" FROM activation_map WHERE run_id = ? AND fold = ?')
  const get = db.prepare<[number, number, string], { maps: string; values: Buffer }>('SELECT maps, "values" FROM activation_map WHERE run_id = ? AND fold = ? AND folder = ?')
  return {
    store(runId, fold, maps) {
      check(maps, `Fold ${fold} of run ${runId}`)
      clear.run(runId, fold)
      for (const [folder, own] of Map.groupBy(maps, (map) => map.folder)) {
        own.sort((a, b) => a.frame - b.frame || (a.hand ?? -1) - (b.hand ?? -1))
        const { head, values } = packed(own)
        put.run(runId, fold, folder, JSON.stringify(head), values)
      }
    },
    carry(from, to, fold) {
      clear.run(to, fold)
      copy.run(to, from, fold)
    },
    load(runId, fold, folder) {
      const stored = get.get(runId, fold, folder)
      return stored ? unpacked(stored, `${folder} by fold ${fold} of run ${runId}`) : []
    },
  }
}

function check(maps: Explanations['maps'], whose: string): void {
  const seen = new Set<string>()
  for (const { folder, frame, hand, height, width, classes } of maps) {
    const place = `frame ${frame}${hand === null ? '' : `, hand ${hand}`}`
    const refuse = (what: string) => new HandloomError('bad-request', `${whose}: the activation maps of ${folder}, ${place} ${what}; nothing was stored.`, { file: folder, place })
    if (seen.has(`${folder}, ${place}`)) throw refuse('are there twice')
    seen.add(`${folder}, ${place}`)
    if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) throw refuse(`measure ${height} × ${width}`)
    if (new Set(classes.map(({ poseId }) => poseId)).size !== classes.length) throw refuse('name a class twice')
    for (const { poseId, values } of classes) {
      if (values.length !== height * width) throw refuse(`have ${values.length} values of class ${poseId} for ${height} × ${width}`)
      const odd = values.find((value) => !Number.isFinite(value))
      if (odd !== undefined) throw refuse(`hold ${odd} for class ${poseId}, which is no number to reckon with`)
    }
  }
}

function packed(maps: readonly StoredMap[]): { head: Head[]; values: Buffer } {
  const values = new Uint16Array(maps.reduce((sum, { height, width, classes }) => sum + height * width * classes.length, 0))
  let at = 0
  const head = maps.map(({ frame, hand, height, width, classes }): Head => [
    frame,
    hand,
    height,
    width,
    classes.map(({ poseId, values: own }) => {
      const low = own.reduce((least, value) => Math.min(least, value))
      const high = own.reduce((most, value) => Math.max(most, value))
      const scale = high > low ? steps / (high - low) : 0
      for (const value of own) values[at++] = Math.round((value - low) * scale)
      // Nine digits are enough for any float32.
      return [poseId, Number(low.toPrecision(9)), Number(high.toPrecision(9))]
    }),
  ])
  return { head, values: Buffer.from(values.buffer) }
}

function unpacked({ maps, values: bytes }: { maps: string; values: Buffer }, whose: string): Omit<StoredMap, 'folder'>[] {
  const damaged = (cause?: unknown) => new HandloomError('bad-input', `The stored activation maps of ${whose} are damaged. Train the fold anew, or restore the project from a copy.`, { place: whose, cause })
  let head: Head[]
  try {
    head = heads.parse(JSON.parse(maps))
  } catch (error) {
    throw damaged(error)
  }
  const count = head.reduce((sum, [, , height, width, classes]) => sum + height * width * classes.length, 0)
  if (bytes.byteLength !== count * 2) throw damaged()
  const values = new Uint16Array(count)
  new Uint8Array(values.buffer).set(bytes)
  let at = 0
  return head.map(([frame, hand, height, width, classes]) => ({
    frame,
    hand,
    height,
    width,
    classes: classes.map(([poseId, low, high]) => {
      const own = Float32Array.from(values.subarray(at, (at += height * width)), (step) => low + (step / steps) * (high - low))
      return { poseId, values: own }
    }),
  }))
}
