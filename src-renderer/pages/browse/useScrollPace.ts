import { useEventListener } from '@vueuse/core'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

/** Heights of the view a second past which nothing can be made out. */
const blur = 4
/** Milliseconds without a scroll event after which the list stands still. */
const rest = 120

/** True while a list is scrolled so fast that pictures would be gone before they are seen: time to ask for none. */
export function useScrollPace(scroller: Readonly<ShallowRef<HTMLElement | null>>): ShallowRef<boolean> {
  const flying = shallowRef(false)
  let last = { top: 0, time: 0 }
  let timer: ReturnType<typeof setTimeout> | undefined

  useEventListener(scroller, 'scroll', (event) => {
    const { scrollTop: top, clientHeight: height } = event.target as HTMLElement
    const time = event.timeStamp
    const passed = time - last.time
    // The first event after a rest says how far, not how fast.
    flying.value = passed < rest && (Math.abs(top - last.top) * 1000) / Math.max(8, passed) > blur * height
    last = { top, time }
    clearTimeout(timer)
    timer = setTimeout(() => (flying.value = false), rest)
  }, { passive: true })
  onScopeDispose(() => clearTimeout(timer))
  return flying
}
