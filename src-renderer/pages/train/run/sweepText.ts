import type { SweepPlace } from '../../../../src-main/contract/train.ts'
import type { MessageKey } from '../../../i18n/index.ts'
import { nameOfKey } from '../launch/keyPath.ts'
import { sweepKeys } from '../launch/sweep.ts'

type Translate = (key: MessageKey) => string

/** Settings of the form that no sweep of it varies. */
const otherKeys = [
  'folds', 'splitter', 'split', 'accumulate', 'gradientClip', 'patience', 'threads', 'pretrained', 'predictWith', 'testFlip', 'testMargins', 'deterministic', 'crop.randomProbability', 'augment.perspectiveProbability', 'augment.verticalFlipRatio',
] as const

/** A setting in the form's words; one that the form does not have (of the command line) as it is written. */
export function sweepKeyText(key: string, t: Translate): string {
  const known = [...sweepKeys, ...otherKeys].find((one) => one === key)
  return known === undefined ? key : t(`train.form.${nameOfKey(known)}`)
}

/** A value as people write it in the form. */
export const sweepValueText = (value: SweepPlace['values'][string], t: Translate): string => (typeof value === 'boolean' ? t(value ? 'train.sweep.on' : 'train.sweep.off') : String(value))

/** The values that tell a run of a sweep from the others: `Flip ratio 0.3, Seed 7`. */
export const sweepText = (values: SweepPlace['values'], t: Translate): string => Object.entries(values).map(([key, value]) => `${sweepKeyText(key, t)} ${sweepValueText(value, t)}`).join(', ')
