import type { DerivedTransform, FlipPair } from '../../../../src-main/contract/crop.ts'
import type { HandType } from '../../../../src-main/contract/hand.ts'
import type { MessageKey, MessageValues } from '../../../i18n/index.ts'

type Words = (key: MessageKey, values?: MessageValues) => string

const signed = (degrees: number): string => (degrees < 0 ? `−${-degrees}` : `+${degrees}`)

/** `turned by −30°` */
export const transformText = (transform: DerivedTransform, t: Words): string => t(`crop.derived.transform.${transform.kind}`, { degrees: transform.kind === 'rotate' ? signed(transform.degrees) : '' })

/** Why a derived sequence has the class it has, or has none. */
export function classReason(pairs: readonly FlipPair[], parentPoseId: number | null, transform: DerivedTransform, poseId: number | null, t: Words): string {
  const from = pairs.find((pair) => pair.poseId === parentPoseId)
  const to = pairs.find((pair) => pair.poseId === poseId)
  if (parentPoseId === null || from === undefined) return t('crop.derived.why.noClass')
  if (transform.kind === 'rotate') return t('crop.derived.why.turned', { id: String(parentPoseId) })
  const how = transformText(transform, t)
  if (to === undefined) return t('crop.derived.why.never', { how, id: String(parentPoseId) })
  if (to.poseId === from.poseId) return t('crop.derived.why.same', { how, id: String(to.poseId) })
  return t('crop.derived.why.partner', { how, from: t(`data.hand.${from.hand as HandType}`), to: t(`data.hand.${to.hand as HandType}`), id: String(to.poseId) })
}
