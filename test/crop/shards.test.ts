import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Box } from '../../src-main/contract/crop.ts'
import { cutFrame } from '../../src-main/crop/cutFrame.ts'
import { shardSizeFor } from '../../src-main/crop/geometry.ts'
import { cropBytes, cutCrops, missingBytes, type CropRequest, type CutCrops } from '../../src-main/crop/shards.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'

const size = 8
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handloom-shards-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A 40 × 30 picture of one colour. */
async function picture(name: string, colour: number): Promise<string> {
  const file = join(folder, `${name}.png`)
  await sharp({ create: { width: 40, height: 30, channels: 3, background: { r: colour, g: 2 * colour, b: 5 } } }).png().toFile(file)
  return file
}

async function request(name: string, file: string, region: Box = { x0: 4, y0: 4, x1: 24, y1: 24 }): Promise<CropRequest> {
  const { size: bytes, mtimeMs } = await stat(file)
  return { name, file, bytes, modified: mtimeMs, region }
}

const store = (): string => join(folder, 'crops')
const pictures = async (count: number): Promise<CropRequest[]> => Promise.all(Array.from({ length: count }, async (_, index) => request(`train/0/${index}.png`, await picture(String(index), 10 + index))))

/** First pixel of each crop as the training reads it; null where there is none. */
async function firstPixels(cut: CutCrops, memory?: number): Promise<(number[] | null)[]> {
  const reader = openCrops(cut.files, size, memory)
  try {
    return await Promise.all(cut.places.map(async (place) => {
      if (!place) return null
      const crop = new Uint8Array(cropBytes(size))
      await reader.read(place, crop, 0)
      return [...crop.subarray(0, 3)]
    }))
  } finally {
    reader.close()
  }
}

const counts = ({ cut, reused, failures }: CutCrops) => ({ cut, reused, failures: failures.length })

describe('cutting a frame', () => {
  it('keeps left, right, top and bottom, and paints black what lies outside the picture', async () => {
    const pixels = Buffer.alloc(4 * 4 * 3, 0)
    for (const [x, y, value] of [[0, 0, 60], [1, 0, 120], [0, 1, 180], [1, 1, 240]] as const) for (const dx of [0, 1]) for (const dy of [0, 1]) pixels.fill(value, ((2 * y + dy) * 4 + 2 * x + dx) * 3, ((2 * y + dy) * 4 + 2 * x + dx) * 3 + 3)
    const file = join(folder, 'quarters.png')
    await sharp(pixels, { raw: { width: 4, height: 4, channels: 3 } }).png().toFile(file)
    const grey = async (region: Box, side: number): Promise<number[]> => [...(await cutFrame(file, region, side))].filter((_, index) => index % 3 === 0)
    expect(await grey({ x0: 0, y0: 0, x1: 4, y1: 4 }, 4)).toEqual([60, 60, 120, 120, 60, 60, 120, 120, 180, 180, 240, 240, 180, 180, 240, 240])
    expect(await grey({ x0: -2, y0: 0, x1: 2, y1: 4 }, 4)).toEqual([0, 0, 60, 60, 0, 0, 60, 60, 0, 0, 180, 180, 0, 0, 180, 180])
  })
  it('reads grey pictures and those with an alpha channel as three channels', async () => {
    const grey = join(folder, 'grey.png')
    const clear = join(folder, 'clear.png')
    await sharp({ create: { width: 10, height: 10, channels: 3, background: '#808080' } }).toColourspace('b-w').png().toFile(grey)
    await sharp({ create: { width: 10, height: 10, channels: 4, background: { r: 10, g: 20, b: 30, alpha: 1 } } }).png().toFile(clear)
    const region = { x0: 0, y0: 0, x1: 10, y1: 10 }
    expect([[...(await cutFrame(grey, region, 8))].slice(0, 3), [...(await cutFrame(clear, region, 8))].slice(0, 3)]).toEqual([[128, 128, 128], [10, 20, 30]])
  })
})

