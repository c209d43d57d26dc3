import { ref, type Ref } from 'vue'

/**
 * Going to frames on a strip over all of them: by click, drag, arrows, Home and End.
 * @param frames numbers of the frames, in order
 * @param here the frame in front
 * @param frameAt frame below a pointer
 */
export function useFrameSlider({ frames, here, frameAt, go }: { frames(): readonly number[]; here(): number | null; frameAt(event: PointerEvent): number | null; go(frame: number): void }) {
  const pointed: Ref<number | null> = ref(null)

  function goTo(event: PointerEvent): void {
    const frame = frameAt(event)
    if (frame !== null && frame !== here()) go(frame)
  }

  return {
    /** Frame below the pointer; null: it is elsewhere. */
    pointed,
    down(event: PointerEvent): void {
      ;(event.currentTarget as Element).setPointerCapture(event.pointerId)
      goTo(event)
    },
    move(event: PointerEvent): void {
      pointed.value = frameAt(event)
      if (event.buttons === 1) goTo(event)
    },
    step(event: KeyboardEvent): void {
      const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key]
      if (by === undefined) return
      event.preventDefault()
      const all = frames()
      const next = all[Math.min(Math.max(0, all.indexOf(here() ?? Number.NaN) + by), all.length - 1)]
      if (next !== undefined) go(next)
    },
  }
}
