/** Which classes of two runs are the same; classes are positions among a run's pose ids. */
export interface ClassMatch {
  /** Of each class of the one run: where it is among the other's, −1: the other lacks it. */
  inOther: Int32Array
  /** Classes of the other run that the one lacks. */
  onlyOther: Int32Array
}

export function matchClasses(own: readonly number[], other: readonly number[]): ClassMatch {
  const places = new Map(other.map((poseId, place) => [poseId, place]))
  const known = new Set(own)
  return {
    inOther: Int32Array.from(own, (poseId) => places.get(poseId) ?? -1),
    onlyOther: Int32Array.from(other.flatMap((poseId, place) => (known.has(poseId) ? [] : [place]))),
  }
}

/**
 * Jensen-Shannon divergence of two predictions in bits (Lin 1991, "Divergence Measures Based on the Shannon Entropy"): 0 the same, 1 nothing in
 * common; `scipy.spatial.distance.jensenshannon(p, q, base=2) ** 2`. Taken over the classes of both, of which one that a run lacks has
 * probability 0 there; each prediction is normalised first, and 0 · log 0 is 0.
 */
export function jensenShannon(own: ArrayLike<number>, other: ArrayLike<number>, { inOther, onlyOther }: ClassMatch): number {
  const [ownSum, otherSum] = [sumOf(own), sumOf(other)]
  let nats = 0
  for (let index = 0; index < inOther.length; index++) {
    const p = own[index]! / ownSum
    const q = inOther[index]! < 0 ? 0 : other[inOther[index]!]! / otherSum
    if (p !== q) nats += part(p, p + q) + part(q, p + q)
  }
  for (const index of onlyOther) nats += part(other[index]! / otherSum, other[index]! / otherSum)
  return Math.min(1, Math.max(0, nats / (2 * Math.LN2)))
}

const part = (probability: number, sum: number): number => (probability === 0 ? 0 : probability * Math.log((2 * probability) / sum))

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index]!
  return sum
}
