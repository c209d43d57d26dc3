import type { LocationQueryRaw, Router } from 'vue-router'

/** Changes to the address that wait for the end of the tick, so that several writers of one tick make one replacement. */
let waiting: Record<string, string | null> | null = null
/** Path of a page that is being opened: a replacement now would call it off. */
let opening: string | null = null

/** Has `patchQuery` know of pages that are being opened. */
export function followNavigation(router: Router): void {
  const settled = (): void => void (opening = null)
  router.beforeEach(({ path }) => void (opening = path))
  router.afterEach(settled)
  router.onError(settled)
}

/**
 * Sets (or with null removes) parameters of the current address without a new history entry. What was meant for a page that is being left is
 * dropped: the address of the next one says what it shows.
 */
export function patchQuery(router: Router, patch: Record<string, string | null>): void {
  if (waiting !== null) {
    Object.assign(waiting, patch)
    return
  }
  waiting = { ...patch }
  // By then the guards know of a navigation that began in this tick.
  setTimeout(() => {
    const changes = waiting ?? {}
    waiting = null
    const { path, query } = router.currentRoute.value
    if ((opening ?? path) !== path || (writtenPath() ?? path) !== path) return
    const next: LocationQueryRaw = { ...query }
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete next[name]
      else next[name] = value
    }
    const same = Object.keys(changes).every((name) => (query[name] ?? null) === (changes[name] ?? null))
    if (!same) void router.replace({ path, query: next })
  })
}

/** The page that the address names: somebody may just have written another one there, and the router hears of it a little later. */
function writtenPath(): string | null {
  const written = typeof location === 'undefined' ? undefined : location.hash.slice(1).split('?')[0]
  return written?.startsWith('/') ? written : null
}
