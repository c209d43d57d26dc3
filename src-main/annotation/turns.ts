/** The event loop is held for about so long at once (milliseconds). */
const sliceMilliseconds = 5

/** Gives the event loop free whenever the work since the last time took a slice: `await turn()` between steps. */
export function createTurns(): () => Promise<void> | undefined {
  let begin = performance.now()
  return () => {
    if (performance.now() - begin < sliceMilliseconds) return undefined
    return new Promise((resolve) =>
      setImmediate(() => {
        begin = performance.now()
        resolve()
      }),
    )
  }
}
