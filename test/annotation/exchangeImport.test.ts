import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ImportFormat, PointChange } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { keypointNames } from '../../src-main/contract/hand.ts'
import { change, originalText, workshop, type Workshop } from './exchangeFolder.ts'
import { madeHand } from './memoryDataset.ts'

const first = madeHand(900, 500)
const second = madeHand(300, 500)
let shop: Workshop
beforeEach(() => (shop = workshop([{ folder: 'train/7', frames: [[...first, ...second], first, []] }, { folder: 'train/475', frames: [first] }, { folder: 'test/7', frames: [first, first, first, first] }])))
afterEach(() => shop.close())

const read = (format: ImportFormat, name: string, value: unknown) => shop.exchange.read({ format, file: { name, text: typeof value === 'string' ? value : JSON.stringify(value) } })
const failure = (work: Promise<unknown>) => work.then(() => 'read', (error: unknown) => (error instanceof HandloomError ? { kind: error.kind, message: error.message, place: error.place } : error))
const erased = (folder: string, frame: number, indices: number[]): PointChange[] => indices.map((index) => change(folder, frame, index, { erased: true }))
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)
const put = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

describe('files of the data set’s format from other tools', () => {
  const entry = (image_id: unknown, data: unknown, more: object = {}) => ({ annotations: [{ image_id, data, ...more }] })

  it('changes nothing where all is as it is', async () => {
    const folder = await shop.exchange.read({ format: 'contest', path: shop.data })
    const alone = await read('contest', 'train/7/7.json', originalText(shop, 'train/7'))
    expect([folder, alone]).toEqual(times(2, { changes: [], folders: [], frames: 0, problems: [] }))
  })

  it('takes 0, 21 and 42 rows as all there is in the frame, and z from the data set where rows have none', async () => {
    expect([
      (await read('contest', '475.json', entry(0, []))).changes,
      (await read('contest', 'train/7/7.json', entry('0.png', [...first, ...second].slice(0, 21).map(([x, y]) => [x, y])))).changes,
      (await read('contest', 'train/7/7.json', entry('train/7/2.png', [[1, 2, 3], ...numbers(1, 21).map(() => null)]))).changes,
      (await read('contest', 'train/7/7.json', { annotations: { 1: first.with(3, [5, 6, 7]) } })).changes,
    ]).toEqual([
      erased('train/475', 0, numbers(0, 21)),
      erased('train/7', 0, numbers(21, 42)),
      [change('train/7', 2, 0, { x: 1, y: 2, z: 3, visibility: 'visible' })],
      [change('train/7', 1, 3, { x: 5, y: 6, z: 7, visibility: 'visible' })],
    ])
  })

  it('reads a file, a sequence folder, or a folder in the data set’s layout, and knows the sequence by name and folder', async () => {
    const text = JSON.stringify(entry(0, first.slice(0, 20), { erased: [20] }))
    for (const path of ['a/train/475/475.json', 'b/475/keypoints.json', 'c/475.json', 'd/train/999/999.json', 'd/test/7/7.json']) put(shop.path(path), text)
    put(shop.path('d/train/475/475.json'), 'no json')
    const at = async (path: string) => (await shop.exchange.read({ format: 'contest', path: shop.path(path) })).folders
    expect(await Promise.all(['a', 'a/train', 'a/train/475', 'a/train/475/475.json', 'b/475', 'c/475.json'].map(at))).toEqual(times(6, ['train/475']))
    const whole = await shop.exchange.read({ format: 'contest', path: shop.path('d') })
    expect(whole).toEqual({
      changes: erased('test/7', 0, [20]), folders: ['test/7'], frames: 1,
      problems: [
        { place: 'train/999/999.json', message: 'The data set has no sequence train/999. The file was not used.' },
        { place: 'train/475/475.json, line 1', message: expect.stringContaining('not JSON') },
      ],
    })
    const kinds = await Promise.all(['nowhere', 'e/7.json', 'e', 'e/12.json'].map((path) => {
      put(shop.path('e/7.json'), text)
      put(shop.path('e/12.json'), text)
      return failure(shop.exchange.read({ format: 'contest', path: shop.path(path) }))
    }))
    expect(kinds).toEqual([
      expect.objectContaining({ kind: 'not-found' }),
      expect.objectContaining({ kind: 'bad-input', message: expect.stringContaining('train/7 or test/7') }),
      expect.objectContaining({ kind: 'bad-input' }),
      expect.objectContaining({ kind: 'bad-input', message: expect.stringContaining('No sequence') }),
    ])
  })

  it('follows no link out of the folder', async () => {
    put(shop.path('secret.json'), JSON.stringify(entry(0, [])))
    mkdirSync(shop.path('f/train/475'), { recursive: true })
    symlinkSync(shop.path('secret.json'), shop.path('f/train/475/475.json'))
    expect(await failure(shop.exchange.read({ format: 'contest', path: shop.path('f') }))).toMatchObject({ kind: 'bad-input' })
  })

  it('reports what cannot be used, with its place, and uses the rest', async () => {
    const given = {
      annotations: [
        7,
        { image_id: 0.5, data: [] },
        { image_id: 99, data: [] },
        { image_id: 0, data: 'many' },
        { image_id: 1, data: first.slice(0, 20) },
        { image_id: 1, data: [] },
        { image_id: 2, data: times(1001, [1, 2, 3]) },
      ],
    }
    const { changes, problems } = await read('contest', '7/test/7/7.json', given)
    const rows = first.map((point, index): unknown => ({ 0: ['1', 2, 3], 1: [1], 2: [NaN, 1, 2], 3: [1e308 * 10, 1, 2], 4: { x: 1 }, 5: [1, 2, 'z'] })[index] ?? point)
    const text = JSON.stringify({ annotations: [{ image_id: 0, data: rows.with(3, 'INFINITE'), hidden: [20, 77], erased_data: [[3, 1, 2, 3], 'x'] }, { image_id: 3, data: [], erased: [0, 0] }] }).replace('"INFINITE"', '[-Infinity, NaN, 2]')
    const second = await read('contest', 'test/7/7.json', text)
    expect({ changes, places: problems.map(({ place }) => place), second: { changes: second.changes, problems: second.problems } }).toEqual({
      changes: [],
      places: ['7.json, annotations[0]', '7.json, annotations[1].image_id', '7.json, annotations[2].image_id', '7.json, annotations[3].data', '7.json, annotations[4].data', '7.json, annotations[5].image_id', '7.json, annotations[6].data'],
      second: {
        changes: [...erased('test/7', 0, [2]), change('test/7', 0, 20, { x: first[20]![0], y: first[20]![1], z: 0, visibility: 'hidden' })],
        problems: [
          { place: '7.json, annotations[0].data[0]', message: expect.stringContaining('5 rows (0, 1, 3, 4, 5)') },
          { place: '7.json, annotations[0].hidden', message: expect.stringContaining('77') },
          { place: '7.json, annotations[0].erased_data', message: expect.any(String) },
          { place: '7.json, annotations[0].erased_data', message: expect.any(String) },
          { place: '7.json, annotations[1].erased', message: expect.any(String) },
        ],
      },
    })
  })
})

