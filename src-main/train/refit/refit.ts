import { toHandloomError } from '../../contract/errors.ts'
import type { Emit } from '../../contract/events.ts'
import type { RefitState } from '../../contract/keypoints.ts'
import type { EvaluateRoom } from '../../contract/rooms.ts'
import type { RunChangesSince } from '../../contract/train.ts'
import type { QueueStore } from '../queueStore.ts'
import type { MadeRun, RunMaker } from '../runMaker.ts'
import { createRefitRuns, type RefitRunsDeps } from './refitRuns.ts'
import { unlessMissing } from '../unlessMissing.ts'
import { isActive, progressOf } from './refitProgress.ts'

export interface RefitDeps extends RefitRunsDeps {
  values: Pick<QueueStore, 'value' | 'setValue'>
  maker: Pick<RunMaker, 'refit' | 'changesSince'>
  evaluate: Pick<EvaluateRoom, 'summary'>
  /** @throws HandloomError why nothing can be changed here */
  requireWritable(): void
  /** @throws HandloomError why nothing can be trained now */
  requireReady(): Promise<void>
  /** Puts a run's folds first in the queue. */
  begin(run: MadeRun): void
  /** Takes a run's folds out of the queue and resolves when none of them runs any more. */
  halt(runId: number): Promise<void>
  emit: Emit
  readOnly: boolean
  /** How long edits must rest. */
  restMilliseconds?: number
}

export interface Refit {
  state(): Promise<RefitState>
  /** @throws HandloomError `conflict` in a read-only project */
  setEnabled(enabled: boolean): Promise<RefitState>
  /** The run of the refits of the newest base run; null before the first. */
  runId(): number | null
  /** Keypoints or labels of these sequences were edited, or an edit of them was undone or redone. */
  edited(folders: readonly string[]): void
  /** A run or one of its folds is another. */
  runChanged(id: number): void
  /** Goes on where the last process ended, and from now on follows edits. */
  goOn(): void
  /** Resolves when nothing is being prepared any more. */
  close(): Promise<void>
}

const enabledKey = 'keypoint refit'

/**
 * Fits the newest keypoint run again, behind, whenever training sequences were edited: once edits rest, its folds are trained anew on the data as they are,
 * always in the same second run. An edit meanwhile stops that, and it begins anew after the rest. Before `goOn` (on the command line) edits are not
 * followed; what was edited so is fitted when the project is opened the next time.
 */
