import { HandloomError } from '../contract/errors.ts'
import type { Lane, TrainingDevice } from './devices.ts'
import type { QueueStore } from './queueStore.ts'

export interface FoldKey {
  runId: number
  fold: number
}

/** Whether a fold is over (done, failed, stopped), or goes on when a device is free: it is then first in the queue. */
export type FoldEnd = 'over' | 'again'

export type OtherWork = 'predict' | 'trial'

export interface QueueDeviceState {
  device: TrainingDevice
  running: FoldKey | null
  busyWith: OtherWork | null
}

export interface TrainQueue {
  /** Puts folds at the end; on disk when it returns. */
  add(folds: readonly FoldKey[]): void
  /** Takes folds that wait out; what runs is not touched. */
  remove(folds: readonly FoldKey[]): void
  /** The waiting folds in this order; what is left out follows, as it was. */
  arrange(order: readonly FoldKey[]): void
  /** Nothing starts until `continue`; kept over restarts. */
  pause(): void
  continue(): void
  /** Lets folds start that waited when the last process ended, unless the queue was paused. */
  goOn(): void
  /** Gives work of another kind a device of a lane: at once, or, where it may wait, before any fold. @throws HandloomError `conflict` when it may not and all are busy */
  use<T>(kind: OtherWork, work: (device: TrainingDevice) => Promise<T>, options: { wait: boolean; lane: Lane }): Promise<T>
  readonly paused: boolean
  devices(): QueueDeviceState[]
  waiting(): FoldKey[]
  /** Those of them that an earlier process left, until they are asked for or let go on. */
  dormant(): FoldKey[]
  /** Resolves when nothing runs and nothing that waits may start. */
  idle(): Promise<void>
  /** Nothing starts any more. */
  close(): void
}

/** `3/0`: fold 0 of run 3. */
export const foldName = ({ runId, fold }: FoldKey): string => `${runId}/${fold}`

export const sameFold = (one: FoldKey, other: FoldKey): boolean => one.runId === other.runId && one.fold === other.fold
const pausedKey = 'queue paused'

/**
 * Folds that wait for the devices, in an order that outlives the process: what ran when it died waits first. A device takes folds of its lane
 * only, so those of one lane never wait for those of another. A fold's own errors are not the queue's; `run` does not throw. In a read-only
 * project nothing starts.
 */
export function createQueue({ devices, laneOf, store, run, changed, readOnly = false }: {
  /** Looked for when the first work needs one: it takes a moment. */
  devices(): readonly TrainingDevice[]
  laneOf(fold: FoldKey): Lane
  store: QueueStore
  run(fold: FoldKey, device: TrainingDevice): Promise<FoldEnd>
  changed(): void
  readOnly?: boolean
}): TrainQueue {
  let made: QueueDeviceState[] | null = null
  const slots = (): QueueDeviceState[] => (made ??= devices().map((device) => ({ device, running: null, busyWith: null })))
  let waiting = store.entries()
  /** Left by an earlier process, and not asked for in this one. */
  let dormant = [...waiting]
  let others: { lane: Lane; begin(slot: QueueDeviceState): Promise<void>; refuse(error: HandloomError): void }[] = []
  let idlers: (() => void)[] = []
  let paused = false
  let closed = readOnly

  const isFree = ({ running, busyWith }: QueueDeviceState): boolean => running === null && busyWith === null
  const running = (): FoldKey[] => (made ?? []).flatMap((slot) => slot.running ?? [])
  const mayStart = (lane?: Lane): FoldKey | undefined => (paused ? undefined : waiting.find((fold) => !dormant.some((left) => sameFold(left, fold)) && (lane === undefined || laneOf(fold) === lane)))
  const keep = (): void => store.setEntries([...running(), ...waiting])

  /** Where the disk refuses, the order is only in memory until the next change; the folds' own rows say the rest. */
  function keepIfPossible(): void {
    try {
      keep()
    } catch (error) {
      console.error(error)
    }
    changed()
  }

  function next(): void {
    const wanted = (): boolean => !closed && (others.length > 0 || mayStart() !== undefined)
    for (const slot of wanted() ? slots().filter(isFree) : []) {
      const { takes } = slot.device
      const other = others.find(({ lane }) => lane === takes)
      const fold = other ? undefined : mayStart(takes)
      others = others.filter((one) => one !== other)
      if (other) void other.begin(slot)
      else if (fold) void train(slot, fold)
    }
    if (made?.some((slot) => !isFree(slot)) || wanted()) return
    for (const idler of idlers) idler()
    idlers = []
  }
  // Its own task, so that the caller's state is settled before the work begins.
  const soon = (): void => queueMicrotask(next)

  async function train(slot: QueueDeviceState, fold: FoldKey): Promise<void> {
    waiting = waiting.filter((entry) => !sameFold(entry, fold))
    slot.running = fold
    keepIfPossible()
    const end = await run(fold, slot.device)
    slot.running = null
    if (end === 'again') waiting = [fold, ...waiting]
    keepIfPossible()
    next()
  }

  async function occupy<T>(slot: QueueDeviceState, kind: OtherWork, work: (device: TrainingDevice) => Promise<T>): Promise<T> {
    slot.busyWith = kind
    changed()
    try {
      return await work(slot.device)
    } finally {
      slot.busyWith = null
      changed()
      soon()
    }
  }

  return {
    add(folds) {
      const known = (fold: FoldKey): boolean => running().some((entry) => sameFold(entry, fold))
      waiting = [...waiting.filter((entry) => !folds.some((fold) => sameFold(fold, entry))), ...folds.filter((fold) => !known(fold))]
      dormant = dormant.filter((left) => !folds.some((fold) => sameFold(fold, left)))
      keep()
      changed()
      soon()
    },
    remove(folds) {
      waiting = waiting.filter((entry) => !folds.some((fold) => sameFold(fold, entry)))
      keepIfPossible()
      soon()
    },
    arrange(order) {
      const first = order.flatMap((fold) => waiting.find((entry) => sameFold(entry, fold)) ?? [])
      waiting = [...new Set([...first, ...waiting])]
      keep()
      changed()
    },
    pause() {
      store.setValue(pausedKey, true)
      paused = true
      changed()
      soon()
    },
    continue() {
      store.setValue(pausedKey, false)
      paused = false
      dormant = []
      changed()
      soon()
    },
    goOn() {
      paused = store.value<boolean>(pausedKey) === true
      dormant = []
      changed()
      soon()
    },
    use<T>(kind: OtherWork, work: (device: TrainingDevice) => Promise<T>, { wait, lane }: { wait: boolean; lane: Lane }): Promise<T> {
      const slot = slots().find((one) => one.device.takes === lane && isFree(one))
      if (slot && !others.some((other) => other.lane === lane)) return occupy(slot, kind, work)
      if (!wait) return Promise.reject(new HandloomError('conflict', 'All devices are busy. Wait until a fold is done, or pause the queue.'))
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      others.push({ lane, begin: (found) => occupy(found, kind, work).then(resolve, reject), refuse: reject })
      return promise
    },
    get paused() {
      return paused
    },
    devices: () => slots().map((slot) => ({ ...slot })),
    waiting: () => [...waiting],
    dormant: () => [...dormant],
    idle() {
      const { promise, resolve } = Promise.withResolvers<void>()
      idlers.push(resolve)
      soon()
      return promise
    },
    close() {
      closed = true
      for (const { refuse } of others) refuse(new HandloomError('interrupted', 'The project was closed before a device was free.'))
      others = []
      soon()
    },
  }
}