describe('COCO files from other tools', () => {
  const flags = (points: readonly (Point | null)[], v = 2) => points.flatMap((point) => (point ? [point[0], point[1], v] : [0, 0, 0]))
  const category = (keypoints: unknown) => [{ id: 5, name: 'hand', keypoints }]
  const coco = (images: unknown[], annotations: unknown[], categories: unknown = category([...keypointNames])) => ({ images, annotations, categories })
  const moved = first.with(4, [1.25, 2.5, 0])
  const movedTo = (folder: string, frame: number): PointChange[] => [change(folder, frame, 4, { x: 1.25, y: 2.5, visibility: 'visible' })]

  it('finds frames by the longest end of the path that is unique, and never opens one', async () => {
    const names = ['train/475/0.png', 'images/train/475/0.png', 'C:\\data\\train\\475\\0.png', '/etc/475/0.jpg', '../../train/475/0.png', '475/0.png', '3.png', 'frames/3.png', 'other/999/3.png', 'test/475/0.png', '0.png', '../../../etc/passwd', 'train/475/', '', null, 7, 'train/475/0.png\u0000.png', '__proto__/0.png']
    const found = await Promise.all(names.map(async (file_name) => {
      const { changes, problems } = await read('coco', 'any.json', coco([{ id: 1, file_name }], [{ id: 1, image_id: 1, category_id: 5, keypoints: flags(moved) }]))
      return changes[0] ? `${changes[0].folder}/${changes[0].frame}` : problems.length
    }))
    expect(found).toEqual([...Array(6).fill('train/475/0'), 'test/7/3', 'test/7/3', ...Array(10).fill(1)])
    const hinted = await read('coco', 'train/475/coco.json', coco([{ id: 1, file_name: '0.png' }], [{ id: 1, image_id: 1, category_id: 5, keypoints: flags(moved) }]))
    expect(hinted.changes).toEqual(movedTo('train/475', 0))
  })

  it('goes by the names of the keypoints, and by their order where the names are others', async () => {
    const image = [{ id: 'a', file_name: 'train/475/0.png', width: 1920, height: 1080 }]
    const turned = keypointNames.map((name, index) => ({ name, point: moved[index]! })).reverse()
    const some = [8, 4, 0]
    const each = async (keypoints: unknown, points: Point[]) => (await read('coco', 'a.json', coco(image, [{ id: 1, image_id: 'a', category_id: 5, keypoints: flags(points) }], category(keypoints)))).changes
    expect([
      await each(turned.map(({ name }) => name), turned.map(({ point }) => point)),
      await each(numbers(1, 22).map(String), moved),
      await each(some.map((index) => keypointNames[index]), some.map((index) => moved[index]!)),
    ]).toEqual(times(3, movedTo('train/475', 0)))
  })

  it('tells the hands apart by `hand`, else by the order of the ids, and one alone by where it lies', async () => {
    const annotation = (id: number, points: Point[], more: object = {}) => ({ id, image_id: 1, category_id: 5, keypoints: flags(points), ...more })
    const each = async (...annotations: unknown[]) => (await read('coco', 'a.json', coco([{ id: 1, file_name: 'train/7/0.png' }], annotations))).changes
    expect([
      await each(annotation(9, second), annotation(8, first)),
      await each(annotation(1, second, { hand: 1 }), annotation(2, first, { hand: 0 })),
      await each(annotation(1, second)),
      await each(annotation(1, moved)),
    ]).toEqual([[], [], erased('train/7', 0, numbers(0, 21)), [...erased('train/7', 0, numbers(21, 42)), ...movedTo('train/7', 0)]])
  })

  it('reads v as erased, hidden and visible, keeps z without one, and leaves images without annotations alone', async () => {
    await shop.room.apply({ label: '', changes: [change('train/475', 0, 2, { x: 1, y: 1, z: 9 }), change('train/475', 0, 3, { erased: true })] })
    const points: (Point | null)[] = [null, ...first.slice(1)]
    const { changes, frames, problems } = await read('coco', 'a.json', coco([{ id: 1, file_name: 'train/475/0.png' }, { id: 2, file_name: 'train/7/0.png' }], [{ id: 1, image_id: 1, category_id: 5, keypoints: flags(points, 1) }]))
    await shop.room.apply({ label: '', changes })
    const [frame] = shop.frames()['train/475']!
    expect({ frames, problems, erased: frame!.erased, hidden: frame!.hidden, place: frame!.points[2] }).toEqual({
      frames: 1, problems: [{ place: 'a.json, images', message: expect.stringMatching(/^1 image/) }], erased: [0], hidden: numbers(1, 21), place: [first[2]![0], first[2]![1], 9],
    })
  })

  it('reports what cannot be used, with its place, and uses the rest', async () => {
    const images = [
      { id: 1, file_name: 'train/475/0.png' }, { id: 1, file_name: 'train/7/0.png' }, { id: 2, file_name: 'images/train/475/0.png' }, { id: 3, file_name: 'train/7/1.png', width: 640, height: 480 },
      { file_name: 'train/7/1.png' }, 'x', { id: 4, file_name: 'train/7/0.png' }, { id: 5, file_name: 'test/7/0.png' }, { id: 6, file_name: 'train/7/2.png' },
    ]
    const good = { category_id: 5, keypoints: flags(moved) }
    const annotations = [
      { id: 1, image_id: 1, ...good }, { id: 2, image_id: 77, ...good }, { id: 3, image_id: {}, ...good }, null, { id: 4, image_id: 3, ...good },
      { id: 5, image_id: 4, ...good, keypoints: flags(first).slice(1), hand: 1 }, { id: 6, image_id: 4, ...good, hand: 0 },
      { id: 7, image_id: 5, ...good, category_id: 6 }, { id: 8, image_id: 5, category_id: 5, keypoints: (flags(moved) as unknown[]).with(0, '1').with(3, null).with(8, 0.5), z: [1], hand: -1 },
      { id: 9, image_id: 6, ...good, keypoints: flags([[1, 2, 0]]).concat(Array(60).fill(0)), hand: 2 },
    ]
    const { changes, problems } = await read('coco', 'a.json', coco(images, annotations))
    expect({ changes, places: problems.map(({ place }) => place.slice('a.json, '.length)) }).toEqual({
      changes: [...movedTo('train/475', 0), ...movedTo('train/7', 0), ...movedTo('test/7', 0)],
      places: ['images[1]', 'images[2]', 'images[3]', 'images[4]', 'images[5]', 'annotations[1]', 'annotations[2]', 'annotations[3]', 'annotations[5]', 'annotations[7]', 'annotations[8]', 'annotations[8]', 'images[8]'],
    })
  })

  it('lists a thousand problems and counts the others', async () => {
    const { problems } = await read('coco', 'a.json', coco(times(3000, { id: 1, file_name: 'nowhere.png' }), []))
    expect([problems.length, problems.at(-1)]).toEqual([1001, { place: '', message: '2000 more entries could not be used.' }])
  })
})

