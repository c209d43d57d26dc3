import type { EmbeddingMapOptions } from '../../contract/evaluate.ts'
import { dotProducts, tileSize } from './dotProducts.ts'
import { umapLayout } from './layout.ts'
import { nearestLists } from './nearestLists.ts'
import { cosineDistance } from './neighbours.ts'
import { principalAxes } from './principalAxes.ts'

export interface MapTask {
  /** [count × width], rows of length 1. */
  unit: Float32Array
  width: number
  count: number
  /** Class of each row; −1: none is known. */
  labels: Int32Array
  options: Pick<EmbeddingMapOptions, 'method' | 'neighbours' | 'minimumDistance' | 'seed'>
}

/** A map whose points are rows. */
export interface MadeMap {
  /** [count × 2] */
  places: Float64Array
  outliers: (number | null)[]
  duplicates: { a: number; b: number; distance: number }[]
  explained: [number, number] | null
}

/** Rows nearer than this look the same to the network. */
const duplicateDistance = 0.002
const mostDuplicates = 200
/** Nearest of its own class that say whether a row stands apart. */
const classNeighbours = 5
/** Classes whose rows lie closer than this are as good as a point; keeps the ratio finite. */
const leastSpread = 1e-6
/** What an epoch of the layout costs for each neighbour of a row, in multiplications of the search for neighbours. */
const epochCost = 2500

/** Where the rows lie on a plane, which of them stand apart, and which are as good as the same: all pairs are looked at. */
export function madeMap({ unit, width, count, labels, options }: MapTask, onProgress: (share: number) => void): MadeMap {
  const searchWork = (count * count * width) / 2
  const layoutWork = options.method === 'umap' ? (count > 2500 ? 200 : 500) * count * options.neighbours * epochCost : 0
  const searchShare = searchWork / Math.max(1, searchWork + layoutWork)

  const nearest = nearestLists(count, options.method === 'umap' ? Math.min(options.neighbours, count) : 0)
  const ofClass = nearestLists(count, classNeighbours)
  let duplicates: MadeMap['duplicates'] = []
  for (const { row, column, products } of dotProducts(unit, width)) {
    for (let i = row; i < Math.min(row + tileSize, count); i++)
      for (let j = Math.max(column, i + 1); j < Math.min(column + tileSize, count); j++) {
        const distance = cosineDistance(products[(i - row) * tileSize + j - column] as number)
        nearest.offer(i, j, distance)
        nearest.offer(j, i, distance)
        if (labels[i] === labels[j] && labels[i] !== -1) {
          ofClass.offer(i, j, distance)
          ofClass.offer(j, i, distance)
        }
        if (distance < duplicateDistance) duplicates.push({ a: i, b: j, distance })
      }
    if (duplicates.length > mostDuplicates * 50) duplicates = firstDuplicates(duplicates)
    if (column + tileSize >= count) onProgress(searchShare * (1 - (1 - Math.min(1, (row + tileSize) / count)) ** 2))
  }

  const axes = principalAxes(unit, width)
  const places = options.method === 'pca' ? axes.scores : umapLayout(nearest, axes, options, (done, total) => onProgress(searchShare + ((1 - searchShare) * done) / total))
  const apart = Array.from({ length: count }, (_, row) => {
    const length = ofClass.length(row)
    return length === 0 ? null : ofClass.distances.subarray(row * classNeighbours, row * classNeighbours + length).reduce((sum, distance) => sum + distance) / length
  })
  return { places, outliers: overUsual(apart, labels), duplicates: firstDuplicates(duplicates), explained: options.method === 'pca' ? axes.explained : null }
}

const firstDuplicates = (duplicates: MadeMap['duplicates']): MadeMap['duplicates'] => duplicates.sort((x, y) => x.distance - y.distance || x.a - y.a || x.b - y.b).slice(0, mostDuplicates)

/** Each row's value over the median of its class. */
function overUsual(values: readonly (number | null)[], labels: Int32Array): (number | null)[] {
  const usual = new Map(
    [...Map.groupBy(values.keys(), (row) => labels[row] as number)].map(([label, rows]) => {
      const own = rows.flatMap((row) => values[row] ?? []).sort((a, b) => a - b)
      const middle = own.length / 2
      return [label, own.length % 2 ? own[Math.floor(middle)] : ((own[middle - 1] ?? 0) + (own[middle] ?? 0)) / 2]
    }),
  )
  return values.map((value, row) => value === null ? null : value / Math.max(leastSpread, usual.get(labels[row] as number) ?? 0))
}
