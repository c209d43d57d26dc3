import type { SelectGroupOption, SelectOption } from 'naive-ui'
import type { FlipPair } from '../../../../src-main/contract/crop.ts'
import type { MessageKey } from '../../../i18n/index.ts'

interface Option extends SelectOption {
  value: string
  label: string
}
type Entry = SelectOption | SelectGroupOption

/** What a class's mirror image may be: likely classes first, then itself, never, the automatic answer, and every other class. */
export function partnerOptions(pair: FlipPair, pairs: readonly FlipPair[], t: (key: MessageKey) => string): Entry[] {
  const named = (poseId: number): Option[] => {
    const found = pairs.find((other) => other.poseId === poseId)
    return found === undefined ? [] : [{ value: String(poseId), label: `${found.name} (${poseId}) · ${found.hand}` }]
  }
  const likely = [...new Set([...(pair.partner !== null && pair.partner !== pair.poseId ? [pair.partner] : []), ...pair.candidates])].filter((poseId) => poseId !== pair.poseId)
  const others = pairs.filter(({ poseId }) => poseId !== pair.poseId && !likely.includes(poseId))
  return [
    ...(likely.length === 0 ? [] : [{ type: 'group' as const, key: 'likely', label: t('crop.flip.candidates'), children: likely.flatMap(named) }]),
    { value: String(pair.poseId), label: t('crop.flip.itself') },
    { value: 'never', label: t('crop.flip.neverOption') },
    ...(pair.reason === 'override' || pair.reason === 'missing' ? [{ value: 'automatic', label: t('crop.flip.automatic') }] : []),
    { type: 'group' as const, key: 'others', label: t('crop.flip.others'), children: others.flatMap(({ poseId }) => named(poseId)) },
  ]
}
