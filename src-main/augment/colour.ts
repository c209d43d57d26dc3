import type { RandomStream } from '../engine/random.ts'

/** A change of colours: each pixel value of 0 … 255 becomes gain · value + offset, cut to 0 … 255. */
export interface Colour {
  /** Red, green, blue. */
  gains: readonly [number, number, number]
  offset: number
}

/**
 * Draws a random change of brightness (± strength × half the range), contrast (e^±strength about the middle) and tint (e^±strength for each
 * channel). Always takes five numbers from the stream. Strength 0 changes nothing.
 */
export function drawColour(stream: RandomStream, strength: number): Colour {
  const even = (): number => (2 * stream.uniform() - 1) * strength
  const shift = even() * 128
  const contrast = Math.exp(even())
  const gain = (): number => Math.exp(even()) * contrast
  return { gains: [gain(), gain(), gain()], offset: 128 * (1 - contrast) + shift }
}

/** The four numbers of `changeColours` in the compiled step. */
export const colourNumbers = ({ gains, offset }: Colour): number[] => [...gains, offset]
