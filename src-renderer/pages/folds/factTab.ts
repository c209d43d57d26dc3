export const factTabs = ['look', 'leaks', 'compare'] as const
export type FactTab = (typeof factTabs)[number]
