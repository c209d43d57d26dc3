import { useStorage } from '@vueuse/core'
import { computed, onScopeDispose, ref, watch } from 'vue'
import type { Player } from '../../composables/usePlayer.ts'

/**
 * Plays frames that are not the data set's, so that they have no part in the shared selection.
 * @param frames frame numbers in order
 * @param key another one is another sequence: its first frame comes to the front
 */
export function useFramePlayer(frames: () => readonly number[], key: () => string): Player {
  const playing = ref(false)
  const fps = useStorage('handloom.player.fps', 8)
  const loop = useStorage('handloom.player.loop', true)
  const position = ref(0)
  const shown = ref<number | null>(null)
  let shownAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const count = computed(() => frames().length)
  const index = computed(() => Math.min(position.value, Math.max(0, count.value - 1)))
  const frame = computed(() => frames()[index.value] ?? null)

  function seek(to: number): void {
    playing.value = false
    position.value = Math.min(Math.max(0, to), Math.max(0, count.value - 1))
  }

  function step(by: number): void {
    const next = index.value + by
    seek(loop.value && count.value > 0 ? (next + count.value) % count.value : next)
  }

  function toggle(): void {
    if (!playing.value && count.value < 2) return
    if (!playing.value && !loop.value && index.value === count.value - 1) position.value = 0
    playing.value = !playing.value
  }

  function onShown(number: number): void {
    shown.value = number
    shownAt = performance.now()
  }

  function tick(): void {
    clearTimeout(timer)
    if (!playing.value || shown.value !== frame.value) return
    timer = setTimeout(() => {
      if (index.value + 1 < count.value) position.value = index.value + 1
      else if (loop.value) position.value = 0
      else playing.value = false
    }, Math.max(0, shownAt + 1000 / fps.value - performance.now()))
  }

  watch(key, () => seek(0))
  watch([playing, shown, frame, fps], tick)
  onScopeDispose(() => clearTimeout(timer))

  return { index, frame, count, playing, fps, loop, toggle, step, seek, onShown }
}
