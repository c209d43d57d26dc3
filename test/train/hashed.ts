/** The numbers that `goldens/make_training_goldens.py` makes its weights and pictures of: evenly in 0 … 1, MurmurHash3's finalizer of position and seed. */
export function hashed(seed: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, position) => {
    let h = (position + Math.imul(seed, 0x9e3779b1)) >>> 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
  })
}

/** Evenly in ± reach. */
export const even = (seed: number, count: number, reach = 1): Float64Array => hashed(seed, count).map((value) => (value * 2 - 1) * reach)
