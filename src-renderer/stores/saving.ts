import { defineStore } from 'pinia'
import { ref } from 'vue'

/** How many changes are on their way to the disk. */
export const useSavingStore = defineStore('saving', () => {
  const pending = ref(0)
  const failed = ref(false)

  function begin(): void {
    pending.value++
  }

  function end(saved: boolean): void {
    pending.value--
    failed.value = !saved
  }

  /** Something is shown that is not sent yet, until the returned function is called. */
  function hold(): () => void {
    pending.value++
    return () => void pending.value--
  }

  return { pending, failed, begin, end, hold }
})
