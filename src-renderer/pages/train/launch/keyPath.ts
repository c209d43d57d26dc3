import { trainConfig } from '../../../../src-main/contract/train.ts'
import { sideNames } from '../../../../src-main/contract/crop.ts'
import type { Draft } from '../draft.ts'

/** A setting inside `crop` or `augment` that a run may have of its own; absent, it is as the Crop page says. */
export type OwnKey = 'flipRatio' | `crop.${keyof Draft['crop']}` | `augment.${keyof Draft['augment']}`
/** What a keypoint model is shown. */
export type KeypointKey = `keypoints.${keyof Draft['keypoints']}`

/** The word of a key under `train.form`: that of `crop.margin` is `margin`. */
export const nameOfKey = <Key extends string>(key: Key): LastPart<Key> => key.slice(key.indexOf('.') + 1) as LastPart<Key>
export type LastPart<Key extends string> = Key extends `${string}.${infer Last}` ? Last : Key

/** What a config has under a key such as `epochs` or `crop.margin`. */
export function valueAt(config: Draft, key: string): unknown {
  const [outer = '', inner] = key.split('.')
  const value: unknown = (config as Record<string, unknown>)[outer]
  return inner === undefined ? value : (value as Record<string, unknown> | undefined)?.[inner]
}

/** A number under a key: for a margin of four equal sides that side; null where there is none, or not one alone. */
export function numberAt(config: Draft, key: string): number | null {
  const value = valueAt(config, key)
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null) return null
  const [first, ...others] = sideNames.map((side) => (value as Record<string, unknown>)[side])
  return typeof first === 'number' && others.every((side) => side === first) ? first : null
}

/** A config with another value under a key (undefined: none), as the contract reads it. */
export function withValue(config: Draft, key: string, value: unknown): ReturnType<typeof trainConfig.safeParse> {
  const [outer = '', inner] = key.split('.')
  const held = (config as Record<string, unknown>)[outer]
  return trainConfig.safeParse({ ...config, [outer]: inner === undefined ? value : { ...(held as object), [inner]: value } })
}
