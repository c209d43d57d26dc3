import { HandloomError } from '../contract/errors.ts'
import type { SplitOptions } from '../contract/split.ts'

/**
 * The class as which each class is balanced: of merged ones the lowest pose id, else itself.
 * @throws HandloomError `bad-request` for a class that is named twice among the always trained and the merged
 */
export function mergedClass({ always, merge }: Pick<SplitOptions, 'always' | 'merge'>): (poseId: number) => number {
  const named = new Set<number>()
  for (const poseId of [...always, ...merge.flat()]) {
    if (named.has(poseId)) throw new HandloomError('bad-request', `Class ${poseId} is named twice. A class is either trained always or merged with others, and that once; take it out of one of them.`)
    named.add(poseId)
  }
  const target = new Map(merge.flatMap((list) => list.map((poseId) => [poseId, Math.min(...list)] as const)))
  return (poseId) => target.get(poseId) ?? poseId
}
