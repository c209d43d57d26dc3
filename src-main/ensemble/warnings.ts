import type { SubmitOptions } from '../contract/ensemble.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import { unknownClassProbability } from './combine.ts'
import type { Form } from './form.ts'
import { some } from './naming.ts'
import type { PredictedRun } from './predictedRuns.ts'

/** What is well-formed in a submission but worth knowing. */
export function warningsOf(runs: readonly Pick<PredictedRun, 'run' | 'test'>[], form: Form, { folds, clip }: Pick<SubmitOptions, 'folds' | 'clip'>, dataset: Pick<DatasetRoom, 'summaries' | 'dataHash' | 'has'>): string[] {
  const known = new Set(runs.flatMap(({ test }) => test.poseIds))
  const ascending = [...known].sort((a, b) => a - b)
  const unknown = form.table.header.slice(1).filter((_, index) => !known.has(form.columns[index] ?? Number.NaN))
  const dropped = ascending.filter((poseId) => !form.columns.includes(poseId))
  const strange = [...new Set(form.folders.filter((folder) => !dataset.has(folder)))]
  const inSample = new Set(form.folders)
  const left = dataset.summaries('test').filter(({ folder }) => !inSample.has(folder)).map(({ folder }) => folder)
  const dataHash = dataset.dataHash()
  const stale = runs.filter(({ run }) => run.provenance.dataHash !== dataHash).map(({ run }) => run.id)
  const unfinished = runs.filter(({ run }) => run.folds.some(({ state }) => state !== 'done')).map(({ run }) => run.id)
  return [
    ...(unknown.length > 0 ? [`No run knows ${some('class', unknown)} of the sample; each gets a probability of ${clip > unknownClassProbability ? clip : 'one in a million'}.`] : []),
    ...(dropped.length > 0 ? [`The sample has no column for ${some('class', dropped)} of the runs; what they got is shared among the others.`] : []),
    ...runs.flatMap(({ run, test }) => {
      const own = new Set(test.poseIds)
      const lacking = ascending.filter((poseId) => !own.has(poseId))
      return lacking.length > 0 ? [`Run ${run.id} does not know ${some('class', lacking)}, which others do; it gives nothing to ${lacking.length === 1 ? 'it' : 'them'}.`] : []
    }),
    ...(strange.length > 0 ? [`The data set does not have ${some('sequence', strange)} of the sample; all classes get the same there.`] : []),
    ...(left.length > 0 ? [`The sample has no row for ${some('sequence', left)}; left out.`] : []),
    ...runs.flatMap(({ run, test: { failures: [first, ...more] } }) => (first ? [`Run ${run.id} left out frame ${first.frame} of ${first.folder}${more.length > 0 ? ` and ${more.length} more` : ''}: ${first.reason}`] : [])),
    ...(stale.length > 0 ? [`The data folder has changed since ${some('run', stale)} ${stale.length === 1 ? 'was' : 'were'} trained.`] : []),
    ...(unfinished.length > 0 ? [`Not every fold of ${some('run', unfinished)} is done; the finished ones are averaged.`] : []),
    ...(folds === 'equal' ? [] : [`The estimated log loss says nothing of how folds are ${folds === 'best' ? 'chosen' : 'weighted'}: out of fold a sequence is judged by the one fold that did not learn from it.`]),
  ]
}
