/** Does pieces of work one at a time; of those that wait, the one that came last is next. */
export function newestFirst(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = false
  return async (work) => {
    if (busy) await new Promise<void>((resolve) => waiting.push(resolve))
    busy = true
    try {
      return await work()
    } finally {
      const next = waiting.pop()
      if (next) next()
      else busy = false
    }
  }
}
