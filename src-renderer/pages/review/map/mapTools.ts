export const mapTools = ['move', 'lasso', 'rectangle'] as const
export type MapTool = (typeof mapTools)[number]

/** The key of each tool while the map is in front. */
export const toolKeys: Record<MapTool, string> = { move: 'V', lasso: 'L', rectangle: 'R' }
