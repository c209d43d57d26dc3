import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import { findSequences } from '../../src-main/predict/findSequences.ts'
import { frameOrder } from '../../src-main/predict/frameOrder.ts'

let root: string
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'handloom-find-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (...names: string[]): void => {
  for (const name of names) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), name)
  }
}
const find = () => findSequences(root, new AbortController().signal)
const shown = async () => (await find()).map(({ name, pictures, json }) => [name, pictures.map((picture) => picture.name), json?.name ?? null])

it('finds folders with pictures at any depth in the order in which people count, with the JSON beside them', async () => {
  put('take 10/0.png', 'take 2/1.jpg', 'take 2/0.JPEG', 'take 2/take 2.json', 'take 2/notes.json', 'walk/deep/er/7.webp', 'walk/deep/er/labels.json', '3.png', 'only/only.json', 'other/package.json', 'text/readme.txt')
  put('.hidden/0.png', '@eaDir/0.png', 'take 2/.0.png', 'take 2/Thumbs.db', 'a/b/c/d/e/f/g/h/0.png', 'a/b/c/d/e/f/g/h/i/0.png')
  expect(await shown()).toEqual([
    ['.', ['3.png'], null],
    ['a/b/c/d/e/f/g/h', ['0.png'], null],
    ['only', [], 'only.json'],
    ['take 2', ['0.JPEG', '1.jpg'], 'take 2.json'],
    ['take 10', ['0.png'], null],
    ['walk/deep/er', ['7.webp'], 'labels.json'],
  ])
})

it('follows no link out of the folder, to a folder or in a circle, and says so of pictures', async () => {
  put('inside/0.png')
  const outside = mkdtempSync(join(tmpdir(), 'handloom-outside-'))
  writeFileSync(join(outside, '9.png'), 'x')
  symlinkSync(outside, join(root, 'away'))
  symlinkSync(root, join(root, 'inside/circle'))
  symlinkSync(join(outside, '9.png'), join(root, 'inside/9.png'))
  symlinkSync(join(root, 'inside/0.png'), join(root, 'inside/1.png'))
  expect((await find()).map(({ name, pictures, problems }) => [name, pictures.map((picture) => picture.name), problems])).toEqual([
    ['inside', ['0.png', '1.png'], [{ file: 'inside/9.png', place: '', message: expect.stringContaining('leads out of the folder') }]],
  ])
  rmSync(outside, { recursive: true })
})

it('a stamp changes with the name, size or time of any picture or the JSON, and with nothing else', async () => {
  put('s/0.png', 's/1.png', 's/s.json', 's/readme.txt')
  const stamp = async () => (await find())[0]?.stamp
  const stamps = [await stamp()]
  writeFileSync(join(root, 's/readme.txt'), 'longer than it was')
  expect(await stamp()).toBe(stamps[0])
  for (const change of [
    () => writeFileSync(join(root, 's/1.png'), 'another size'),
    () => utimesSync(join(root, 's/0.png'), 1, 1),
    () => put('s/2.png'),
    () => writeFileSync(join(root, 's/s.json'), '{}'),
    () => rmSync(join(root, 's/s.json')),
  ]) {
    change()
    stamps.push(await stamp())
  }
  expect(new Set(stamps).size).toBe(6)
})

it('a folder that is gone, and one with nothing', async () => {
  expect(await find()).toEqual([])
  rmSync(root, { recursive: true })
  await expect(find()).rejects.toMatchObject({ kind: 'not-found' })
})

it('sorts 500 names that lie out of order by their numbers', () => {
  const random = randomStream(7)
  const numbers = Array.from({ length: 500 }, (_, index) => index * 3 + 5)
  for (const prefix of ['', 'frame_', 'take 2 - ']) {
    const shuffled = Array.from(random.permutation(500), (index) => `${prefix}${numbers[index]}.png`)
    expect(frameOrder(shuffled)).toEqual({ order: numbers.map((number) => ({ file: `${prefix}${number}.png`, number })), twins: [] })
  }
})

it('numbers pictures whose names are no numbers after those whose are, and passes a second of the same number over', () => {
  const orders = (...files: string[]) => {
    const { order, twins } = frameOrder(files)
    return [...order.map(({ file, number }) => [file, number]), ...twins.map(({ file, twin }) => [file, twin])]
  }
  expect(orders('b.png', 'a 10.png', 'a 9.png')).toEqual([['a 9.png', 0], ['a 10.png', 1], ['b.png', 2]])
  expect(orders('cover.jpg', '6.png', '05.png')).toEqual([['05.png', 5], ['6.png', 6], ['cover.jpg', 7]])
  expect(orders('7.png', '7.jpg', '007.png')).toEqual([['7.jpg', 7], ['007.png', '7.jpg'], ['7.png', '7.jpg']])
})
