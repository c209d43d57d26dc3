import { hashBits, hashThreshold } from './perceptualHash.ts'

const words = hashBits / 32
/** Of two hashes that differ in at most `hashThreshold` bits, at least one of so many bands is the same. */
const bands = hashThreshold + 1
/** Frames, or comparisons, between two pauses: about a millisecond's work. */
const breath = 1 << 14

/** Frames with their hashes, sequence by sequence. */
export interface HashedFrames {
  /** 8 words a frame. */
  hashes: Uint32Array
  /** Which sequence each frame is of, ascending. */
  sequences: Int32Array
}

/** Two sequences, and the two of their frames that look most alike. */
export interface SequencePair {
  /** Positions of the two frames; `a` is of the earlier sequence. */
  a: number
  b: number
  distance: number
  framePairs: number
}

/**
 * All pairs of frames of different sequences whose hashes differ in at most `hashThreshold` bits, added up by pairs of sequences. Exact: by
 * the pigeonhole principle such two agree in one of 17 bands of 15 or 16 bits, so only frames with the same band are compared (multi-index
 * hashing: Norouzi, Punjani and Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012). A band takes every 17th bit, so that
 * it has low frequencies, which similar rooms share, and high ones, which they do not. Pauses (yields) about every millisecond.
 * @param most pairs of sequences at which the search ends; then `more` is true
 */
export function* nearDuplicates({ hashes, sequences }: HashedFrames, most = 10_000): Generator<void, { pairs: SequencePair[]; more: boolean }> {
  const count = sequences.length
  const keys = yield* bandKeys(hashes, count)
  const found = new Map<number, SequencePair>()
  const starts = new Uint32Array((1 << 16) + 1)
  const order = new Uint32Array(count)
  let work = 0
  for (let band = 0; band < bands; band++) {
    const own = keys[band]!
    yield* sortByKey(own, starts, order)
    for (let key = 0; key < 1 << 16; key++)
      for (let i = starts[key]!; i < starts[key + 1]!; i++)
        for (let j = i + 1; j < starts[key + 1]!; j++) {
          if (++work % breath === 0) yield
          const [a, b] = [order[i]!, order[j]!]
          if (sequences[a] === sequences[b]) continue
          const distance = distanceOf(hashes, a, b)
          if (distance > hashThreshold || sharesEarlierBand(keys, band, a, b)) continue
          const name = sequences[a]! * count + sequences[b]!
          const pair = found.get(name)
          if (pair) {
            pair.framePairs++
            if (distance < pair.distance) Object.assign(pair, { a, b, distance })
          } else if (found.size === most) return { pairs: [...found.values()], more: true }
          else found.set(name, { a, b, distance, framePairs: 1 })
        }
  }
  return { pairs: [...found.values()], more: false }
}

/** Of each band the bits of each frame. */
function* bandKeys(hashes: Uint32Array, count: number): Generator<void, Uint16Array[]> {
  const keys: Uint16Array[] = []
  for (let band = 0; band < bands; band++) {
    const own = new Uint16Array(count)
    for (let frame = 0; frame < count; frame++) {
      let key = 0
      for (let bit = band; bit < hashBits; bit += bands) key = (key << 1) | ((hashes[frame * words + (bit >> 5)]! >>> (bit & 31)) & 1)
      own[frame] = key
      if (frame % breath === breath - 1) yield
    }
    keys.push(own)
  }
  return keys
}

/** Frames by key (those of one key in their order) into `order`; those of key k begin at `starts[k]`. */
function* sortByKey(keys: Uint16Array, starts: Uint32Array, order: Uint32Array): Generator<void, void> {
  starts.fill(0)
  for (const key of keys) starts[key + 1]!++
  for (let key = 1; key < starts.length; key++) starts[key]! += starts[key - 1]!
  yield
  const next = starts.slice()
  for (let frame = 0; frame < keys.length; frame++) {
    order[next[keys[frame]!]!++] = frame
    if (frame % breath === breath - 1) yield
  }
}

function sharesEarlierBand(keys: readonly Uint16Array[], band: number, a: number, b: number): boolean {
  for (let earlier = 0; earlier < band; earlier++) if (keys[earlier]![a] === keys[earlier]![b]) return true
  return false
}

function distanceOf(hashes: Uint32Array, a: number, b: number): number {
  let distance = 0
  for (let word = 0; word < words && distance <= hashThreshold; word++) distance += bitsSet(hashes[a * words + word]! ^ hashes[b * words + word]!)
  return distance
}

function bitsSet(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
