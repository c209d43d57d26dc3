import { expect, it } from 'vitest'
import { labelText } from '../../src-main/annotation/labels.ts'
import { historyLabel } from '../../src-renderer/pages/clean/editWords.ts'

/** Says which words were chosen and what was put in them. */
const t = (key: string, values: Record<string, unknown> = {}): string => `${key}${JSON.stringify(values)}`

it('edits of labels are said in the language in use, whatever the core wrote of them', () => {
  const classes = [{ poseId: 12, name: '주먹 쥐기' }, { poseId: 7, name: '7' }]
  const change = (folder: string, after: number | null) => ({ folder, before: 5, after })
  const made = [
    [change('train/7', 12)], [change('train/7', 7)], [change('train/7', 12), change('train/8', 12)],
    [change('train/7', null)], [change('train/7', null), change('train/8', null)], [change('train/7', 12), change('train/8', 7)],
  ].map((labels) => labelText(labels, classes))
  const two = t('data.sequences', { n: 2 })
  expect([...made, `Take back “${made[0]}”`, 'Label of my own'].map((label) => historyLabel({ label }, t))).toEqual([
    t('labels.history.given', { where: 'train/7', name: '12 주먹 쥐기' }), t('labels.history.given', { where: 'train/7', name: '7' }), t('labels.history.given', { where: two, name: '12 주먹 쥐기' }),
    t('labels.history.back', { where: 'train/7' }), t('labels.history.back', { where: two }), t('labels.history.several', { where: two }),
    t('clean.history.takenBack', { label: t('labels.history.given', { where: 'train/7', name: '12 주먹 쥐기' }) }), 'Label of my own',
  ])
})
