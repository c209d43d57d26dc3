import type { FlipTargets } from '../augment/sampleTransform.ts'

/** Which of the network's outputs each class index is, where a split merges classes, and the class's share of its output. */
export interface Outputs {
  of: number[]
  share: number[]
}

/**
 * The outputs of a run. Classes that are merged are one output, whose probability is later shared out by how many training frames each has
 * (evenly where none has any).
 * @param poseIds pose ids by class index
 * @param merge lists of pose ids; those that the data set lacks are left out
 * @param frames training frames by class index
 * @returns null where nothing is merged
 */
export function mergedOutputs(poseIds: readonly number[], merge: readonly (readonly number[])[], frames: readonly number[]): Outputs | null {
  const groups = merge.map((group) => poseIds.flatMap((poseId, index) => (group.includes(poseId) ? index : []))).filter((group) => group.length > 1)
  if (groups.length === 0) return null
  const first = new Map(groups.flatMap((group) => group.map((index) => [index, group[0] as number] as const)))
  const heads = poseIds.flatMap((_, index) => ((first.get(index) ?? index) === index ? index : []))
  const position = new Map(heads.map((index, output) => [index, output]))
  const of = poseIds.map((_, index) => position.get(first.get(index) ?? index) as number)
  const share = poseIds.map((_, index) => {
    const group = groups.find((members) => members.includes(index))
    if (!group) return 1
    const total = group.reduce((sum, member) => sum + (frames[member] ?? 0), 0)
    return total > 0 ? (frames[index] ?? 0) / total : 1 / group.length
  })
  return { of, share }
}

export const outputCount = (outputs: Outputs | null | undefined, classes: number): number => (outputs ? Math.max(...outputs.of) + 1 : classes)

/** The output of a class index; −1 stays −1. */
export const outputOf = (outputs: Outputs | null | undefined, label: number): number => (label < 0 ? -1 : (outputs?.of[label] ?? label))

/** Class index that an output stands for: the first of those it merges. */
export const classOfOutput = (outputs: Outputs | null | undefined, output: number): number => (outputs ? outputs.of.indexOf(output) : output)

/** Probabilities of the classes from those of the outputs. */
export const classProbabilities = (outputs: Outputs | null | undefined, values: Float32Array): Float32Array =>
  outputs ? Float32Array.from(outputs.of, (output, index) => (values[output] ?? 0) * (outputs.share[index] ?? 0)) : values

/** What the outputs of a picture mirrored left to right are: −1 where the classes of an output do not all go to one. */
export function outputTargets(outputs: Outputs | null | undefined, { horizontal }: FlipTargets): number[] {
  const targets = Array.from(horizontal)
  if (!outputs) return targets
  return Array.from({ length: outputCount(outputs, 0) }, (_, output) => {
    const [to = -1, ...others] = new Set(targets.flatMap((target, index) => (outputs.of[index] === output ? outputOf(outputs, target) : [])))
    return others.length > 0 ? -1 : to
  })
}
