/** Work that is measured in rounds, made ready and warmed up. */
export interface Workload {
  /** What the report says beside the speed, under the keys of the report. */
  facts: Record<string, unknown>
  /** Does a round of it. */
  round(): Promise<{ items: number; seconds: number }>
}

/** Seconds that a call takes. */
export async function timed(work: () => void | Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

/**
 * Rounds of a step that is repeated: warmed up first, then as often as makes a round of about `roundSeconds`.
 * @param items things that one step works through
 */
export async function repeated(step: () => void, items: number, roundSeconds: number): Promise<Workload['round']> {
  // The first call on a new batch size plans the kernels, the second has its memory in place.
  for (let call = 0; call < 2; call++) step()
  const repeats = Math.max(2, Math.ceil(roundSeconds / (await timed(step))))
  return async () => {
    const seconds = await timed(() => {
      for (let call = 0; call < repeats; call++) step()
    })
    return { items: items * repeats, seconds }
  }
}
