import type { SelectGroupOption, SelectOption } from 'naive-ui'
import type { ClassRow } from '../../../src-main/contract/dataset.ts'
import { translate } from '../../i18n/index.ts'

const option = ({ poseId, name, hand }: ClassRow): SelectOption => ({ value: poseId, label: `${name} ${poseId}${hand === 'unknown' ? '' : ` · ${translate(`data.hand.${hand}`)}`}` })

/** Classes to choose from; with likely ones these come first, under a title of their own. */
export function classOptions(rows: readonly ClassRow[], likely: readonly ClassRow[] = []): (SelectOption | SelectGroupOption)[] {
  if (likely.length === 0) return rows.map(option)
  return [
    { type: 'group', key: 'likely', label: translate('folds.scarce.likely'), children: likely.map(option) },
    { type: 'group', key: 'others', label: translate('folds.scarce.others'), children: rows.map(option) },
  ]
}
