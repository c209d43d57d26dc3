import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { parse as parseCsv } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import type { ClassRow, Point } from '../../src-main/contract/dataset.ts'
import { bones, keypointNames } from '../../src-main/contract/hand.ts'
import { change, workshop, type Workshop } from './exchangeFolder.ts'
import { madeHand } from './memoryDataset.ts'

const width = 1920
const height = 1080
const first = madeHand(900, 500)
const second: Point[] = madeHand(1850, 300).map(([x, y], index) => [x, y, index / 3])
const only: Point[] = [[10.5, 20.25, 3]]
const classes = [
  { poseId: 12, classIndex: 1, name: '주먹: "꽉"' },
  { poseId: 3, classIndex: 0, name: 'open' },
  { poseId: 99, classIndex: null, name: 'nowhere' },
].map((row): ClassRow => ({ ...row, view: '', gesture: '', hand: 'unknown', extra: {}, trainSequences: 1 }))

let shop: Workshop
beforeEach(async () => {
  shop = workshop([{ folder: 'train/7', poseId: 12, frames: [[...first, ...second], [], only] }, { folder: 'test/8', frames: [first] }], undefined, { classRows: () => classes })
  await shop.room.apply({ label: '', changes: [change('train/7', 0, 0, { erased: true }), change('train/7', 0, 4, { hidden: true }), change('train/7', 0, 22, { x: -30, y: 1e-7 }), change('test/8', 0, 8, { x: 0.1 + 0.2, y: 1080 })] })
})
afterEach(() => shop.close())

const written = async (format: 'coco' | 'yolo' | 'dlc' | 'sleap') => (await shop.exchange.write({ format, out: shop.path('out') })).out

/** The keypoints as a person would write them down: what was drawn above. */
const expected: { folder: string; frame: number; hands: (Point | null)[][]; hiddenRow: number | null }[] = [
  { folder: 'train/7', frame: 0, hands: [[null, ...first.slice(1)], second.with(1, [-30, 1e-7, 1 / 3])], hiddenRow: 4 },
  { folder: 'train/7', frame: 2, hands: [[only[0]!, ...Array<null>(20).fill(null)]], hiddenRow: null },
  { folder: 'test/8', frame: 0, hands: [first.with(8, [0.1 + 0.2, 1080, 0])], hiddenRow: null },
]

describe('COCO', () => {
  it('lists every frame, and every hand with its places and visibility', async () => {
    const { images, annotations, categories } = JSON.parse(readFileSync(await written('coco'), 'utf8')) as Record<string, Record<string, unknown>[]>
    const flag = (hand: number, index: number, point: Point | null, hiddenRow: number | null) => (point === null ? [0, 0, 0] : [point[0], point[1], hand * 21 + index === hiddenRow ? 1 : 2])
    const imageIds = new Map([['train/7 0', 1], ['train/7 2', 3], ['test/8 0', 4]])
    expect({ images, annotations, categories }).toEqual({
      images: [
        { id: 1, file_name: 'train/7/0.png', width, height, hands: 2 },
        { id: 2, file_name: 'train/7/1.png', width, height, hands: 0 },
        { id: 3, file_name: 'train/7/2.png', width, height, hands: 1 },
        { id: 4, file_name: 'test/8/0.png', width, height, hands: 1 },
      ],
      annotations: expected.flatMap(({ folder, frame, hands, hiddenRow }) =>
        hands.map((points, hand) => {
          const there = points.filter((point) => point !== null)
          const [xs, ys] = [there.map(([x]) => x), there.map(([, y]) => y)]
          const bbox = [Math.min(...xs), Math.min(...ys), Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)] as const
          return {
            id: expect.any(Number), image_id: imageIds.get(`${folder} ${frame}`), category_id: 1, iscrowd: 0, hand, num_keypoints: there.length, bbox, area: bbox[2] * bbox[3],
            keypoints: points.flatMap((point, index) => flag(hand, index, point, hiddenRow)), z: points.map((point) => point?.[2] ?? 0),
          }
        }),
      ),
      categories: [{ id: 1, name: 'hand', supercategory: 'hand', keypoints: [...keypointNames], skeleton: bones.map(([from, to]) => [from + 1, to + 1]) }],
    })
    expect([annotations!.map(({ id }) => id), Math.min(...(categories![0]!.skeleton as number[][]).flat())]).toEqual([[1, 2, 3, 4], 1])
  })
})

