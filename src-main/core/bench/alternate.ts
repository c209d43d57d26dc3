import type { Contestant, Round } from './contestant.ts'

/** Speed over some rounds. */
export interface Speed {
  /** Median of the rounds. */
  perSecond: number
  rounds: number[]
  peakMemoryBytes: number
}

/**
 * Has contestants work in turn, each alone, so that what the machine does besides falls on all alike; who begins changes from round to round.
 * @returns the rounds of each
 */
export async function alternate(contestants: readonly Pick<Contestant, 'round'>[], rounds: number, onRound?: (done: number) => void): Promise<Round[][]> {
  const results = contestants.map((): Round[] => [])
  for (let done = 0; done < rounds; done++) {
    const turn = contestants.map((contestant, index) => ({ contestant, index }))
    for (const { contestant, index } of done % 2 ? turn.reverse() : turn) results[index]?.push(await contestant.round())
    onRound?.(done + 1)
  }
  return results
}

export function speedOf(rounds: readonly Round[]): Speed {
  const speeds = rounds.map(({ items, seconds }) => items / seconds)
  return { perSecond: median(speeds), rounds: speeds, peakMemoryBytes: Math.max(...rounds.map((round) => round.peak_memory_bytes)) }
}

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new RangeError('No values have no median')
  return (upper + lower) / 2
}
