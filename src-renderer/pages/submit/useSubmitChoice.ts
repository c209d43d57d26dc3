import { computed, ref, type ComputedRef, type WritableComputedRef } from 'vue'
import type { Blend, EnsembleWays, Submission } from '../../../src-main/contract/ensemble.ts'
import type { Run } from '../../../src-main/contract/train.ts'
import { api } from '../../api/client.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { useProjectStore } from '../../stores/project.ts'
import { useRunsStore } from '../../stores/runs.ts'
import { areOwnViews } from './bench/views.ts'
import { optionsOf, plainChoice, type Choice } from './choice.ts'

/** What was chosen, in which project: it is there again when a person comes back from another page. */
const kept = ref<{ project: string; runIds: number[] | null; choice: Choice }>({ project: '', runIds: null, choice: plainChoice })

export interface SubmitChoice {
  /** Runs with a finished fold. */
  finished: ComputedRef<Run[]>
  runIds: WritableComputedRef<number[]>
  choice: WritableComputedRef<Choice>
  blend: Query<Blend>
  ways: Query<EnsembleWays>
  submit: () => Promise<Submission>
}

/** The runs and the way of the next submission, with what both bring. `onChange`: something was chosen. */
export function useSubmitChoice(onChange: () => void): SubmitChoice {
  const project = useProjectStore()
  const runs = useRunsStore()
  const own = computed(() => (kept.value.project === project.current?.project ? kept.value : { runIds: null, choice: plainChoice }))
  const keep = (part: Partial<typeof kept.value>): void => {
    kept.value = { ...own.value, ...part, project: project.current?.project ?? '' }
    onChange()
  }
  const finished = computed(() => runs.runs.filter(({ folds }) => folds.some(({ state }) => state === 'done')))
  const runIds = computed({
    get: () => (own.value.runIds ?? (runs.newestFinished === null ? [] : [runs.newestFinished.id])).filter((id) => finished.value.some((run) => run.id === id)),
    set: (ids) => keep({ runIds: ids }),
  })
  const choice = computed({
    get: () => {
      const { views, ...rest } = own.value.choice
      return { ...rest, views: views !== null && areOwnViews(views, finished.value.filter(({ id }) => runIds.value.includes(id))) ? null : views }
    },
    set: (value) => keep({ choice: value }),
  })
  const key = (name: string): readonly unknown[] | null => (runIds.value.length === 0 ? null : [name, ...runIds.value])
  const refreshOn = { evaluation: ({ runId }: { runId: number }) => runIds.value.includes(runId), edit: true as const }
  return {
    finished, runIds, choice,
    blend: useQuery({ key: () => key('blend'), load: (signal) => api.ensemble.blend.query({ runIds: runIds.value }, { signal }), refreshOn, refreshEvery: 1000 }),
    ways: useQuery({ key: () => key('ways'), load: (signal) => api.ensemble.ways.query({ runIds: runIds.value }, { signal }), refreshOn, refreshEvery: 1000 }),
    submit: () => api.ensemble.submit.mutate(optionsOf(runIds.value, choice.value)),
  }
}
