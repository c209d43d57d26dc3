import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cleanedJson } from '../../src-main/annotation/exchange/contestJson.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { madeHand, memoryDataset } from './memoryDataset.ts'
import { openRoom, temporaryFolder } from './openRoom.ts'

const rows = (count: number): Point[] => Array.from({ length: count }, (_, row) => [row + 0.5, row, 0])
const nowhere: Point = [Number.NaN, Number.NaN, Number.NaN]

interface Edits {
  erased?: number[]
  hidden?: number[]
  /** New places by row; rows beyond those of the file are added. */
  moved?: Record<number, Point>
  original?: Point[] | null
}

/** A frame of `count` rows in the file, as the annotation room gives it after edits. */
function frame(number: number, count: number, { erased = [], hidden = [], moved = {}, original = rows(count) }: Edits) {
  const added = Math.max(0, ...Object.keys(moved).map((row) => Number(row) + 1))
  const length = added > count ? Math.ceil(added / 21) * 21 : count
  const points = Array.from({ length }, (_, row): Point => moved[row] ?? original?.[row] ?? nowhere)
  return { number, original, points, erased: points.flatMap(([x], row) => (erased.includes(row) || Number.isNaN(x) ? [row] : [])), hidden, moved: Object.keys(moved).map(Number) }
}

describe('cleaned JSON', () => {
  const text = '\uFEFF{"actor": {"id": 1e3, "note": "\\"a\\\\"}, "big": 12345678901234567890, "annotations": [\n  {"image_id": 4, "data": [[0.50, 0, -0.0], [1.5, 1, 0],[2.5, 2, NaN]], "category_id": 7},\n  {"data": [[0.5, 0, 0]], "image_id": "5.png"}\n]}\n'

  it('is the original, byte for byte, where nothing was edited', () => {
    expect(cleanedJson(text, [frame(4, 3, {}), frame(5, 1, {})])).toBe(text)
  })

  it('loses erased rows, names them, moves moved ones, and keeps all the rest as it was written', () => {
    expect(cleanedJson(text, [frame(4, 3, { erased: [1], moved: { 2: [-7.25, 9, 0] } }), frame(5, 1, { erased: [0] })])).toBe(
      text
        .replace('[[0.50, 0, -0.0], [1.5, 1, 0],[2.5, 2, NaN]]', '[[0.50, 0, -0.0], [-7.25, 9, NaN]], "erased": [1]')
        .replace('[[0.5, 0, 0]]', '[], "erased": [0]'),
    )
  })

  it('turns 42 rows into 21 when a hand is erased altogether', () => {
    const original = JSON.stringify({ annotations: [{ image_id: 0, data: rows(42) }] })
    const second = Array.from({ length: 21 }, (_, row) => row + 21)
    expect(JSON.parse(cleanedJson(original, [frame(0, 42, { erased: second })]))).toEqual({ annotations: [{ image_id: 0, data: rows(21), erased: second }] })
  })

  it('reads annotations by frame number, and says when the file is not the scanned one', () => {
    expect(cleanedJson('{"annotations":{"3":[[0.5,0],[1.5,1]],"4":{"data":[[0.5,0],[1.5,1]]}}}', [frame(3, 2, { erased: [0] }), frame(4, 2, { erased: [1] })])).toBe(
      '{"annotations":{"3":{"data":[[1.5,1]],"erased":[0]},"4":{"data":[[0.5,0]],"erased":[1]}}}',
    )
    const kinds = ['{"annotations":[]}', '{"annotations":[{"image_id":3,"data":[]}]}', '{"annotations":', '[]x'].map((changed) => {
      try {
        return cleanedJson(changed, [frame(3, 2, { erased: [0] })])
      } catch (error) {
        return error instanceof HandloomError ? error.kind : error
      }
    })
    expect(kinds).toEqual(['conflict', 'conflict', 'bad-input', 'bad-input'])
  })
})

