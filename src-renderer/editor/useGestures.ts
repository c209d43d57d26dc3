import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Position } from '../../src-main/augment/projective.ts'
import type { Box } from '../../src-main/contract/crop.ts'
import { boxBetween, handAt, nearestRow, rowsInBox, rowsInLine, type Rows } from './picking.ts'
import { draggedBox, drawnBox, gripAt, type Grip } from './regionDragging.ts'
import { toFrame, type Size, type Viewport } from './viewport.ts'

export const tools = ['select', 'rectangle', 'lasso', 'hand', 'region'] as const
export type Tool = (typeof tools)[number]
/** What a click or a drag does to the selection. */
export type SelectMode = 'replace' | 'add' | 'toggle'

export type Gesture =
  | { kind: 'pan'; from: Position; view: Viewport }
  /** Points under way; nothing is sent before the hand lets go. */
  | { kind: 'move'; rows: readonly number[]; from: Position; by: Position; started: boolean }
  | { kind: 'rectangle'; from: Position; box: Box; mode: SelectMode; started: boolean }
  /** A new region box, or the one of those drawn that `grip` holds. */
  | { kind: 'region'; grip: Grip | null; from: Position; start: Box | null; box: Box | null }
  | { kind: 'lasso'; line: readonly Position[]; mode: SelectMode }

/** A region box as the hand has it: `at` null = a new one, else which of those drawn. `final`: the hand let it go. */
export interface RegionDrawing {
  at: number | null
  box: Box
  final: boolean
}

export interface GestureTarget {
  element: () => HTMLElement | null
  view: () => Viewport
  setView: (view: Viewport) => void
  tool: () => Tool
  rows: () => Rows | null
  size: () => Size
  selected: () => readonly number[]
  /** Points may be dragged. */
  movable: () => boolean
  select: (rows: readonly number[], mode: SelectMode) => void
  move: (rows: readonly number[], by: Position) => void
  /** Boxes that the region tool can drag. */
  boxes: () => readonly Box[]
  draw: (drawing: RegionDrawing) => void
}

export interface Gestures {
  gesture: ShallowRef<Gesture | null>
  hovered: Ref<number | null>
  /** What of the region boxes is under the pointer of the region tool. */
  grip: ShallowRef<Grip | null>
  /** Space is held: dragging moves the view. */
  panning: Ref<boolean>
  /** Drops what the hand is doing; false when it does nothing. */
  cancel: () => boolean
  onPointerDown: (event: PointerEvent) => void
  onPointerMove: (event: PointerEvent) => void
  onPointerUp: (event: PointerEvent) => void
  onPointerLeave: () => void
}

/** CSS pixels: how near a point must be, and how far the hand must go before a press is a drag. */
const reach = 10
const handReach = 40
const gripReach = 7
const dragStart = 3

