import { setTimeout as wait } from 'node:timers/promises'
import { defaultCropSettings } from '../../contract/crop.ts'
import type { Emit } from '../../contract/events.ts'
import { trainConfig, type Metric, type Run } from '../../contract/train.ts'
import { openDatabase } from '../../db/open.ts'
import { createRunStore, newFold } from '../../train/runStore.ts'

export const folds = 5
export const stepsPerFold = 20_000
const stepsPerEpoch = 200
export const epochs = stepsPerFold / stepsPerEpoch
const batchSize = 16
/** Points of a run: one for each step, and one for each epoch. */
export const pointsPerRun = folds * (stepsPerFold + epochs)

/** A number from 0 to 1 that looks drawn at random. */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43_758.5453
  return value - Math.floor(value)
}

/** What a fold says after a step: curves of the shape that training has. At an epoch's end the epoch's point comes too. */
export function metricsAt(fold: number, step: number): Metric[] {
  const done = step / stepsPerFold
  const loss = 0.4 + 4.6 * Math.exp(-5 * done) + 0.6 * (1 - done) * (noise(step * 7 + fold) - 0.5)
  const load = { cpu: 0.9 + 0.1 * noise(step + fold), memoryBytes: 3e9 + 1e8 * noise(fold), gpu: 0.8 + 0.2 * noise(step * 3 + fold), gpuMemoryBytes: 9e9 }
  const metric: Metric = {
    fold, kind: 'step', step, epoch: Math.ceil(step / stepsPerEpoch), loss, learningRate: 1e-3 * Math.sin(Math.PI * done), gradientNorm: 2 * Math.exp(-2 * done) + noise(step * 5 + fold),
    imagesPerSecond: 400 + 40 * noise(step * 11 + fold), trainAccuracy: 1 - Math.exp(-4 * done), validationLogLoss: null, validationAccuracy: null, load,
  }
  if (step % stepsPerEpoch !== 0) return [metric]
  const validationLogLoss = 0.5 + 4 * Math.exp(-4 * done) + 0.1 * noise(step + 13 * fold)
  return [metric, { ...metric, kind: 'epoch', validationLogLoss, validationAccuracy: 1 - Math.exp(-3.5 * done) }]
}

/** Writes a run with all its points, and one that has none yet, into a project that is not open. */
export function writeRuns(projectFolder: string): { full: number; empty: number } {
  const { db, close } = openDatabase(projectFolder)
  try {
    const store = createRunStore(db)
    const insert = (name: string): number =>
      store.insert(
        {
          name, created: new Date().toISOString(), config: trainConfig.parse({ name, epochs, batchSize, folds, patience: 20 }), splitId: 0, poseIds: [], ...defaultCropSettings, flipTargets: { horizontal: [], vertical: [] },
          outputs: null, objects: null, sweep: null, madeFrom: null, provenance: { dataHash: '', editsHash: '', recipeHash: '', splitHash: '', version: '', machine: '', engine: null },
        },
        Array.from({ length: folds }, (_, fold) => ({ ...newFold(fold, epochs), state: 'stopped' as const, trainFrames: stepsPerEpoch * batchSize })),
      )
    return db.transaction(() => {
      const [full, empty] = [insert('stored'), insert('streaming')] as const
      for (let fold = 0; fold < folds; fold++) for (let step = 1; step <= stepsPerFold; step++) for (const metric of metricsAt(fold, step)) store.addMetric(full, metric)
      return { full, empty }
    })()
  } finally {
    close()
  }
}

const tickMilliseconds = 10
const runMilliseconds = 400

/** Tells of all points of a run's folds, side by side and evenly over so many seconds, and of the run as the core does; resolves at the end. */
export async function streamRun(emit: Emit, stored: Run, seconds: number, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const told = (step: number): Run => {
    const epoch = Math.floor(step / stepsPerEpoch)
    const fold = { state: 'training', epoch, bestLogLoss: 5 - (4 * step) / stepsPerFold, bestAccuracy: 0.5, bestEpoch: Math.max(1, epoch - 1), imagesPerSecond: 400, secondsLeft: 60, device: 'GPU 0' } as const
    return { ...stored, state: 'running', secondsLeft: 60, folds: stored.folds.map((row) => ({ ...row, ...fold })) }
  }
  let runTold = -Infinity
  for (let step = 0; step < stepsPerFold; ) {
    const passed = performance.now() - began
    const due = Math.min(stepsPerFold, Math.floor((passed / (1000 * seconds)) * stepsPerFold))
    for (; step < due; step++) for (let fold = 0; fold < folds; fold++) for (const metric of metricsAt(fold, step + 1)) emit({ type: 'metric', runId: stored.id, metric })
    if (passed - runTold >= runMilliseconds) {
      emit({ type: 'run', run: told(step) })
      runTold = passed
    }
    await wait(tickMilliseconds, null, { signal })
  }
  emit({ type: 'run', run: told(stepsPerFold) })
}
