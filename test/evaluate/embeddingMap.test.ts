import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddingMapOptions } from '../../src-main/contract/evaluate.ts'
import type { Job } from '../../src-main/contract/project.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { madeMap, type MapTask } from '../../src-main/evaluate/explanations/madeMap.ts'
import { principalAxes } from '../../src-main/evaluate/explanations/principalAxes.ts'
import { createExplanations, type ExplanationsService } from '../../src-main/evaluate/explanations/service.ts'
import { madeDataset, scratchProject, type MadeSequence } from './standIns.ts'

const golden = JSON.parse(readFileSync(new URL('../goldens/embeddings.json', import.meta.url), 'utf8')) as {
  cases: { name: string; rows: number[][]; scores: number[][]; explained: [number, number] }[]
}

describe('principal axes', () => {
  it.each(golden.cases)('are those of scikit-learn: $name', ({ rows, scores, explained }) => {
    const axes = principalAxes(Float32Array.from(rows.flat()), rows[0]!.length)
    for (const axis of [0, 1]) {
      expect(axes.explained[axis]! / explained[axis]!).toBeCloseTo(1, 5)
      const size = Math.max(...scores.map((row) => Math.abs(row[axis]!)))
      for (const [row, score] of scores.entries()) expect(Math.abs(axes.scores[row * 2 + axis]! - score[axis]!) / size).toBeLessThan(1e-4)
    }
  })

  it('of rows that are equal, on a line, or none at all', () => {
    const axes = (rows: number[][]) => principalAxes(Float32Array.from(rows.flat()), rows[0]?.length ?? 0)
    expect(axes([])).toEqual({ scores: new Float64Array(0), explained: [0, 0] })
    expect(axes([[3, 0.1]])).toEqual({ scores: new Float64Array(2), explained: [0, 0] })
    expect(axes([[0.1, 0.7, 3], [0.1, 0.7, 3], [0.1, 0.7, 3]])).toEqual({ scores: new Float64Array(6), explained: [0, 0] })
    const line = axes([[1], [2], [6]])
    expect([Array.from(line.scores), line.explained]).toEqual([[-2, 0, -1, 0, 3, 0].map((score) => expect.closeTo(score, 9) as number), [expect.closeTo(1, 9), 0]])
    const diagonal = axes([[0, 0, 0], [-1, 1, -3], [-2, 2, -6]])
    expect(diagonal.explained).toEqual([expect.closeTo(1, 9), 0])
    expect(diagonal.scores[0]).toBeCloseTo(Math.sqrt(11), 6)
  })
})

const options = { method: 'umap', neighbours: 15, minimumDistance: 0.1, seed: 42 } as const

/** Clusters of directions; the class of a row is its cluster. */
function clusters(count: number, width: number, classes: number, spread: number, seed = 1): Omit<MapTask, 'options'> {
  const random = randomStream(seed)
  const centres = Array.from({ length: classes }, () => Array.from({ length: width }, () => Math.abs(random.normal())))
  const rows = Array.from({ length: count }, (_, row) => centres[row % classes]!.map((value) => value + spread * random.normal()))
  return { unit: Float32Array.from(rows.flatMap((row) => row.map((value) => value / Math.hypot(...row)))), width, count, labels: Int32Array.from(rows, (_, row) => row % classes) }
}

const between = (places: Float64Array, a: number, b: number): number => Math.hypot(places[a * 2]! - places[b * 2]!, places[a * 2 + 1]! - places[b * 2 + 1]!)

const distanceOf = ({ unit, width }: Pick<MapTask, 'unit' | 'width'>, a: number, b: number): number => {
  let cosine = 0
  for (let at = 0; at < width; at++) cosine += unit[a * width + at]! * unit[b * width + at]!
  return 1 - cosine
}

