import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { useEscape } from '../../composables/useCommands.ts'
import type { Column } from './heatRows.ts'

/** Sequences that can be taken up: a cell's, or one of them. */
export interface Held {
  poseId: number
  from: Column
  folders: readonly string[]
}

export interface Drag extends Held {
  /** The column under the pointer; undefined: none, so that a drop changes nothing. */
  over: Column | undefined
  /** Of the pointer, CSS pixels of the window. */
  x: number
  y: number
}

/** Pixels that a pressed pointer moves before it drags. */
const slack = 5

/**
 * Drags sequences by pointer events: mouse, pen and finger. Escape takes it back.
 * @param columnAt the column at a place of the window; undefined where nothing can be dropped
 */
export function useSequenceDrag(options: { can: () => boolean; columnAt: (x: number, y: number) => Column | undefined; drop: (held: Held, to: Column) => void }): { drag: ShallowRef<Drag | null>; start: (event: PointerEvent, held: Held) => void } {
  const drag = shallowRef<Drag | null>(null)
  let end: (() => void) | null = null

  function start(event: PointerEvent, held: Held): void {
    if (event.button !== 0 || !options.can() || held.folders.length === 0 || end !== null) return
    const { pointerId, clientX, clientY } = event
    const listening = new AbortController()
    const on = (type: 'pointermove' | 'pointerup' | 'pointercancel', listener: (at: PointerEvent) => void): void =>
      window.addEventListener(type, (at) => at.pointerId === pointerId && listener(at), { signal: listening.signal })
    end = () => {
      listening.abort()
      drag.value = null
      end = null
    }
    on('pointermove', (at) => {
      if (drag.value === null && Math.hypot(at.clientX - clientX, at.clientY - clientY) < slack) return
      drag.value = { ...held, over: options.columnAt(at.clientX, at.clientY), x: at.clientX, y: at.clientY }
    })
    on('pointerup', () => {
      const dropped = drag.value
      end?.()
      if (dropped === null) return
      // The click that follows is the drag's end, not a choice.
      const ignore = (click: Event): void => {
        click.preventDefault()
        click.stopPropagation()
      }
      window.addEventListener('click', ignore, { capture: true, once: true })
      setTimeout(() => window.removeEventListener('click', ignore, { capture: true }))
      if (dropped.over !== undefined && dropped.over !== dropped.from) options.drop(held, dropped.over)
    })
    on('pointercancel', () => end?.())
  }

  useEscape(() => {
    if (drag.value === null) return false
    end?.()
    return true
  })
  onScopeDispose(() => end?.())
  return { drag, start }
}
