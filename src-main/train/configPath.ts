import { HandloomError } from '../contract/errors.ts'
import { trainConfig, type SweepVary, type TrainConfig, type TrainConfigInput } from '../contract/train.ts'

/** Puts a value into a config by a path such as `crop.margin`. @throws HandloomError `bad-request` for a path that no config has */
export function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const [key = '', ...rest] = path.split('.')
  if (key === '' || ['__proto__', 'constructor', 'prototype'].includes(key)) throw new HandloomError('bad-request', `"${path}" is not a key of a config.`)
  if (rest.length === 0) {
    target[key] = value
    return
  }
  const inner = target[key]
  const next = typeof inner === 'object' && inner !== null ? { ...(inner as Record<string, unknown>) } : {}
  target[key] = next
  setPath(next, rest.join('.'), value)
}

/** Runs of one sweep at most. */
const mostRuns = 64

/**
 * The configs of a sweep, one for each combination of values, the last key varying fastest.
 * @throws HandloomError `bad-request` that names a key and value which a config cannot have, or when there are too many
 */
export function sweepConfigs(config: TrainConfigInput, vary: SweepVary): { config: TrainConfig; values: Record<string, string | number | boolean> }[] {
  const keys = vary.map(({ key }) => key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new HandloomError('bad-request', `A sweep varies ${twice} twice.`)
  const count = vary.reduce((product, { values }) => product * values.length, 1)
  if (count > mostRuns) throw new HandloomError('bad-request', `A sweep of ${count} runs is more than ${mostRuns}. Vary fewer values.`)
  const combinations = vary.reduce<Record<string, string | number | boolean>[]>((made, { key, values }) => made.flatMap((before) => values.map((value) => ({ ...before, [key]: value }))), [{}])
  return combinations.map((values) => {
    const varied = structuredClone(config) as Record<string, unknown>
    for (const [key, value] of Object.entries(values)) setPath(varied, key, value)
    const parsed = trainConfig.safeParse(varied)
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0] ?? { path: [], message: '' }
      throw new HandloomError('bad-request', `A run with ${sweepName(values)} cannot be: ${path.join('.')}: ${message}.`)
    }
    return { config: parsed.data, values }
  })
}

/** `flipRatio 0.3, seed 7` */
export const sweepName = (values: Record<string, string | number | boolean>): string => Object.entries(values).map(([key, value]) => `${key} ${value}`).join(', ')
