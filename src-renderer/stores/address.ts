import type { LocationQueryRaw, Router } from 'vue-router'

/** Changes to the address that wait for the end of the tick, or of a navigation, so that several writers make one replacement. */
let waiting: Record<string, string | null> | null = null
/** Path of a page that is being opened: a replacement now would cancel it. */
let opening: string | null = null

/** Has `patchQuery` wait for pages that are being opened. */
export function followNavigation(router: Router): void {
  const settled = (): void => {
    opening = null
    apply(router)
  }
  router.beforeEach(({ path }) => void (opening = path))
  router.afterEach(settled)
  router.onError(settled)
}

/** Sets (or with null removes) parameters of the current address without a new history entry. */
export function patchQuery(router: Router, patch: Record<string, string | null>): void {
  if (waiting !== null) {
    Object.assign(waiting, patch)
    return
  }
  waiting = { ...patch }
  // By then the guards know of a navigation that began in this tick.
  setTimeout(() => apply(router))
}

function apply(router: Router): void {
  const { path, query } = router.currentRoute.value
  if (waiting === null || (opening !== null && opening !== path)) return
  const changes = waiting
  waiting = null
  const next: LocationQueryRaw = { ...query }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete next[name]
    else next[name] = value
  }
  const same = Object.keys(changes).every((name) => (query[name] ?? null) === (changes[name] ?? null))
  if (!same) void router.replace({ path, query: next })
}
