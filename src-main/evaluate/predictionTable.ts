import type { FrameList } from './frameList.ts'

/** Everything a run predicted for one part, column by column: rows are frames (of test sequences: of each fold), in the order of sequence, frame, fold. */
export interface PredictionTable {
  poseIds: readonly number[]
  /** Folder of each sequence, in folder order. */
  folders: readonly string[]
  /** Position of a folder among `folders`. */
  indexOf: ReadonlyMap<string, number>
  /** Rows of sequence s: `first[s]` up to `first[s + 1]`. */
  first: Int32Array
  frame: Int32Array
  fold: Int32Array
  /** Class of each row's largest probability (the first of equals), and that probability. */
  predicted: Int32Array
  confidence: Float64Array
  /** Probabilities of a row, one per pose id; shared with the table. */
  probabilities(row: number): Float32Array
  /** Probability of one class in a row; 0 for a class that is not among the pose ids. */
  probabilityOf(row: number, index: number): number
  /** sequences × classes: mean over the frames (test: mean over the folds of each fold's mean over the frames). */
  means: Float64Array
  /** Fold that predicted most of a sequence's frames (the lowest of equals). */
  sequenceFold: Int32Array
  /** Different frames of each sequence. */
  frameCounts: Int32Array
  /** Memory that the numbers take. */
  bytes: number
}

/** What one fold predicted, row by row; the rows of a sequence by frame. */
export interface PredictionBlock extends FrameList {
  fold: number
  probabilities: Float32Array
}

/** Order of sequences everywhere: train before test, then by number. */
export function compareFolders(a: string, b: string): number {
  const [roleA = '', numberA = ''] = a.split('/')
  const [roleB = '', numberB = ''] = b.split('/')
  if (roleA !== roleB) return roleA < roleB ? 1 : -1
  return Number(numberA) - Number(numberB) || (a < b ? -1 : Number(a > b))
}

export interface TableInput {
  poseIds: readonly number[]
  /** Folders of the sequences that the blocks number. */
  met: readonly string[]
  /** By fold. */
  blocks: readonly PredictionBlock[]
  /** Whether a sequence's mean is that over the folds of each fold's mean, not over all its frames alike. */
  meanOverFolds: boolean
}

/** Puts blocks together to a table that is ready to be scored. */
export function predictionTable({ poseIds, met, blocks, meanOverFolds }: TableInput): PredictionTable {
  const classes = poseIds.length
  const folders = inFolderOrder(met)
  const indexOf = new Map(folders.map((folder, index) => [folder, index]))
  const { first, frame, fold, block, place } = placeRows(blocks, Int32Array.from(met, (folder) => indexOf.get(folder)!), folders.length)
  const values = blocks.map(({ probabilities }) => probabilities)
  const predicted = new Int32Array(frame.length)
  const confidence = new Float64Array(frame.length)
  // Every probability is looked at once: for the mean, and for the largest of its row.
  const addTo = (sum: Float64Array, row: number): void => {
    const matrix = values[block[row]!]!
    const from = place[row]! * classes
    let [best, most] = [-1, -Infinity]
    for (let index = 0; index < classes; index++) {
      const value = matrix[from + index]!
      sum[index]! += value
      if (value > most) {
        most = value
        best = index
      }
    }
    predicted[row] = best
    confidence[row] = most
  }
  const means = new Float64Array(folders.length * classes)
  const sequenceFold = new Int32Array(folders.length)
  const frameCounts = new Int32Array(folders.length)
  const sum = new Float64Array(classes)
  for (let sequence = 0; sequence < folders.length; sequence++) {
    const [from, to] = [first[sequence]!, first[sequence + 1]!]
    const rows: number[] = []
    for (let row = from; row < to; row++) rows.push(row)
    const byFold = rows.every((row) => fold[row] === fold[from]) ? null : Map.groupBy(rows, (row) => fold[row]!)
    const parts = byFold && meanOverFolds ? [...byFold.values()] : [rows]
    for (const own of parts) {
      sum.fill(0)
      for (const row of own) addTo(sum, row)
      for (let index = 0, at = sequence * classes; index < classes; index++, at++) means[at]! += sum[index]! / own.length
    }
    if (parts.length > 1) for (let at = sequence * classes; at < (sequence + 1) * classes; at++) means[at]! /= parts.length
    sequenceFold[sequence] = byFold ? mostOf(byFold) : fold[from]!
    frameCounts[sequence] = countDifferent(frame, from, to)
  }
  return {
    poseIds, folders, indexOf, first, frame, fold, predicted, confidence, means, sequenceFold, frameCounts,
    probabilities: (row) => values[block[row]!]!.subarray(place[row]! * classes, (place[row]! + 1) * classes),
    probabilityOf: (row, index) => (index < 0 ? 0 : values[block[row]!]![place[row]! * classes + index]!),
    bytes: values.reduce((sum, { byteLength }) => sum + byteLength, means.byteLength + confidence.byteLength + 5 * frame.byteLength),
  }
}

/** Where each row comes from, in the order of sequence, frame, fold. */
function placeRows(blocks: readonly PredictionBlock[], rankOf: Int32Array, sequences: number) {
  const total = blocks.reduce((sum, { frame }) => sum + frame.length, 0)
  const [frame, fold, block, place] = [new Int32Array(total), new Int32Array(total), new Int32Array(total), new Int32Array(total)]
  const first = new Int32Array(sequences + 1)
  for (const { sequence } of blocks) for (const own of sequence) first[rankOf[own]! + 1]!++
  for (let sequence = 0; sequence < sequences; sequence++) first[sequence + 1]! += first[sequence]!
  const next = first.slice()
  for (const [index, own] of blocks.entries())
    for (let at = 0; at < own.frame.length; at++) {
      const sequence = rankOf[own.sequence[at]!]!
      // Blocks come by fold, and each by frame: only a sequence of several folds has to be sorted in.
      let row = next[sequence]!++
      for (; row > first[sequence]! && frame[row - 1]! > own.frame[at]!; row--) for (const column of [frame, fold, block, place]) column[row] = column[row - 1]!
      frame[row] = own.frame[at]!
      fold[row] = own.fold
      block[row] = index
      place[row] = at
    }
  return { first, frame, fold, block, place }
}

function inFolderOrder(folders: readonly string[]): string[] {
  const keyed = folders.map((folder) => ({ folder, role: folder.slice(0, folder.indexOf('/')), number: Number(folder.slice(folder.indexOf('/') + 1)) }))
  return keyed.sort((a, b) => (a.role === b.role ? a.number - b.number || compareFolders(a.folder, b.folder) : compareFolders(a.folder, b.folder))).map(({ folder }) => folder)
}

/** The fold with the most rows, the lowest of equals. */
function mostOf(byFold: ReadonlyMap<number, readonly number[]>): number {
  let [most, count] = [-1, 0]
  for (const [fold, { length }] of byFold) if (length > count || (length === count && fold < most)) [most, count] = [fold, length]
  return most
}

/** How many different numbers there are in a part that is in order. */
function countDifferent(values: Int32Array, from: number, to: number): number {
  let count = 0
  for (let index = from; index < to; index++) if (index === from || values[index] !== values[index - 1]) count++
  return count
}
