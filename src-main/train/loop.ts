import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Metric } from '../contract/train.ts'
import { emptyBatch, epochOrder, evenBatches, fillTrainingBatch, prefetched } from './batches.ts'
import { loadBest, loadLast, saveBest, saveLast, type CheckpointIdentity, type Progress } from './checkpoint.ts'
import { NotFiniteError, type Classifier, type ClassifierOptions } from './classifier.ts'
import type { CropReader } from './cropReader.ts'
import { batchCount, type ComputeJob, type PredictJob, type TrainJob } from './job.ts'
import type { ComputeMessage } from './messages.ts'
import { outputOf } from './outputs.ts'
import { predictSamples, score, writePredictions } from './predictions.ts'
import { beginFromPretrained } from './pretrained.ts'
import { learningRateSchedule } from './schedules.ts'
import { testViews } from './testViews.ts'

export interface LoopDeps {
  createClassifier(options: ClassifierOptions): Promise<Classifier>
  crops: CropReader
  report(message: ComputeMessage): void
  /** Asked between steps: a stop saves a checkpoint and ends. */
  stopRequested(): boolean
}

const metricSeconds = 1

/**
 * Trains one fold from its newest whole checkpoint, or from the start: shuffled batches, one step each, validation after every epoch,
 * and at the end the probabilities of the validation and test samples by the best weights. Best = lowest mean log loss of the
 * validation frames, by the weights that predict: the moving average where it is on. Everything random is named by (seed, epoch,
 * sample) or (seed, step), and a checkpoint holds all the rest, so a resumed run does the same steps as one that was never stopped.
 * @throws HandloomError when a step or a weight is not finite (the last checkpoint then stands), or from disk and engine
 */
