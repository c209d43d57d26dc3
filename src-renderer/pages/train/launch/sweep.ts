import { seesKeypoints } from '../../../../src-main/contract/keypoints.ts'
import type { ModelInfo, SweepVary, TrainConfig } from '../../../../src-main/contract/train.ts'
import type { Draft } from '../draft.ts'
import { withValue } from './keyPath.ts'

/** Settings that runs of a sweep may differ in. */
export const sweepKeys = [
  'flipRatio', 'crop.margin', 'crop.randomMargin', 'crop.wristExtra', 'augment.rotateDegrees', 'augment.perspective', 'augment.colour', 'seed', 'learningRate', 'weightDecay',
  'dropPath', 'labelSmoothing', 'ema', 'epochs', 'batchSize', 'imageSize', 'warmupEpochs', 'model', 'optimizer', 'schedule', 'precision', 'classWeights',
  'keypoints.normaliseRotation', 'keypoints.place', 'keypoints.frames', 'augment.scale', 'augment.keypointJitter', 'augment.keypointDrop', 'augment.frameDrop', 'augment.frameRepeat', 'augment.strayHands',
] as const
export type SweepKey = (typeof sweepKeys)[number]
const wordKeys: readonly SweepKey[] = ['model', 'optimizer', 'schedule', 'precision', 'classWeights']
const switchKeys: readonly SweepKey[] = ['keypoints.normaliseRotation', 'keypoints.place']
/** How people write that something is on or off. */
const switches: Readonly<Record<string, boolean>> = { on: true, true: true, yes: true, '1': true, off: false, false: false, no: false, '0': false }

export const mostKeys = 4
/** As many values as the contract takes for one key. */
export const mostValues = 64

/** A line of the form: a key, and its values as they are typed, `0.1, 0.2, 0.3`. */
export interface VaryRow {
  key: SweepKey
  text: string
}

export interface VaryProblem {
  /** `empty`: nothing is typed yet. */
  kind: 'empty' | 'number' | 'whole' | 'low' | 'high' | 'word' | 'model' | 'otherKind' | 'switch' | 'many'
  /** What was typed, and what would do. */
  value: string
  limit: string
}

export interface ReadRow {
  values: (number | string | boolean)[]
  problem: VaryProblem | null
}

/** Reads the values of a line as the contract would take each of them in this config. */
export function readRow(row: VaryRow, draft: Draft, models: readonly Pick<ModelInfo, 'name'>[]): ReadRow {
  const parts = [...new Set(row.text.split(/[\s,;]+/).filter((part) => part !== ''))]
  if (parts.length === 0) return { values: [], problem: { kind: 'empty', value: '', limit: '' } }
  if (parts.length > mostValues) return { values: [], problem: { kind: 'many', value: String(parts.length), limit: String(mostValues) } }
  const values = parts.map((part) => valueOf(row.key, part))
  for (const [index, value] of values.entries()) {
    const problem = problemOf(row.key, value, draft, models)
    if (problem !== null) return { values: [], problem: { ...problem, value: parts[index] ?? '' } }
  }
  return { values, problem: null }
}

const valueOf = (key: SweepKey, part: string): ReadRow['values'][number] => (wordKeys.includes(key) ? part : switchKeys.includes(key) ? (switches[part.toLowerCase()] ?? part) : Number(part))

function problemOf(key: SweepKey, value: ReadRow['values'][number], draft: Draft, models: readonly Pick<ModelInfo, 'name'>[]): Omit<VaryProblem, 'value'> | null {
  if (typeof value === 'number' && !Number.isFinite(value)) return { kind: 'number', limit: '' }
  if (key === 'model' && models.length > 0 && !models.some(({ name }) => name === value)) return { kind: 'model', limit: '' }
  if (key === 'model' && seesKeypoints(String(value)) !== seesKeypoints(draft.model)) return { kind: 'otherKind', limit: '' }
  if (switchKeys.includes(key) && typeof value !== 'boolean') return { kind: 'switch', limit: '' }
  const issue = innermost(withValue(draft, key, value).error?.issues[0])
  if (issue === undefined) return null
  if (issue.code === 'too_small') return { kind: 'low', limit: `${issue.inclusive === false ? '> ' : ''}${issue.minimum}` }
  if (issue.code === 'too_big') return { kind: 'high', limit: String(issue.maximum) }
  if (issue.code === 'invalid_value') return { kind: 'word', limit: issue.values?.join(', ') ?? '' }
  return { kind: 'whole', limit: '' }
}

interface Issue {
  code: string
  inclusive?: boolean | undefined
  minimum?: number | bigint | undefined
  maximum?: number | bigint | undefined
  values?: readonly unknown[] | undefined
  errors?: readonly (readonly Issue[])[] | undefined
}

/** What is wrong with the first way of reading a value, where there are several. */
const innermost = (issue: object | undefined): Issue | undefined => {
  const found = issue as Issue | undefined
  return found?.code === 'invalid_union' ? (innermost(found.errors?.[0]?.[0]) ?? found) : found
}

/** How many runs the combinations make. */
export const sweepRuns = (vary: SweepVary): number => vary.reduce((product, { values }) => product * values.length, 1)

/**
 * Mean time of the sweep's runs over that of the config itself, by what time is known to follow: epochs, the square of the picture's side,
 * and the model's multiply-adds (of a keypoint model: a frame's).
 */
export function sweepCost(vary: SweepVary, config: Pick<TrainConfig, 'epochs' | 'imageSize' | 'model'>, models: readonly Pick<ModelInfo, 'name' | 'flops' | 'imageSize'>[]): number {
  const work = (name: unknown): number => {
    const model = models.find((one) => one.name === name)
    if (model === undefined) return 1
    return seesKeypoints(model.name) ? model.flops : model.flops / model.imageSize ** 2
  }
  const factors: Partial<Record<string, (value: unknown) => number>> = {
    epochs: (value) => Number(value) / config.epochs,
    imageSize: (value) => (Number(value) / config.imageSize) ** 2,
    model: (value) => work(value) / work(config.model),
  }
  return vary.reduce((product, { key, values }) => product * mean(values.map((value) => factors[key]?.(value) ?? 1)), 1)
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
