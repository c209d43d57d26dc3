import { onScopeDispose } from 'vue'

/** Milliseconds of a frame that may go into drawing. */
const budget = 10
const waiting = new Map<symbol, () => void>()
let asked = 0

function work(): void {
  const end = performance.now() + budget
  for (const [key, draw] of waiting) {
    waiting.delete(key)
    draw()
    if (performance.now() > end) break
  }
  asked = waiting.size > 0 ? requestAnimationFrame(work) : 0
}

/** Draws soon, once however often it is asked, after those that asked before; as many at a time as leave the page fluent. */
export function useSoon(draw: () => void): () => void {
  const key = Symbol('drawing')
  onScopeDispose(() => waiting.delete(key))
  return () => {
    waiting.set(key, draw)
    asked ||= requestAnimationFrame(work)
  }
}
