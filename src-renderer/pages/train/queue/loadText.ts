import type { DeviceLoad } from '../../../../src-main/contract/train.ts'
import type { Format } from '../../../composables/useFormat.ts'

/** What a training process takes of its machine: of the GPU where there is one, else of the processors. null: not known. */
export function loadText(load: DeviceLoad | undefined, format: Pick<Format, 'percent' | 'bytes'>): string | null {
  if (load === undefined) return null
  return load.gpu === null ? `${format.percent(load.cpu)} · ${format.bytes(load.memoryBytes)}` : `${format.percent(load.gpu)} · ${format.bytes(load.gpuMemoryBytes)}`
}
