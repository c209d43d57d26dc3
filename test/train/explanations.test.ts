import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Explained } from '../../src-main/train/classifier.ts'
import { gatherExplanations, readExplanations, writeExplanations } from '../../src-main/train/explanations.ts'
import type { JobSample } from '../../src-main/train/job.ts'
import { readPredictions } from '../../src-main/train/predictions.ts'
import { writeTensorFile } from '../../src-main/train/tensorFile.ts'
import { tinyJob } from './tinyJob.ts'
import { run } from './tinyRun.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-explanations-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Two frames of a sequence, the second with its hands apart, and one of another; five outputs, two channels, maps of 1 × 1. */
const sample = (folder: string, frame: number, hand: number | null, label: number) => ({ folder, frame, hand, label }) as JobSample
const samples = [sample('train/1', 0, null, 3), sample('train/1', 4, 0, 3), sample('train/1', 4, 1, -1), sample('train/2', 0, null, 0)]
const explained = (rows: number): Explained => ({
  embeddings: Float32Array.from({ length: rows * 2 }, (_, at) => at),
  logits: Float32Array.from({ length: rows * 5 }, (_, at) => [0.1, 0.4, 0.2, 0, 0.3][at % 5] as number),
  maps: Float32Array.from({ length: rows * 5 }, (_, at) => at),
  side: 1,
})

it('embeddings are means over a sequence, maps show the answer, then the most probable', async () => {
  const gathered = gatherExplanations({ samples, outputs: null, classes: 5 })
  gathered.add([0, 1], explained(2), true)
  gathered.add([2, 3], explained(2), true)
  gathered.add([3], explained(1), false)
  const file = join(root, 'e.safetensors')
  await writeExplanations(file, gathered.result())
  expect(await readExplanations(file)).toEqual({
    embeddings: [
      { folder: 'train/1', embedding: Float32Array.of((0 + 2 + 0) / 3, (1 + 3 + 1) / 3) },
      { folder: 'train/2', embedding: Float32Array.of(1, 2) },
    ],
    maps: [
      ['train/1', 0, null, [[3, 3], [1, 1], [4, 4]]],
      ['train/1', 4, 0, [[3, 8], [1, 6], [4, 9]]],
      ['train/1', 4, 1, [[1, 1], [4, 4], [2, 2]]],
      ['train/2', 0, null, [[0, 5], [1, 6], [4, 9]]],
    ].map(([folder, frame, hand, outputs]) => ({ folder, frame, hand, height: 1, width: 1, outputs: (outputs as number[][]).map(([output, value]) => ({ output, values: Float32Array.of(value as number) })) })),
  })
})

it('where classes are merged the answer is its output', () => {
  const gathered = gatherExplanations({ samples, outputs: { of: [0, 1, 2, 1, 0], share: [0.5, 0.5, 1, 0.5, 0.5] }, classes: 3 })
  gathered.add([0], { embeddings: new Float32Array(2), logits: Float32Array.of(3, 1, 2), maps: Float32Array.of(30, 10, 20), side: 1 }, true)
  expect(gathered.result().maps[0]?.outputs.map(({ output, values }) => [output, ...values])).toEqual([[1, 10], [0, 30], [2, 20]])
})

it('a file without maps or sequences comes back, a damaged or other one is refused', async () => {
  const file = join(root, 'e.safetensors')
  await writeExplanations(file, { embeddings: [], maps: [] })
  expect(await readExplanations(file)).toEqual({ embeddings: [], maps: [] })
  const whole = await readFile(file)
  await truncate(file, whole.length - 4)
  await expect(readExplanations(file)).rejects.toMatchObject({ kind: 'bad-input' })
  await writeFile(file, 'something else')
  await expect(readExplanations(file)).rejects.toMatchObject({ kind: 'bad-input' })
  await writeTensorFile(file, new Map([['validation', { shape: [1], data: Float32Array.of(1) }]]), {})
  await expect(readExplanations(file)).rejects.toMatchObject({ kind: 'bad-input' })
})

it('a fold explains what it validates and tests and what it learnt from, and predicts the same as it would without', async () => {
  const job = tinyJob(root, { epochs: 2, testFlip: true, imageSize: 64 })
  // Training frames once more, as they are validated; the fold validates the last six, and tests four of them.
  const learnt = job.train.map((position) => ({ ...(job.samples[position] as JobSample), role: 'validation' as const }))
  job.samples.push(...learnt)
  job.test = job.test.slice(2)
  const said = await run(job)
  const { embeddings, maps } = await readExplanations(job.explanations)
  const progress = said.flatMap((message) => (message.type === 'predicting' ? [message] : [])).at(-1)
  const [width = 0] = embeddings.map(({ embedding }) => embedding.length)
  expect({
    last: said.at(-1)?.type,
    progress,
    folders: embeddings.map(({ folder }) => folder).sort(),
    wide: embeddings.every(({ embedding }) => embedding.length === width && embedding.some((value) => value !== 0)),
    maps: maps.map(({ folder, frame, hand, height, width, outputs }) => [folder, frame, hand, height, width, outputs[0]?.output, outputs.length, outputs.every(({ values }) => values.length === height * width)]),
  }).toEqual({
    last: 'done',
    progress: { type: 'predicting', done: 28, total: 28 },
    folders: job.samples.slice(0, 24).map(({ folder }) => folder).sort(),
    wide: true,
    maps: job.validation.map((position) => [`train/${position}`, 0, null, 2, 2, position % 3, 3, true]),
  })

  // A fold that learnt nothing from others has less to explain, and predicts the same.
  const plain = { ...job, samples: job.samples.slice(0, 24), folder: join(root, 'plain'), predictions: join(root, 'p'), explanations: join(root, 'e') }
  await run(plain)
  expect(await readPredictions(plain.predictions)).toEqual(await readPredictions(job.predictions))
})
