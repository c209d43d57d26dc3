import { useStorage } from '@vueuse/core'
import type { Ref } from 'vue'
import { useCommands } from '../composables/useCommands.ts'

/** What the stage shows beside the picture and its points. */
export interface StageOptions {
  minimap: boolean
  /** Names beside all points; else beside the hovered and the single selected one. */
  names: boolean
  /** What a bone's colour tells: its hand or its finger. */
  colours: 'hand' | 'finger'
  /** Skeletons of neighbouring frames. */
  onion: boolean
  /** Frames before and after, 0 to 50. */
  onionSpan: number
}

/** Widths of the onion skin that the keys go through. */
const onionSpans = [0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50] as const

/** The next wider (`way` 1) or narrower (−1) onion skin. */
export function nextSpan(span: number, way: 1 | -1): number {
  const found = way === 1 ? onionSpans.find((other) => other > span) : onionSpans.findLast((other) => other < span)
  return found ?? Math.min(50, Math.max(0, span))
}

/** The options, kept in the browser's storage, with the commands that change them. */
export function useStageOptions(): Ref<StageOptions> {
  const options = useStorage<StageOptions>('handloom.clean.view', { minimap: true, names: false, colours: 'hand', onion: false, onionSpan: 3 }, undefined, { mergeDefaults: true })
  const change = (part: Partial<StageOptions>): void => void (options.value = { ...options.value, ...part })
  useCommands({
    'clean.minimap': () => change({ minimap: !options.value.minimap }),
    'clean.names': () => change({ names: !options.value.names }),
    'clean.colours': () => change({ colours: options.value.colours === 'hand' ? 'finger' : 'hand' }),
    'clean.onion': () => change({ onion: !options.value.onion }),
    'clean.onionWider': () => change({ onion: true, onionSpan: options.value.onion ? nextSpan(options.value.onionSpan, 1) : options.value.onionSpan }),
    'clean.onionNarrower': () => change({ onionSpan: nextSpan(options.value.onionSpan, -1) }),
  })
  return options
}
