import type { SweepPlace } from '../../../../src-main/contract/train.ts'
import type { MessageKey } from '../../../i18n/index.ts'
import { nameOfKey } from '../launch/keyPath.ts'
import { sweepKeys } from '../launch/sweep.ts'

type Translate = (key: MessageKey) => string

/** A key of a sweep in the form's words; one that the form does not have (a sweep of the command line) as it is written. */
export function sweepKeyText(key: string, t: Translate): string {
  const known = sweepKeys.find((one) => one === key)
  return known === undefined ? key : t(`train.form.${nameOfKey(known)}`)
}

/** The values that tell a run of a sweep from the others: `Flip ratio 0.3, Seed 7`. */
export const sweepText = (values: SweepPlace['values'], t: Translate): string => Object.entries(values).map(([key, value]) => `${sweepKeyText(key, t)} ${String(value)}`).join(', ')
