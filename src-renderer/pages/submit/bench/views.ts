import type { EnsembleWays } from '../../../../src-main/contract/ensemble.ts'
import { viewsKey, type Run, type TestViews } from '../../../../src-main/contract/train.ts'

/** How often each frame is looked at. */
export const looksOf = ({ testFlip, testMargins }: TestViews): number => (1 + testMargins.length) * (testFlip ? 2 : 1)

/** Whether the runs look at frames so by themselves. */
export const areOwnViews = (views: TestViews, runs: readonly Pick<Run, 'config'>[]): boolean => runs.length > 0 && runs.every(({ config }) => viewsKey(config) === viewsKey(views))

/** The score of some views (null: those of the configs), if they were predicted. */
export function viewsRow(ways: EnsembleWays | null, views: TestViews | null): EnsembleWays['views'][number] | null {
  return ways?.views.find((row) => (row.views === null ? views === null : views !== null && viewsKey(row.views) === viewsKey(views))) ?? null
}
