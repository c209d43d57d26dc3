import { ref, watch, type Ref } from 'vue'

/** False from when something comes into sight at full speed until the list goes slowly or stands still; what was there before stays. */
export function useUnhurried(key: () => string | null, flying: () => boolean): Ref<boolean> {
  const unhurried = ref(!flying())
  watch([key, flying], ([next, hurried], [before]) => {
    if (!hurried) unhurried.value = true
    else if (next !== before) unhurried.value = false
  })
  return unhurried
}
