import type { Problem } from '../contract/dataset.ts'
import { crossChecks } from './crossChecks.ts'
import type { ClassRead } from './records.ts'
import { findCopies, type CopyCandidate } from './sameContent.ts'
import type { SequenceFacts } from './store.ts'

/** The problems that show only when the whole data set is looked at, copied pictures among them. `facts`: every sequence, in folder order. */
export function compareSequences(root: string, facts: readonly SequenceFacts[], classes: readonly ClassRead[]): Problem[] {
  return crossChecks({
    sequences: facts.map(({ sequence }) => sequence),
    frames: new Map(facts.map(({ sequence, frames }) => [sequence.folder, frames])),
    imageInfo: new Map(facts.flatMap(({ sequence, imageInfo }) => (imageInfo === null ? [] : [[sequence.folder, imageInfo]]))),
    classes,
    copies: findCopies(root, copyCandidates(facts)),
  })
}

/** Pictures that agree in size and checksums, in folder order. */
function copyCandidates(facts: readonly SequenceFacts[]): CopyCandidate[][] {
  const alike = new Map<string, CopyCandidate[]>()
  for (const { folder, file, size, fingerprint } of facts.flatMap(({ frames }) => frames)) {
    if (fingerprint === null) continue
    const [key, candidate] = [`${size} ${fingerprint}`, { folder, file, size }]
    const others = alike.get(key)
    if (others) others.push(candidate)
    else alike.set(key, [candidate])
  }
  return [...alike.values()].filter((group) => group.length > 1)
}
