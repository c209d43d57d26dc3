import type { CropRecipe, SequenceKeypoints } from '../../../../src-main/contract/crop.ts'
import { sameBox } from '../../../editor/cropBoxes.ts'
import { heightOf, surveySteps, widthOf, type BoxRow, type Survey } from './boxSurvey.ts'

/** The frames whose boxes are others since keypoints were edited, by the same recipe. */
export interface CleaningEffect {
  /** Boxes of those frames as they would be without the edits, and as they are. */
  before: readonly BoxRow[]
  after: readonly BoxRow[]
  /** How much the area changed, as the logarithm of its ratio, by `folder frame`. */
  change: ReadonlyMap<string, number>
  /** Median sizes, pixels. */
  median: { before: Size; after: Size } | null
}

export interface Size {
  width: number
  height: number
}

export const noEffect: CleaningEffect = { before: [], after: [], change: new Map(), median: null }
export const frameKey = ({ folder, frame }: Pick<BoxRow, 'folder' | 'frame'>): string => `${folder} ${frame}`

/** Compares all boxes with those that the files' own keypoints would have, in steps like `surveySteps`. @param survey of the same sequences by the same recipe */
export function* cleaningSteps(sequences: readonly SequenceKeypoints[], recipe: CropRecipe, survey: Survey): Generator<undefined, CleaningEffect> {
  const edited = sequences.filter(({ frames }) => frames.some(({ before }) => before !== undefined))
  if (edited.length === 0) return noEffect
  const original = yield* surveySteps(edited.map(({ folder, frames }) => ({ folder, frames: frames.map((frame) => ({ ...frame, hands: frame.before ?? frame.hands })) })), recipe)
  const folders = new Set(edited.map(({ folder }) => folder))
  const now = Map.groupBy(survey.boxes.filter(({ folder }) => folders.has(folder)), frameKey)
  yield
  const change = new Map<string, number>()
  const [before, after]: [BoxRow[], BoxRow[]] = [[], []]
  for (const [key, old] of Map.groupBy(original.boxes, frameKey)) {
    const fresh = now.get(key) ?? []
    if (old.length === fresh.length && old.every((row, index) => sameBox(row.box, fresh[index]?.box ?? null))) continue
    before.push(...old)
    after.push(...fresh)
    change.set(key, Math.abs(Math.log(totalShare(fresh) / totalShare(old))))
  }
  return { before, after, change, median: change.size === 0 ? null : { before: medianSize(before), after: medianSize(after) } }
}

/** Frames left out count as a thousandth, so that a logarithm is finite. */
const totalShare = (rows: readonly BoxRow[]): number => Math.max(1e-3, rows.reduce((sum, { share }) => sum + (share ?? 0), 0))

function medianSize(rows: readonly BoxRow[]): Size {
  const boxes = rows.flatMap(({ box }) => box ?? [])
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return { width: median(boxes.map(widthOf)), height: median(boxes.map(heightOf)) }
}
