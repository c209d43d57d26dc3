import { submitOptions } from '../../../../src-main/contract/ensemble.ts'
import { leastClip } from '../choice.ts'

/** Proposed lowest probabilities; the first one clips nothing. */
export const clips: readonly number[] = [leastClip, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3]

/** `1e-6`, `0.001` */
export const clipText = (clip: number): string => (clip < 1e-3 ? clip.toExponential() : String(clip))

/** A lowest probability as it is typed; null where it is not what the contract takes. */
export function readClip(text: string): number | null {
  const read = text.trim() === '' ? null : submitOptions.shape.clip.safeParse(Number(text.trim().replace(',', '.')))
  return read?.data ?? null
}

/** What a row adds to the log loss where a single class had all of the probability, and the others were raised to the clip. */
export function clipCosts(clip: number, classes: number): { right: number; wrong: number } {
  const sum = Math.log1p((classes - 1) * clip)
  return { right: sum, wrong: sum - Math.log(clip) }
}
