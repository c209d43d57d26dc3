import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import type { DatasetRoom } from '../../src-main/contract/rooms.ts'
import { createExchange, type Exchange } from '../../src-main/annotation/exchange/exchange.ts'
import { memoryDataset, type MemorySequence } from './memoryDataset.ts'
import { openRoom, temporaryFolder, type OpenedRoom } from './openRoom.ts'

/** How a sequence's JSON is laid out. */
export interface FileForm {
  keyed: boolean
  indent: number
  ids: 'number' | 'name' | 'path'
  /** Rows of two numbers, without z. */
  flat: boolean
}

export const plainForm: FileForm = { keyed: false, indent: 0, ids: 'number', flat: false }

/** The JSON of a sequence, with keys of its own beside ours. A row without a place is written as Python does. */
export function sequenceText({ folder, frames }: MemorySequence, { keyed, indent, ids, flat }: FileForm): string {
  const id = (frame: number) => ({ number: frame, name: `${frame}.png`, path: `${folder}/${frame}.png` })[ids]
  const entries = frames.flatMap((points, frame) => (points === null ? [] : [{ frame, data: points.map((point) => (flat ? point.slice(0, 2) : point)) }]))
  const annotations = keyed
    ? Object.fromEntries(entries.map(({ frame, data }) => [String(id(frame)), frame % 2 === 0 ? data : { category_id: 7, data }]))
    : entries.map(({ frame, data }) => ({ category_id: 7, image_id: id(frame), data }))
  const text = JSON.stringify({ actor: { id: 'a"\\', note: '손' }, action: [3, '숫자'], annotations, big: 1e30 }, null, indent)
  return text.replaceAll('null', 'NaN')
}

export interface Workshop {
  dataset: DatasetRoom
  data: string
  room: OpenedRoom['room']
  exchange: Exchange
  path: (...names: string[]) => string
  /** Every frame as it is now. */
  frames(): Record<string, FrameRecord[]>
  /** A project of its own over the same data, without edits. */
  fresh(): Workshop
  close(): void
}

/** A data folder on disk with the JSON of sequences in memory, and a project over it. */
export function workshop(sequences: readonly MemorySequence[], form: (index: number) => FileForm = () => plainForm, more: Partial<DatasetRoom> = {}): Workshop {
  const temporary = temporaryFolder()
  const data = join(temporary.path, 'data')
  for (const [index, sequence] of sequences.entries()) {
    const number = sequence.folder.split('/')[1]!
    mkdirSync(join(data, sequence.folder), { recursive: true })
    writeFileSync(join(data, sequence.folder, `${number}.json`), sequenceText(sequence, form(index)))
  }
  const dataset = { ...memoryDataset(sequences.map((sequence, index) => ({ ...sequence, frames: sequence.frames.map((points) => points && points.map((point) => asRead(point, form(index)))) })), { folder: data }), ...more }
  let projects = 0
  const project = (): Workshop => {
    const folder = join(temporary.path, `project-${++projects}`)
    const opened = openRoom(dataset, folder)
    const framesOf = (name: string) => opened.room.overlay(name, dataset.sourceFrames(name))
    return {
      dataset, data, room: opened.room,
      exchange: createExchange({ dataset, framesOf, labelOf: () => null, projectFolder: folder }),
      path: (...names) => join(temporary.path, ...names),
      frames: () => Object.fromEntries(dataset.summaries().map(({ folder: name }) => [name, framesOf(name)])),
      fresh: project,
      close() {
        opened.close()
        if (--projects === 0) temporary.remove()
      },
    }
  }
  return project()
}

/** A row as the data set reads it: without a place when x or y is none. JSON.stringify writes no -0. */
function asRead([x, y, z]: Point, { flat }: FileForm): Point {
  return Number.isFinite(x) && Number.isFinite(y) ? [x + 0, y + 0, flat ? 0 : z + 0] : [Number.NaN, Number.NaN, Number.NaN]
}

export const originalText = (shop: Workshop, folder: string): string => readFileSync(join(shop.data, folder, `${folder.split('/')[1]}.json`), 'utf8')

export const change = (folder: string, frame: number, index: number, to: PointChange['to']): PointChange => ({ folder, frame, index, to })
