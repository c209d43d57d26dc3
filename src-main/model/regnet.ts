import type { Activation } from '../engine/ops/activations.ts'

/**
 * RegNet: a network design space with one line for the width of its blocks.
 * Radosavovic, Kosaraju, Girshick, He and Dollár, "Designing Network Design Spaces", CVPR 2020. The quantisation of widths follows
 * timm `models/regnet.py` and torchvision `models/regnet.py`, which differ in one rule (`minimumWidthRatio`).
 */
export interface RegNetConfig {
  /** Number of blocks. */
  depth: number
  /** Width of the first block (w₀), a multiple of 8. */
  initialWidth: number
  /** Growth of the width per block (wₐ). */
  slope: number
  /** Ratio between the widths of stages (wₘ). */
  multiplier: number
  groupWidth: number
  /** Width of the squeeze as a part of the block's input width; 0 for RegNetX, which has no squeeze-and-excitation. */
  squeezeExcite: number
  stemWidth: number
  /** 2 in the paper; 1 keeps the resolution for small pictures. */
  stemStride: 1 | 2
  /**
   * When a stage's width is rounded to a multiple of its group width and falls below this part of what it was, it is rounded up instead.
   * torchvision: 0.9; timm: 0 (no such rule), but for its models `…_tv`.
   */
  minimumWidthRatio: number
  /** Default relu, as in the paper. */
  activation?: Activation
  /** Channels of a group for group norm; without it the norms are batch norms, as in the paper. Divides all widths. */
  normGroupWidth?: number
}

export interface RegNetStage {
  depth: number
  width: number
  groupWidth: number
}

/** Rounds to the nearest whole number, halves to even, as Python and NumPy do. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest < 0.5) return floor
  if (rest > 0.5) return floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** The multiple of `divisor` that stands for a stage's width. */
function fitWidth(width: number, divisor: number, minimumRatio: number): number {
  if (minimumRatio === 0) return Math.trunc(roundHalfToEven(width / divisor) * divisor)
  const nearest = Math.max(divisor, Math.floor((width + divisor / 2) / divisor) * divisor)
  return nearest < minimumRatio * width ? nearest + divisor : nearest
}

/**
 * The stages of a RegNet: block j gets the width w₀ · wₘ^s with s = round(log_wₘ((w₀ + wₐ·j) / w₀)), rounded to a multiple of 8; runs of
 * equal width are the stages, and each stage's width is fitted to its group width.
 * @throws RangeError for a config outside the design space
 */
export function generateStages(config: RegNetConfig): RegNetStage[] {
  const { depth, initialWidth, slope, multiplier, groupWidth, minimumWidthRatio } = config
  if (!(slope >= 0) || !(initialWidth > 0) || !(multiplier > 1) || initialWidth % 8 !== 0 || !Number.isInteger(depth) || depth < 1) {
    throw new RangeError('A RegNet needs a depth of at least 1, an initial width that is a multiple of 8, a slope ≥ 0 and a multiplier > 1')
  }
  const stages: RegNetStage[] = []
  for (let block = 0; block < depth; block++) {
    const exponent = roundHalfToEven(Math.log((initialWidth + slope * block) / initialWidth) / Math.log(multiplier))
    const width = roundHalfToEven((initialWidth * multiplier ** exponent) / 8) * 8
    const last = stages.at(-1)
    if (last && last.width === width) last.depth++
    else stages.push({ depth: 1, width, groupWidth })
  }
  return stages.map((stage) => {
    const group = Math.min(groupWidth, stage.width)
    return { depth: stage.depth, width: fitWidth(stage.width, group, minimumWidthRatio), groupWidth: group }
  })
}
