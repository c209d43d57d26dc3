import { UMAP } from 'umap-js'
import { randomStream } from '../../engine/random.ts'
import type { NearestLists } from './nearestLists.ts'
import type { PrincipalAxes } from './principalAxes.ts'

/** Fewer points have no neighbourhoods to unfold: they lie as their principal axes say. */
const fewest = 5
/** Half the extent of the principal axes that the layout begins with, as in umap-learn. */
const beginningExtent = 10

/**
 * Unfolds nearest neighbours onto a plane (UMAP: McInnes, Healy and Melville 2018), from the principal axes, so that far apart means something
 * too (Kobak and Linderman 2021). The same seed gives the same plane.
 * @param nearest exact neighbours of every point, not counting itself, at least `neighbours` − 1 (all others, where there are fewer)
 * @param neighbours how many a neighbourhood has, counting the point itself
 * @returns [count × 2]
 */
export function umapLayout(
  nearest: NearestLists,
  axes: PrincipalAxes,
  options: { neighbours: number; minimumDistance: number; seed: number },
  onEpoch: (done: number, total: number) => void,
): Float64Array {
  const count = axes.scores.length / 2
  if (count < fewest) return axes.scores
  const size = Math.min(options.neighbours, count - 1)
  const others = Array.from({ length: count }, (_, row) => [row, ...nearest.others.subarray(row * nearest.size, row * nearest.size + size - 1)])
  const distances = others.map((_, row) => [0, ...nearest.distances.subarray(row * nearest.size, row * nearest.size + size - 1)])
  const random = randomStream(options.seed)
  const umap = new UMAP({ nNeighbors: size, minDist: options.minimumDistance, random: random.uniform })
  umap.setPrecomputedKNN(others, distances)
  // With the neighbours known, it only counts the points.
  const epochs = umap.initializeFit(others)
  const places = umap.getEmbedding()
  const extent = axes.scores.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const scale = extent > 0 ? beginningExtent / extent : 0
  for (const [row, place] of places.entries())
    // Equal points must not begin at the very same place, or nothing could part them.
    for (const axis of [0, 1]) place[axis] = (axes.scores[row * 2 + axis] as number) * scale + random.normal() * 1e-4 * beginningExtent
  for (let done = 0; done < epochs; ) onEpoch((done = umap.step()), epochs)
  return Float64Array.from(umap.getEmbedding().flat())
}
