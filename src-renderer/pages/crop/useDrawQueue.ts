import { onMounted, onScopeDispose, watch } from 'vue'

/** What all drawing of a frame of the screen may take together. */
const frameMilliseconds = 8

/**
 * Draws pictures whenever `changed` does: at most once a frame of the screen, and what a frame has no time for in the next ones, from where it stopped, so that
 * each gets its turn however fast a slider moves.
 * @param jobs draws each one picture
 */
export function useDrawQueue(changed: () => unknown, jobs: () => readonly (() => void)[]): void {
  let asked = 0
  let next = 0
  let left = 0

  function draw(): void {
    asked = 0
    const all = jobs()
    const until = performance.now() + frameMilliseconds
    left = Math.min(left, all.length)
    while (left > 0) {
      all[next % all.length]?.()
      next = (next + 1) % all.length
      left--
      if (performance.now() > until) break
    }
    if (left > 0) asked = requestAnimationFrame(draw)
  }

  function soon(): void {
    left = Infinity
    if (asked === 0) asked = requestAnimationFrame(draw)
  }

  onMounted(soon)
  watch(changed, soon, { flush: 'post' })
  onScopeDispose(() => cancelAnimationFrame(asked))
}
