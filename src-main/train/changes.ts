import type { RunChangesSince } from '../contract/train.ts'
import type { JobSequence } from './job.ts'
import type { RunPlan } from './runPlan.ts'
import type { PlannedSample } from './samples.ts'

/** All that training sees of a sample. */
const seen = ({ frame, hand, transform, label, role, width, height, keypointBox, source, toFrame, file, bytes, modified }: PlannedSample): unknown[] =>
  [role, frame, hand, transform, label, width, height, keypointBox, source, toFrame, file, bytes, modified]

const seenKeypoints = ({ role, label, transform, frames }: JobSequence): unknown[] => [role, label, transform, frames]

type Seen = Pick<RunPlan, 'samples' | 'sequences'>

function bySequence({ samples, sequences }: Seen): Map<string, string> {
  const all = [...samples.map((sample) => ({ folder: sample.folder, text: JSON.stringify(seen(sample)) })), ...sequences.map((sequence) => ({ folder: sequence.folder, text: JSON.stringify(seenKeypoints(sequence)) }))]
  return new Map([...Map.groupBy(all, ({ folder }) => folder)].map(([folder, own]) => [folder, own.map(({ text }) => text).toSorted().join()]))
}

/** Of plans that were asked about; a plan does not change. */
const known = new WeakMap<RunPlan, Map<string, string>>()

function remembered(plan: RunPlan): Map<string, string> {
  const sequences = known.get(plan) ?? bySequence(plan)
  known.set(plan, sequences)
  return sequences
}

/**
 * What differs between the plan of a run and one made from the data as they are now, sequence by sequence: boxes (so keypoints), labels,
 * pictures; keypoints and labels of a run that sees keypoints. An edit that changes nothing that training sees is not told.
 * @param folds the folds that the run has
 */
export function planChanges(before: RunPlan, now: Seen, folds: readonly number[]): Omit<RunChangesSince, 'recipes'> {
  const [old, fresh] = [remembered(before), bySequence(now)]
  const folders = [...old].flatMap(([folder, text]) => (fresh.has(folder) && fresh.get(folder) !== text ? [folder] : []))
  const validatedBy = (folder: string): ReadonlySet<number> => new Set(before.frameFolds?.[folder] ? Object.values(before.frameFolds[folder]) : [before.folds[folder] ?? -1])
  const learnt = folders.filter((folder) => folder in before.folds || before.frameFolds?.[folder])
  return {
    folders,
    added: [...fresh.keys()].filter((folder) => !old.has(folder)),
    removed: [...old.keys()].filter((folder) => !fresh.has(folder)),
    folds: folds.map((fold) => ({
      fold,
      validates: learnt.filter((folder) => validatedBy(folder).has(fold)),
      trains: learnt.filter((folder) => validatedBy(folder).size > 1 || !validatedBy(folder).has(fold)),
    })),
  }
}
