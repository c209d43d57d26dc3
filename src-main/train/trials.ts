import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Job } from '../contract/project.ts'
import type { BatchFit, Measurement, RateSearch, TrainConfig, TrialKind } from '../contract/train.ts'
import { valueHash } from '../crop/valueHash.ts'
import { findBatchFit, measureSteps } from './batchFinder.ts'
import type { TrainingDevice } from './devices.ts'
import { trainJob } from './foldJobs.ts'
import { prepareCrops, requireDone, runCompute, type RunnerDeps } from './foldRunner.ts'
import { smallerAdvice } from './memory.ts'
import { machineText } from './provenance.ts'
import type { TrainQueue } from './queue.ts'
import type { QueueStore } from './queueStore.ts'
import { rateSearchOf } from './rateTest.ts'
import type { RunPlan } from './runPlan.ts'
import type { StoredRun } from './runStore.ts'
import { cropRequest } from './samples.ts'
import { inScratch } from './scratch.ts'

/** First and last rate of a range test, and its steps. */
const rateRange = { from: 1e-6, to: 1, steps: 150 }

export interface Trials {
  /** What a trial of such a config said on this machine; null when there was none. */
  measured(config: TrainConfig, classes: number): Measurement | null
  measure(config: TrainConfig, classes: number): Promise<Measurement>
  findBatch(config: TrainConfig, classes: number): Promise<BatchFit>
  /** @param run what would be trained, not stored */
  findLearningRate(run: StoredRun, plan: RunPlan, fold: number): Promise<RateSearch>
  cancel(kind: TrialKind): void
  close(): void
}

/** Trials of what a run would be, on a device that is free. One of a kind at a time: a new one ends the one before. */
export function createTrials({ deps, queue, store }: { deps: RunnerDeps; queue: TrainQueue; store: QueueStore }): Trials {
  const running = new Map<TrialKind, AbortController>()
  const { emit } = deps

  async function trial<T>(kind: TrialKind, total: number, work: (device: TrainingDevice, signal: AbortSignal, onProgress: (done: number, total?: number) => void) => Promise<T>): Promise<T> {
    running.get(kind)?.abort()
    const stop = new AbortController()
    running.set(kind, stop)
    const job: Job = { id: kind, kind, state: 'running', done: 0, total, secondsLeft: null, message: null }
    const began = performance.now()
    const tell = (changes: Partial<Job>): void => emit({ type: 'job', job: Object.assign(job, changes) })
    try {
      const result = await queue.use('trial', async (device) => {
        tell({})
        return await work(device, stop.signal, (done, of = total) => tell({ done, total: of, secondsLeft: done > 0 ? ((performance.now() - began) / 1000 / done) * (of - done) : null }))
      }, { wait: false, lane: 'pictures' })
      tell({ state: 'done', done: job.total, secondsLeft: 0 })
      return result
    } catch (error) {
      const known = toHandloomError(error)
      tell({ state: stop.signal.aborted ? 'cancelled' : 'failed', secondsLeft: null, message: known.message })
      throw stop.signal.aborted ? new HandloomError('interrupted', 'The trial was cancelled.') : known
    } finally {
      if (running.get(kind) === stop) running.delete(kind)
    }
  }

  const tooLarge = (config: TrainConfig): HandloomError => new HandloomError('out-of-memory', `Memory ran out at the first steps with ${config.batchSize} pictures in ${config.accumulate} part${config.accumulate > 1 ? 's' : ''}. ${smallerAdvice(config)}`)

  return {
    measured: (config, classes) => store.value<Measurement>(measureKey(config, classes)),

    measure: (config, classes) => trial('measure', 1, async ({ gpu }, signal, onProgress) => {
      const measured = await measureSteps(deps.spawnCompute, config, classes, gpu, signal, onProgress)
      if (!measured) throw tooLarge(config)
      const kept: Measurement = { created: new Date().toISOString(), ...measured }
      store.setValue(measureKey(config, classes), kept)
      return kept
    }),

    findBatch: (config, classes) => trial('batch-size', Math.ceil(Math.log2(config.batchSize)) + 1, ({ gpu }, signal, onProgress) => findBatchFit(deps.spawnCompute, config, classes, null, signal, onProgress, { gpu })),

    findLearningRate: (run, plan, fold) => trial('learning-rate', rateRange.steps, async (device, signal, onProgress) => {
      const requests = plan.samples.map((sample) => cropRequest(deps.dataset.folder, sample))
      const cut = await prepareCrops(deps, 'a learning-rate test', run.config.imageSize, requests, signal)
      return inScratch(async (scratch) => {
        const { explanations: _explanations, ...job } = trainJob(deps.projectFolder, run, fold, plan, cut, device)
        if (job.train.length === 0) throw new HandloomError('bad-input', `Fold ${fold} has no training frame that can be cut.`)
        const points: { learningRate: number; loss: number }[] = []
        const outcome = await runCompute(deps.spawnCompute, join(scratch, 'job.json'), { ...job, ...rateRange, kind: 'rate', folder: scratch, predictions: join(scratch, 'none') }, signal, (message) => {
          if (message.type !== 'rate') return
          const { learningRate, loss, step, steps } = message
          points.push({ learningRate, loss })
          emit({ type: 'rate', learningRate, loss })
          onProgress(step, steps)
        })
        requireDone(outcome, 'The learning-rate test was stopped.')
        return rateSearchOf(points, points.length < rateRange.steps)
      })
    }),

    cancel: (kind) => running.get(kind)?.abort(),
    close: () => running.forEach((stop) => stop.abort()),
  }
}

/** All that time and memory of a step depend on. */
const measureKey = ({ model, imageSize, batchSize, accumulate, precision, optimizer, threads, ema, dropPath }: TrainConfig, classes: number): string =>
  `measurement ${valueHash([machineText(), model, imageSize, batchSize, accumulate, precision, optimizer, threads, ema > 0, dropPath > 0, classes])}`
