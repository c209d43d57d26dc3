/** What is below the stray queue. */
export const lowerTabs = ['rule', 'model', 'exchange'] as const
export type LowerTab = (typeof lowerTabs)[number]