describe('cleaned JSON with hidden, added and unplaced keypoints', () => {
  it('names the hidden rows, writes z where it changed, and touches no number that did not', () => {
    const text = '{"annotations": [{"image_id": 0, "data": [[5e-1, 0, -0.0], [1.50, 1.0, 0], [2.5, 2]], "hidden": [], "note": [1,2]}]}'
    expect(cleanedJson(text, [frame(0, 3, { hidden: [2, 0], moved: { 0: [0.5, 0, 7], 1: [1.5, 8, 0], 2: [2.5, 2, -1] } })])).toBe(
      '{"annotations": [{"image_id": 0, "data": [[5e-1, 0, 7], [1.50, 8, 0], [2.5, 2, -1]], "hidden": [0, 2], "note": [1,2]}]}',
    )
  })

  it('keeps the last place of an erased keypoint that was moved', () => {
    expect(cleanedJson('{"annotations":[{"image_id":0,"data":[[0.5,0,0],[1.5,1,0]]}]}', [frame(0, 2, { erased: [0, 1], moved: { 1: [7, 8, 9] } })])).toBe(
      '{"annotations":[{"image_id":0,"data":[],"erased":[0,1],"erased_data":[[1,7,8,9]]}]}',
    )
  })

  it('adds rows behind those of the file, and says which are missing between', () => {
    const others = Array.from({ length: 20 }, (_, row) => row + 22)
    const missing = [...Array.from({ length: 19 }, (_, row) => row + 2), ...others]
    expect(cleanedJson('{"annotations": [{"image_id": 0, "data": [\n[0.5, 0, 0],\n[1.5, 1, 0]\n]}]}', [frame(0, 2, { moved: { 21: [3, 4, 0.25] } })])).toBe(
      `{"annotations": [{"image_id": 0, "data": [\n[0.5, 0, 0],\n[1.5, 1, 0],\n[3, 4, 0.25]\n], "erased": [${missing.join(', ')}]}]}`,
    )
  })

  it('leaves a row that has no place where it is, edited frame or not', () => {
    const original: Point[] = [nowhere, [1.5, 1, 0], nowhere]
    const text = '{"annotations":[{"image_id":0,"data":[[NaN,NaN,0],[1.5,1,0],["?"]]}]}'
    expect([cleanedJson(text, [frame(0, 3, { original })]), cleanedJson(text, [frame(0, 3, { original, hidden: [1], moved: { 2: [5, 6, 0] } })])]).toEqual([
      text, '{"annotations":[{"image_id":0,"data":[[NaN,NaN,0],[1.5,1,0],[5,6,0]],"hidden":[1]}]}',
    ])
  })

  it('gives frames without an entry one, as the file writes the others', () => {
    const added = [frame(4, 0, { original: null, moved: { 20: [1, 2, 3] } }), frame(12, 0, { original: null, moved: { 20: [4, 5, 6] } })]
    const gone = Array.from({ length: 20 }, (_, row) => row)
    const entry = (numbers: string, comma: string, colon: string) => `"data"${colon}[[${numbers}]]${comma}"erased"${colon}[${gone.join(comma)}]}`
    expect([
      '{"annotations": [\n  {"image_id": "train/3/1.png", "data": []},\n  {"image_id": "train/3/2.png", "data": []}\n]}',
      '{"annotations":{"1.png":[],"2.png":[]}}',
      '{"annotations": []}',
      '{"actor":1}',
      '{"annotations":null}',
    ].map((text) => cleanedJson(text, added))).toEqual([
      `{"annotations": [\n  {"image_id": "train/3/1.png", "data": []},\n  {"image_id": "train/3/2.png", "data": []},\n  {"image_id": "train/3/4.png", ${entry('1, 2, 3', ', ', ': ')},\n  {"image_id": "train/3/12.png", ${entry('4, 5, 6', ', ', ': ')}\n]}`,
      `{"annotations":{"1.png":[],"2.png":[],"4.png":{${entry('1,2,3', ',', ':')},"12.png":{${entry('4,5,6', ',', ':')}}}`,
      `{"annotations": [{"image_id": 4, ${entry('1, 2, 3', ', ', ': ')}, {"image_id": 12, ${entry('4, 5, 6', ', ', ': ')}]}`,
      `{"actor":1,"annotations":[{"image_id":4,${entry('1,2,3', ',', ':')},{"image_id":12,${entry('4,5,6', ',', ':')}]}`,
      `{"annotations":[{"image_id":4,${entry('1,2,3', ',', ':')},{"image_id":12,${entry('4,5,6', ',', ':')}]}`,
    ])
  })

  it('gives an entry without rows its own, and starts anew where there is no JSON to keep', () => {
    const added = [frame(0, 0, { original: [], moved: { 0: [1, 2, 3] } })]
    const unread = [frame(0, 0, { original: null, moved: { 0: [1, 2, 3] } })]
    const read = (text: string, frames: typeof added) => (JSON.parse(cleanedJson(text, frames)) as { annotations: unknown }).annotations
    const entry = { image_id: 0, data: [[1, 2, 3]], erased: Array.from({ length: 20 }, (_, row) => row + 1) }
    expect([read('{"annotations":[{"image_id":0}]}', added), read('{"annotations":[{"image_id":0,"data":null}]}', added), read('{"annotations":[', unread), read('[]', unread), read('', unread)]).toEqual([[entry], [entry], [entry], [entry], [entry]])
  })

  it('goes on counting by the rows of a copy that says which are gone', () => {
    const original: Point[] = [[0.5, 0, 0], nowhere, [2.5, 2, 0], [3.5, 3, 0]]
    const text = '{"annotations":[{"image_id":0,"data":[[0.5,0,0],[2.5,2,0],[3.5,3,0]],"erased":[1]}]}'
    expect([frame(0, 4, { original, erased: [3] }), frame(0, 4, { original, moved: { 1: [9, 9, 9] } })].map((edited) => cleanedJson(text, [edited]))).toEqual([
      '{"annotations":[{"image_id":0,"data":[[0.5,0,0],[2.5,2,0]],"erased":[1,3]}]}',
      '{"annotations":[{"image_id":0,"data":[[0.5,0,0],[9,9,9],[2.5,2,0],[3.5,3,0]],"erased":[]}]}',
    ])
  })
})