export async function trainFold(job: TrainJob, { createClassifier, crops, report, stopRequested }: LoopDeps): Promise<void> {
  const { config, fold } = job
  const identity: CheckpointIdentity = { runId: job.runId, fold, model: config.model, classes: job.classes, imageSize: config.imageSize, seed: config.seed }
  const classifier = await createClassifier({ ...classifierOptions(job, true), classWeights: job.classWeights, colour: job.augment.colour > 0 })
  const progress: Progress = { epoch: 0, stepInEpoch: 0, step: 0, lossSum: 0, correct: 0, seen: 0, best: null, finished: false, epochs: [] }

  const { checkpoint, problems: notes } = await loadLast(job.folder)
  if (checkpoint) {
    requireSame(checkpoint.identity, identity, checkpoint.file)
    classifier.restore(checkpoint.state as ReturnType<Classifier['state']>)
    Object.assign(progress, checkpoint.progress)
  } else {
    if (notes.length) notes.push('No whole checkpoint was left, so the fold begins again.')
    notes.push(...(await beginFromPretrained(classifier, job)))
  }
  report({ type: 'started', step: progress.step, epoch: progress.epoch, parameters: classifier.parameterCount, compileSeconds: classifier.compileSeconds, notes, epochs: progress.epochs ?? [], best: progress.best })

  const steps = batchCount(job.train.length, config.batchSize)
  const learningRate = learningRateSchedule({ ...config, totalSteps: steps * config.epochs, warmupSteps: Math.round(config.warmupEpochs * steps) })
  const buffers = [emptyBatch(config.batchSize, job.shardSize), emptyBatch(config.batchSize, job.shardSize)] as const
  const labels = job.validation.map((position) => outputOf(job.outputs, job.samples[position]?.label ?? -1))
  const clock = { saved: performance.now(), saveSeconds: 0, reported: performance.now(), imagesReported: 0, trained: 0, validated: 0, stepsTimed: 0, validationsTimed: 0 }

  const save = async (): Promise<void> => {
    const began = performance.now()
    await saveLast(job.folder, classifier.state(), progress, identity, config)
    clock.saved = performance.now()
    clock.saveSeconds = (clock.saved - began) / 1000
    report({ type: 'checkpoint', step: progress.step, epoch: progress.epoch })
  }
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
    let last = null as Metric | null
    const filled = prefetched(batches.slice(progress.stepInEpoch), buffers, (buffer, positions) => fillTrainingBatch(buffer, job, crops, positions, progress.epoch))
    for await (const [batch, positions] of filled) {
      await breathe()
      if (stopRequested()) {
        await save()
        report({ type: 'stopped', step: progress.step, epoch: progress.epoch })
        return
      }
      const began = performance.now()
      const rate = learningRate(progress.step)
      const { loss, correct, gradientNorm } = stepNaming(job, positions, () => classifier.step(batch, rate, progress.step))
      progress.step++
      progress.stepInEpoch++
      progress.lossSum += loss * positions.length
      progress.correct += correct
      progress.seen += positions.length
      clock.trained += (performance.now() - began) / 1000
      clock.stepsTimed++
      clock.imagesReported += positions.length

      const elapsed = (performance.now() - clock.reported) / 1000
      last = { fold, kind: 'step', step: progress.step, epoch: progress.epoch + 1, loss, learningRate: rate, gradientNorm, imagesPerSecond: last?.imagesPerSecond ?? null, trainAccuracy: correct / positions.length, validationLogLoss: null, validationAccuracy: null }
      if (elapsed >= metricSeconds || clock.stepsTimed === 1) {
        last.imagesPerSecond = clock.stepsTimed === 1 ? null : clock.imagesReported / elapsed
        report({ type: 'metric', metric: last, secondsLeft: secondsLeft() })
        clock.reported = performance.now()
        clock.imagesReported = 0
      }
      if (sinceSaved() >= job.checkpointSeconds) await save()
    }

    const began = performance.now()
    const validated = await predictSamples(classifier, job, crops, job.validation, () => breathe())
    const { logLoss, accuracy } = labels.length ? score(validated, labels, job.classes) : { logLoss: null, accuracy: null }
    clock.validated += (performance.now() - began) / 1000
    clock.validationsTimed++
    const metric: Metric = {
      fold,
      kind: 'epoch',
      step: progress.step,
      epoch: progress.epoch + 1,
      loss: progress.lossSum / progress.seen,
      learningRate: learningRate(progress.step - 1),
      gradientNorm: last?.gradientNorm ?? null,
      imagesPerSecond: clock.stepsTimed ? (clock.stepsTimed * job.train.length) / steps / clock.trained : null,
      trainAccuracy: progress.correct / progress.seen,
      validationLogLoss: logLoss,
      validationAccuracy: accuracy,
    }
    Object.assign(progress, { epoch: progress.epoch + 1, stepInEpoch: 0, lossSum: 0, correct: 0, seen: 0, epochs: [...(progress.epochs ?? []), metric] })
    report({ type: 'metric', metric, secondsLeft: secondsLeft() })
    clock.reported = performance.now()
    clock.imagesReported = 0

    if (logLoss !== null && logLoss < (progress.best?.logLoss ?? Infinity)) {
      progress.best = { epoch: progress.epoch, logLoss, accuracy }
      await saveBest(job.folder, classifier.state(), progress, identity, config)
      report({ type: 'best', epoch: progress.epoch, step: progress.step, logLoss, accuracy })
    }
    progress.finished = config.patience > 0 && progress.best !== null && progress.epoch - progress.best.epoch >= config.patience
    // Every epoch, unless saving would take more than a tenth of the time.
    if (clock.saveSeconds < sinceSaved() / 10 || progress.epoch >= config.epochs || progress.finished) await save()
  }

  if (progress.best) {
    const best = await loadBest(job.folder)
    classifier.restore(best.checkpoint.state as ReturnType<Classifier['state']>)
    notes.push(...best.problems)
  }
  const parts = [{ name: 'validation', positions: job.validation }, { name: 'test', positions: job.test }]
  await predictParts(job, parts, classifier, { crops, report })
  classifier.dispose()
  report({ type: 'done', notes })
}

