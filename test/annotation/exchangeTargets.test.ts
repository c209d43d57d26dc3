import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportFormats } from '../../src-main/contract/annotation.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { change, workshop, type Workshop } from './exchangeFolder.ts'
import { madeHand } from './memoryDataset.ts'

const hands = [...madeHand(900, 500), ...madeHand(300, 500)]
let shop: Workshop
beforeEach(() => (shop = workshop([{ folder: 'train/7', poseId: 3, frames: [hands, [], hands] }, { folder: 'test/8', frames: [madeHand(50, 60)] }])))
afterEach(() => shop.close())

const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => 'written', (error: unknown) => (error instanceof HandloomError ? error.kind : String(error)))
const filesBelow = (folder: string) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`)).sort()

describe('where exports go', () => {
  it('is a new file or folder among those of the project, with the time in its name', async () => {
    await shop.room.apply({ label: '', changes: [change('train/7', 0, 5, { erased: true })] })
    const written = []
    for (const format of exportFormats) written.push(await shop.exchange.write({ format }))
    const exports = dirname(written[0]!.out)
    expect({
      written: written.map(({ out, ...counts }) => ({ ...counts, out: out.slice(exports.length + 1).replace(/\d{8}-\d{6}/, 'TIME') })),
      left: readdirSync(exports).length,
    }).toEqual({
      written: [
        { format: 'contest', files: 2, sequences: 2, frames: 4, points: 104, out: 'contest-TIME' },
        { format: 'coco', files: 1, sequences: 2, frames: 4, points: 104, out: 'coco-TIME.json' },
        { format: 'yolo', files: 7, sequences: 2, frames: 3, points: 104, out: 'yolo-TIME' },
        { format: 'dlc', files: 3, sequences: 2, frames: 3, points: 104, out: 'dlc-TIME' },
        { format: 'sleap', files: 2, sequences: 2, frames: 3, points: 104, out: 'sleap-TIME' },
      ],
      left: 5,
    })
  })

  it('is never the data folder, through links neither, and nothing that is there is overwritten', async () => {
    symlinkSync(shop.data, shop.path('link'))
    mkdirSync(shop.path('empty'))
    mkdirSync(shop.path('full'))
    writeFileSync(shop.path('full', 'a'), 'kept')
    const tried: string[] = []
    for (const out of ['data', 'data/new', 'link/train/new', 'full', 'full/a', 'full/a/b', 'empty', 'new/deep/er']) tried.push(await outcome(shop.exchange.write({ format: 'sleap', out: shop.path(out) })))
    expect([tried, readFileSync(shop.path('full', 'a'), 'utf8'), filesBelow(shop.data), filesBelow(shop.path('empty')), filesBelow(shop.path('new'))]).toEqual([
      ['bad-request', 'bad-request', 'bad-request', 'conflict', 'conflict', 'bad-request', 'written', 'written'],
      'kept',
      ['test/8/8.json', 'train/7/7.json'],
      ['test-8.analysis.csv', 'train-7.analysis.csv'],
      ['deep/er/test-8.analysis.csv', 'deep/er/train-7.analysis.csv'],
    ])
  })

  it.each(exportFormats)('%s: nothing is left when it is stopped halfway', async (format) => {
    const stop = new AbortController()
    const steps: [number, number][] = []
    const writing = shop.exchange.write({ format, out: shop.path('out', 'it'), signal: stop.signal, onProgress: (done, total) => (steps.push([done, total]), stop.abort()) })
    expect([await outcome(writing), steps, readdirSync(shop.path('out'))]).toEqual(['interrupted', [[1, 2]], []])
  })

  it('nothing is left when a file is not the one that was scanned', async () => {
    await shop.room.apply({ label: '', changes: [change('test/8', 0, 5, { erased: true })] })
    writeFileSync(`${shop.data}/test/8/8.json`, '{"annotations":[]}')
    expect([await outcome(shop.exchange.write({ format: 'contest', out: shop.path('out', 'it') })), readdirSync(shop.path('out'))]).toEqual(['conflict', []])
  })
})
