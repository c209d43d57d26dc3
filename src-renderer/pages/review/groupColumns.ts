import type { ReviewView } from '../../../src-main/contract/evaluate.ts'

export type ColumnName = 'group' | 'answer' | 'pose' | 'logLoss' | 'predicted' | 'confidence' | 'other' | 'disagreement' | 'change' | 'share' | 'fold' | 'frames' | 'lookAlike' | 'label' | 'cause'

export interface GroupColumn {
  name: ColumnName
  /** Its track in the grid. */
  width: string
  sort?: ReviewView['sort']
  right?: boolean
}

const columns: readonly GroupColumn[] = [
  { name: 'group', width: 'minmax(46px, 0.3fr)', sort: 'group' },
  { name: 'answer', width: 'minmax(64px, 1.3fr)', sort: 'answer' },
  { name: 'pose', width: '30px', right: true },
  { name: 'logLoss', width: '60px', sort: 'logLoss', right: true },
  { name: 'predicted', width: 'minmax(64px, 1.3fr)', sort: 'predicted' },
  { name: 'confidence', width: '34px', sort: 'confidence', right: true },
  { name: 'other', width: 'minmax(84px, 1.5fr)' },
  { name: 'disagreement', width: 'minmax(58px, 0.4fr)', sort: 'disagreement' },
  { name: 'change', width: '60px', sort: 'change', right: true },
  { name: 'share', width: 'minmax(32px, 0.6fr)' },
  { name: 'fold', width: '28px', sort: 'fold', right: true },
  { name: 'frames', width: '42px', right: true },
  { name: 'lookAlike', width: '80px' },
  { name: 'label', width: '48px', sort: 'labelQuality', right: true },
  { name: 'cause', width: 'minmax(76px, 0.5fr)', sort: 'cause' },
]

const ofComparison: readonly ColumnName[] = ['other', 'disagreement', 'change']
/** Make room for a comparison where the table is narrow. */
const least: readonly ColumnName[] = ['pose', 'share', 'fold', 'frames', 'lookAlike']
/** Width from which a comparison leaves room for all, pixels. */
const roomy = 1080

/** The columns of the review table: those of a comparison with another run take the place of what matters least. By frame the number of the frame stays. */
export function groupColumns(compared: boolean, level: ReviewView['level'], width: number): GroupColumn[] {
  if (!compared) return columns.filter(({ name }) => !ofComparison.includes(name))
  return columns.filter(({ name }) => width >= roomy || !least.includes(name) || (name === 'frames' && level === 'frame'))
}
