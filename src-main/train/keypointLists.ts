import { showsHands } from './keypointPlan.ts'
import type { PlannedFolds } from './foldLists.ts'
import type { JobSequence } from './job.ts'

export interface FoldSequences {
  sequences: JobSequence[]
  /** Positions in `sequences`. */
  train: number[]
  validation: number[]
  test: number[]
}

/**
 * The sequences that a fold trains, validates and tests. Where frames are split, a sequence is two: its frames outside the fold, which are
 * learnt, and those inside, which are validated. A derived sequence has its parent's fold and is only ever learnt; one without any keypoint
 * is never learnt.
 */
export function foldSequences(planned: readonly JobSequence[], folds: PlannedFolds, fold: number): FoldSequences {
  const lists: FoldSequences = { sequences: [], train: [], validation: [], test: [] }
  const put = (sequence: JobSequence, list: 'train' | 'validation' | 'test' | null): void => {
    const position = lists.sequences.push(sequence) - 1
    if (list !== null && (list !== 'train' || showsHands(sequence))) lists[list].push(position)
  }
  for (const sequence of planned) {
    const listOf = (own: number | null | undefined): 'train' | 'validation' | null => (own === undefined ? null : own === fold ? 'validation' : 'train')
    const whole = folds.folds[sequence.folder]
    const frameFolds = folds.frameFolds?.[sequence.folder]
    const parts = sequence.role === 'test' ? [] : frameFolds ? [...Map.groupBy(sequence.frames, ({ frame }) => listOf(frameFolds[frame] ?? whole))] : [[listOf(whole), sequence.frames] as const]
    if (sequence.role === 'test') put(sequence, 'test')
    for (const [list, frames] of parts) if (list !== 'validation' || sequence.transform === null) put({ ...sequence, frames }, list)
  }
  return lists
}

/** Frames of the sequences of a list. */
export const frameCount = (sequences: readonly JobSequence[], list: readonly number[]): number => list.reduce((sum, position) => sum + (sequences[position]?.frames.length ?? 0), 0)

const mostNamed = 5

/** `test/12, train/3, …` */
const named = (folders: readonly string[]): string => [...folders.slice(0, mostNamed), ...(folders.length > mostNamed ? ['…'] : [])].join(', ')

/** What is odd about the sequences of a fold, in sentences. */
export function keypointNotes({ sequences, validation, test }: FoldSequences): string[] {
  const asked = [...validation, ...test].flatMap((position) => sequences[position] ?? []).filter((sequence) => !showsHands(sequence)).map(({ folder }) => folder)
  const learnt = new Set(sequences.filter((sequence) => sequence.role === 'train' && !showsHands(sequence) && !asked.includes(sequence.folder)).map(({ folder }) => folder))
  const have = (count: number): string => (count === 1 ? '1 sequence has' : `${count} sequences have`)
  return [
    ...(asked.length ? [`${have(asked.length)} no keypoints, so all classes get the same probability: ${named(asked)}.`] : []),
    ...(learnt.size ? [`${have(learnt.size)} no keypoints and ${learnt.size === 1 ? 'is' : 'are'} not learnt: ${named([...learnt])}.`] : []),
  ]
}
