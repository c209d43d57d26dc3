/** Draws that wait, the longest waiting first. */
const waiting = new Set<() => void>()
let asked = false

function drawNext(): void {
  const [draw] = waiting
  if (draw !== undefined) {
    waiting.delete(draw)
    draw()
  }
  asked = waiting.size > 0
  if (asked) requestAnimationFrame(drawNext)
}

/** Has a chart drawn with one of the next frames of the screen, one a frame: what the browser then takes to fill its pixels counts too, and many charts that change at once hold no frame up. */
export function drawSoon(draw: () => void): void {
  waiting.add(draw)
  if (asked) return
  asked = true
  requestAnimationFrame(drawNext)
}

export const drawNever = (draw: () => void): void => void waiting.delete(draw)
