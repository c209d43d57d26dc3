import type { FoldChoice, Pooling, SubmitOptions } from '../../../src-main/contract/ensemble.ts'
import type { TestViews } from '../../../src-main/contract/train.ts'
import type { MessageKey, MessageValues } from '../../i18n/index.ts'
import { clipText } from './bench/clip.ts'
import { leastClip } from './choice.ts'

type Text = (key: MessageKey, values?: MessageValues) => string

/** What a submission is made of, chosen or written. */
export interface Way {
  rows: number
  runs: number
  pooling: Pooling
  folds: FoldChoice
  views: TestViews | null
  blend: SubmitOptions['blend']
  rules: boolean
  clip: number
}

/** How frames are looked at: `plain + mirrored + 20 px wider`. */
export function viewsText(views: TestViews | null, t: Text): string {
  if (views === null) return t('submit.views.config')
  const parts = [t('submit.views.plain'), ...(views.testFlip ? [t('submit.views.mirrored')] : []), ...views.testMargins.map((margin) => t(`submit.views.${margin < 0 ? 'narrower' : 'wider'}`, { margin: String(Math.abs(margin)) }))]
  return parts.join(' + ')
}

/** The way in one sentence: `217 test sequences × 2 runs: geometric mean over frames, equal folds, fitted weights, their rules, nothing below 1e-6`. */
export function wayText({ rows, runs, pooling, folds, views, blend, rules, clip }: Way, t: Text): string {
  const parts = [
    t(`submit.say.pooling.${pooling}`),
    t(`submit.say.folds.${folds}`),
    ...(views === null ? [] : [viewsText(views, t)]),
    t(`submit.say.${runs === 1 ? 'single' : 'several'}.${blend}`),
    t(rules ? 'submit.say.rules' : 'submit.say.noRules'),
    ...(clip > leastClip ? [t('submit.say.clip', { clip: clipText(clip) })] : []),
  ]
  return t('submit.say.whole', { rows: t('submit.form.rows', { n: rows }), runs: t('submit.form.runsCount', { n: runs }), way: parts.join(', ') })
}

/** What of a way is not as it is by itself, for a line in a list. */
export function shortWay({ runs, pooling, folds, views, blend, rules, clip }: Omit<Way, 'rows'>, t: Text): string {
  const parts = [
    t('submit.form.runsCount', { n: runs }),
    ...(pooling === 'mean' ? [] : [t(`submit.pooling.${pooling}.name`)]),
    ...(folds === 'equal' ? [] : [t(`submit.say.folds.${folds}`)]),
    ...(views === null ? [] : [viewsText(views, t)]),
    ...(blend === 'fitted' ? [t('submit.list.fitted')] : []),
    t(rules ? 'submit.list.rules' : 'submit.list.noRules'),
    ...(clip > leastClip ? [`≥ ${clipText(clip)}`] : []),
  ]
  return parts.join(' · ')
}
