import { useDevicePixelRatio, useElementSize, useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Position } from '../../src-main/augment/projective.ts'
import { centredAt, fitted, isOnStage, kept, zoomedAt, type Size, type Viewport } from '../editor/viewport.ts'

/** What a canvas shows, and what happens on it. Places on the stage are CSS pixels from its corner, which lies `inset` from the canvas's own. */
export interface CanvasTarget {
  /** Takes the focus; the canvas lies in it. */
  root: Ref<HTMLElement | null>
  canvas: Ref<HTMLCanvasElement | null>
  /** What is shown as a whole; the view is fitted to it anew when it changes. */
  world: () => Size
  /** Room beside the stage that headers take. */
  inset?: () => { left: number; top: number }
  /** Largest scale, CSS pixels per unit of the world. */
  largest: () => number
  draw: (context: CanvasRenderingContext2D, view: Viewport, stage: Size) => void
  /** The pointer is there, or (null) nowhere on the canvas. */
  hover: (at: Position | null) => void
  /** A press that was no drag. */
  click: (at: Position) => void
  /** Takes a drag for itself instead of moving the view: true from `begin`. */
  drag?: { begin: (at: Position, event: PointerEvent) => boolean; move: (at: Position) => void; end: () => void; cancel: () => void }
}

export interface CanvasView {
  view: ShallowRef<Viewport>
  stage: ComputedRef<Size>
  fit: () => void
  zoom: (factor: number) => void
  /** Brings a place of the world onto the stage, if it is not there. */
  reveal: (place: Position) => void
  /** Draws at the next frame. */
  redraw: () => void
  /** The view is being moved by hand. */
  panning: Ref<boolean>
  /** Drops what the hand is doing; false when it does nothing. */
  cancel: () => boolean
}

/** CSS pixels that the hand goes before a press is a drag. */
const dragStart = 3

interface Press {
  from: Position
  view: Viewport
  kind: 'press' | 'pan' | 'own'
}

