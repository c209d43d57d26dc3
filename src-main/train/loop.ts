import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { DeviceLoad, Metric } from '../contract/train.ts'
import { epochOrder, evenBatches, prefetched } from './batches.ts'
import { loadBest, loadLast, saveBest, saveLast, type CheckpointIdentity, type Progress } from './checkpoint.ts'
import { NotFiniteError } from './classifier.ts'
import { batchCount, type FoldJob } from './job.ts'
import type { ComputeMessage } from './messages.ts'
import { learningRateSchedule } from './schedules.ts'
import type { Trainee } from './trainee.ts'

export interface LoopDeps {
  report(message: ComputeMessage): void
  /** Asked between steps: `now` saves a checkpoint and ends, `after-epoch` does so when the epoch is validated. */
  stopRequested(): StopWish | null
  /** Whether somebody wants to see the next batch: true once for each time. */
  batchWanted(): boolean
  /** Begins to measure what this process takes of the machine. */
  measureLoad(): Promise<() => DeviceLoad | null>
}

export type StopWish = 'now' | 'after-epoch'

const metricSeconds = 1

/**
 * Trains one fold from its newest whole checkpoint, or from the start: shuffled batches, one step each, validation after every epoch,
 * and at the end the probabilities of the validation and test samples, with what explains them, by the best weights or the last, as the config
 * says. Best = lowest mean log loss of the validation samples, by the weights that predict: the moving average where it is on. Everything
 * random is named by (seed, epoch, sample) or (seed, step), and a checkpoint holds all the rest, so a resumed run does the same steps as one
 * that was never stopped. The trainee is disposed of at the end.
 * @throws HandloomError when a step or a weight is not finite (the last checkpoint then stands), or from disk and engine
 */
export async function trainFold<Batch>(job: FoldJob, trainee: Trainee<Batch>, deps: LoopDeps): Promise<void> {
  try {
    await train(job, trainee, deps)
  } finally {
    trainee.dispose()
  }
}

async function train<Batch>(job: FoldJob, trainee: Trainee<Batch>, deps: LoopDeps): Promise<void> {
  const { report, stopRequested } = deps
  const { config, fold } = job
  const identity: CheckpointIdentity = { runId: job.runId, fold, model: config.model, classes: job.classes, imageSize: config.imageSize, seed: config.seed }
  const progress: Progress = { epoch: 0, stepInEpoch: 0, step: 0, lossSum: 0, correct: 0, seen: 0, best: null, finished: false, epochs: [] }

  const { checkpoint, problems: notes } = await loadLast(job.folder)
  if (checkpoint) {
    requireSame(checkpoint.identity, identity, checkpoint.file)
    trainee.restore(checkpoint.state)
    Object.assign(progress, checkpoint.progress)
  } else {
    if (notes.length) notes.push('No whole checkpoint was left, so the fold begins again.')
    notes.push(...(await trainee.begin()))
  }
  // Checkpoints of an older Handloom know of no load.
  const epochs = (progress.epochs ?? []).map((metric): Metric => ({ ...metric, load: metric.load ?? null }))
  report({ type: 'started', step: progress.step, epoch: progress.epoch, parameters: trainee.parameterCount, compileSeconds: trainee.compileSeconds, notes, epochs, best: progress.best })
  const load = await deps.measureLoad()

  const steps = batchCount(job.train.length, config.batchSize)
  const learningRate = learningRateSchedule({ ...config, totalSteps: steps * config.epochs, warmupSteps: Math.round(config.warmupEpochs * steps) })
  const clock = { saved: performance.now(), saveSeconds: 0, reported: performance.now(), imagesReported: 0, trained: 0, validated: 0, stepsTimed: 0, validationsTimed: 0 }

  const save = async (): Promise<void> => {
    const began = performance.now()
    await saveLast(job.folder, trainee.state(), progress, identity, config)
    clock.saved = performance.now()
    clock.saveSeconds = (clock.saved - began) / 1000
    report({ type: 'checkpoint', step: progress.step, epoch: progress.epoch })
  }
  const stopped = (): void => report({ type: 'stopped', step: progress.step, epoch: progress.epoch })
  const sinceSaved = (): number => (performance.now() - clock.saved) / 1000
  const secondsLeft = (): number | null => {
    if (clock.stepsTimed === 0) return null
    const epochsLeft = config.epochs - progress.epoch
    const stepTime = clock.trained / clock.stepsTimed
    const validationTime = clock.validationsTimed ? clock.validated / clock.validationsTimed : (stepTime * job.validation.length) / config.batchSize / 3
    return (steps * config.epochs - progress.step) * stepTime + epochsLeft * validationTime
  }

  while (progress.epoch < config.epochs && !progress.finished) {
    const batches = evenBatches(epochOrder(job, progress.epoch), config.batchSize)
    const filled = prefetched(batches.slice(progress.stepInEpoch), trainee.buffers, (buffer, positions) => trainee.fill(buffer, positions, progress.epoch))
    for await (const [batch, positions] of filled) {
      await breathe()
      if (stopRequested() === 'now') {
        await save()
        return stopped()
      }
      if (deps.batchWanted()) await tellBatch(trainee, batch, positions, progress, report)
      const began = performance.now()
      const rate = learningRate(progress.step)
      const { loss, correct, gradientNorm } = stepNaming(job, trainee, positions, () => trainee.step(batch, rate, progress.step))
      progress.step++
      progress.stepInEpoch++
      progress.lossSum += loss * positions.length
      progress.correct += correct
      progress.seen += positions.length
      progress.gradientNorm = gradientNorm
      clock.trained += (performance.now() - began) / 1000
      clock.stepsTimed++
      clock.imagesReported += positions.length

      const elapsed = (performance.now() - clock.reported) / 1000
      if (elapsed >= metricSeconds || clock.stepsTimed === 1) {
        const imagesPerSecond = clock.stepsTimed === 1 ? null : clock.imagesReported / elapsed
        const metric: Metric = { fold, kind: 'step', step: progress.step, epoch: progress.epoch + 1, loss, learningRate: rate, gradientNorm, imagesPerSecond, trainAccuracy: correct / positions.length, validationLogLoss: null, validationAccuracy: null, load: load() }
        report({ type: 'metric', metric, secondsLeft: secondsLeft() })
        clock.reported = performance.now()
        clock.imagesReported = 0
      }
      if (sinceSaved() >= job.checkpointSeconds) await save()
    }

    const began = performance.now()
    const validated = await unlessStopped(trainee.validate(async () => {
      await breathe()
      if (stopRequested() === 'now') throw new HandloomError('interrupted', 'Validating was stopped.')
    }))
    if (validated === 'stopped') {
      await save()
      return stopped()
    }
    const { logLoss, accuracy } = validated ?? { logLoss: null, accuracy: null }
    clock.validated += (performance.now() - began) / 1000
    clock.validationsTimed++
    const metric: Metric = {
      fold,
      kind: 'epoch',
      step: progress.step,
      epoch: progress.epoch + 1,
      loss: progress.lossSum / progress.seen,
      learningRate: learningRate(progress.step - 1),
      gradientNorm: progress.gradientNorm ?? null,
      imagesPerSecond: clock.stepsTimed ? (clock.stepsTimed * job.train.length) / steps / clock.trained : null,
      trainAccuracy: progress.correct / progress.seen,
      validationLogLoss: logLoss,
      validationAccuracy: accuracy,
      load: load(),
    }
    Object.assign(progress, { epoch: progress.epoch + 1, stepInEpoch: 0, lossSum: 0, correct: 0, seen: 0, epochs: [...(progress.epochs ?? []), metric] })
    report({ type: 'metric', metric, secondsLeft: secondsLeft() })
    clock.reported = performance.now()
    clock.imagesReported = 0

    if (validated && validated.logLoss < (progress.best?.logLoss ?? Infinity)) {
      progress.best = { epoch: progress.epoch, ...validated }
      await saveBest(job.folder, trainee.state(), progress, identity, config)
      report({ type: 'best', epoch: progress.epoch, step: progress.step, ...validated })
    }
    progress.finished = config.patience > 0 && progress.best !== null && progress.epoch - progress.best.epoch >= config.patience
    const over = progress.epoch >= config.epochs || progress.finished
    const ending = !over && stopRequested() === 'after-epoch'
    // Every epoch, unless saving would take more than a tenth of the time.
    if (clock.saveSeconds < sinceSaved() / 10 || over || ending) await save()
    if (ending) return stopped()
  }

  if (progress.best && config.predictWith === 'best') {
    const best = await loadBest(job.folder)
    trainee.restore(best.checkpoint.state)
    notes.push(...best.problems)
  }
  if ((await unlessStopped(trainee.predict())) === 'stopped') return stopped()
  report({ type: 'done', notes })
}

