import { describe, expect, it } from 'vitest'
import type { Position } from '../../src-main/augment/projective.ts'
import type { SequenceSummary } from '../../src-main/contract/dataset.ts'
import type { EmbeddingMap, GroupRow } from '../../src-main/contract/evaluate.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { colourSteps, mix, rootStep } from '../../src-renderer/charts/colourScale.ts'
import { duplicatePairs, enclosedOf, outliersOf } from '../../src-renderer/pages/review/map/mapLists.ts'
import { cloudOf, type PointCloud } from '../../src-renderer/pages/review/map/pointCloud.ts'
import { classLook, lookOf } from '../../src-renderer/pages/review/map/pointColours.ts'
import { gridOf, inLasso, isInside } from '../../src-renderer/pages/review/map/pointGrid.ts'
import { looksOf, pointRadius } from '../../src-renderer/pages/review/map/pointLooks.ts'
import { stampOf } from '../../src-renderer/pages/review/map/pointPainter.ts'
import { palettes } from '../../src-renderer/styles/tokens.ts'

const row = (group: string, fold: number, logLoss: number, predictedPoseId = 10): GroupRow => ({ group, fold, logLoss, poseId: 10, answerName: '총', predictedPoseId, cause: null }) as GroupRow
const point = (folder: string, x: number, y: number, outlier: number | null = null): EmbeddingMap['points'][number] => ({ folder, role: folder.startsWith('test') ? 'test' : 'train', x, y, outlier })
const map: EmbeddingMap = {
  points: [point('train/1', -2, 0, 1), point('train/2', 2, 1, 2.5), point('train/3', 0, 2, 4), point('test/9', 1, 1)],
  duplicates: [{ a: 'train/1', b: 'test/9', distance: 0.0001 }, { a: 'train/2', b: 'train/3', distance: 0.001 }, { a: 'train/1', b: 'train/404', distance: 0.0015 }],
  explained: null,
}
const known = new Map([['train/3', { poseId: 20, className: '약속' } as SequenceSummary]])
const cloud = cloudOf(map, 0, [row('train/1', 0, 0.5), row('train/2', 1, 4, 20)], known)

describe('the points of the map', () => {
  it('lie in a plane in the proportions of the map, y down', () => {
    expect([[...cloud.x], [...cloud.y], cloud.size]).toEqual([[0, 1000, 500, 750], [500, 250, 0, 250], { width: 1000, height: 500 }])
  })

  it('are validated by the fold, learnt by it, or test', () => {
    expect(cloud.points.map(({ state, poseId }) => [state, poseId])).toEqual([['validated', 10], ['learnt', 10], ['learnt', 20], ['test', null]])
  })

  it('lie on one spot when there is one only', () => {
    const one = cloudOf({ points: [point('train/1', 3, 3)], duplicates: [], explained: null }, 0, [], new Map())
    expect([[...one.x], [...one.y], one.size]).toEqual([[0], [0], { width: 1, height: 1 }])
  })

  it('are listed as duplicates with what speaks against them, and as outliers above 2, the farthest first', () => {
    expect(duplicatePairs(map, cloud).map(({ a, b, conflict }) => [a.folder, b.folder, conflict])).toEqual([['train/1', 'test/9', 'testAndTrain'], ['train/2', 'train/3', 'labels']])
    expect(outliersOf(cloud).map(({ folder }) => folder)).toEqual(['train/3', 'train/2'])
  })

  it('inside a lasso are counted, the worst first; the table has those with predictions', () => {
    const { points, listed, logLoss, wrong } = enclosedOf(cloud, new Set([0, 1, 3]))
    expect({ folders: points.map(({ folder }) => folder), listed, logLoss, wrong }).toEqual({ folders: ['train/2', 'train/1', 'test/9'], listed: ['train/2', 'train/1'], logLoss: 2.25, wrong: 1 })
  })
})

