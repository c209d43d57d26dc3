/** What the panel on the right lists. */
export type FactTab = 'changed' | 'pair' | 'features'
