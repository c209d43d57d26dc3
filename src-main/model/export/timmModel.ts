import { generateStages, type RegNetConfig } from '../regnet.ts'
import { findModel, modelNames } from '../zoo.ts'

/** What tells networks apart, whatever made their widths. */
const structure = (config: RegNetConfig): string =>
  JSON.stringify([generateStages(config), config.squeezeExcite, config.stemWidth, config.stemStride, config.activation ?? 'relu', config.normGroupWidth ?? null])

/** The model of timm that is this network; null where timm has none. Of several the name itself goes first. */
export function timmName(name: string, config: RegNetConfig): string | null {
  const own = structure(config)
  const same = modelNames().filter((known) => {
    const model = findModel(known)
    return model?.family === 'timm' && structure(model.config) === own
  })
  return same.includes(name) ? name : (same[0] ?? null)
}

/** Arguments of timm's `RegNetCfg` that make this network. */
export function timmConfig({ depth, initialWidth, slope, multiplier, groupWidth, squeezeExcite, stemWidth, minimumWidthRatio, activation = 'relu' }: RegNetConfig): Record<string, number | string> {
  return { depth, w0: initialWidth, wa: slope, wm: multiplier, group_size: groupWidth, se_ratio: squeezeExcite, group_min_ratio: minimumWidthRatio, stem_width: stemWidth, act_layer: activation }
}
