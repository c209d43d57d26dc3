import { keypointNames } from '../../../src-main/contract/hand.ts'
import type { RulePoint, SequenceFeature, SequenceRule } from '../../../src-main/contract/rules.ts'
import type { StripRow, StripValue } from '../../charts/strip.ts'
import type { Format } from '../../composables/useFormat.ts'
import { translate as t } from '../../i18n/index.ts'
import { scaleOf } from './ruleForm.ts'

export const pointText = (point: SequenceFeature['point']): string => (typeof point === 'number' ? t(`data.keypoint.${keypointNames[point] ?? 'wrist'}`) : t(`rules.feature.points.${point}`))

/** A feature in words: `topmost keypoint · range in x`. */
export function featureText({ point, measure, axis }: SequenceFeature): string {
  return t('rules.feature.line', { point: pointText(point), measure: t(`rules.feature.measures.${measure}`), axis: t(`rules.feature.axes.${axis}`) })
}

/** A measured value with its unit. */
export function valueText(value: number, feature: Pick<SequenceFeature, 'measure' | 'unit'>, format: Pick<Format, 'decimal'>): string {
  return t(`rules.feature.value.${feature.measure === 'turns' ? 'turns' : feature.unit}`, { value: format.decimal(value, scaleOf(feature).digits) })
}

/** What a rule is called where it has no name of its own: its classes. */
export function ruleName({ name, stillPoseIds, movingPoseIds }: Pick<SequenceRule, 'name' | 'stillPoseIds' | 'movingPoseIds'>, names: ReadonlyMap<number, string>): string {
  if (name.trim() !== '') return name
  const side = (poseIds: readonly number[]): string => poseIds.map((poseId) => names.get(poseId) ?? String(poseId)).join(' + ')
  return stillPoseIds.length + movingPoseIds.length === 0 ? t('rules.name.none') : `${side(stillPoseIds)} / ${side(movingPoseIds)}`
}

interface Plotted {
  stillPoseIds: readonly number[]
  points: readonly RulePoint[]
  fits: readonly { fold: number; threshold: number | null }[]
  feature: SequenceFeature
}

/** A rule's points as rows of a strip plot: a row a side, or a row for each fold of a side, judged by what was fitted without that fold. */
export function plotRows(rule: Plotted, lanes: boolean, names: ReadonlyMap<number, string>, format: Format, colourOf: (fold: number) => string): StripRow[] {
  const title = ({ group, poseId, value, fold, leftOut }: RulePoint): string => {
    const values = { group, name: names.get(poseId) ?? String(poseId), value: valueText(value, rule.feature, format) }
    const text = fold === null ? t('rules.plot.pointNoFold', values) : t('rules.plot.point', { ...values, fold: String(fold) })
    return leftOut ? `${text} · ${t('rules.plot.leftOut')}` : text
  }
  const valueOf = (point: RulePoint): StripValue => ({ id: point.group, value: point.value, title: title(point), hollow: point.leftOut })
  const sides = (['lower', 'upper'] as const).map((side) => ({ side, word: t(side === 'lower' ? 'rules.plot.still' : 'rules.plot.moving'), points: rule.points.filter(({ poseId }) => rule.stillPoseIds.includes(poseId) === (side === 'lower')) }))
  if (!lanes) return sides.map(({ side, word, points }) => ({ id: side, side, values: points.map(valueOf), label: [word, ...new Set(points.map(({ poseId }) => `${names.get(poseId) ?? ''} ${poseId}`.trim()))].join(' · ') }))
  const folds = [...new Set(rule.points.map(({ fold }) => fold))].sort((first, second) => (first ?? Infinity) - (second ?? Infinity))
  return sides.flatMap(({ side, word, points }) => folds.map((fold): StripRow => ({
    id: `${side}${fold}`, side, values: points.filter((point) => point.fold === fold).map(valueOf),
    label: fold === null ? t('rules.plot.noFold', { side: word }) : t('rules.plot.lane', { side: word, fold: String(fold) }),
    own: rule.fits.find((fit) => fit.fold === fold)?.threshold, colour: fold === null ? undefined : colourOf(fold),
  })))
}
