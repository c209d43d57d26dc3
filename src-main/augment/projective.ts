/**
 * Projective transforms of the plane as 3×3 matrices, row by row. They act on column vectors, so in a product the right factor acts first.
 * Positions are edges: pixel i covers i … i + 1 and has its centre at i + ½.
 */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number]
export type Position = readonly [x: number, y: number]
/** Four corners: top left, top right, bottom right, bottom left. */
export type Quad = readonly [Position, Position, Position, Position]

export const identity: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1]

/** The product of the matrices; the last one acts first. */
export function compose(...matrices: readonly Matrix3[]): Matrix3 {
  return matrices.reduce(multiply, identity)
}

function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const [a0, a1, a2, a3, a4, a5, a6, a7, a8] = a
  const [b0, b1, b2, b3, b4, b5, b6, b7, b8] = b
  return [
    a0 * b0 + a1 * b3 + a2 * b6, a0 * b1 + a1 * b4 + a2 * b7, a0 * b2 + a1 * b5 + a2 * b8,
    a3 * b0 + a4 * b3 + a5 * b6, a3 * b1 + a4 * b4 + a5 * b7, a3 * b2 + a4 * b5 + a5 * b8,
    a6 * b0 + a7 * b3 + a8 * b6, a6 * b1 + a7 * b4 + a8 * b7, a6 * b2 + a7 * b5 + a8 * b8,
  ]
}

/** The inverse, by the adjugate. @throws RangeError for a matrix without one */
export function invert([a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
  if (!Number.isFinite(1 / determinant)) throw new RangeError('This transform cannot be inverted: it maps the picture to a line or a point.')
  const inverse = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d] as const
  return inverse.map((value) => value / determinant) as unknown as Matrix3
}

export function apply(matrix: Matrix3, position: Position): Position {
  const x = position[0]
  const y = position[1]
  const w = matrix[6] * x + matrix[7] * y + matrix[8]
  return [(matrix[0] * x + matrix[1] * y + matrix[2]) / w, (matrix[3] * x + matrix[4] * y + matrix[5]) / w]
}

export const translation = (x: number, y: number): Matrix3 => [1, 0, x, 0, 1, y, 0, 0, 1]

export const scaling = (x: number, y: number): Matrix3 => [x, 0, 0, 0, y, 0, 0, 0, 1]

/** Turns by an angle from the x axis towards the y axis (clockwise on a screen), about a centre. */
export function rotation(degrees: number, [x, y]: Position): Matrix3 {
  const angle = (degrees * Math.PI) / 180
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return compose(translation(x, y), [cos, -sin, 0, sin, cos, 0, 0, 0, 1], translation(-x, -y))
}

/** Maps the unit square to a box. */
export const unitToBox = ({ x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }): Matrix3 => [x1 - x0, 0, x0, 0, y1 - y0, y0, 0, 0, 1]

/** Maps the unit square's corners to a quadrilateral's (P. Heckbert, "Fundamentals of texture mapping and image warping", 1989, §2.2.3). */
export function unitToQuad([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: Quad): Matrix3 {
  const sumX = x0 - x1 + x2 - x3
  const sumY = y0 - y1 + y2 - y3
  const dx1 = x1 - x2
  const dx2 = x3 - x2
  const dy1 = y1 - y2
  const dy2 = y3 - y2
  const determinant = dx1 * dy2 - dx2 * dy1
  const g = (sumX * dy2 - dx2 * sumY) / determinant
  const h = (dx1 * sumY - sumX * dy1) / determinant
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1]
}

/** A transform between edge positions, as one between pixel numbers (pixel i ↔ its centre, i + ½). */
export const betweenPixels = (matrix: Matrix3): Matrix3 => compose(translation(-0.5, -0.5), matrix, translation(0.5, 0.5))

/**
 * The eight numbers of TensorFlow's ImageProjectiveTransformV3: output pixel (x, y) is taken from input pixel
 * ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1.
 */
export function eightNumbers(matrix: Matrix3): number[] {
  return matrix.slice(0, 8).map((value) => value / matrix[8])
}
