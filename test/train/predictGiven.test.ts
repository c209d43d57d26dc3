import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GivenSequence, PredictionRow } from '../../src-main/contract/rooms.ts'
import type { TrainConfigInput } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { makeTinyData, tinyConfig } from './tinyData.ts'

/** Sequences that are not the data set's, and each fold's own, by views other than the run's. */
let root: string
let project: Project
const runs: Record<'pictures' | 'keypoints', number> = { pictures: 0, keypoints: 0 }

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'handloom-given-'))
  await makeTinyData(join(root, 'data'))
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined })
  await project.dataset.scan()
  const train = async (config: TrainConfigInput): Promise<number> => {
    const { id } = await project.train.start({ config, folds: null })
    await project.train.idle()
    return id
  }
  runs.pictures = await train({ ...tinyConfig, epochs: 2 })
  runs.keypoints = await train({ model: 'keypoint_linear', epochs: 2, folds: 2, threads: 1 })
}, 180_000)
afterAll(async () => {
  await project.close()
  rmSync(root, { recursive: true, force: true })
})

/** The test sequence copied elsewhere. */
function copied(name: string): GivenSequence {
  const folder = join(root, name)
  cpSync(join(root, 'data/test/8'), folder, { recursive: true })
  const frames = project.dataset.sourceFrames('test/8').map(({ number, file, width, height, original }) => {
    const { size, mtimeMs } = statSync(join(folder, file))
    return { number, file: join(folder, file), bytes: size, modified: mtimeMs, width: width ?? 0, height: height ?? 0, points: (original ?? []).map(([x, y, z]) => [x, y, z] as const) }
  })
  return { name, frames }
}
const numbers = (rows: readonly PredictionRow[]): (string | number)[][] => rows.map(({ folder, frame, probabilities }) => [folder, frame, ...Array.from(probabilities, (value) => Math.round(value * 1e5))])

it.each(['pictures', 'keypoints'] as const)('a copied sequence is predicted as the data set’s own (%s)', async (sees) => {
  const own = await project.train.predict({ runId: runs[sees], part: 'test' })
  const given = await project.train.predict({ runId: runs[sees], part: 'sequences', sequences: [copied('elsewhere')] })
  expect({ rows: numbers(given.rows), failures: given.failures }).toEqual({ rows: numbers(own.rows.map((row) => ({ ...row, folder: 'elsewhere' }))), failures: [] })
})

it('a picture that cannot be read is told, and the others are predicted', async () => {
  const sequence = copied('damaged')
  writeFileSync(sequence.frames[0]?.file ?? '', 'no picture')
  const { rows, failures } = await project.train.predict({ runId: runs.pictures, part: 'sequences', sequences: [sequence] })
  expect({ rows: rows.map(({ folder, frame }) => [folder, frame]), failures }).toEqual({ rows: [['damaged', 1]], failures: [{ folder: 'damaged', frame: 0, reason: expect.any(String) }] })
})

it.each(['pictures', 'keypoints'] as const)('each fold says of its own frames by the config’s views what was kept of it (%s)', async (sees) => {
  const runId = runs[sees]
  const { config, folds } = await project.train.run({ id: runId })
  const { folds: predicted } = await project.train.predictFolds({ runId, views: { testFlip: config.testFlip, testMargins: [] } })
  expect(predicted.map(({ fold }) => fold)).toEqual(folds.map(({ fold }) => fold))
  const means = (part: 'validation' | 'test') => project.evaluate.sequenceProbabilities(runId, part).map(({ folder, frames, probabilities }) => [folder, frames, ...Array.from(probabilities, (value) => Math.round(value * 1e5))])
  const meanOf = (rows: readonly PredictionRow[]): (string | number)[] => {
    const mean = (index: number): number => rows.reduce((sum, { probabilities }) => sum + (probabilities[index] ?? 0), 0) / rows.length
    return [rows[0]?.folder ?? '', new Set(rows.map(({ frame }) => frame)).size, Math.round(mean(0) * 1e5), Math.round(mean(1) * 1e5)]
  }
  const together = (part: 'validation' | 'test') => [...Map.groupBy(predicted.flatMap((fold) => fold[part]), ({ folder }) => folder).values()].map(meanOf).sort()
  expect([together('validation'), together('test')]).toEqual([means('validation').sort(), means('test').sort()])
})

it('other views say other things, of the same frames', async () => {
  const plain = await project.train.predictFolds({ runId: runs.pictures, views: { testFlip: false, testMargins: [] } })
  const mirrored = await project.train.predictFolds({ runId: runs.pictures, views: { testFlip: true, testMargins: [20] } })
  const frames = (of: typeof plain) => of.folds.map(({ validation, test }) => [...validation, ...test].map(({ folder, frame }) => `${folder} ${frame}`))
  expect(frames(mirrored)).toEqual(frames(plain))
  expect(numbers(mirrored.folds.flatMap(({ validation }) => validation))).not.toEqual(numbers(plain.folds.flatMap(({ validation }) => validation)))
})
