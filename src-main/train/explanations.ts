import { HandloomError } from '../contract/errors.ts'
import type { Explained } from './classifier.ts'
import type { JobSample, TrainJob } from './job.ts'
import { outputOf } from './outputs.ts'
import { readTensorFile, writeTensorFile } from './tensorFile.ts'

/** What a fold's network can tell of why: of sequences, and of the frames that it was asked and never learnt from. */
export interface FoldExplanations {
  /** Mean over a sequence's samples of the globally pooled features. */
  embeddings: { folder: string; embedding: Float32Array }[]
  /** Class activation maps, row by row; the answer's output first where there is an answer, then the most probable others. */
  maps: { folder: string; frame: number; hand: number | null; height: number; width: number; outputs: { output: number; values: Float32Array }[] }[]
}

const outputsShown = 3

/** Gathers what the explanations of a fold's samples come to, batch by batch, so that only means and the maps that are shown are held. */
export function gatherExplanations(job: Pick<TrainJob, 'samples' | 'outputs' | 'classes'>): {
  /** @param maps whether their maps are kept */
  add(positions: readonly number[], explained: Explained, maps: boolean): void
  result(): FoldExplanations
} {
  const sums = new Map<string, { sum: Float32Array; samples: number }>()
  const maps: FoldExplanations['maps'] = []
  return {
    add(positions, explained, keepMaps) {
      const channels = explained.embeddings.length / positions.length
      for (const [row, position] of positions.entries()) {
        const sample = job.samples[position] as JobSample
        const of = sums.get(sample.folder) ?? { sum: new Float32Array(channels), samples: 0 }
        for (let channel = 0; channel < channels; channel++) of.sum[channel]! += explained.embeddings[row * channels + channel] as number
        of.samples++
        sums.set(sample.folder, of)
        if (keepMaps) maps.push(mapsOf(sample, row, explained, job))
      }
    },
    result: () => ({ embeddings: [...sums].map(([folder, { sum, samples }]) => ({ folder, embedding: sum.map((value) => value / samples) })), maps }),
  }
}

function mapsOf({ folder, frame, hand, label }: JobSample, row: number, { logits, maps, side }: Explained, { outputs, classes }: Pick<TrainJob, 'outputs' | 'classes'>): FoldExplanations['maps'][number] {
  const own = logits.subarray(row * classes, (row + 1) * classes)
  const answer = outputOf(outputs, label)
  const probable = Array.from(own.keys()).sort((a, b) => (own[b] as number) - (own[a] as number))
  const shown = [...(answer >= 0 ? [answer] : []), ...probable.filter((output) => output !== answer)].slice(0, outputsShown)
  const first = row * side * side
  return { folder, frame, hand, height: side, width: side, outputs: shown.map((output) => ({ output, values: Float32Array.from({ length: side * side }, (_, place) => maps[(first + place) * classes + output] as number) })) }
}

/** What is told beside the tensors `embeddings` [sequences, channels] and `maps` [frames, outputs, height, width]. */
interface ExplanationsNote {
  format: 'handloom-explanations'
  version: 1
  folders: string[]
  frames: [folder: string, frame: number, hand: number | null, outputs: number[]][]
}

/** Writes explanations as a tensor file. @throws HandloomError as `writeTensorFile` */
export async function writeExplanations(file: string, { embeddings, maps }: FoldExplanations): Promise<void> {
  const channels = embeddings[0]?.embedding.length ?? 0
  const { height = 0, width = 0, outputs = [] } = maps[0] ?? {}
  const shape = [maps.length, outputs.length, height, width]
  const tensors = new Map([
    ['embeddings', { shape: [embeddings.length, channels], data: flat(embeddings.map(({ embedding }) => embedding), channels) }],
    ['maps', { shape, data: flat(maps.flatMap((map) => map.outputs.map(({ values }) => values)), height * width) }],
  ])
  const note: ExplanationsNote = { format: 'handloom-explanations', version: 1, folders: embeddings.map(({ folder }) => folder), frames: maps.map(({ folder, frame, hand, outputs }) => [folder, frame, hand, outputs.map(({ output }) => output)]) }
  await writeTensorFile(file, tensors, note)
}

function flat(rows: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(rows.length * length)
  for (const [row, values] of rows.entries()) all.set(values, row * length)
  return all
}

/** @throws HandloomError `bad-input` when the file is damaged or of another kind, `not-found` */
export async function readExplanations(file: string): Promise<FoldExplanations> {
  const { tensors, note } = await readTensorFile(file)
  const { format, version, folders, frames } = (note ?? {}) as Partial<ExplanationsNote>
  const [embeddings, maps] = [tensors.get('embeddings'), tensors.get('maps')]
  if (format !== 'handloom-explanations' || version !== 1 || !folders || !frames || !embeddings || !maps) throw new HandloomError('bad-input', `${file} holds no explanations of this version of Handloom. Resume or train the fold again.`, { file })
  const [, channels = 0] = embeddings.shape
  const [, shown = 0, height = 0, width = 0] = maps.shape
  const area = height * width
  return {
    embeddings: folders.map((folder, row) => ({ folder, embedding: embeddings.data.slice(row * channels, (row + 1) * channels) })),
    maps: frames.map(([folder, frame, hand, outputs], row) => ({
      folder, frame, hand, height, width, outputs: outputs.map((output, index) => ({ output, values: maps.data.slice((row * shown + index) * area, (row * shown + index + 1) * area) })),
    })),
  }
}
