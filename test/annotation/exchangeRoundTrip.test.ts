import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { problemCollector } from '../../src-main/dataset/records.ts'
import { parseSequenceJson } from '../../src-main/dataset/sequenceJson.ts'
import { change, plainForm, workshop, type FileForm, type Workshop } from './exchangeFolder.ts'
import { madeHand, type MemorySequence } from './memoryDataset.ts'

const coordinate = fc.oneof(fc.double({ min: -50, max: 2000, noNaN: true }), fc.integer({ min: 0, max: 30 }))
const point: fc.Arbitrary<Point> = fc.tuple(coordinate, coordinate, fc.oneof(fc.constant(0), coordinate))
const nowhere: Point = [Number.NaN, Number.NaN, Number.NaN]
const row = fc.oneof({ weight: 20, arbitrary: point }, { weight: 1, arbitrary: fc.constant(nowhere) })
const rows = fc.oneof(
  { weight: 4, arbitrary: fc.array(row, { minLength: 21, maxLength: 21 }) },
  { weight: 4, arbitrary: fc.array(row, { minLength: 42, maxLength: 42 }) },
  { weight: 2, arbitrary: fc.constant<Point[]>([]) },
  { weight: 1, arbitrary: fc.array(row, { minLength: 1, maxLength: 50 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)
const folders = ['train/3', 'train/475', 'test/3']
const sequences: fc.Arbitrary<MemorySequence[]> = fc.tuple(...folders.map((folder) => fc.array(rows, { minLength: 1, maxLength: 4 }).map((frames) => ({ folder, frames }))))
const forms = fc.array(fc.record<FileForm>({ keyed: fc.boolean(), indent: fc.constantFrom(0, 1, 2), ids: fc.constantFrom('number', 'name', 'path'), flat: fc.boolean() }), { minLength: 3, maxLength: 3 })

const to: fc.Arbitrary<PointChange['to']> = fc.oneof(
  fc.constant({ erased: true } as const),
  fc.boolean().map((hidden) => ({ hidden })),
  fc.record({ x: coordinate, y: coordinate, z: coordinate, visibility: fc.constantFrom('visible', 'hidden', 'erased') }, { requiredKeys: ['x', 'y'] }),
  fc.constant({ original: true } as const),
)
/** Many changes in few places, so that several meet in a row. */
const changes = fc.array(fc.record({ folder: fc.constantFrom(...folders), frame: fc.integer({ min: 0, max: 3 }), index: fc.oneof(fc.integer({ min: 0, max: 41 }), fc.constantFrom(0, 20, 21, 41)), to }), { maxLength: 40 })

/** One after the other, as a person makes them; those that make no sense there are refused. */
async function make(shop: Workshop, edits: readonly PointChange[]): Promise<void> {
  for (const edit of edits) {
    try {
      await shop.room.apply({ label: '', changes: [edit] })
    } catch (error) {
      if (!(error instanceof HandloomError)) throw error
    }
  }
}

async function takeIn(shop: Workshop, format: 'contest' | 'coco', path: string) {
  const read = await shop.exchange.read({ format, path })
  if (read.changes.length > 0) await shop.room.apply({ label: '', changes: read.changes })
  return read
}

interface Outcome {
  /** Every frame of the project that took the file in. */
  taken: unknown
  problems: unknown
  /** What the project that wrote it would still change. */
  again: PointChange[]
  /** Keypoints there are in a project with other edits that took it in. */
  over: unknown
  /** Files of sequences without edits, as bytes. */
  untouched: string[]
  /** The written files as the data set would read them: places of the keypoints, frame by frame. */
  read: unknown
}

/** What comes of a round trip, and what should. */
async function roundTrip(format: 'contest' | 'coco', given: MemorySequence[], fileForms: FileForm[], edits: PointChange[], others: PointChange[]): Promise<{ outcome: Outcome; expected: Outcome }> {
  const shop = workshop(given, (index) => fileForms[index]!)
  const fresh = shop.fresh()
  const edited = shop.fresh()
  try {
    await make(shop, edits)
    const { out } = await shop.exchange.write({ format, out: shop.path('out') })
    const { problems } = await takeIn(fresh, format, out)
    const again = await shop.exchange.read({ format, path: out })
    await make(edited, others)
    await takeIn(edited, format, out)
    const unedited = format === 'coco' ? [] : folders.filter((folder) => shop.room.editedPoints(folder) === 0)
    const bytes = (root: string) => unedited.map((folder) => readFileSync(join(root, folder, `${folder.split('/')[1]}.json`), 'latin1'))
    return {
      outcome: { taken: fresh.frames(), problems, again: again.changes, over: there(edited), untouched: bytes(out), read: format === 'coco' ? null : readAsDataSet(out, shop) },
      expected: { taken: shop.frames(), problems: [], again: [], over: there(shop), untouched: bytes(shop.data), read: format === 'coco' ? null : placesOf(shop) },
    }
  } finally {
    for (const each of [edited, fresh, shop]) each.close()
  }
}

/** Places of the keypoints that are not erased, of frames that have any. */
const placesOf = (shop: Workshop) =>
  Object.entries(shop.frames()).flatMap(([folder, frames]) =>
    frames.flatMap(({ number, points, erased }) => {
      const places = points.filter((_, index) => !erased.includes(index))
      return places.length === 0 ? [] : [{ folder, number, places }]
    }),
  )

function readAsDataSet(out: string, shop: Workshop) {
  return folders.flatMap((folder) => {
    const { entries } = parseSequenceJson(readFileSync(join(out, folder, `${folder.split('/')[1]}.json`)), folder, false, problemCollector(folder))
    return shop.frames()[folder]!.flatMap(({ number }) => {
      const values = [...(entries?.get(number)?.points ?? [])]
      const places = Array.from({ length: values.length / 3 }, (_, row) => values.slice(row * 3, row * 3 + 3)).filter(([x]) => !Number.isNaN(x))
      return places.length === 0 ? [] : [{ folder, number, places }]
    })
  })
}

/** Keypoints that are not erased, frame by frame, where the data set's file has an entry. */
const there = (shop: Workshop) =>
  Object.values(shop.frames()).map((frames) => frames.filter(({ original }) => original !== null).map(({ points, erased, hidden }) => points.flatMap((place, index) => (erased.includes(index) ? [] : [{ index, place, hidden: hidden.includes(index) }]))))

describe.each(['contest', 'coco'] as const)('%s: written and taken in by a project without edits', (format) => {
  it('gives the same keypoints, whatever was edited (seed 5)', async () => {
    const property = fc.asyncProperty(sequences, forms, changes, changes, async (given, fileForms, edits, others) => {
      const { outcome, expected } = await roundTrip(format, given, fileForms, edits, others)
      expect(outcome).toEqual(expected)
    })
    await fc.assert(property, { seed: 5, numRuns: 40 })
  }, 120_000)

  it('keeps a ghost: a keypoint added, moved, and erased in a frame without any', async () => {
    const edits = [change('train/3', 0, 30, { x: 0.1, y: 1 / 3, z: -7e-9 }), change('train/3', 0, 30, { erased: true }), change('train/3', 1, 5, { x: 1, y: 2, visibility: 'hidden' }), change('train/3', 2, 40, { x: 9, y: 9, z: 9 })]
    const { outcome, expected } = await roundTrip(format, [{ folder: 'train/3', frames: [[], null, madeHand(900, 500)] }, { folder: 'train/475', frames: [] }, { folder: 'test/3', frames: [] }], [plainForm, plainForm, plainForm], edits, [])
    expect(outcome).toEqual(expected)
  })
})
