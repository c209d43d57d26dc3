/** Colours between two of the palette's (`#rrggbb`), for scales drawn on a canvas. */

const parts = (colour: string): [number, number, number] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number, number]

/** The colour `share` (0–1) of the way from one to another. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [parts(from), parts(to)]
  return `#${a.map((value, index) => Math.round(value + ((b[index] ?? 0) - value) * share).toString(16).padStart(2, '0')).join('')}`
}

/** `steps` colours through the given ones, evenly. */
export function colourSteps(through: readonly string[], steps: number): string[] {
  return Array.from({ length: steps }, (_, step) => {
    const at = (step / Math.max(1, steps - 1)) * (through.length - 1)
    const index = Math.min(through.length - 2, Math.floor(at))
    return mix(through[index] ?? '#000000', through[index + 1] ?? through[index] ?? '#000000', at - index)
  })
}

/** Which of `steps` a value from 0 to `largest` is in, on a square-root scale: small values keep their differences. */
export const rootStep = (value: number, largest: number, steps: number): number => (largest <= 0 ? 0 : Math.min(steps - 1, Math.floor(Math.sqrt(Math.min(1, Math.max(0, value / largest))) * steps)))
