import type { ReviewView } from '../../../src-main/contract/evaluate.ts'
import type { MessageKey, MessageValues } from '../../i18n/index.ts'
import { handText } from './handText.ts'
import { wholeView } from './reviewAddress.ts'

export interface FilterChip {
  /** What a click on it takes away. */
  field: keyof ReviewView | 'groups'
  text: string
}

type Translate = (key: MessageKey, values?: MessageValues) => string

/** What narrows the table, in words. `className` of a pose id. */
export function filterChips(view: ReviewView, groups: readonly string[] | null, className: (poseId: number) => string, t: Translate): FilterChip[] {
  const chips: FilterChip[] = []
  const add = (field: FilterChip['field'], text: string): void => void chips.push({ field, text })
  const named = (poseId: number): string => `${className(poseId)} ${poseId}`.trim()
  const or = (text: string): string => (text === '' ? t('common.unknown') : text)
  if (groups !== null) add('groups', t('review.chip.groups', { n: groups.length }))
  if (view.search.trim() !== '') add('search', `“${view.search.trim()}”`)
  if (view.poseId !== undefined) add('poseId', t('review.chip.poseId', { name: named(view.poseId) }))
  if (view.predictedPoseId !== undefined) add('predictedPoseId', t('review.chip.predictedPoseId', { name: named(view.predictedPoseId) }))
  if (view.fold !== undefined) add('fold', t('review.detail.fold', { fold: String(view.fold) }))
  if (view.actor !== undefined) add('actor', t('review.chip.actor', { name: or(view.actor) }))
  if (view.hand !== undefined) add('hand', t('review.chip.hand', { name: handText(view.hand, t) }))
  if (view.view !== undefined) add('view', t('review.chip.view', { name: or(view.view) }))
  if (view.confidenceFrom !== undefined) add('confidenceFrom', t('review.chip.confidenceFrom', { value: String(view.confidenceFrom) }))
  if (view.confidenceTo !== undefined) add('confidenceTo', t('review.chip.confidenceTo', { value: String(view.confidenceTo) }))
  if (view.cause !== undefined) add('cause', view.cause === 'any' ? t('review.triage.any') : view.cause === 'none' ? t('review.triage.open') : t(`review.cause.${view.cause}`))
  if (view.lookAlike !== undefined) add('lookAlike', view.lookAlike === 'any' ? t('review.lookAlike.any') : t(`review.lookAlike.${view.lookAlike}`))
  for (const field of ['wrongOnly', 'issuesOnly', 'changedByRules', 'disagreeOnly'] as const) if (view[field] !== wholeView[field]) add(field, t(`review.chip.${field}`))
  return chips
}
