import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import { nearDuplicates, type SequencePair } from '../../src-main/split/leaks/nearDuplicates.ts'
import { greySide, hashThreshold, perceptualHash } from '../../src-main/split/leaks/perceptualHash.ts'

const turned = (hash: Uint32Array, bits: ArrayLike<number>) => {
  const copy = hash.slice()
  for (const bit of Array.from(bits)) copy[bit >> 5]! ^= 1 << (bit & 31)
  return copy
}
const distance = (a: Uint32Array, b: Uint32Array) => a.reduce((sum, word, index) => sum + ((word ^ b[index]!) >>> 0).toString(2).replaceAll('0', '').length, 0)
const asFrames = (hashes: readonly Uint32Array[], perSequence: number) => ({ hashes: Uint32Array.from(hashes.flatMap((hash) => [...hash])), sequences: Int32Array.from(hashes, (_, frame) => Math.floor(frame / perSequence)) })
function found(...given: Parameters<typeof nearDuplicates>) {
  const work = nearDuplicates(...given)
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value
}

describe('near duplicates among hashes', () => {
  it('are those that comparing every pair finds, whichever bits differ', () => {
    const random = randomStream(6)
    const origins = Array.from({ length: 8 }, () => Uint32Array.from({ length: 8 }, () => random.integer(2 ** 32)))
    const hashes = Array.from({ length: 240 }, () => turned(origins[random.integer(8)]!, random.permutation(256).subarray(0, random.integer(14))))
    const { sequences } = asFrames(hashes, 4)
    const expected = new Map<string, Pick<SequencePair, 'distance' | 'framePairs'>>()
    for (const [a, one] of hashes.entries())
      for (const [b, other] of hashes.entries()) {
        const bits = distance(one, other)
        if (a >= b || sequences[a] === sequences[b] || bits > hashThreshold) continue
        const pair = expected.get(`${sequences[a]} ${sequences[b]}`)
        expected.set(`${sequences[a]} ${sequences[b]}`, { distance: Math.min(bits, pair?.distance ?? bits), framePairs: (pair?.framePairs ?? 0) + 1 })
      }
    const { pairs, more } = found(asFrames(hashes, 4))
    const brief = pairs.map(({ a, b, ...rest }): [string, typeof rest] => [`${sequences[a]} ${sequences[b]}`, rest])
    expect([Object.fromEntries(brief), more, pairs.every(({ a, b, distance: bits }) => distance(hashes[a]!, hashes[b]!) === bits), expected.size > 300]).toEqual([Object.fromEntries(expected), false, true, true])
  })

  it('end at so many pairs of sequences, however many frames are the same', () => {
    const { pairs, more } = found(asFrames(Array.from({ length: 3000 }, () => new Uint32Array(8)), 1), 50)
    expect([pairs.length, more]).toEqual([50, true])
  })
})

describe('perceptual hash', () => {
  const grey = (paint: (x: number, y: number) => number) => Uint8Array.from({ length: greySide ** 2 }, (_, index) => paint(index % greySide, Math.floor(index / greySide)))
  const words = (hash: Uint8Array) => new Uint32Array(hash.slice().buffer)
  const noise = randomStream(6, 1)
  const speckled = Uint8Array.from({ length: greySide ** 2 }, () => 60 + noise.integer(120))

  it('has half of its bits set, none for one colour, and does not heed brightness and contrast', () => {
    const hash = words(perceptualHash(speckled))
    const nothing = new Uint32Array(8)
    expect([distance(hash, nothing), perceptualHash(grey(() => 77)), distance(hash, words(perceptualHash(speckled.map((level) => 20 + 0.7 * level)))) <= 6]).toEqual([128, new Uint8Array(32), true])
  })

  it('is the sign of each frequency of the cosine transform, frequency by frequency', () => {
    const only = (across: number, down: number) => perceptualHash(grey((x, y) => 128 + 100 * Math.cos((Math.PI * (2 * x + 1) * across) / 128) * Math.cos((Math.PI * (2 * y + 1) * down) / 128)))
    const highest = (hash: Uint8Array, across: number, down: number) => (hash[(down * 16 + across - 1) >> 3]! >> ((across - 1) & 7)) & 1
    expect([highest(only(1, 0), 1, 0), highest(only(16, 15), 16, 15), highest(only(9, 4), 9, 4)]).toEqual([1, 1, 1])
  })

  it('is that of the picture that sharp makes grey', async () => {
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } }).png().toBuffer()
    expect(perceptualHash(await sharp(png).toColourspace('b-w').resize(greySide, greySide).raw().toBuffer())).toEqual(new Uint8Array(32))
  })
})
