/** One step of a clustering: which two clusters become one, and how far they were apart. Cluster n + i is made by step i of n items. */
export interface Merge {
  a: number
  b: number
  distance: number
}

/** Clusters, nearest first, and the items so that what is near stands side by side. */
export interface Dendrogram {
  merges: Merge[]
  order: number[]
}

/**
 * Agglomerative clustering with average linkage (UPGMA), as `scipy.cluster.hierarchy.linkage(…, 'average')`; of equally near clusters those
 * with the first items are merged first. A merge turns its two sides so that the most similar of their ends touch.
 * @param distances items × items, symmetric, row by row
 */
export function averageLinkage(distances: Float64Array, items: number): Dendrogram {
  const between = distances.slice()
  let clusters = Array.from({ length: items }, (_, item) => ({ id: item, slot: item, leaves: [item] }))
  const merges: Merge[] = []
  while (clusters.length > 1) {
    let [left, right, least] = [0, 1, Infinity]
    for (let a = 0; a < clusters.length; a++) {
      const row = clusters[a]!.slot * items
      for (let b = a + 1; b < clusters.length; b++) {
        const distance = between[row + clusters[b]!.slot]!
        if (distance < least) [left, right, least] = [a, b, distance]
      }
    }
    const a = clusters[left]!
    const b = clusters[right]!
    const distance = between[a.slot * items + b.slot]!
    merges.push({ a: Math.min(a.id, b.id), b: Math.max(a.id, b.id), distance })
    for (const { slot } of clusters) {
      const mean = (between[a.slot * items + slot]! * a.leaves.length + between[b.slot * items + slot]! * b.leaves.length) / (a.leaves.length + b.leaves.length)
      between[a.slot * items + slot] = mean
      between[slot * items + a.slot] = mean
    }
    const merged = { id: items + merges.length - 1, slot: a.slot, leaves: joined(a.leaves, b.leaves, (x, y) => distances[x * items + y]!) }
    clusters = clusters.map((cluster) => (cluster === a ? merged : cluster)).filter((cluster) => cluster !== b)
  }
  return { merges, order: clusters[0]?.leaves ?? [] }
}

/** Both lists after each other, each as it is or turned round, so that the two that touch are as near as can be. */
function joined(a: readonly number[], b: readonly number[], distance: (x: number, y: number) => number): number[] {
  const [firstA, lastA, firstB, lastB] = [a[0]!, a.at(-1)!, b[0]!, b.at(-1)!]
  const ways = [
    { apart: distance(lastA, firstB), list: () => [...a, ...b] },
    { apart: distance(lastA, lastB), list: () => [...a, ...b.toReversed()] },
    { apart: distance(firstA, firstB), list: () => [...a.toReversed(), ...b] },
    { apart: distance(firstA, lastB), list: () => [...a.toReversed(), ...b.toReversed()] },
  ]
  return ways.reduce((best, way) => (way.apart < best.apart ? way : best)).list()
}

/** Items of each cluster that hangs together below a distance, two or more each, in the dendrogram's order. */
export function clustersBelow({ merges, order }: Dendrogram, distance: number): number[][] {
  const owner = new Map<number, number[]>(order.map((item) => [item, [item]]))
  for (const [step, merge] of merges.entries()) {
    const [a, b] = [owner.get(merge.a), owner.get(merge.b)]
    if (!a || !b || merge.distance > distance) continue
    owner.delete(merge.a)
    owner.delete(merge.b)
    owner.set(order.length + step, [...a, ...b])
  }
  const rank = new Map(order.map((item, place) => [item, place]))
  const inOrder = (x: number, y: number): number => rank.get(x)! - rank.get(y)!
  return [...owner.values()].filter(({ length }) => length > 1).map((cluster) => cluster.sort(inOrder)).sort((a, b) => inOrder(a[0]!, b[0]!))
}