export function createRefit({ values, maker, evaluate, requireWritable, requireReady, begin, halt, emit, readOnly, restMilliseconds = 1500, ...deps }: RefitDeps): Refit {
  const { folds } = deps
  const runs = createRefitRuns(deps)
  const enabled = (): boolean => values.value<boolean>(enabledKey) === true
  let awake = false
  let closed = false
  const follows = (): boolean => awake && !closed && enabled()
  let rest: NodeJS.Timeout | undefined
  /** Edits wait for their rest, or are being looked at. */
  let waiting = false
  let failure: string | null = null
  /** Rises with everything after which a fit that is being prepared is of no use. */
  let generation = 0
  let turn: Promise<unknown> = Promise.resolve()
  /** Sequences that differ from those of the base run: as last compared, and what was edited since. */
  let known: { base: number; folders: string[] } | null = null
  /** Base run for which a fit was last looked for. */
  let lastBase: number | null = null
  let told = ''
  let telling: Promise<unknown> | null = null
  let untold = false

  /** What stops and begins fits goes one after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  const refitRunId = (): number | null => runs.refitOf(runs.base())

  function progress(): Pick<RefitState, 'state' | 'foldsDone' | 'folds' | 'message'> {
    const [base, refit] = [runs.base(), refitRunId()]
    return progressOf({ rows: refit === null ? null : folds(refit), planned: base === null ? 0 : folds(base).length, waiting, failure, enabled: enabled() })
  }

  async function state(): Promise<RefitState> {
    const base = runs.base()
    const now = progress()
    const refit = refitRunId()
    const logLossOf = (id: number): Promise<number | null> => unlessMissing(async () => (await evaluate.summary({ runId: id })).sequence.logLoss)
    return {
      enabled: enabled(),
      baseRunId: base,
      runId: refit,
      ...now,
      edited: base === null ? [] : await differing(base),
      logLossBefore: base === null ? null : await logLossOf(base),
      logLossAfter: refit === null || now.foldsDone < now.folds ? null : await logLossOf(refit),
    }
  }

  async function differing(base: number): Promise<string[]> {
    if (readOnly || known?.base !== base) known = { base, folders: (await unlessMissing(async () => (await maker.changesSince(base)).folders)) ?? [] }
    return known.folders
  }

  /** Tells the listeners; what changes while it is put together is told again. */
  function tell(): void {
    untold = true
    telling ??= tellAll().catch((error: unknown) => closed || console.error(error)).then(() => (telling = null))
  }
  async function tellAll(): Promise<void> {
    while (untold) {
      untold = false
      if (closed) return
      told = JSON.stringify(progress())
      const refit = await state()
      if (!closed) emit({ type: 'refit', refit })
    }
  }

  /** Whether the refit is of other data than there are now, or came to no end. */
  async function isDue(base: number, refit: number | null): Promise<boolean> {
    if (refit !== null && folds(refit).some((fold) => fold.state !== 'done' && !isActive(fold))) return true
    return trainingChanged(await maker.changesSince(refit ?? base))
  }

  async function fit(): Promise<void> {
    const mine = generation
    const wanted = (): boolean => mine === generation && follows()
    const base = runs.base()
    const refit = runs.refitOf(base)
    try {
      if (base === null || !wanted() || !(await isDue(base, refit))) return
      await requireReady()
      if (refit !== null) await halt(refit)
      if (!wanted()) return
      const made = await maker.refit(base, refit)
      if (wanted()) begin(made)
      else await halt(made.id)
    } catch (error) {
      if (closed) return
      if (mine === generation) failure = toHandloomError(error).message
      // Folds that wait for nothing any more.
      const left = refitRunId()
      if (left !== null) await halt(left)
    } finally {
      if (mine === generation) waiting = false
      tell()
    }
  }

  /** Fits once edits rest; what is being fitted is of no use any more. */
  function fitAfterRest(): void {
    const refit = refitRunId()
    generation++
    waiting = true
    failure = null
    clearTimeout(rest)
    if (refit !== null && folds(refit).some(isActive)) void inTurn(() => halt(refit))
    rest = setTimeout(() => {
      known = null
      void inTurn(fit)
    }, restMilliseconds)
    tell()
  }

  /** Looks whether a fit is due; one that is underway and is of the data as they are goes on. */
  function fitIfDue(): void {
    lastBase = runs.base()
    known = null
    if (!follows() || lastBase === null) return
    failure = null
    waiting = true
    void inTurn(fit)
  }

  return {
    state,
    runId: refitRunId,
    async setEnabled(wanted) {
      requireWritable()
      values.setValue(enabledKey, wanted)
      generation++
      clearTimeout(rest)
      waiting = false
      failure = null
      if (wanted) {
        awake = true
        fitIfDue()
      } else await inTurn(async () => {
        const refit = refitRunId()
        if (refit !== null && folds(refit).some(isActive)) await halt(refit)
      })
      tell()
      return state()
    },
    edited(folders) {
      if (closed) return
      const base = runs.base()
      if (base === null) return
      if (known?.base === base) known = { base, folders: [...new Set([...known.folders, ...folders])] }
      if (follows() && folders.some(isTraining)) return fitAfterRest()
      if (known) tell()
      if (waiting) return
      clearTimeout(rest)
      rest = setTimeout(() => (known = null), restMilliseconds)
    },
    runChanged(id) {
      if (closed) return
      const base = runs.base()
      if (id === runs.refitOf(base)) {
        if (JSON.stringify(progress()) !== told) tell()
      } else if (id === base && id !== lastBase) {
        // Edits were made while it was trained, or it is the first.
        fitIfDue()
        tell()
      }
    },
    goOn() {
      if (readOnly) return
      awake = true
      fitIfDue()
    },
    async close() {
      closed = true
      clearTimeout(rest)
      await Promise.all([turn, telling])
    },
  }
}

const isTraining = (folder: string): boolean => folder.startsWith('train/')

const trainingChanged = ({ folders, added, removed }: RunChangesSince): boolean => [folders, added, removed].some((list) => list.some(isTraining))