describe('files that are nothing of the kind', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const corpus: [string, string, RegExp][] = [
    ['an empty file', '', /empty/],
    ['a text', 'x,y\n1,2', /not JSON: line 1/],
    ['a cut file', '{"annotations": [\n{"image_id": 0, "data": [[1, 2', /not JSON: line 2/],
    ['a forgotten quote', '{"annotations', /not JSON/],
    ['a number', '7', /format|COCO/],
    ['null', 'null', /format|COCO/],
    ['a list', '[]', /format|COCO/],
    ['keys that objects inherit', '{"__proto__": {"annotations": [], "images": []}, "constructor": 1}', /format|COCO/],
    ['nesting without end', `{"annotations": ${deep}}`, /nests deeper/],
    ['lists without end', `{"annotations": [${'[],'.repeat(4_000_000)}[]]}`, /holds more/],
    ['a text without end', `{"annotations": "${'x'.repeat(20_000_000)}`, /not JSON/],
    ['a bad escape', '{"annotations":\n[1, {"a": "\\q"}]}', /not JSON: line 2/],
  ]
  it.each(corpus)('%s: file, place, what to do', async (_name, text, message) => {
    for (const format of ['contest', 'coco'] as const) expect(await failure(read(format, 'train/475/475.json', text))).toMatchObject({ kind: 'bad-input', message: expect.stringMatching(message), place: expect.any(String) })
  })

  it('says when it is the other of the two formats', async () => {
    expect([await failure(read('contest', '475.json', { images: [], annotations: [] })), await failure(read('coco', '475.json', originalText(shop, 'train/475')))]).toMatchObject([
      { kind: 'bad-input', message: expect.stringContaining('--format coco') }, { kind: 'bad-input', message: expect.stringContaining('--format contest') },
    ])
    expect(await failure(shop.exchange.read({ format: 'coco' }))).toMatchObject({ kind: 'bad-request' })
    expect(await failure(shop.exchange.read({ format: 'coco', path: shop.data }))).toMatchObject({ kind: 'bad-input', message: expect.stringContaining('folder') })
  })

  it('keeps keys such as __proto__ out of what it reads', async () => {
    const text = '{"__proto__": {"polluted": 1}, "annotations": [{"image_id": 0, "data": [], "__proto__": {"erased": [1]}}]}'
    const { changes } = await read('contest', '475.json', text)
    expect([changes.length, ({} as Record<string, unknown>)['polluted']]).toEqual([21, undefined])
  })
})
