import type { SubmitOptions } from '../../../src-main/contract/ensemble.ts'
import type { TestViews } from '../../../src-main/contract/train.ts'

/** How a submission is put together, apart from the runs. */
export interface Choice extends Pick<SubmitOptions, 'blend' | 'pooling' | 'folds' | 'rules' | 'clip'> {
  /** null: as each run's config says. */
  views: TestViews | null
}

/** Raises nothing: what a double can hold beside 1. */
export const leastClip = 1e-15

export const plainChoice: Choice = { blend: 'equal', pooling: 'mean', folds: 'equal', rules: true, views: null, clip: leastClip }

/** As the core takes it. */
export const optionsOf = (runIds: readonly number[], { views, ...choice }: Choice): Partial<SubmitOptions> => ({ runIds: [...runIds], ...choice, ...(views === null ? {} : { views }) })
