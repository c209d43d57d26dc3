import { useEventListener } from '@vueuse/core'
import { ref, type Ref } from 'vue'

/** A key held longer than this is let go of again (milliseconds). */
const heldMilliseconds = 300

/** Whether the file's own keypoints are shown: a tap turns it over, a held key shows them until it is let go. */
export function useOriginal(): { original: Ref<boolean>; toggle: () => void } {
  const original = ref(false)
  let since = 0
  function toggle(): void {
    original.value = !original.value
    since = performance.now()
  }
  useEventListener(window, 'keyup', () => {
    if (original.value && performance.now() - since > heldMilliseconds) original.value = false
  })
  return { original, toggle }
}
