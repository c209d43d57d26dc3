import type { ClassRow } from '../contract/dataset.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import type { SequenceIndex } from './sequenceIndex.ts'

/** Columns that are offered; of more keys than that those that come first. */
const mostColumns = 200
/** Characters of a column's name, and of a value; longer names are left out, longer values cut. */
const longestText = 200

type GroupColumns = ReturnType<DatasetRoom['groupColumns']>

interface Row {
  folder: string
  actor: string | null
  image: string | null
  /** Other keys of the JSON, and its `actor` where that is an object. */
  extra: string | null
}

/**
 * What is known of every training sequence, to group by: `actor` (its label), `hand`, `view` and `gesture` of its class, `class.COLUMN` for
 * other columns of the class table, `actor.KEY` and `image.KEY` for keys of those objects in its JSON, `KEY` for other keys. Only texts,
 * numbers and truth values count, lists and objects do not. A key that has the name of one of ours is `json.KEY`. Columns without any
 * value are left out.
 */
export function groupColumnReader(db: Db, index: SequenceIndex): () => GroupColumns {
  let read: { sequences: unknown; classes: unknown; columns: GroupColumns } | null = null
  return () => {
    // Other lists mean that something was scanned, or a label corrected.
    const [sequences, classes] = [index.all(), index.classRows()]
    if (read?.sequences !== sequences || read.classes !== classes) read = { sequences, classes, columns: readColumns(db, index, classes) }
    return read.columns
  }
}

function readColumns(db: Db, index: SequenceIndex, classes: readonly ClassRow[]): GroupColumns {
  const rows = db
    .prepare<[], Row>(
      `SELECT folder, actor, image_info AS image, json_extract(extra, '$.sequence') AS extra
       FROM sequence WHERE role = 'train' ORDER BY number, folder`,
    )
    .all()
  const columns = new Map<string, Map<string, string>>(['actor', 'hand', 'view', 'gesture'].map((name) => [name, new Map()]))
  const ours = new Set(['sequence', ...columns.keys()])
  const isOurs = (key: string): boolean => ours.has(key) || /^(?:actor|image|class)\./.test(key)
  const put = (name: string, folder: string, value: unknown): void => {
    const text = asText(value)
    if (text === null || name === '' || name.length > longestText) return
    let column = columns.get(name)
    if (!column) {
      if (columns.size === mostColumns) return
      columns.set(name, (column = new Map()))
    }
    column.set(folder, text)
  }

  const byPoseId = new Map(classes.map((row) => [row.poseId, row]))
  for (const { folder, actor, image, extra } of rows) {
    put('actor', folder, actor)
    const sequence = index.find(folder)
    const of = sequence && byPoseId.get(index.labelOf(sequence) ?? -1)
    if (of) {
      if (of.hand !== 'unknown') put('hand', folder, of.hand)
      put('view', folder, of.view)
      put('gesture', folder, of.gesture)
      for (const [key, value] of Object.entries(of.extra)) put(`class.${key}`, folder, value)
    }
    const putKeys = (prefix: string, value: unknown): void => {
      for (const [key, inner] of entriesOf(value)) put(`${prefix}.${key}`, folder, inner)
    }
    const pictures: unknown = image === null ? null : JSON.parse(image)
    put('image', folder, pictures)
    putKeys('image', pictures)
    const others = entriesOf(extra === null ? null : JSON.parse(extra))
    putKeys('actor', others.find(([key]) => key === 'actor')?.[1])
    for (const [key, value] of others) if (key !== 'actor') put(isOurs(key) ? `json.${key}` : key, folder, value)
  }
  return Array.from(columns)
    .filter(([, values]) => values.size > 0)
    .map(([name, values]) => ({ name, valueOf: (folder) => values.get(folder) ?? null }))
}

/** Own keys, `__proto__` like any other. */
const entriesOf = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [])

function asText(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null
  return String(value).trim().slice(0, longestText) || null
}
