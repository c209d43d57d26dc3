import { resumeChanges, type ResumeChanges, type RunFold, type TrainConfig } from '../../../../src-main/contract/train.ts'

/** What the messages of failed folds propose to go on with: the pairs of `--set accumulate=2` that the contract takes. */
export function proposedChanges(folds: readonly Pick<RunFold, 'message'>[]): ResumeChanges {
  const pairs = folds.flatMap(({ message }) => [...(message ?? '').matchAll(/--set (\w+)=(\d[\d.]*(?:e[+-]?\d+)?)/g)])
  return Object.assign({}, ...pairs.map(([, name = '', value]) => resumeChanges.safeParse({ [name]: Number.parseFloat(value ?? '') }).data))
}

/** The settings of `wanted` that may change when a run goes on, and do. */
export function changesOf(config: TrainConfig, wanted: TrainConfig): ResumeChanges {
  const names = Object.keys(resumeChanges.shape) as (keyof ResumeChanges)[]
  return Object.fromEntries(names.filter((name) => wanted[name] !== config[name]).map((name) => [name, wanted[name]]))
}