/** Venna and Kaski 2001: 1 where every row's nearest on the map are among its nearest in truth. */
function trustworthiness(task: Omit<MapTask, 'options'>, places: Float64Array, size: number): number {
  const rows = [...Array(task.count).keys()]
  const byDistance = (row: number, distance: (a: number, b: number) => number) => rows.filter((other) => other !== row).sort((a, b) => distance(row, a) - distance(row, b))
  let penalty = 0
  for (const row of rows) {
    const truth = byDistance(row, (a, b) => distanceOf(task, a, b))
    for (const other of byDistance(row, (a, b) => between(places, a, b)).slice(0, size)) penalty += Math.max(0, truth.indexOf(other) + 1 - size)
  }
  return 1 - (2 / (task.count * size * (2 * task.count - 3 * size - 1))) * penalty
}

describe('UMAP', () => {
  it('keeps clusters together and apart', () => {
    const task = clusters(200, 32, 5, 0.15)
    const { places, explained } = madeMap({ ...task, options }, () => {})
    const means = { same: 0, other: 0 }
    const counts = { same: 0, other: 0 }
    for (let a = 0; a < task.count; a++)
      for (let b = a + 1; b < task.count; b++) {
        const kind = task.labels[a] === task.labels[b] ? 'same' : 'other'
        means[kind] += between(places, a, b)
        counts[kind]++
      }
    expect(means.other / counts.other).toBeGreaterThan(4 * (means.same / counts.same))
    expect(explained).toBeNull()
  })

  it('keeps the neighbours along a closed curve', () => {
    const rows = Array.from({ length: 150 }, (_, row) => {
      const angle = (2 * Math.PI * row) / 150
      return [Math.cos(angle), Math.sin(angle), 0.5 * Math.cos(2 * angle), 0.5 * Math.sin(2 * angle), 1]
    })
    const task = { unit: Float32Array.from(rows.flatMap((row) => row.map((value) => value / Math.hypot(...row)))), width: 5, count: 150, labels: new Int32Array(150) }
    expect(trustworthiness(task, madeMap({ ...task, options }, () => {}).places, 6)).toBeGreaterThan(0.98)
  })

  it('is the same for the same seed, and another for another', () => {
    const task = clusters(60, 8, 3, 0.3)
    const made = (seed: number) => Array.from(madeMap({ ...task, options: { ...options, seed } }, () => {}).places)
    expect(made(7)).toEqual(made(7))
    expect(made(8)).not.toEqual(made(7))
  })

  it.each([1, 2, 4, 5, 6, 20])('takes %i sequences', (count) => {
    const shares: number[] = []
    const { places, outliers } = madeMap({ ...clusters(count, 8, 2, 0.2), options }, (share) => shares.push(share))
    expect([places.length, outliers.length, places.every(Number.isFinite)]).toEqual([count * 2, count, true])
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
  })

  it('takes sequences that are all alike', () => {
    const unit = new Float32Array(30 * 4).fill(0.5)
    const { places, duplicates, outliers } = madeMap({ unit, width: 4, count: 30, labels: new Int32Array(30), options }, () => {})
    expect([places.every(Number.isFinite), duplicates.length, new Set(outliers)]).toEqual([true, 200, new Set([0])])
  })
})

