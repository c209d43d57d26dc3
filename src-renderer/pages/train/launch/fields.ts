import { trainConfigKeys } from '../../../../src-main/contract/train.ts'
import type { Draft } from '../draft.ts'
import type { OwnKey } from './keyPath.ts'

export type NumberName = 'imageSize' | 'epochs' | 'batchSize' | 'accumulate' | 'learningRate' | 'gradientClip' | 'threads' | 'weightDecay' | 'warmupEpochs' | 'dropPath' | 'labelSmoothing' | 'ema' | 'patience' | 'folds' | 'seed'

export interface NumberSetting {
  name: NumberName & keyof Draft
  min: number
  max: number
  step: number
}

/** Limits as in the contract's `trainConfig`. */
export const learningRate: NumberSetting = { name: 'learningRate', min: 1e-7, max: 100, step: 1e-4 }
const accumulate: NumberSetting = { name: 'accumulate', min: 1, max: 4096, step: 1 }
const gradientClip: NumberSetting = { name: 'gradientClip', min: 0, max: 1e6, step: 0.1 }
const threads: NumberSetting = { name: 'threads', min: 0, max: 1024, step: 1 }

export const stepFields: readonly NumberSetting[] = [
  { name: 'epochs', min: 1, max: 10_000, step: 1 },
  { name: 'batchSize', min: 1, max: 4096, step: 1 },
]

export const decayFields: readonly NumberSetting[] = [
  { name: 'warmupEpochs', min: 0, max: 1000, step: 1 },
  { name: 'weightDecay', min: 0, max: 10, step: 1e-4 },
]

export const regularFields: readonly NumberSetting[] = [
  { name: 'dropPath', min: 0, max: 0.9, step: 0.05 },
  { name: 'labelSmoothing', min: 0, max: 0.9, step: 0.05 },
  { name: 'ema', min: 0, max: 0.99999, step: 0.01 },
  { name: 'patience', min: 0, max: 10_000, step: 1 },
]

export const foldFields: readonly NumberSetting[] = [
  { name: 'folds', min: 2, max: 50, step: 1 },
  { name: 'seed', min: 0, max: 4_294_967_295, step: 1 },
]

export const advancedFields: readonly NumberSetting[] = [accumulate, gradientClip, threads]

/** What the contract's `resumeChanges` lets a run go on with. */
export const resumeFields: readonly NumberSetting[] = [learningRate, gradientClip, accumulate, threads]

export interface OwnSetting {
  key: OwnKey
  max: number
  step: number
}

export const flipField: OwnSetting = { key: 'flipRatio', max: 1, step: 0.05 }
/** What a run may have otherwise than the Crop page says. */
export const cropFields: readonly OwnSetting[] = [
  { key: 'crop.margin', max: 2000, step: 10 },
  { key: 'crop.randomMargin', max: 2000, step: 10 },
  { key: 'crop.randomProbability', max: 1, step: 0.05 },
  { key: 'crop.wristExtra', max: 2000, step: 10 },
  { key: 'augment.rotateDegrees', max: 180, step: 5 },
  { key: 'augment.perspective', max: 1, step: 0.05 },
  { key: 'augment.perspectiveProbability', max: 1, step: 0.05 },
  { key: 'augment.colour', max: 1, step: 0.05 },
  { key: 'augment.verticalFlipRatio', max: 1, step: 0.05 },
  { key: 'augment.scale', max: 0.9, step: 0.05 },
  { key: 'augment.keypointJitter', max: 0.5, step: 0.01 },
  { key: 'augment.keypointDrop', max: 0.9, step: 0.01 },
  { key: 'augment.frameDrop', max: 0.9, step: 0.05 },
  { key: 'augment.frameRepeat', max: 0.9, step: 0.05 },
  { key: 'augment.strayHands', max: 1, step: 0.05 },
]

export const keypointToggles = ['normaliseRotation', 'place'] as const
export const mostFrames = 256

export const isWhole = ({ step }: NumberSetting): boolean => step >= 1

/** Margins as they are typed, `20, 40`; null where they are not what the contract takes. */
export function readMargins(text: string): number[] | null {
  const numbers = text.split(/[\s,;]+/).filter((part) => part !== '').map(Number)
  return trainConfigKeys.shape.testMargins.safeParse(numbers).data ?? null
}
