import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'

/** How long work takes, and how long it holds the event loop at most meanwhile, in milliseconds. */
export async function longestBlock(work: () => Promise<void>): Promise<{ milliseconds: number; block: number }> {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  await wait(5)
  loop.reset()
  const began = performance.now()
  await work()
  const milliseconds = performance.now() - began
  // What came last counts too.
  await wait(5)
  loop.disable()
  return { milliseconds, block: round(loop.max / 1e6) }
}

export const round = (value: number): number => Math.round(value * 100) / 100

/** The value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return round(sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN)
}