describe('what stands apart, and what is there twice', () => {
  const task = clusters(230, 24, 4, 0.05, 3)
  // Two pairs of duplicates across tiles, one sequence far from its class, one class with one member, one without a class.
  task.unit.copyWithin(200 * 24, 3 * 24, 4 * 24)
  task.unit.copyWithin(100 * 24, 70 * 24, 71 * 24)
  task.labels[9] = 0
  task.labels[11] = 77
  task.labels[12] = -1
  const made = madeMap({ ...task, options: { ...options, method: 'pca' } }, () => {})

  it('is what looking at every pair says', () => {
    const apart = Array.from({ length: task.count }, (_, row) => {
      const own = [...task.labels.keys()].filter((other) => other !== row && task.labels[other] === task.labels[row] && task.labels[row] !== -1)
      const nearest = own.map((other) => distanceOf(task, row, other)).sort((a, b) => a - b).slice(0, 5)
      return nearest.length === 0 ? null : nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length
    })
    const median = (values: number[]) => values.sort((a, b) => a - b).slice(Math.ceil(values.length / 2) - 1, Math.floor(values.length / 2) + 1).reduce((sum, value, _, all) => sum + value / all.length, 0)
    const expected = apart.map((value, row) => value === null ? null : value / median(apart.filter((other, index) => other !== null && task.labels[index] === task.labels[row]) as number[]))
    const off = made.outliers.map((outlier, row) => outlier === null || expected[row] === null ? Number(outlier !== expected[row]) : Math.abs(outlier / expected[row]! - 1))
    expect(Math.max(...off)).toBeLessThan(0.01)
    expect([made.outliers[9]! > 2, made.outliers[11], made.outliers[12]]).toEqual([true, null, null])

    const pairs: { a: number; b: number; distance: number }[] = []
    for (let a = 0; a < task.count; a++) for (let b = a + 1; b < task.count; b++) if (distanceOf(task, a, b) < 0.002) pairs.push({ a, b, distance: distanceOf(task, a, b) })
    expect(made.duplicates.length).toBe(Math.min(200, pairs.length))
    expect(made.duplicates.slice(0, 2).map(({ a, b }) => [a, b])).toEqual([[3, 200], [70, 100]])
    const sorted = pairs.map(({ distance }) => distance).sort((a, b) => a - b)
    for (const [index, { distance }] of made.duplicates.entries()) expect(distance).toBeCloseTo(Math.max(0, sorted[index]!), 6)
    expect(made.explained![0]).toBeGreaterThan(made.explained![1])
  })
})

