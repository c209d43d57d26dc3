import type { Size, Viewport } from './viewport.ts'

export interface PictureLayer {
  /** A decoded picture, shown over the whole frame. */
  setPicture(image: HTMLImageElement | null, frame: Size): void
  setView(view: Viewport): void
  destroy(): void
}

/** A frame pixel this large is shown as a square. */
const pixelScale = 3
/** How long the scale must rest before the picture is drawn sharp (ms). */
const rest = 120

/**
 * The frame's picture as an element that the compositor moves. While the scale changes it also stretches it, as it was drawn last; when the scale rests the
 * element is laid out at its size on the screen and drawn sharp once, so that moving the view, or marks over it, only copies pixels.
 */
export function createPictureLayer(container: HTMLElement): PictureLayer {
  const host = document.createElement('div')
  host.style.cssText = 'position:absolute;top:0;left:0;transform-origin:0 0'
  container.append(host)
  let view: Viewport = { scale: 1, x: 0, y: 0 }
  let frame: Size = { width: 1, height: 1 }
  /** Scale and width that the element was laid out at. */
  let laidOut = { scale: 0, width: 1 }
  let timer: ReturnType<typeof setTimeout> | undefined

  function place(): void {
    const stretched = view.scale !== laidOut.scale
    const stretch = stretched ? ` scale(${(view.scale * frame.width) / laidOut.width})` : ''
    // `translateZ` makes it a layer of its own; `will-change` keeps that layer from being drawn anew at each scale.
    host.style.transform = `translate(${view.x}px, ${view.y}px) translateZ(0)${stretch}`
    host.style.willChange = stretched ? 'transform' : ''
  }

  function layOut(): void {
    clearTimeout(timer)
    const onScreen = (length: number): number => Math.max(1, Math.round(length * view.scale * devicePixelRatio)) / devicePixelRatio
    laidOut = { scale: view.scale, width: onScreen(frame.width) }
    host.style.width = `${laidOut.width}px`
    host.style.height = `${onScreen(frame.height)}px`
    host.style.imageRendering = view.scale < pixelScale ? 'auto' : 'pixelated'
    place()
  }

  return {
    setPicture(image, size) {
      if (size.width !== frame.width || size.height !== frame.height) {
        frame = size
        layOut()
      }
      if (image === null) {
        host.replaceChildren()
        return
      }
      // It is decoded already: waiting for it in the compositor would show a gap.
      image.decoding = 'sync'
      image.draggable = false
      image.alt = ''
      if (host.firstChild !== image) host.replaceChildren(image)
    },
    setView(next) {
      view = next
      place()
      if (view.scale === laidOut.scale) return
      clearTimeout(timer)
      timer = setTimeout(layOut, rest)
    },
    destroy() {
      clearTimeout(timer)
      host.remove()
    },
  }
}
