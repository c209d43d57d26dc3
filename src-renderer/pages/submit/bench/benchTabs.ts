/** What is chosen about a submission, each with a tab of its own. */
export const benchTabs = ['runs', 'frames', 'folds', 'views', 'clip'] as const
export type BenchTab = (typeof benchTabs)[number]
