import { HandloomError } from '../contract/errors.ts'
import { compareLabels, readLabels, type Label } from './labels.ts'

/**
 * What the group splitters keep together: equal values are one group, a sequence without a value is a group of its own. The groups are
 * numbered as scikit-learn orders labels (numbers by value, texts by code point), those without a value after them in their order.
 * @param values of the group column, one a sequence
 */
export function groupNumbers(values: readonly (string | null)[]): number[] {
  const texts = [...new Set(values.filter((value) => value !== null))]
  const labels = readLabels(texts)
  const sorted = texts.map((text, index) => ({ text, label: labels[index] as Label })).sort((a, b) => compareLabels(a.label, b.label) || compareLabels(a.text, b.text))
  const numbers = new Map(sorted.map(({ text }, index) => [text, index]))
  let next = numbers.size
  return values.map((value) => (value === null ? next++ : numbers.get(value)!))
}

/** @throws HandloomError `bad-request` for fewer groups than folds, saying what can be done */
export function requireColumnGroups(column: string, groups: number, folds: number): void {
  if (groups >= folds) return
  throw new HandloomError('bad-request', `${folds} folds cannot be made from ${groups} ${groups === 1 ? 'group' : 'groups'} of the column ${column}: a group stays whole. Ask for fewer folds, or group by another column.`)
}
