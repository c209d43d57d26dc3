import type { Position } from '../../../../src-main/augment/projective.ts'
import type { PointCloud, PointState } from './pointCloud.ts'
import type { Shape } from './pointColours.ts'

/** How each point looks, and in which order they are drawn: what the fold validates over what it learnt from. */
export interface PointLooks {
  sprites: { colour: string; shape: Shape; state: PointState }[]
  /** Sprite of each point. */
  spriteOf: Uint16Array
  order: Uint32Array
}

const layer: Record<PointState, number> = { learnt: 0, test: 1, validated: 2 }

export function looksOf({ points }: PointCloud, look: (index: number) => { colour: string; shape: Shape }): PointLooks {
  const sprites: PointLooks['sprites'] = []
  const known = new Map<string, number>()
  const spriteOf = new Uint16Array(points.length)
  for (const [index, { state }] of points.entries()) {
    const { colour, shape } = look(index)
    const key = `${colour}/${shape}/${state}`
    if (!known.has(key)) known.set(key, sprites.push({ colour, shape, state }) - 1)
    spriteOf[index] = known.get(key) ?? 0
  }
  const order = Uint32Array.from(points.keys()).sort((a, b) => layer[points[a]?.state ?? 'learnt'] - layer[points[b]?.state ?? 'learnt'] || a - b)
  return { sprites, spriteOf, order }
}

/** CSS pixels: half of a point's width; it grows as the map is zoomed into, and is smaller where there are many. */
export function pointRadius(count: number, zoomed: number): number {
  const base = count > 5000 ? 2.5 : count > 1500 ? 3 : 4
  return Math.round(Math.min(8, base * Math.max(1, zoomed) ** 0.35) * 2) / 2
}

/** Full for what the fold validates, hollow for what it learnt from, a cross for a test sequence. */
export function tracePoint(context: CanvasRenderingContext2D, { colour, shape, state }: PointLooks['sprites'][number], [x, y]: Position, radius: number): void {
  context.beginPath()
  if (state === 'test') {
    const arm = radius * 0.75
    context.moveTo(x - arm, y - arm)
    context.lineTo(x + arm, y + arm)
    context.moveTo(x + arm, y - arm)
    context.lineTo(x - arm, y + arm)
  } else if (shape === 'circle') context.arc(x, y, radius, 0, 2 * Math.PI)
  else if (shape === 'square') context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8)
  else {
    const corners: Position[] = shape === 'diamond' ? [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]] : [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]]
    for (const [atX, atY] of corners) context.lineTo(x + atX * radius, y + atY * radius)
    context.closePath()
  }
  if (state === 'validated') {
    context.fillStyle = colour
    context.fill()
  } else {
    context.strokeStyle = colour
    context.lineWidth = state === 'test' ? 1.4 : 1.2
    context.stroke()
  }
}
