import type { PredictionRow } from '../contract/rooms.ts'
import type { Batch } from './classifier.ts'
import { emptyBatch, evenBatches, prefetched, readCrops, setTestView } from './batches.ts'
import type { CropReader } from './cropReader.ts'
import type { JobSample, PictureJob } from './job.ts'
import { outputTargets } from './outputs.ts'
import { mirroredBack, type TestView } from './testViews.ts'
import { readTensorFile, writeTensorFile, type HostTensor } from './tensorFile.ts'

/** Softmax of one row of logits, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const values = new Float64Array(logits.length)
  let most = -Infinity
  for (let index = 0; index < values.length; index++) if (logits[index]! > most) most = logits[index]!
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] = Math.exp(logits[index]! - most)
  for (let index = 0; index < values.length; index++) values[index]! /= sum
  return values
}

/** Gives logits of samples (positions in the job) that lie in a batch as a view looks at them. */
export interface Predictor {
  predict(batch: Batch, positions: readonly number[], view: TestView): Float32Array
}

/**
 * Class probabilities of samples (positions in the job), one row of `classes` each, averaged over the views; calls `between` after every
 * batch.
 * @param views the plain one first; a mirrored one right after its plain one
 */
export async function predictSamples(
  classifier: Predictor,
  job: PictureJob,
  crops: CropReader,
  positions: readonly number[],
  between: (done: number) => Promise<void> | void,
  views: readonly TestView[] = [{ margin: 0, mirrored: false }],
): Promise<Float32Array> {
  const { classes, shardSize, config: { batchSize } } = job
  const flipTargets = outputTargets(job.outputs, job.flipTargets)
  const probabilities = new Float32Array(positions.length * classes)
  let done = 0
  const buffers = [emptyBatch(batchSize, shardSize), emptyBatch(batchSize, shardSize)] as const
  for await (const [batch, part] of prefetched(evenBatches(positions, batchSize), buffers, (buffer, part) => readCrops(buffer, job, crops, part))) {
    const sums = new Float64Array(part.length * classes)
    let plain: Float64Array[] = []
    for (const view of views) {
      setTestView(batch, job, part, view)
      const logits = classifier.predict(batch, part, view)
      const rows = part.map((_, row) => softmax(logits.subarray(row * classes, (row + 1) * classes)))
      if (!view.mirrored) plain = rows
      for (const [row, values] of rows.entries())
        (view.mirrored ? mirroredBack(values, plain[row] as Float64Array, flipTargets) : values).forEach((value, index) => (sums[row * classes + index]! += value))
    }
    probabilities.set(sums.map((sum) => sum / views.length), done * classes)
    done += part.length
    await between(done)
  }
  return probabilities
}

/** Index of the largest value, the first of equals. */
export const argMax = (values: Float32Array | Float64Array): number => values.indexOf(Math.max(...values))

/** Mean log loss (probabilities not below 1e-15) and accuracy of rows of probabilities; labels are positions in a row. */
export function score(probabilities: Float32Array, labels: readonly number[], classes: number): { logLoss: number; accuracy: number } {
  let loss = 0
  let right = 0
  for (const [row, label] of labels.entries()) {
    const values = probabilities.subarray(row * classes, (row + 1) * classes)
    loss -= Math.log(Math.max(values[label] ?? 0, 1e-15))
    if (argMax(values) === label) right++
  }
  return { logLoss: loss / labels.length, accuracy: right / labels.length }
}

/** Rows of predictions that belong together: `validation`, `test`, `checkpoint 0` … */
export interface PredictionPart {
  name: string
  /** The frame of each row. */
  rows: readonly { folder: string; frame: number }[]
  /** [rows, classes], row by row. */
  probabilities: Float32Array
}

/** Writes parts of predictions as a tensor file that `readPredictions` reads; the note names the frame of each row. @throws HandloomError as `writeTensorFile` */
export async function writePredictionRows(file: string, parts: readonly PredictionPart[]): Promise<void> {
  const tensors = new Map<string, HostTensor>()
  const note: Record<string, [folder: string, frame: number][]> = {}
  for (const { name, rows, probabilities } of parts) {
    tensors.set(name, { shape: [rows.length, rows.length ? probabilities.length / rows.length : 0], data: probabilities })
    note[name] = rows.map(({ folder, frame }) => [folder, frame])
  }
  await writeTensorFile(file, tensors, note)
}

/** The same of samples (positions in the job). */
export const writePredictions = (job: PictureJob, parts: readonly { name: string; positions: readonly number[]; probabilities: Float32Array }[]): Promise<void> =>
  writePredictionRows(job.predictions, parts.map(({ name, positions, probabilities }) => ({ name, rows: positions.map((position) => job.samples[position] as JobSample), probabilities })))

/** Rows by part; samples of one frame (its hands cut apart) are one row, their mean. @throws HandloomError `bad-input` when the file is damaged */
export async function readPredictions(file: string): Promise<Map<string, PredictionRow[]>> {
  const { tensors, note } = await readTensorFile(file)
  const rows = new Map<string, PredictionRow[]>()
  for (const [name, frames] of Object.entries(note as Record<string, [string, number][]>)) {
    const { data, shape: [, classes = 0] = [] } = tensors.get(name) as HostTensor
    const samples = frames.map(([folder, frame], row) => ({ folder, frame, probabilities: data.slice(row * classes, (row + 1) * classes) }))
    rows.set(name, [...Map.groupBy(samples, ({ folder, frame }) => `${folder} ${frame}`).values()].map(meanRow))
  }
  return rows
}

/** Rows as one: their mean. */
function meanRow(rows: readonly PredictionRow[]): PredictionRow {
  const [first] = rows as [PredictionRow]
  if (rows.length === 1) return first
  const mean = new Float32Array(first.probabilities.length)
  for (const { probabilities } of rows) for (const [index, value] of probabilities.entries()) mean[index]! += value / rows.length
  return { ...first, probabilities: mean }
}

/** Rows of several predictions of the same frames, averaged. */
export const averageRows = ([first = [], ...others]: readonly (readonly PredictionRow[])[]): PredictionRow[] => first.map((row, at) => meanRow([row, ...others.flatMap((rows) => rows[at] ?? [])]))
