import type { Derivation } from '../../../../src-main/contract/crop.ts'
import { derivationKey } from '../../../../src-main/crop/derive.ts'

/** Those that are not in the set yet, each once. */
export function notYet(wanted: readonly Derivation[], there: readonly Derivation[]): Derivation[] {
  const known = new Set(there.map(derivationKey))
  return wanted.filter((derivation) => {
    const key = derivationKey(derivation)
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

/** Frame numbers as ranges: `1–5, 8`. */
export function frameRanges(frames: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const frame of [...frames].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && frame === last[1] + 1) last[1] = frame
    else ranges.push([frame, frame])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ')
}