describe('shards', () => {
  it('hold what was asked for, in memory and from the disk', async () => {
    const cut = await cutCrops(store(), size, await pictures(5))
    const expected = [10, 11, 12, 13, 14].map((red) => [red, 2 * red, 5])
    expect({ ...counts(cut), memory: await firstPixels(cut), disk: await firstPixels(cut, 0) }).toEqual({ cut: 5, reused: 0, failures: 0, memory: expected, disk: expected })
  })
  it('cut anew only what changed', async () => {
    const requests = await pictures(6)
    await cutCrops(store(), size, requests)
    const again = await cutCrops(store(), size, requests)
    const edited = requests.with(2, { ...(requests[2] as CropRequest), region: { x0: 0, y0: 0, x1: 10, y1: 10 } })
    const afterEdit = await cutCrops(store(), size, edited)
    const replaced = edited.with(4, await request('train/0/4.png', await picture('4', 99)))
    const needed = await missingBytes(store(), size, replaced)
    const afterReplacement = await cutCrops(store(), size, replaced)
    expect([counts(again), counts(afterEdit), needed, counts(afterReplacement), (await firstPixels(afterReplacement))[4]]).toEqual([
      { cut: 0, reused: 6, failures: 0 },
      { cut: 1, reused: 5, failures: 0 },
      cropBytes(size),
      { cut: 1, reused: 5, failures: 0 },
      [99, 198, 5],
    ])
  })
  it('a picture that cannot be read is listed with its reason and stops nothing', async () => {
    const requests = await pictures(3)
    await truncate(requests[1]!.file, 60)
    const cut = await cutCrops(store(), size, requests)
    expect({ failed: cut.failures.map(({ name, reason }) => [name, reason.length > 0]), pixels: await firstPixels(cut) }).toEqual({ failed: [['train/0/1.png', true]], pixels: [[10, 20, 5], null, [12, 24, 5]] })
  })
  it('what was cut before an abort stays, file by file', async () => {
    const requests = await pictures(12)
    const stop = new AbortController()
    const aborted = cutCrops(store(), size, requests, { signal: stop.signal, shardBytes: 2 * cropBytes(size), onProgress: ({ done }) => void (done >= 6 && stop.abort()) })
    await expect(aborted).rejects.toMatchObject({ kind: 'interrupted' })
    const { cut, reused } = await cutCrops(store(), size, requests)
    expect({ sum: cut + reused, some: reused >= 6, left: cut > 0 }).toEqual({ sum: 12, some: true, left: true })
  })
  it('a broken index or a shard file cut short is cut again, and what a crash left is removed', async () => {
    const requests = await pictures(4)
    const first = await cutCrops(store(), size, requests)
    await truncate(first.files[0]!, 100)
    await writeFile(join(store(), 'crops-9.rgb.tmp'), 'half')
    const second = await cutCrops(store(), size, requests)
    await writeFile(join(store(), 'index.json'), '{"size":8,"fil')
    const third = await cutCrops(store(), size, requests)
    expect([counts(second), counts(third), (await readdir(store())).sort(), (await firstPixels(third))[3]]).toEqual([{ cut: 4, reused: 0, failures: 0 }, { cut: 4, reused: 0, failures: 0 }, ['crops-1.rgb', 'index.json'], [13, 26, 5]])
  })
  it('crops that nothing asks for any more are dropped when they are the larger part, unless others read them now', async () => {
    const requests = await pictures(9)
    const first = await cutCrops(store(), size, requests)
    const kept = await cutCrops(store(), size, requests.slice(6), { keepOthers: true })
    expect([kept.files, await firstPixels(first)]).toEqual([first.files, Array.from({ length: 9 }, (_, index) => [10 + index, 20 + 2 * index, 5])])
    const cut = await cutCrops(store(), size, requests.slice(6))
    const held = await Promise.all(cut.files.map(async (file) => (await readFile(file)).length))
    expect({ ...counts(cut), held: held.reduce((a, b) => a + b, 0), pixels: await firstPixels(cut) }).toEqual({ cut: 0, reused: 3, failures: 0, held: 3 * cropBytes(size), pixels: [[16, 32, 5], [17, 34, 5], [18, 36, 5]] })
  })
  it('are a quarter larger than what the network sees', () => {
    expect([64, 128, 288, 32].map(shardSizeFor)).toEqual([80, 160, 360, 40])
  })
})
