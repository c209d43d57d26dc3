import type { TrainConfig } from '../../../../src-main/contract/train.ts'
import { concerns } from '../modelKinds.ts'

export interface Difference {
  /** `flipRatio`, `crop.margin` */
  key: string
  /** One text a config, '' where it is left to the project; the sides of a margin left / top / right / bottom. */
  values: string[]
}

/** A margin: one number where all sides are alike. */
function sides(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('left' in value && 'top' in value && 'right' in value && 'bottom' in value)) return null
  const all = [value.left, value.top, value.right, value.bottom]
  return new Set(all).size === 1 ? String(all[0]) : all.join(' / ')
}

const isGroup = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Values that a config gives, by key; a key in another as `crop.margin`. */
function flat(group: Readonly<Record<string, unknown>>, before = ''): Map<string, string> {
  return new Map(Object.entries(group).flatMap(([key, value]): [string, string][] => {
    if (value === undefined) return []
    const margin = sides(value)
    if (margin !== null) return [[before + key, margin]]
    return isGroup(value) ? [...flat(value, `${before}${key}.`)] : [[before + key, Array.isArray(value) ? value.join(', ') : String(value)]]
  }))
}

/** The keys, their names left out, in which configs are not all alike, in the order of the config; where models see different things, those that say something to all of them. */
export function runDifferences(configs: readonly TrainConfig[]): Difference[] {
  const all = configs.map((config) => flat({ ...config, name: undefined }))
  const keys = [...new Set(all.flatMap((values) => [...values.keys()]))]
  return keys.filter((key) => configs.every(({ model }) => concerns(model, key))).flatMap((key) => {
    const values = all.map((config) => config.get(key) ?? '')
    return new Set(values).size > 1 ? [{ key, values }] : []
  })
}