describe('YOLO-pose', () => {
  it('has a line a hand where Ultralytics looks for it, in fractions of the picture', async () => {
    const out = await written('yolo')
    const label = (name: string) => readFileSync(`${out}/labels/${name}.txt`, 'utf8').trimEnd().split('\n').map((line) => line.split(' ').map(Number))
    const clamped = (value: number, most: number) => (value < 0 ? 0 : value > most ? most : value)
    const lineOf = (points: (Point | null)[], hand: number, hiddenRow: number | null, classIndex: number) => {
      const there = points.filter((point) => point !== null).map(([x, y]) => [clamped(x, width), clamped(y, height)] as const)
      const box = [0, 1].map((axis) => [Math.min(...there.map((place) => place[axis]!)), Math.max(...there.map((place) => place[axis]!))] as const)
      const middle = box.map(([low, high]) => (low + high) / 2)
      const length = box.map(([low, high]) => Math.max(high - low, 1))
      const keypoints = points.flatMap((point, index) => {
        if (!point) return [0, 0, 0]
        const outside = point[0] < 0 || point[0] > width || point[1] < 0 || point[1] > height
        return [clamped(point[0], width) / width, clamped(point[1], height) / height, outside || hand * 21 + index === hiddenRow ? 1 : 2]
      })
      return [classIndex, middle[0]! / width, middle[1]! / height, length[0]! / width, length[1]! / height, ...keypoints]
    }
    const close = (lines: number[][]) => lines.map((line) => line.map((number) => expect.closeTo(number, 12) as number))
    expect([label('train/7/0'), label('train/7/2'), label('test/8/0'), readdirSync(`${out}/labels/train/7`)]).toEqual([
      close(expected[0]!.hands.map((points, hand) => lineOf(points, hand, 4, 1))),
      close([lineOf(expected[1]!.hands[0]!, 0, null, 1)]),
      close([lineOf(expected[2]!.hands[0]!, 0, null, 2)]),
      ['0.txt', '2.txt'],
    ])
    expect({
      yaml: parseYaml(readFileSync(`${out}/dataset.yaml`, 'utf8')) as unknown,
      lists: ['train', 'test'].map((role) => readFileSync(`${out}/${role}.txt`, 'utf8')),
      links: ['train', 'test'].map((role) => readlinkSync(`${out}/images/${role}`)),
      outside: /border and marked as hidden: (\d+)/.exec(readFileSync(`${out}/README.txt`, 'utf8'))?.[1],
    }).toEqual({
      yaml: { train: 'train.txt', val: 'train.txt', test: 'test.txt', names: { 0: 'open', 1: '주먹: "꽉"', 2: 'unknown pose' }, kpt_shape: [21, 3], flip_idx: keypointNames.map((_, index) => index), kpt_names: { 0: [...keypointNames] } },
      lists: ['./images/train/7/0.png\n./images/train/7/2.png\n', './images/test/8/0.png\n'],
      links: [`${shop.data}/train`, `${shop.data}/test`],
      outside: String(expected.flatMap(({ hands }) => hands.flat()).filter((point) => point !== null && (point[0] < 0 || point[0] > width || point[1] < 0 || point[1] > height)).length),
    })
  })

  it('keeps boxes and keypoints inside the picture, whatever the place', async () => {
    await shop.room.apply({ label: '', changes: Array.from({ length: 21 }, (_, index) => change('test/8', 0, index, { x: index % 2 === 0 ? 1e9 : 2000, y: -1e9 })) })
    const [line] = readFileSync(`${await written('yolo')}/labels/test/8/0.txt`, 'utf8').trimEnd().split('\n')
    const [, cx, cy, w, h, ...keypoints] = line!.split(' ').map(Number)
    expect([cx! + w! / 2 <= 1, cy! - h! / 2 >= 0, w, h, keypoints]).toEqual([true, true, 1 / width, 1 / height, keypointNames.flatMap(() => [1, 0, 1])])
  })
})

/** A cell of a table as text: numbers with all their digits, nothing for what is not there. */
const cell = (value: number | undefined) => (value === undefined ? '' : String(value))

describe('DeepLabCut', () => {
  it('has four header rows, three index columns, and an x and y for every keypoint of two hands', async () => {
    const out = await written('dlc')
    const [scorer, individuals, bodyparts, coords, ...rows] = parseCsv(readFileSync(`${out}/labeled-data/train-7/CollectedData_handloom.csv`)) as string[][]
    const columns = [0, 1].flatMap((hand) => keypointNames.flatMap((name) => ['x', 'y'].map((axis) => ({ hand: `hand${hand + 1}`, name, axis }))))
    const none = Array<null>(21).fill(null)
    expect({ header: [scorer, individuals, bodyparts, coords], rows, tables: readdirSync(`${out}/labeled-data`) }).toEqual({
      header: [
        ['scorer', '', '', ...columns.map(() => 'handloom')],
        ['individuals', '', '', ...columns.map(({ hand }) => hand)],
        ['bodyparts', '', '', ...columns.map(({ name }) => name)],
        ['coords', '', '', ...columns.map(({ axis }) => axis)],
      ],
      rows: expected.slice(0, 2).map(({ frame, hands }) => ['labeled-data', 'train-7', `${frame}.png`, ...[hands[0]!, hands[1] ?? none].flat().flatMap((point) => [cell(point?.[0]), cell(point?.[1])])]),
      tables: ['test-8', 'train-7'],
    })
  })
})

describe('SLEAP', () => {
  it('has a row a hand, with a score that says which keypoints are guesses', async () => {
    const out = await written('sleap')
    const [header, ...rows] = parseCsv(readFileSync(`${out}/train-7.analysis.csv`)) as string[][]
    expect({ header, rows }).toEqual({
      header: ['track', 'frame_idx', 'instance.score', ...keypointNames.flatMap((name) => [`${name}.x`, `${name}.y`, `${name}.score`])],
      rows: expected.slice(0, 2).flatMap(({ frame, hands, hiddenRow }) =>
        hands.map((points, hand) => [`hand${hand + 1}`, String(frame), '1', ...points.flatMap((point, index) => (point ? [String(point[0]), String(point[1]), hand * 21 + index === hiddenRow ? '0.5' : '1'] : ['', '', '']))]),
      ),
    })
  })
})
