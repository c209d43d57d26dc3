import type { Measure } from './metricTrack.ts'

export const panelIds = ['logLoss', 'accuracy', 'loss', 'learningRate', 'gradientNorm', 'speed', 'load', 'memory'] as const
export type PanelId = (typeof panelIds)[number]

export interface PanelKind {
  id: PanelId
  /** Measured once per epoch, or while the steps run. `both`: pale single steps with the mean of each epoch over them. */
  measured: 'epoch' | 'step' | 'both'
  measures: readonly { measure: Measure; of?: 'cpu' | 'gpu' }[]
  yMin?: number
  yMax?: number
  /** Can be drawn over a logarithmic axis. */
  logarithmic?: boolean
  /** Planned, not measured: never smoothed. */
  planned?: boolean
}

export const panels: Readonly<Record<PanelId, PanelKind>> = {
  logLoss: { id: 'logLoss', measured: 'epoch', measures: [{ measure: 'validationLogLoss' }], yMin: 0, logarithmic: true },
  accuracy: { id: 'accuracy', measured: 'epoch', measures: [{ measure: 'validationAccuracy' }], yMin: 0, yMax: 1 },
  loss: { id: 'loss', measured: 'both', measures: [{ measure: 'loss' }], yMin: 0, logarithmic: true },
  learningRate: { id: 'learningRate', measured: 'step', measures: [{ measure: 'learningRate' }], yMin: 0, logarithmic: true, planned: true },
  gradientNorm: { id: 'gradientNorm', measured: 'step', measures: [{ measure: 'gradientNorm' }], yMin: 0, logarithmic: true },
  speed: { id: 'speed', measured: 'step', measures: [{ measure: 'imagesPerSecond' }], yMin: 0 },
  load: { id: 'load', measured: 'step', measures: [{ measure: 'cpu', of: 'cpu' }, { measure: 'gpu', of: 'gpu' }], yMin: 0, yMax: 1 },
  memory: { id: 'memory', measured: 'step', measures: [{ measure: 'memoryBytes', of: 'cpu' }, { measure: 'gpuMemoryBytes', of: 'gpu' }], yMin: 0 },
}

/** How many panels have room beside and under each other. */
export function panelRoom(width: number): { columns: number; most: number } {
  const columns = Math.max(1, Math.min(4, Math.floor(width / 320)))
  return { columns, most: 2 * columns }
}

/** Which panels are shown of those that were chosen (the most wanted first), in the catalogue's order. */
export const shownPanels = (chosen: readonly PanelId[], most: number): PanelId[] => panelIds.filter((id) => chosen.slice(0, most).includes(id))

/** Adds or takes away a panel; where there is no room for one more it takes the place of the least wanted shown. */
export function togglePanel(chosen: readonly PanelId[], id: PanelId, most: number): PanelId[] {
  const shown = chosen.slice(0, most)
  if (!shown.includes(id)) return [...shown.slice(0, most - 1), id, ...chosen.slice(Math.min(shown.length, most - 1)).filter((other) => other !== id)]
  return shown.length === 1 ? [...chosen] : shown.filter((other) => other !== id)
}