/** Turns pointer events over the stage into selections, moves and pans. */
export function useGestures(target: GestureTarget): Gestures {
  const gesture = shallowRef<Gesture | null>(null)
  const hovered = ref<number | null>(null)
  const panning = ref(false)
  const grip = shallowRef<Grip | null>(null)
  let live: number | null = null

  const stagePosition = (event: PointerEvent): Position => {
    const box = target.element()?.getBoundingClientRect()
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)]
  }
  const framePosition = (event: PointerEvent): Position => toFrame(target.view(), stagePosition(event))
  const unit = (): number => 1 / target.view().scale
  const modeOf = (event: PointerEvent): SelectMode => (event.shiftKey ? 'add' : 'replace')

  function onPointerDown(event: PointerEvent): void {
    if (gesture.value !== null || event.button > 1) return
    const rows = target.rows()
    ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
    if (event.button === 1 || panning.value) {
      event.preventDefault()
      gesture.value = { kind: 'pan', from: stagePosition(event), view: target.view() }
      return
    }
    if (rows === null) return
    const at = framePosition(event)
    const tool = target.tool()
    if (tool === 'region') {
      const held = gripAt(target.boxes(), at, gripReach * unit())
      const start = held === null ? null : (target.boxes()[held.at] ?? null)
      gesture.value = { kind: 'region', grip: held, from: at, start, box: start }
    } else if (tool === 'lasso') gesture.value = { kind: 'lasso', line: [at], mode: modeOf(event) }
    else if (tool === 'hand') target.select(handAt(rows, at, handReach * unit()) ?? [], modeOf(event))
    else if (tool === 'rectangle' || !pressPoint(event, rows, at)) gesture.value = { kind: 'rectangle', from: at, box: boxBetween(at, at), mode: modeOf(event), started: false }
  }

  /** A press on a point selects it, and a drag from there moves all that is selected. */
  function pressPoint(event: PointerEvent, rows: Rows, at: Position): boolean {
    const row = nearestRow(rows, at, reach * unit())
    if (row === null) return false
    if (event.shiftKey) {
      target.select([row], 'toggle')
      return true
    }
    const before = target.selected()
    if (!before.includes(row)) target.select([row], 'replace')
    const erased = new Set(rows.erased)
    const held = (before.includes(row) ? before : [row]).filter((other) => !erased.has(other))
    if (target.movable() && !erased.has(row)) gesture.value = { kind: 'move', rows: held, from: at, by: [0, 0], started: false }
    return true
  }

  function onPointerMove(event: PointerEvent): void {
    const current = gesture.value
    const rows = target.rows()
    if (current === null) {
      const at = framePosition(event)
      const drawing = target.tool() === 'region'
      grip.value = drawing && !panning.value ? gripAt(target.boxes(), at, gripReach * unit()) : null
      hovered.value = rows === null || panning.value || drawing ? null : nearestRow(rows, at, reach * unit())
      return
    }
    if (current.kind === 'pan') {
      const [x, y] = stagePosition(event)
      target.setView({ ...current.view, x: current.view.x + x - current.from[0], y: current.view.y + y - current.from[1] })
      return
    }
    const at = framePosition(event)
    if (current.kind === 'lasso') {
      gesture.value = { ...current, line: [...current.line, at] }
      return
    }
    if (current.kind === 'region') {
      const box = current.grip === null || current.start === null ? drawnBox(current.from, at, target.size()) : draggedBox(current.start, current.grip, [at[0] - current.from[0], at[1] - current.from[1]], target.size())
      gesture.value = { ...current, box }
      if (current.grip !== null) live ??= requestAnimationFrame(drawLive)
      return
    }
    const started = current.started || Math.hypot(at[0] - current.from[0], at[1] - current.from[1]) > dragStart * unit()
    if (current.kind === 'rectangle') gesture.value = { ...current, box: boxBetween(current.from, at), started }
    else gesture.value = { ...current, by: started && rows !== null ? withinFrame(rows, current.rows, [at[0] - current.from[0], at[1] - current.from[1]], target.size()) : [0, 0], started }
  }

  function drawLive(): void {
    live = null
    const current = gesture.value
    if (current?.kind === 'region' && current.grip !== null && current.box !== null) target.draw({ at: current.grip.at, box: current.box, final: false })
  }

  /** The hand let a region box go, or Escape put it back. */
  function endRegion({ grip: held, start, box }: Extract<Gesture, { kind: 'region' }>, putBack: boolean): void {
    if (live !== null) cancelAnimationFrame(live)
    live = null
    const last = putBack ? start : box
    if (last !== null && (held === null ? !putBack : box !== start)) target.draw({ at: held?.at ?? null, box: last, final: true })
  }

  function onPointerUp(): void {
    const current = gesture.value
    const rows = target.rows()
    gesture.value = null
    if (current?.kind === 'region') endRegion(current, false)
    if (current === null || current.kind === 'pan' || current.kind === 'region' || rows === null) return
    if (current.kind === 'lasso') target.select(current.line.length < 3 ? [] : rowsInLine(rows, current.line), current.mode)
    else if (current.kind === 'rectangle') {
      const found = current.started ? rowsInBox(rows, current.box) : []
      if (found.length > 0 || current.mode === 'replace') target.select(found, current.mode)
    } else if (current.started && (current.by[0] !== 0 || current.by[1] !== 0)) target.move(current.rows, current.by)
  }

  function cancel(): boolean {
    const current = gesture.value
    gesture.value = null
    if (current?.kind === 'pan') target.setView(current.view)
    if (current?.kind === 'region') endRegion(current, true)
    return current !== null
  }

  const typing = (event: KeyboardEvent): boolean => event.target instanceof Element && event.target.closest('input, textarea, select, button, a[href], [contenteditable=true], .n-base-selection') !== null
  function onKeyDown(event: KeyboardEvent): void {
    if (event.code !== 'Space' || typing(event)) return
    event.preventDefault()
    panning.value = true
  }
  function onKeyUp(event: KeyboardEvent): void {
    if (event.code === 'Space') panning.value = false
  }
  const onBlur = (): void => void (panning.value = false)
  window.addEventListener('keydown', onKeyDown)
  window.addEventListener('keyup', onKeyUp)
  window.addEventListener('blur', onBlur)
  onScopeDispose(() => {
    window.removeEventListener('keydown', onKeyDown)
    window.removeEventListener('keyup', onKeyUp)
    window.removeEventListener('blur', onBlur)
  })

  function onPointerLeave(): void {
    if (gesture.value !== null) return
    hovered.value = null
    grip.value = null
  }

  return { gesture, hovered, grip, panning, cancel, onPointerDown, onPointerMove, onPointerUp, onPointerLeave }
}

/** A shift of points, held so that none of those inside the frame leaves it. */
export function withinFrame({ points }: Pick<Rows, 'points'>, rows: readonly number[], [dx, dy]: Position, { width, height }: Size): Position {
  const hold = (places: readonly number[], shift: number, length: number): number => {
    const inside = places.filter((place) => place >= 0 && place <= length)
    if (inside.length === 0) return shift
    return Math.min(Math.max(shift, -Math.min(...inside)), length - Math.max(...inside))
  }
  const places = rows.flatMap((row) => (points[row] === undefined ? [] : [points[row]]))
  return [hold(places.map(([x]) => x), dx, width), hold(places.map(([, y]) => y), dy, height)]
}