/** What work comes to, or that a wish to stop ended it. */
async function unlessStopped<T>(work: Promise<T>): Promise<T | 'stopped'> {
  try {
    return await work
  } catch (error) {
    if (toHandloomError(error).kind !== 'interrupted') throw error
    return 'stopped'
  }
}

/** Shows a batch to whoever asked. Training goes on where it cannot be shown: then nobody is told. */
async function tellBatch<Batch>(trainee: Trainee<Batch>, batch: Batch, positions: readonly number[], { step, epoch }: Progress, report: LoopDeps['report']): Promise<void> {
  const shown = await trainee.show(batch, positions, epoch).catch(() => null)
  if (shown) report({ type: 'batch', step: step + 1, epoch: epoch + 1, ...shown })
}

/**
 * Runs a step; where it fails, the error names the samples of the batch, and, where numbers grew beyond all bounds, a learning rate that is
 * worth a try.
 */
function stepNaming<T>({ kind, config }: FoldJob, trainee: Pick<Trainee<never>, 'nameOf'>, positions: readonly number[], step: () => T): T {
  try {
    return step()
  } catch (error) {
    const known = toHandloomError(error)
    const advice = !(error instanceof NotFiniteError) ? '' : ` Resume from the last checkpoint with a lower learning rate: train FOLDER --resume --set learningRate=${lowerRate(config.learningRate)}.`
    const samples = kind === 'train' ? 'Frames' : 'Sequences'
    throw new HandloomError(known.kind, `${known.message}${advice} ${samples} of that batch: ${positions.map((position) => trainee.nameOf(position)).join(', ')}.`, { place: known.place, cause: error })
  }
}

/** About a third, one digit long. */
const lowerRate = (rate: number): string => String(Number((rate / 3).toPrecision(1)))

function requireSame(found: CheckpointIdentity, wanted: CheckpointIdentity, file: string): void {
  for (const key of Object.keys(wanted) as (keyof CheckpointIdentity)[])
    if (found[key] !== wanted[key]) throw new HandloomError('conflict', `${file} was made with ${key} ${found[key]}, and this fold has ${key} ${wanted[key]}. Start a new run.`, { file })
}