describe('finding points', () => {
  const random = randomStream(7)
  const count = 3000
  const places: Pick<PointCloud, 'x' | 'y' | 'size'> = { x: Float32Array.from({ length: count }, () => random.uniform() * 1000), y: Float32Array.from({ length: count }, () => random.uniform() * 600), size: { width: 1000, height: 600 } }
  const grid = gridOf(places)
  const all = Array.from({ length: count }, (_, index) => index)

  it('in a box finds what looking at all finds', () => {
    const box = { x0: 120.5, y0: -50, x1: 480, y1: 333 }
    const expected = all.filter((index) => places.x[index]! >= box.x0 && places.x[index]! <= box.x1 && places.y[index]! <= box.y1)
    expect(grid.inBox(box).sort((a, b) => a - b)).toEqual(expected)
  })

  it('finds the nearest within reach, also at the border and beyond it', () => {
    const tried = Array.from({ length: 200 }, (): Position => [random.uniform() * 1100 - 50, random.uniform() * 700 - 50])
    const nearest = ([atX, atY]: Position, reach: number): number | null => {
      const distance = (index: number): number => Math.hypot(places.x[index]! - atX, places.y[index]! - atY)
      const best = all.reduce((least, index) => (distance(index) < distance(least) ? index : least), 0)
      return distance(best) <= reach ? best : null
    }
    expect(tried.map((at) => grid.nearest(at, 15))).toEqual(tried.map((at) => nearest(at, 15)))
  })

  it('inside a line by the even–odd rule: one that crosses itself has what it goes round once', () => {
    const square: Position[] = [[0, 0], [10, 0], [10, 10], [0, 10]]
    const bow: Position[] = [[0, 0], [10, 10], [10, 0], [0, 10]]
    expect([[5, 5], [11, 5], [-1, 0]].map(([x = 0, y = 0]) => isInside([x, y], square))).toEqual([true, false, false])
    expect([[2, 5], [8, 5], [5, 2], [5, 8]].map(([x = 0, y = 0]) => isInside([x, y], bow))).toEqual([true, true, false, false])
  })

  it('in a lasso are those of its line, not of its box; a line of two places holds none', () => {
    const triangle: Position[] = [[100, 100], [900, 100], [500, 500]]
    const expected = all.filter((index) => isInside([places.x[index]!, places.y[index]!], triangle))
    expect(inLasso(places, grid, triangle).sort((a, b) => a - b)).toEqual(expected)
    expect(expected.length).toBeLessThan(grid.inBox({ x0: 100, y0: 100, x1: 900, y1: 500 }).length)
    expect(inLasso(places, grid, triangle.slice(0, 2))).toEqual([])
  })
})

describe('the looks of points', () => {
  const palette = palettes.dark
  const look = (index: number, coloring: Parameters<typeof lookOf>[1]): ReturnType<typeof lookOf> => lookOf(cloud.points[index]!, coloring, palette, Math.log(157))

  it('are shared by points that look alike, and drawn with what the fold validates on top', () => {
    const looks = looksOf(cloud, (index) => look(index, 'fold'))
    expect([looks.sprites.length, [...looks.order]]).toEqual([3, [1, 2, 3, 0]])
    expect(looks.spriteOf[1]).toBe(looks.spriteOf[2])
  })

  it('tell wrong from right by shape too, and a class by the same colour and shape wherever it is', () => {
    expect([look(0, 'result'), look(1, 'result')]).toEqual([{ colour: palette.good, shape: 'circle' }, { colour: palette.bad, shape: 'diamond' }])
    expect(look(0, 'class')).toEqual(look(1, 'class'))
    // Classes of neighbouring ids are told apart by eye.
    const near = Array.from({ length: 156 }, (_, poseId) => Math.abs(classLook(poseId).hue - classLook(poseId + 1).hue)).map((turn) => Math.min(turn, 360 - turn))
    expect(Math.min(...near)).toBeGreaterThan(90)
  })

  it('go from grey to red as the log loss goes to chance; without a prediction they are grey', () => {
    expect([lookOf({ ...cloud.points[0]!, row: row('train/1', 0, 0) }, 'logLoss', palette, 5).colour, lookOf({ ...cloud.points[0]!, row: row('train/1', 0, 9) }, 'logLoss', palette, 5).colour, look(3, 'logLoss').colour]).toEqual([palette.muted, palette.bad, palette.muted])
  })

  it('grow as the map is zoomed into, and are smaller where there are many', () => {
    expect([pointRadius(800, 1), pointRadius(800, 8), pointRadius(20_000, 1), pointRadius(800, 1000)]).toEqual([4, 8, 2.5, 8])
  })

  it('are stamped pixel by pixel, the empty ones left out', () => {
    const data = new Uint8ClampedArray(4 * 4 * 4)
    data.set([1, 2, 3, 255], 4 * (2 * 4 + 2))
    data.set([9, 8, 7, 128], 4 * (1 * 4 + 2))
    const { x, y, colour, cover } = stampOf({ data, width: 4, height: 4 })
    expect([[...x], [...y], [...colour], [...cover]]).toEqual([[0, 0], [-1, 0], [0xff070809, 0xff030201], [129, 256]])
  })
})

describe('a scale of colours', () => {
  it('mixes evenly and ends where it should', () => {
    expect([mix('#000000', '#ff8000', 0.5), colourSteps(['#000000', '#ffffff', '#ff0000'], 5)]).toEqual(['#804000', ['#000000', '#808080', '#ffffff', '#ff8080', '#ff0000']])
  })

  it('by the square root: a quarter of the largest is in the middle', () => {
    expect([0, 0.25, 0.249, 1, 2, -1].map((value) => rootStep(value, 1, 10))).toEqual([0, 5, 4, 9, 9, 0])
    expect(rootStep(3, 0, 10)).toBe(0)
  })
})
