import { barOf, measureOf, type BoxMeasure, type Scale } from './boxMeasures.ts'
import type { BoxFlag, BoxRow, Survey } from './boxSurvey.ts'
import { frameKey, type CleaningEffect } from './cleaningEffect.ts'

/** Which boxes are listed: all, those of a flag, those that cleaning changed, those of sequences without keypoints, or those in a bar of a plot. */
export type BoxFilter = { kind: 'all' | 'changed' | 'no-keypoints' } | { kind: 'flag'; flag: BoxFlag } | { kind: 'bar'; measure: BoxMeasure; bar: number; scale: Scale }

export interface FoundFrame {
  folder: string
  frame: number
  /** How bad it is, for what is filtered by. */
  weight: number
}

/** The frames that a filter lets through, worst first, in folder order among equals. */
export function findFrames({ boxes, withoutKeypoints }: Survey, { change }: CleaningEffect, filter: BoxFilter): FoundFrame[] {
  const empty = new Set(withoutKeypoints)
  const weigh = (row: BoxRow): number | null => {
    switch (filter.kind) {
      case 'all':
        return row.score
      case 'flag':
        return row.marks[filter.flag] ?? null
      case 'changed':
        return change.get(frameKey(row)) ?? null
      case 'no-keypoints':
        return empty.has(row.folder) ? 0 : null
      case 'bar': {
        const value = measureOf(row, filter.measure)
        return value !== null && barOf(value, filter.scale) === filter.bar ? row.score : null
      }
    }
  }
  const found: FoundFrame[] = []
  for (const row of boxes) {
    const weight = weigh(row)
    const last = found.at(-1)
    if (weight === null) continue
    if (last?.folder === row.folder && last.frame === row.frame) last.weight = Math.max(last.weight, weight)
    else found.push({ folder: row.folder, frame: row.frame, weight })
  }
  return found.sort((a, b) => b.weight - a.weight)
}

/** The worst found frame of each sequence: in the order of the frames, sequences worst first. */
export function worstBySequence(found: readonly FoundFrame[]): Map<string, FoundFrame> {
  const worst = new Map<string, FoundFrame>()
  for (const frame of found) if (!worst.has(frame.folder)) worst.set(frame.folder, frame)
  return worst
}
