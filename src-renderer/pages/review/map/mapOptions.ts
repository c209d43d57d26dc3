import type { EmbeddingMapOptions } from '../../../../src-main/contract/evaluate.ts'

export type UmapSettings = Pick<EmbeddingMapOptions, 'neighbours' | 'minimumDistance' | 'seed'>
export type MapMethod = EmbeddingMapOptions['method']

/** As in the UMAP paper's reference implementation. */
export const defaultSettings: UmapSettings = { neighbours: 15, minimumDistance: 0.1, seed: 42 }