describe('writing cleaned copies', () => {
  let temporary: ReturnType<typeof temporaryFolder>
  beforeEach(() => (temporary = temporaryFolder()))
  afterEach(() => temporary.remove())

  /** A data folder with three sequences on disk: UTF-8, CP949, and one without a JSON. */
  function dataFolder() {
    const folder = join(temporary.path, 'data')
    const json = (name: Buffer) => Buffer.concat([Buffer.from('{"action":[3,"'), name, Buffer.from(`"],"annotations":[{"image_id":0,"data":${JSON.stringify(madeHand(900, 500))}}]}`)])
    const files = { 'train/0': json(Buffer.from('숫자')), 'test/1': json(Buffer.from([0xbc, 0xfd, 0xc0, 0xda])) }
    for (const [sequence, bytes] of Object.entries(files)) {
      mkdirSync(join(folder, sequence), { recursive: true })
      writeFileSync(join(folder, sequence, `${sequence.split('/')[1]}.json`), bytes)
    }
    mkdirSync(join(folder, 'test/2'))
    const dataset = memoryDataset([...Object.keys(files), 'test/2'].map((name) => ({ folder: name, frames: [madeHand(900, 500)] })), { folder })
    return { folder, files, dataset }
  }

  it('writes every file whole outside the data folder, in its own encoding, and leaves the originals', async () => {
    const { folder, files, dataset } = dataFolder()
    const { room, close } = openRoom(dataset, join(temporary.path, 'project'))
    await room.apply({ label: '', changes: [{ folder: 'test/1', frame: 0, index: 20, to: { erased: true } }] })
    const out = join(temporary.path, 'out')
    const written = await room.writeCleaned(out)
    close()
    const copy = readFileSync(join(out, 'test/1/1.json'))
    const lastRow = JSON.stringify(madeHand(900, 500)[20])
    expect({
      written,
      unedited: readFileSync(join(out, 'train/0/0.json')).equals(files['train/0']),
      edited: copy.toString('latin1'),
      originals: Object.entries(files).map(([name, bytes]) => readFileSync(join(folder, name, `${name.split('/')[1]}.json`)).equals(bytes)),
      left: readdirSync(join(out, 'test/1')),
    }).toEqual({
      written: { out, files: 2, changed: 1, sequences: [{ folder: 'test/1', erased: 1, moved: 0, hidden: 0 }] },
      unedited: true,
      edited: files['test/1'].toString('latin1').replace(`,${lastRow}]`, '],"erased":[20]'),
      originals: [true, true],
      left: ['1.json'],
    })
  })

  it('writes a new JSON for a sequence that has keypoints by hand and no JSON', async () => {
    const { dataset } = dataFolder()
    const bare = { ...dataset, sourceFrames: (name: string) => dataset.sourceFrames(name).map((source) => (name === 'test/2' ? { ...source, original: null } : source)) }
    const { room, close } = openRoom(bare, join(temporary.path, 'project'))
    await room.apply({ label: '', changes: madeHand(9, 9).map(([x, y, z], index) => ({ folder: 'test/2', frame: 0, index, to: { x, y, z } })) })
    const out = join(temporary.path, 'out')
    const { files, changed } = await room.writeCleaned(out)
    close()
    expect([files, changed, JSON.parse(readFileSync(join(out, 'test/2/2.json'), 'utf8'))]).toEqual([3, 1, { annotations: [{ image_id: 0, data: madeHand(9, 9) }] }])
  })

  it('refuses the data folder and everything in it, through links too', async () => {
    const { folder, dataset } = dataFolder()
    symlinkSync(folder, join(temporary.path, 'link'))
    mkdirSync(join(temporary.path, 'half'))
    symlinkSync(join(folder, 'test'), join(temporary.path, 'half/train'))
    const { room, close } = openRoom(dataset, join(temporary.path, 'project'))
    const outcome = (out: string) => room.writeCleaned(out).then(() => 'written', (error: unknown) => (error instanceof HandloomError ? error.kind : error))
    const tried = ['data', 'data/test/new', 'link/other', 'half', 'data-cleaned'].map((name) => outcome(join(temporary.path, name)))
    expect([await Promise.all(tried), readdirSync(join(folder, 'test'))]).toEqual([['bad-request', 'bad-request', 'bad-request', 'bad-request', 'written'], ['1', '2']])
    close()
  })
})