/** Predicts all samples of the job with the best weights of each fold. */
export async function predictFolds(job: PredictJob, { createClassifier, crops, report, stopRequested }: LoopDeps): Promise<void> {
  const classifier = await createClassifier(classifierOptions(job, false))
  const wanted = new Set(classifier.state().keys())
  const positions = job.samples.map((_, position) => position)
  const notes: string[] = []
  const parts: { name: string; positions: number[]; probabilities: Float32Array }[] = []
  for (const [number, folder] of job.folders.entries()) {
    const { checkpoint, problems } = await loadBest(folder)
    notes.push(...problems)
    classifier.restore(new Map([...checkpoint.state].filter(([name]) => wanted.has(name))) as ReturnType<Classifier['state']>)
    const probabilities = await predictSamples(classifier, job, crops, positions, async (done) => {
      report({ type: 'predicting', done: number * positions.length + done, total: job.folders.length * positions.length })
      await breathe()
      if (stopRequested()) throw new HandloomError('interrupted', 'Predicting was stopped.')
    }, testViews(job.config))
    parts.push({ name: `checkpoint ${number}`, positions, probabilities })
  }
  await writePredictions(job, parts)
  classifier.dispose()
  report({ type: 'done', notes })
}

/** What a classifier is made of by a run's config. */
export function classifierOptions({ config, classes, shardSize }: Pick<ComputeJob, 'config' | 'classes' | 'shardSize'>, training: boolean): ClassifierOptions {
  return {
    architecture: config.model,
    classes,
    sourceSize: shardSize,
    imageSize: config.imageSize,
    batchSize: config.batchSize,
    optimizer: { name: config.optimizer, weightDecay: config.weightDecay, gradientClip: config.gradientClip },
    dropPath: config.dropPath,
    labelSmoothing: config.labelSmoothing,
    ema: config.ema,
    accumulate: config.accumulate,
    seed: config.seed,
    precision: config.precision,
    training,
    ...(config.threads > 0 ? { threads: config.threads } : {}),
  }
}

async function predictParts(job: TrainJob, parts: readonly { name: string; positions: number[] }[], classifier: Classifier, { crops, report }: Pick<LoopDeps, 'crops' | 'report'>): Promise<void> {
  const total = parts.reduce((sum, { positions }) => sum + positions.length, 0)
  let before = 0
  const results = []
  for (const part of parts) {
    const probabilities = await predictSamples(classifier, job, crops, part.positions, async (done) => {
      report({ type: 'predicting', done: before + done, total })
      await breathe()
    }, testViews(job.config))
    before += part.positions.length
    results.push({ ...part, probabilities })
  }
  await writePredictions(job, results)
}

/**
 * Runs a step; where it fails, the error names the frames of the batch, and, where numbers grew beyond all bounds, a learning rate that is
 * worth a try.
 */
function stepNaming<T>(job: TrainJob, positions: readonly number[], step: () => T): T {
  try {
    return step()
  } catch (error) {
    const known = toHandloomError(error)
    const frames = positions.map((position) => `${job.samples[position]?.folder}/${job.samples[position]?.frame}`)
    const advice = !(error instanceof NotFiniteError) ? '' : ` Resume from the last checkpoint with a lower learning rate: train FOLDER --resume --set learningRate=${lowerRate(job.config.learningRate)}.`
    throw new HandloomError(known.kind, `${known.message}${advice} Frames of that batch: ${frames.join(', ')}.`, { place: known.place, cause: error })
  }
}

/** About a third, one digit long. */
const lowerRate = (rate: number): string => String(Number((rate / 3).toPrecision(1)))

function requireSame(found: CheckpointIdentity, wanted: CheckpointIdentity, file: string): void {
  for (const key of Object.keys(wanted) as (keyof CheckpointIdentity)[])
    if (found[key] !== wanted[key]) throw new HandloomError('conflict', `${file} was made with ${key} ${found[key]}, and this fold has ${key} ${wanted[key]}. Start a new run.`, { file })
}