describe('the map of a fold', () => {
  const sequences: MadeSequence[] = Array.from({ length: 40 }, (_, number) => (number < 32 ? { folder: `train/${number}`, poseId: 10 * (number % 4) } : { folder: `test/${number}`, poseId: null }))
  let project: ReturnType<typeof scratchProject>
  let room: ExplanationsService
  const made = (db = project.db, of = sequences) =>
    createExplanations({ db, dataset: madeDataset({ sequences: of }), emit: project.emit, names: () => String, foldOf: () => 0, validatedBy: () => new Set() })
  const asked = (change: Partial<EmbeddingMapOptions> = {}): EmbeddingMapOptions => ({ runId: 3, fold: 1, ...options, method: 'pca', ...change })
  const jobs = (): Job[] => project.events.flatMap((event) => (event.type === 'job' ? [event.job] : []))
  const begun = (): string[] => jobs().filter(({ state, done }) => state === 'running' && done === 0).map(({ id }) => id)
  const store = (count = sequences.length, width = 12): void => {
    const { unit } = clusters(count, width, 4, 0.2)
    room.storeExplanations({ runId: 3, fold: 1, embeddings: Array.from({ length: count }, (_, row) => ({ folder: sequences[row]?.folder ?? `train/${row}`, embedding: unit.slice(row * width, (row + 1) * width) })), maps: [] })
  }

  beforeEach(() => {
    project = scratchProject()
    room = made()
  })
  afterEach(async () => {
    await room.close()
    project.close()
  })

  it('has every sequence with its role, told of as a job', async () => {
    store()
    const { points, explained } = await room.embeddingMap(asked({ method: 'umap' }))
    expect(points.map(({ folder, role }) => [folder, role])).toEqual(sequences.map(({ folder }) => [folder, folder.split('/')[0]]))
    expect(points.map(({ outlier }) => outlier === null)).toEqual(sequences.map(({ poseId }) => poseId === null))
    expect(explained).toBeNull()
    const job = { id: 'embedding map of run 3, fold 1, umap', kind: 'embedding-map', total: 1000, message: null }
    expect([jobs()[0], jobs().at(-1)]).toEqual([{ ...job, state: 'running', done: 0, secondsLeft: null }, { ...job, state: 'done', done: 1000, secondsLeft: null }])
  })

  it('is made once for the same options, by whoever asks and when', async () => {
    store()
    const [first, second, seeded] = await Promise.all([room.embeddingMap(asked()), room.embeddingMap(asked()), room.embeddingMap(asked({ seed: 5 }))])
    expect(begun()).toHaveLength(1)
    expect([second, seeded, await made().embeddingMap(asked())]).toEqual([first, first, first])
    expect(begun()).toHaveLength(1)
    const umap = await room.embeddingMap(asked({ method: 'umap' }))
    expect(await room.embeddingMap(asked({ method: 'umap', seed: 5 }))).not.toEqual(umap)
    expect(await room.embeddingMap(asked({ method: 'umap' }))).toEqual(umap)
    expect(begun()).toHaveLength(3)
  })

  it('is made anew for new embeddings or labels, and knows only sequences that are there', async () => {
    store()
    const first = await room.embeddingMap(asked())
    const corrected = await made(project.db, sequences.map((sequence, index) => (index === 0 ? { ...sequence, poseId: 10 } : sequence))).embeddingMap(asked())
    expect(corrected.points[0]!.outlier).toBeGreaterThan(2)
    expect(first.points[0]!.outlier).toBeLessThan(2)
    const fewer = await made(project.db, sequences.slice(5)).embeddingMap(asked())
    expect(fewer.points.map(({ folder }) => folder)).toEqual(sequences.slice(5).map(({ folder }) => folder))
    store(20)
    expect((await room.embeddingMap(asked())).points).toHaveLength(20)
    room.carryExplanations(3, 4, 1)
    expect((await room.embeddingMap(asked({ runId: 4 }))).points).toHaveLength(20)
  })

  it('is made one after the other, and cancelled with those that wait', async () => {
    store(1500, 32)
    const running = room.embeddingMap(asked({ method: 'umap' }))
    const waiting = room.embeddingMap(asked())
    const outcomes = Promise.allSettled([running, waiting])
    while (jobs().length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    const ended = room.cancelEmbeddingMap()
    const again = room.embeddingMap(asked())
    await ended
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && (outcome.reason as { kind: string }).kind)).toEqual(['interrupted', 'interrupted'])
    expect((await again).explained).not.toBeNull()
    expect(jobs().filter(({ state }) => state !== 'running').map(({ id, state }) => [id, state])).toEqual([
      ['embedding map of run 3, fold 1, umap', 'cancelled'],
      ['embedding map of run 3, fold 1, pca', 'done'],
    ])
    const progress = jobs().filter(({ id, state }) => state === 'running' && id.endsWith('umap'))
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort((a, b) => a - b))
    expect(progress.at(-1)!.secondsLeft).toBeGreaterThan(0)
  })

  it('is not kept where another process writes, but made', async () => {
    store()
    const { db, readOnly, close } = openDatabase(project.folder)
    const beside = made(db)
    const map = await beside.embeddingMap(asked())
    expect([readOnly, map.points.length, project.db.prepare('SELECT count(*) FROM embedding_map').pluck().get()]).toEqual([true, 40, 0])
    expect(await room.embeddingMap(asked())).toEqual(map)
    store(20)
    expect((await beside.embeddingMap(asked())).points).toHaveLength(20)
    await beside.close()
    close()
  })

  it('is not kept when the embeddings become others while it is made', async () => {
    store()
    const old = room.embeddingMap(asked({ method: 'umap' }))
    while (begun().length === 0) await Promise.resolve()
    store(20)
    expect((await old).points).toHaveLength(40)
    expect((await room.embeddingMap(asked({ method: 'umap' }))).points).toHaveLength(20)
  })

  it('does not exist for a run of an older Handloom', async () => {
    await expect(room.embeddingMap(asked())).rejects.toThrow(expect.objectContaining({ kind: 'not-found', message: expect.stringContaining('Fold 1 of run 3') as string }) as Error)
    await room.cancelEmbeddingMap()
    expect(jobs()).toEqual([])
  })
})
