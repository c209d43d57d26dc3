import type { LocationQuery } from 'vue-router'
import { reviewView, type ReviewView } from '../../../src-main/contract/evaluate.ts'

export const reviewTabs = ['groups', 'breakdown', 'confusion', 'map', 'calibration'] as const
export type ReviewTab = (typeof reviewTabs)[number]

/** What of a review is looked at: the address says it, so that links, back and forward work. */
export interface Looked {
  tab: ReviewTab
  view: ReviewView
  /** These sequences only: a lasso, the worst ten, a gesture; null: all. */
  groups: string[] | null
}

export const wholeView: ReviewView = reviewView.parse({})
/** `against` of a view that a person wants compared with no other run, not even with the one that its run is compared with by itself (`against=none`). */
export const nobody = 0

/** Parameters of the address by what they set; a view's flags are `1`. */
const textNames = { level: 'level', search: 'q', actor: 'actor', hand: 'hand', view: 'view', cause: 'cause', lookAlike: 'like', sort: 'sort' } as const
const numberNames = { poseId: 'class', predictedPoseId: 'predicted', fold: 'fold' } as const
const shareNames = { confidenceFrom: 'above', confidenceTo: 'atmost' } as const
const flagNames = { wrongOnly: 'wrong', issuesOnly: 'doubt', changedByRules: 'changed', afterRules: 'rules', disagreeOnly: 'differ' } as const
/** Longest list of sequences that an address carries, characters; a longer one is lost when the page is loaded anew. */
const longestList = 1500

const entries = <Table extends Record<string, string>>(table: Table): [keyof Table & string, string][] => Object.entries(table)

/** `?tab=map&wrong=1&class=167&in=3-5.9` of an address; what cannot be is left out. */
export function lookedFrom(query: LocationQuery): Looked {
  const raw: Record<string, unknown> = {}
  const text = (name: string): string | undefined => (typeof query[name] === 'string' ? query[name] : undefined)
  for (const [field, name] of entries(textNames)) if (text(name) !== undefined) raw[field] = text(name)
  for (const [field, name] of entries(numberNames)) if (/^\d{1,6}$/.test(text(name) ?? '')) raw[field] = Number(text(name))
  for (const [field, name] of entries(shareNames)) if (/^\d(\.\d{1,6})?$/.test(text(name) ?? '')) raw[field] = Number(text(name))
  for (const [field, name] of entries(flagNames)) if (text(name) === '1') raw[field] = true
  if (text('against') === 'none') raw['against'] = nobody
  else if (/^[1-9]\d{0,8}$/.test(text('against') ?? '')) raw['against'] = Number(text('against'))
  if (text('up') === '1') raw['descending'] = false
  const parsed = reviewView.safeParse(raw)
  for (const { path } of parsed.success ? [] : parsed.error.issues) delete raw[String(path[0])]
  return { tab: reviewTabs.find((tab) => tab === query['tab']) ?? 'groups', view: reviewView.parse(raw), groups: readGroups(text('in') ?? '') }
}

/** The parameters that say what is looked at; null for those that are as usual. */
export function addressOf({ tab, view, groups }: Looked): Record<string, string | null> {
  const usual: Partial<Record<string, unknown>> = wholeView
  const texts = entries(textNames).map(([field, name]) => [name, view[field] === usual[field] ? null : (view[field] ?? null)])
  const numbers = entries({ ...numberNames, ...shareNames }).map(([field, name]) => [name, view[field] === undefined ? null : String(view[field])])
  const flags = entries(flagNames).map(([field, name]) => [name, view[field] ? '1' : null])
  const against = view.against === undefined ? null : view.against === nobody ? 'none' : String(view.against)
  return { ...Object.fromEntries([...texts, ...numbers, ...flags]), against, up: view.descending ? null : '1', tab: tab === 'groups' ? null : tab, in: groups === null ? null : writeGroups(groups) }
}

/** Whether two addresses look at the same. */
export const looksSame = (first: Record<string, string | null>, second: Record<string, unknown>): boolean => Object.entries(first).every(([name, value]) => (second[name] ?? null) === value)

/** `train/3`, `train/4`, `train/9` → `3-4.9`; null when it is too long for an address. */
function writeGroups(groups: readonly string[]): string | null {
  const numbers = groups.flatMap((folder) => (folder.startsWith('train/') ? [Number(folder.slice(6))] : [])).sort((a, b) => a - b)
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last !== undefined && number === last[1] + 1) last[1] = number
    else runs.push([number, number])
  }
  const text = runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join('.')
  return text.length > longestList ? null : text
}

function readGroups(text: string): string[] | null {
  if (!/^\d{1,9}(-\d{1,9})?(\.\d{1,9}(-\d{1,9})?)*$/.test(text) || text.length > longestList) return null
  const groups = text.split('.').flatMap((run) => {
    const [from = 0, to = from] = run.split('-').map(Number)
    return Array.from({ length: Math.min(Math.max(0, to - from + 1), 100_000) }, (_, at) => `train/${from + at}`)
  })
  return groups.slice(0, 100_000)
}
