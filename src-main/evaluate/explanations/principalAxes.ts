import { randomStream } from '../../engine/random.ts'

export interface PrincipalAxes {
  /** [count × 2]: the centred rows on the two axes. */
  scores: Float64Array
  /** Share of the variance that each axis holds. */
  explained: [number, number]
}

/** Directions that are followed at once. */
const directions = 4
/** Times the scatter matrix is applied between two restarts. */
const steps = 10
const mostRestarts = 60
/** Restarted until what the scatter matrix makes of an axis leaves it by no more than this share of the first axis's variance. */
const tolerance = 1e-8

/**
 * The two principal axes of rows and the rows upon them, by a block Krylov method with Rayleigh–Ritz restarts (Musco and Musco 2015;
 * Saad, "Numerical Methods for Large Eigenvalue Problems", chapter 6). An axis points so that its largest loading is positive, as in
 * `sklearn.decomposition.PCA` 1.5 and later; one without variance has scores of 0.
 * @param rows [count × width], row by row
 */
export function principalAxes(rows: Float32Array, width: number): PrincipalAxes {
  const count = width === 0 ? 0 : rows.length / width
  const mean = new Float64Array(width)
  for (let row = 0, at = 0; row < count; row++) for (let column = 0; column < width; column++) mean[column]! += rows[at++]! / count
  let total = 0
  for (let row = 0, at = 0; row < count; row++) for (let column = 0; column < width; column++) total += (rows[at++]! - mean[column]!) ** 2
  const scores = new Float64Array(count * 2)
  const explained: [number, number] = [0, 0]
  // Below it is what rounding leaves of equal rows.
  if (total <= 1e-24 * count * dot(mean, mean)) return { scores, explained }

  const { values, vectors } = leadingEigenvectors((block) => scatter(rows, mean, block), width)
  for (const axis of [0, 1] as const) {
    const share = values[axis]! / total
    if (share < 1e-12) continue
    explained[axis] = share
    const loadings = pointed(vectors[axis]!)
    for (let row = 0, at = 0; row < count; row++) for (let column = 0; column < width; column++) scores[row * 2 + axis]! += (rows[at++]! - mean[column]!) * loadings[column]!
  }
  return { scores, explained }
}

interface Eigenpairs {
  values: number[]
  vectors: Float64Array[]
}

/** The first two eigenvectors of a symmetric matrix that is known by what it makes of vectors, with their values, largest first. */
function leadingEigenvectors(apply: (vectors: readonly Float64Array[]) => Float64Array[], width: number): Eigenpairs {
  const random = randomStream(0)
  let found: Eigenpairs = { values: [0, 0], vectors: Array.from({ length: directions }, () => Float64Array.from({ length: width }, () => random.normal())) }
  for (let restart = 0; restart < mostRestarts; restart++) {
    const basis: Float64Array[] = []
    const images: Float64Array[] = []
    let block = found.vectors
    for (let step = 0; step < steps; step++) {
      const own = orthonormal(block, basis)
      basis.push(...own)
      block = apply(own)
      images.push(...block)
    }
    const { values, vectors } = symmetricEigen(basis.map((own) => images.map((image) => dot(own, image))))
    const leading = vectors.slice(0, directions)
    found = { values, vectors: combine(basis, leading) }
    const left = combine(images, leading.slice(0, 2)).map((image, axis) => Math.sqrt(image.reduce((sum, value, at) => sum + (value - values[axis]! * found.vectors[axis]![at]!) ** 2, 0)))
    if (Math.max(...left) <= tolerance * values[0]!) break
  }
  return found
}

/** Centred rows' scatter matrix (XᵀX) times each of `directions` vectors, without ever making it. */
function scatter(rows: Float32Array, mean: Float64Array, vectors: readonly Float64Array[]): Float64Array[] {
  const width = mean.length
  const [v0, v1, v2, v3] = vectors as [Float64Array, Float64Array, Float64Array, Float64Array]
  const products = vectors.map(() => new Float64Array(width))
  const [p0, p1, p2, p3] = products as typeof vectors as [Float64Array, Float64Array, Float64Array, Float64Array]
  const centred = new Float64Array(width)
  for (let start = 0; start < rows.length; start += width) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let column = 0; column < width; column++) {
      const value = (centred[column] = rows[start + column]! - mean[column]!)
      s0 += value * v0[column]!
      s1 += value * v1[column]!
      s2 += value * v2[column]!
      s3 += value * v3[column]!
    }
    for (let column = 0; column < width; column++) {
      const value = centred[column]!
      p0[column]! += value * s0
      p1[column]! += value * s1
      p2[column]! += value * s2
      p3[column]! += value * s3
    }
  }
  return products
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

/** Sums of the vectors, weighted by each of `weights`. */
const combine = (vectors: readonly Float64Array[], weights: readonly (readonly number[])[]): Float64Array[] =>
  weights.map((own) => {
    const sum = new Float64Array(vectors[0]!.length)
    for (const [index, vector] of vectors.entries()) for (let at = 0; at < sum.length; at++) sum[at]! += own[index]! * vector[at]!
    return sum
  })

/** The vectors made orthogonal to `basis` and to each other (Gram–Schmidt, twice over for accuracy), of length 1; one that the others make up becomes 0. */
function orthonormal(vectors: readonly Float64Array[], basis: readonly Float64Array[]): Float64Array[] {
  const made: Float64Array[] = []
  for (const vector of vectors.map((vector) => vector.slice())) {
    const before = Math.sqrt(dot(vector, vector))
    for (const _ of [1, 2])
      for (const other of [...basis, ...made]) {
        const onto = dot(vector, other)
        for (let at = 0; at < vector.length; at++) vector[at]! -= onto * other[at]!
      }
    const length = Math.sqrt(dot(vector, vector))
    made.push(vector.map((value) => (length > before * 1e-10 ? value / length : 0)))
  }
  return made
}

/** Eigenvalues of a small symmetric matrix, largest first, with their vectors, by Jacobi rotations (Golub and Van Loan, "Matrix Computations", 8.5). */
function symmetricEigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const size = matrix.length
  const a = matrix.map((row) => [...row])
  const vectors = matrix.map((_, row) => matrix.map((_, column) => Number(row === column)))
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += a[p]![q]! ** 2
    if (off <= 1e-30 * a.reduce((sum, row, at) => sum + row[at]! ** 2, 0)) break
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        if (a[p]![q] === 0) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!)
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const cosine = 1 / Math.hypot(tangent, 1)
        const sine = tangent * cosine
        for (let k = 0; k < size; k++) [a[k]![p], a[k]![q]] = [cosine * a[k]![p]! - sine * a[k]![q]!, sine * a[k]![p]! + cosine * a[k]![q]!]
        for (let k = 0; k < size; k++) [a[p]![k], a[q]![k]] = [cosine * a[p]![k]! - sine * a[q]![k]!, sine * a[p]![k]! + cosine * a[q]![k]!]
        for (const vector of vectors) [vector[p], vector[q]] = [cosine * vector[p]! - sine * vector[q]!, sine * vector[p]! + cosine * vector[q]!]
      }
  }
  const order = matrix.map((_, index) => index).sort((p, q) => a[q]![q]! - a[p]![p]!)
  return { values: order.map((index) => a[index]![index]!), vectors: order.map((index) => vectors.map((row) => row[index]!)) }
}

/** The vector or its opposite, so that its largest entry by size is positive. */
function pointed(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
  return largest < 0 ? vector.map((value) => -value) : vector
}
