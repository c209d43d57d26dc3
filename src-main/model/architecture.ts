import { z } from 'zod'
import { HandloomError } from '../contract/errors.ts'
import { requireModel } from './info.ts'
import { generateStages } from './regnet.ts'
import type { RegNetConfig } from './regnet.ts'

/** A config of one's own, by the names of timm and torchvision. */
const written = z.strictObject({
  w0: z.number().int().min(8).max(4096),
  wa: z.number().min(0).max(4096),
  wm: z.number().gt(1).max(16),
  group_width: z.number().int().min(1).max(4096),
  depth: z.number().int().min(1).max(256),
  se_ratio: z.number().min(0).max(1).default(0),
  classes: z.number().int().min(1).max(100_000).optional(),
  stem_width: z.number().int().min(1).max(4096).default(32),
  stem_stride: z.union([z.literal(1), z.literal(2)]).default(2),
  group_min_ratio: z.number().min(0).max(1).default(0),
})

const widest = 2 ** 15

export interface Architecture {
  config: RegNetConfig
  /** Undefined where only a name was given. */
  classes: number | undefined
}

/**
 * The architecture that a person wrote: a name of the zoo, or a JSON table like
 * `{"w0":16,"wa":14,"wm":1.8,"group_width":8,"depth":6,"se_ratio":0.25,"classes":7}`; `stem_width`, `stem_stride` and timm's
 * `group_min_ratio` may be added.
 * @throws HandloomError `bad-request` for an unknown name, another key, or values outside the design space
 */
export function readArchitecture(text: string): Architecture {
  if (!text.trimStart().startsWith('{')) return { config: requireModel(text).config, classes: undefined }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new HandloomError('bad-request', 'The architecture is neither a name nor JSON. Quote it for the shell: \'{"w0":16,…}\'.', { cause: error })
  }
  const parsed = written.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new HandloomError('bad-request', `The architecture's ${issue?.path.join('.') || 'JSON'} is off: ${issue?.message ?? 'it is not valid'}.`, { cause: parsed.error })
  }
  const { w0, wa, wm, group_width, depth, se_ratio, classes, stem_width, stem_stride, group_min_ratio } = parsed.data
  const config: RegNetConfig = {
    depth,
    initialWidth: w0,
    slope: wa,
    multiplier: wm,
    groupWidth: group_width,
    squeezeExcite: se_ratio,
    stemWidth: stem_width,
    stemStride: stem_stride,
    minimumWidthRatio: group_min_ratio,
  }
  try {
    const off = generateStages(config).find(({ width }) => !(width > 0 && width <= widest))
    if (!off) return { config, classes }
  } catch (error) {
    throw new HandloomError('bad-request', error instanceof Error ? `${error.message}.` : String(error), { cause: error })
  }
  throw new HandloomError('bad-request', `This architecture has a stage of no width, or one of more than ${widest} channels. Choose other widths.`)
}
