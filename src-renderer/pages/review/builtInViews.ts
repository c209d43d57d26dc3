import type { ReviewView } from '../../../src-main/contract/evaluate.ts'
import { wholeView } from './reviewAddress.ts'

/** Views that every project has, by the end of their text's key. */
export const builtInViews = {
  all: wholeView,
  wrong: { ...wholeView, wrongOnly: true },
  lookAlikes: { ...wholeView, lookAlike: 'any' },
  doubted: { ...wholeView, issuesOnly: true, sort: 'labelQuality', descending: false },
  open: { ...wholeView, wrongOnly: true, cause: 'none' },
  triaged: { ...wholeView, cause: 'any', sort: 'cause' },
  frames: { ...wholeView, level: 'frame', wrongOnly: true },
  disagreements: { ...wholeView, disagreeOnly: true, sort: 'disagreement' },
  edits: { ...wholeView, sort: 'change' },
} as const satisfies Record<string, ReviewView>

export type BuiltInView = keyof typeof builtInViews
export const builtInNames = Object.keys(builtInViews) as BuiltInView[]

/** Whether two views leave the same rows in the same order. */
export function sameView(first: ReviewView, second: ReviewView): boolean {
  const text = (view: ReviewView): string => JSON.stringify(Object.entries(view).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)))
  return text({ ...first, search: first.search.trim() }) === text({ ...second, search: second.search.trim() })
}
