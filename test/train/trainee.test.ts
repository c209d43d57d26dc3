import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { loadLast } from '../../src-main/train/checkpoint.ts'
import { NotFiniteError } from '../../src-main/train/classifier.ts'
import { readExplanations, writeExplanations } from '../../src-main/train/explanations.ts'
import type { KeypointTrainJob } from '../../src-main/train/job.ts'
import { trainFold } from '../../src-main/train/loop.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { readPredictions, writePredictionRows } from '../../src-main/train/predictions.ts'
import type { TensorMap } from '../../src-main/train/tensorFile.ts'
import type { Trainee } from '../../src-main/train/trainee.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-trainee-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

function job(folder: string): KeypointTrainJob {
  const sequences = Array.from({ length: 7 }, (_, number) => ({ folder: `train/${number}`, label: number % 2, role: 'train' as const, transform: null, frames: [] }))
  return {
    version: 1, kind: 'train-keypoints', runId: 1, fold: 0, config: trainConfig.parse({ model: 'keypoint_linear', epochs: 3, batchSize: 2 }), classes: 2, outputs: null, flipTargets: { horizontal: [], vertical: [] },
    augment: defaultCropSettings.augment, sequences, train: [0, 1, 2, 3, 4], validation: [5, 6], test: [], folder: join(root, folder), checkpointSeconds: 1000, predictions: join(root, folder, 'p'), explanations: join(root, folder, 'e'),
  }
}

/** Learns how often it saw each sequence in which epoch; its batches are lists of positions. */
function counting(log: string[], failsAt = Infinity): Trainee<{ seen: string }> {
  let state: TensorMap = new Map([['weights/seen', { shape: [1], data: Float32Array.of(0) }]])
  const value = (): number => state.get('weights/seen')?.data[0] ?? NaN
  return {
    parameterCount: 1,
    compileSeconds: 0,
    buffers: [{ seen: '' }, { seen: '' }],
    async fill(batch, positions, epoch) {
      batch.seen = `${epoch}: ${positions.join()}`
    },
    step(batch, _, stepIndex) {
      if (stepIndex === failsAt) throw new NotFiniteError('internal', 'The loss is not finite.')
      log.push(batch.seen)
      state = new Map([['weights/seen', { shape: [1], data: Float32Array.of(value() * 3 + batch.seen.length + stepIndex) }]])
      return { loss: value(), correct: 1, gradientNorm: null }
    },
    async validate(between) {
      await between()
      return { logLoss: 100 - value(), accuracy: 0.5 }
    },
    begin: async () => ['Begun.'],
    show: async () => null,
    async predict() {
      log.push(`predict with ${value()}`)
    },
    state: () => state,
    restore(given) {
      state = given
    },
    nameOf: (position) => `train/${position}`,
    dispose: () => void log.push('disposed'),
  }
}

async function run(fold: KeypointTrainJob, { stopAfter = Infinity, failsAt = Infinity } = {}): Promise<{ log: string[]; said: ComputeMessage[] }> {
  const log: string[] = []
  const said: ComputeMessage[] = []
  const steps = (): number => log.filter((line) => line.includes(':')).length
  await trainFold(fold, counting(log, failsAt), { report: (message) => void said.push(message), stopRequested: () => (steps() >= stopAfter ? 'now' : null), batchWanted: () => true, measureLoad: async () => () => null })
  return { log, said }
}

it('whatever is trained, the loop says when: each sample once an epoch, validation after it, predictions at the end', async () => {
  const { log, said } = await run(job('whole'))
  const positions = log.slice(0, 9).map((line) => line.split(': ')).map(([epoch, list]) => [Number(epoch), (list ?? '').split(',').map(Number)] as const)
  expect({
    epochs: [0, 1, 2].map((epoch) => positions.flatMap(([of, list]) => (of === epoch ? list : [])).toSorted((a, b) => a - b)),
    end: log.slice(9).map((line) => line.replace(/\d+$/, '…')),
    // Nobody is told of a batch that cannot be shown.
    said: [...new Set(said.map(({ type }) => type))],
    notes: said.flatMap((message) => (message.type === 'done' ? message.notes : [])),
  }).toEqual({ epochs: [0, 1, 2].map(() => [0, 1, 2, 3, 4]), end: ['predict with …', 'disposed'], said: ['started', 'metric', 'best', 'checkpoint', 'done'], notes: ['Begun.'] })
})

it('stopped at any step and resumed, it does the steps of one that was never stopped', async () => {
  const whole = await run(job('whole'))
  const pieces: string[] = []
  for (const stopAfter of [1, 2, 3, Infinity]) pieces.push(...(await run(job('broken'), { stopAfter })).log)
  expect(pieces.filter((line) => line !== 'disposed')).toEqual(whole.log.filter((line) => line !== 'disposed'))
  expect((await loadLast(job('broken').folder)).checkpoint?.state).toEqual((await loadLast(job('whole').folder)).checkpoint?.state)
})

it('a step that fails names the sequences of its batch', async () => {
  await expect(run(job('whole'), { failsAt: 4 })).rejects.toThrow(/not finite.*--resume --set learningRate=0\.001\. Sequences of that batch: train\/\d(, train\/\d)?\./)
})

it('predictions by frame, and explanations without maps, are read as they were written', async () => {
  const file = join(root, 'p')
  const rows = [{ folder: 'train/5', frame: 0 }, { folder: 'train/5', frame: 4 }]
  await writePredictionRows(file, [{ name: 'validation', rows, probabilities: Float32Array.of(0.25, 0.75, 1, 0) }, { name: 'test', rows: [], probabilities: new Float32Array(0) }])
  expect(await readPredictions(file)).toEqual(new Map([['validation', [{ ...rows[0], probabilities: Float32Array.of(0.25, 0.75) }, { ...rows[1], probabilities: Float32Array.of(1, 0) }]], ['test', []]]))
  const explanations = { embeddings: [{ folder: 'train/5', embedding: Float32Array.of(1, 2, 3) }], maps: [] }
  await writeExplanations(file, explanations)
  expect(await readExplanations(file)).toEqual(explanations)
})