/** A canvas that is zoomed with the wheel or two fingers at their place, moved by dragging (with Space or the middle button whatever the tool), and drawn once a frame at most. */
export function useCanvasView(target: CanvasTarget): CanvasView {
  const { width, height } = useElementSize(target.root)
  const { pixelRatio } = useDevicePixelRatio()
  const inset = (): { left: number; top: number } => target.inset?.() ?? { left: 0, top: 0 }
  const stage = computed<Size>(() => ({ width: Math.max(0, width.value - inset().left), height: Math.max(0, height.value - inset().top) }))
  const world = computed(target.world)
  const view = shallowRef<Viewport>({ scale: 1, x: 0, y: 0 })
  const panning = ref(false)
  /** The view follows the stage's size until a person zooms or pans. */
  let fits = true
  let asked: number | null = null
  let spaceHeld = false
  const pointers = new Map<number, Position>()
  let press: Press | null = null
  let pinch: { distance: number; middle: Position; view: Viewport } | null = null

  function redraw(): void {
    asked ??= requestAnimationFrame(() => {
      asked = null
      const canvas = target.canvas.value
      const context = canvas?.getContext('2d')
      if (!canvas || !context || width.value === 0) return
      const [wide, high] = [Math.round(width.value * pixelRatio.value), Math.round(height.value * pixelRatio.value)]
      if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high })
      context.setTransform(pixelRatio.value, 0, 0, pixelRatio.value, 0, 0)
      context.clearRect(0, 0, width.value, height.value)
      target.draw(context, view.value, stage.value)
    })
  }

  function setView(next: Viewport): void {
    fits = false
    view.value = kept(next, world.value, stage.value)
  }

  function fit(): void {
    fits = true
    const whole = fitted(world.value, stage.value)
    const scale = Math.min(whole.scale, target.largest())
    view.value = { scale, x: (stage.value.width - world.value.width * scale) / 2, y: (stage.value.height - world.value.height * scale) / 2 }
  }

  /** Not farther away than half of what shows everything. */
  function scaled(from: Viewport, factor: number, at: Position): Viewport {
    const least = Math.min(fitted(world.value, stage.value).scale / 2, target.largest())
    const scale = Math.min(target.largest(), Math.max(least, from.scale * factor))
    return zoomedAt(from, scale / from.scale, at)
  }

  const zoom = (factor: number): void => setView(scaled(view.value, factor, [stage.value.width / 2, stage.value.height / 2]))

  function reveal(place: Position): void {
    if (stage.value.width > 0 && !isOnStage(view.value, stage.value, place)) setView(centredAt(view.value, stage.value, place))
  }

  const placeOf = (event: { clientX: number; clientY: number }): Position => {
    const box = target.canvas.value?.getBoundingClientRect()
    return [event.clientX - (box?.left ?? 0) - inset().left, event.clientY - (box?.top ?? 0) - inset().top]
  }

  function beginPinch(): void {
    const [first, second] = [...pointers.values()]
    if (first === undefined || second === undefined) return
    if (press?.kind === 'own') target.drag?.cancel()
    press = null
    pinch = { distance: Math.max(1, Math.hypot(first[0] - second[0], first[1] - second[1])), middle: [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2], view: view.value }
  }

  function movePinch(from: NonNullable<typeof pinch>): void {
    const [first, second] = [...pointers.values()]
    if (first === undefined || second === undefined) return
    const middle: Position = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2]
    const zoomed = scaled(from.view, Math.hypot(first[0] - second[0], first[1] - second[1]) / from.distance, from.middle)
    setView({ ...zoomed, x: zoomed.x + middle[0] - from.middle[0], y: zoomed.y + middle[1] - from.middle[1] })
  }

  useEventListener(target.canvas, 'pointerdown', (event) => {
    if (event.button > 1) return
    if (event.button === 1) event.preventDefault()
    target.root.value?.focus({ preventScroll: true })
    target.canvas.value?.setPointerCapture(event.pointerId)
    const at = placeOf(event)
    pointers.set(event.pointerId, at)
    if (pointers.size === 2) beginPinch()
    if (pointers.size !== 1) return
    const own = event.button === 0 && !spaceHeld && target.drag?.begin(at, event) === true
    press = { from: at, view: view.value, kind: own ? 'own' : event.button === 1 || spaceHeld ? 'pan' : 'press' }
    panning.value = press.kind === 'pan'
  })
  useEventListener(target.canvas, 'pointermove', (event) => {
    const at = placeOf(event)
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, at)
    if (pinch !== null) movePinch(pinch)
    else if (press === null) target.hover(at)
    else if (press.kind === 'own') target.drag?.move(at)
    else if (press.kind === 'pan' || Math.hypot(at[0] - press.from[0], at[1] - press.from[1]) > dragStart) {
      press.kind = 'pan'
      panning.value = true
      setView({ ...press.view, x: press.view.x + at[0] - press.from[0], y: press.view.y + at[1] - press.from[1] })
    }
  })
  useEventListener(target.canvas, 'pointerup', (event) => {
    pointers.delete(event.pointerId)
    const ended = press
    press = null
    panning.value = false
    if (pinch !== null) pinch = null
    else if (ended?.kind === 'own') target.drag?.end()
    else if (ended?.kind === 'press') target.click(placeOf(event))
  })
  useEventListener(target.canvas, 'pointercancel', (event) => {
    pointers.delete(event.pointerId)
    cancel()
  })
  useEventListener(target.canvas, 'pointerleave', () => press === null && target.hover(null))
  useEventListener(target.canvas, 'wheel', (event) => {
    event.preventDefault()
    const delta = Math.max(-300, Math.min(300, event.deltaY * (event.deltaMode === 1 ? 33 : 1)))
    setView(scaled(view.value, Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.0018)), placeOf(event)))
  }, { passive: false })
  useEventListener(target.root, 'keydown', (event) => {
    if (event.code !== 'Space' || event.target !== target.root.value) return
    event.preventDefault()
    spaceHeld = true
  })
  useEventListener(window, ['keyup', 'blur'], (event) => {
    if (!(event instanceof KeyboardEvent) || event.code === 'Space') spaceHeld = false
  })

  function cancel(): boolean {
    const ended = press
    press = null
    panning.value = false
    if (ended?.kind === 'own') target.drag?.cancel()
    if (ended?.kind === 'pan') setView(ended.view)
    return ended !== null && ended.kind !== 'press'
  }

  watch([stage, pixelRatio], () => {
    if (fits) fit()
    redraw()
  })
  watch(() => `${world.value.width}x${world.value.height}`, fit)
  watch(view, redraw)
  onScopeDispose(() => asked !== null && cancelAnimationFrame(asked))

  return { view, stage, fit, zoom, reveal, redraw, panning, cancel }
}
