import type { Run, RunScore } from '../../../../src-main/contract/train.ts'
import { modelParts } from '../modelKinds.ts'

/** A row of the run list: a run, or the head over the runs of one sweep. */
export type ListRow = { kind: 'run'; run: Run; swept: boolean } | { kind: 'sweep'; id: string; keys: string[]; runs: number }

/** A run that repeats or retrains one of a sweep stands by itself. */
const inSweep = ({ sweep, madeFrom }: Run): boolean => sweep !== null && madeFrom === null

/** The runs in their order with the runs of a sweep together under one head, where its newest run stands. */
export function listRows(runs: readonly Run[]): ListRow[] {
  const sweeps = Map.groupBy(runs.filter(inSweep), ({ sweep }) => sweep?.id ?? '')
  const seen = new Set<string>()
  return runs.flatMap((run): ListRow[] => {
    if (run.sweep === null || !inSweep(run)) return [{ kind: 'run', run, swept: false }]
    const { id, values } = run.sweep
    if (seen.has(id)) return []
    seen.add(id)
    const members = sweeps.get(id) ?? []
    return [{ kind: 'sweep', id, keys: Object.keys(values), runs: members.length }, ...members.map((member) => ({ kind: 'run' as const, run: member, swept: true }))]
  })
}

/** Whether a run holds every word: in its name, model, id, state or swept values. */
export function matches({ id, name, config, state, sweep }: Run, words: string): boolean {
  const text = [String(id), name, ...modelParts(config), state, ...Object.entries(sweep?.values ?? {}).flat().map(String)].join(' ').normalize('NFC').toLowerCase()
  return words.normalize('NFC').toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

/** The log loss to tell a run by: out of fold and by sequence where there are predictions, else the mean of its folds' best so far. */
export function shownScore(run: Pick<Run, 'id' | 'folds'>, scores: readonly Pick<RunScore, 'runId' | 'sequence'>[]): { logLoss: number; outOfFold: boolean } | null {
  const scored = scores.find(({ runId }) => runId === run.id)
  if (scored !== undefined) return { logLoss: scored.sequence.logLoss, outOfFold: true }
  const known = run.folds.flatMap(({ bestLogLoss }) => (bestLogLoss === null ? [] : [bestLogLoss]))
  return known.length === 0 ? null : { logLoss: known.reduce((sum, value) => sum + value, 0) / known.length, outOfFold: false }
}
