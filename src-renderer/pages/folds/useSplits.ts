import { computed, ref, watch } from 'vue'
import { useRouter } from 'vue-router'
import type { SplitListEntry, SplitOptions, SplitRecord, SplitRequest } from '../../../src-main/contract/split.ts'
import { api } from '../../api/client.ts'
import { useAction } from '../../composables/useAction.ts'
import { useQuery } from '../../composables/useQuery.ts'
import { patchQuery } from '../../stores/address.ts'
import { useProjectStore } from '../../stores/project.ts'
import { realMoves, type Move } from './balance.ts'

/** An entry of the list for a split that was just made. */
const entryOf = ({ id, name, version, created, hash, options, parent, leakingSequences, moved }: SplitRecord): SplitListEntry => ({ id, name, version, created, hash, options, parent, leakingSequences, movedSequences: moved.length })

/** All splits, the one shown (`?split=3` of the address, else the newest), and everything that makes a new version of it. */
export function useSplits() {
  const project = useProjectStore()
  const router = useRouter()
  const chosen = ref<number | null>(null)
  const list = useQuery({ key: () => ['splits'], load: (signal) => api.split.list.query(undefined, { signal }), refreshOn: { split: true } })
  const splits = computed(() => [...(list.data.value ?? [])].sort((a, b) => b.id - a.id))
  const id = computed(() => (splits.value.some((split) => split.id === chosen.value) ? chosen.value : (splits.value[0]?.id ?? null)))
  const query = useQuery({ key: () => (id.value === null ? null : ['split', id.value]), load: (signal) => api.split.get.query({ id: id.value ?? 0 }, { signal }), refreshOn: { split: ({ splitId }) => splitId === id.value }, keepPrevious: true })
  const split = computed(() => query.data.value)
  const entry = computed(() => splits.value.find((other) => other.id === id.value) ?? null)

  /** What was shown when a version was made here. */
  const before = ref(new Map<number, number>())
  const earlier = computed(() => {
    const found = split.value === null ? undefined : (before.value.get(split.value.id) ?? split.value.parent)
    return splits.value.find((other) => other.id === found) ?? null
  })
  const later = computed(() => splits.value.find((other) => id.value !== null && (before.value.get(other.id) ?? other.parent) === id.value) ?? null)

  function show(next: number): void {
    chosen.value = next
    patchQuery(router, { split: String(next) })
  }

  function take(made: SplitRecord): void {
    const shown = entry.value
    if (shown !== null && shown.id !== made.id && shown.name === made.name) before.value.set(made.id, shown.id)
    list.set([entryOf(made), ...splits.value.filter((other) => other.id !== made.id)])
    show(made.id)
    query.set(made)
  }

  const making = useAction((request: SplitRequest) => api.split.make.mutate(request))
  const moving = useAction((from: number, moves: Move[]) => api.split.move.mutate({ id: from, moves }))
  const renaming = useAction((which: number, name: string) => api.split.rename.mutate({ id: which, name }))
  /** The moves by hand are made again, where the classes are still validated. */
  const remaking = useAction(async (options: SplitOptions, from: SplitRecord) => {
    const made = await api.split.make.mutate({ ...options, name: from.name })
    const classOf = new Map(made.folds.map(({ folder, poseId }) => [folder, poseId]))
    const moves = realMoves(made, from.moved.map(({ folder, to }) => ({ folder, fold: to }))).filter(({ folder }) => !options.always.includes(classOf.get(folder) ?? -1))
    return moves.length === 0 ? made : api.split.move.mutate({ id: made.id, moves })
  })
  /** Sequences can be moved: a split by frame has them in several folds. */
  const movable = computed(() => !project.readOnly && split.value !== null && split.value.frameFolds === null)
  const busy = computed(() => making.busy.value || moving.busy.value || remaking.busy.value)
  const taken = (made: SplitRecord | null): SplitRecord | null => {
    if (made !== null) take(made)
    return made
  }

  async function make(request: SplitRequest): Promise<SplitRecord | null> {
    return project.readOnly || busy.value ? null : taken(await making.run(request))
  }

  /** A new version with sequences moved; null when none of them would be elsewhere, or it failed. */
  async function move(moves: readonly Move[]): Promise<SplitRecord | null> {
    if (split.value === null || split.value.id !== id.value || !movable.value || busy.value) return null
    const real = realMoves(split.value, moves)
    return real.length === 0 ? null : taken(await moving.run(split.value.id, real))
  }

  /** A new version by other options. */
  async function remake(options: SplitOptions): Promise<SplitRecord | null> {
    return split.value === null || project.readOnly || busy.value ? null : taken(await remaking.run(options, split.value))
  }

  async function rename(which: number, name: string): Promise<void> {
    const renamed = await renaming.run(which, name)
    if (renamed === null) return
    list.set(renamed)
    await query.reload()
  }

  watch(
    () => router.currentRoute.value.query['split'],
    (asked) => {
      if (typeof asked === 'string' && /^\d{1,9}$/.test(asked)) chosen.value = Number(asked)
    },
    { immediate: true },
  )

  return { list, splits, id, query, split, entry, earlier, later, show, make, move, remake, rename, making: making.busy, busy, movable }
}

export type Splits = ReturnType<typeof useSplits>
