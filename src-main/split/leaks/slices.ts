/** Work holds the event loop no longer than this, in milliseconds. */
const sliceMilliseconds = 8

/** Lets everything else that waits have its turn. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Does work that pauses often, a slice at a time. @throws what the signal was aborted with */
export async function inSlices<T>(work: Generator<void, T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    const end = performance.now() + sliceMilliseconds
    do {
      const step = work.next()
      if (step.done) return step.value
    } while (performance.now() < end)
    await turn()
  }
}
