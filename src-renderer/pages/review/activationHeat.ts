/** What a class activation map looks like over a picture: values between its cells, and colours whose order the eye reads. */

type Colour = readonly [red: number, green: number, blue: number]

/** From nothing to strongest. For the class: the light half of matplotlib's inferno; against it: blues as light for light. Lightness rises along both. */
const ramps: Record<'for' | 'against', readonly Colour[]> = {
  for: [[120, 28, 109], [187, 55, 84], [237, 105, 37], [251, 182, 26], [252, 255, 164]],
  against: [[20, 52, 110], [26, 88, 160], [45, 133, 197], [104, 182, 226], [186, 228, 250]],
}

/**
 * A map between its cells: bilinear, with half-pixel centres and its edge repeated, as `tf.image.resizeBilinear(…, false, true)`.
 * @param values row by row, height × width
 * @returns row by row, toHeight × toWidth
 */
export function bilinear(values: ArrayLike<number>, height: number, width: number, toHeight: number, toWidth: number): Float32Array {
  const out = new Float32Array(toHeight * toWidth)
  const between = (to: number, size: number, at: number): [number, number, number] => {
    const place = Math.min(Math.max(0, ((at + 0.5) * size) / to - 0.5), size - 1)
    const low = Math.floor(place)
    return [low, Math.min(low + 1, size - 1), place - low]
  }
  for (let y = 0; y < toHeight; y++) {
    const [top, bottom, down] = between(toHeight, height, y)
    for (let x = 0; x < toWidth; x++) {
      const [left, right, across] = between(toWidth, width, x)
      const value = (row: number, column: number): number => values[row * width + column] ?? 0
      const upper = value(top, left) * (1 - across) + value(top, right) * across
      const lower = value(bottom, left) * (1 - across) + value(bottom, right) * across
      out[y * toWidth + x] = upper * (1 - down) + lower * down
    }
  }
  return out
}

/** The colour of a strength from −1 (against the class) to 1 (for it); opacity 0–255 grows with it, so that where nothing speaks the picture is seen. */
export function heatColour(strength: number): [red: number, green: number, blue: number, opacity: number] {
  const size = Math.min(1, Math.abs(strength))
  const ramp = ramps[strength < 0 ? 'against' : 'for']
  const place = size * (ramp.length - 1)
  const low = Math.min(Math.floor(place), ramp.length - 2)
  const [from, to] = [ramp[low] ?? [0, 0, 0], ramp[low + 1] ?? [0, 0, 0]]
  const mixed = ([0, 1, 2] as const).map((channel) => Math.round(from[channel] + (to[channel] - from[channel]) * (place - low)))
  return [mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0, Math.round(255 * Math.sqrt(size))]
}

/**
 * A map as RGBA pixels, size × size, to lay over the picture.
 * @param most the value that is strongest: the same for maps that are compared
 */
export function heatPixels(values: ArrayLike<number>, height: number, width: number, size: number, most: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * size * 4)
  bilinear(values, height, width, size, size).forEach((value, at) => pixels.set(heatColour(most > 0 ? value / most : 0), at * 4))
  return pixels
}
