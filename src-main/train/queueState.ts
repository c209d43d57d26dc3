import type { QueueEntry, QueueState } from '../contract/train.ts'
import { laneOf } from './devices.ts'
import { sameFold, type FoldKey, type TrainQueue } from './queue.ts'
import type { StoredFold, StoredRun } from './runStore.ts'

interface Runs {
  ids(): number[]
  run(id: number): Pick<StoredRun, 'name' | 'config'>
  folds(id: number): StoredFold[]
}

/** Seconds that a fold still needs, by what it says or by the epochs of the run's other folds; null while nothing is known. */
function secondsLeftOf({ runId, fold }: FoldKey, runs: Runs): number | null {
  const folds = runs.folds(runId)
  const own = folds.find((row) => row.fold === fold)
  if (!own) return null
  if (own.secondsLeft !== null) return own.secondsLeft
  const times = folds.flatMap(({ secondsPerEpoch }) => secondsPerEpoch ?? [])
  return times.length === 0 ? null : (times.reduce((sum, time) => sum + time, 0) / times.length) * (own.epochs - own.epoch)
}

function entryOf({ runId, fold }: FoldKey, runs: Runs): QueueEntry {
  const { epoch = 0, epochs = 0 } = runs.folds(runId).find((row) => row.fold === fold) ?? {}
  return { runId, fold, runName: runs.run(runId).name, epoch, epochs, secondsLeft: secondsLeftOf({ runId, fold }, runs) }
}

/** The queue of the process that holds the project, as the folds' rows tell it; whether it is paused is not known. */
export function queueOfAnother(entries: readonly FoldKey[], runs: Runs): QueueState {
  const running = runs.ids().flatMap((runId) => runs.folds(runId).flatMap(({ fold, device }) => (device === null ? [] : { name: device, running: { runId, fold }, busyWith: null })))
  const isRunning = (fold: FoldKey): boolean => running.some((device) => sameFold(device.running, fold))
  return { state: 'on', devices: running, waiting: entries.filter((entry) => !isRunning(entry)).map((entry) => entryOf(entry, runs)), secondsLeft: null }
}

/**
 * The queue as it is shown. All is done when the device that is busy longest is, each waiting fold going to the one of its lane that is free
 * first. What takes keypoints is told of while it does or waits for something.
 */
export function queueState(queue: TrainQueue, runs: Runs): QueueState {
  const waiting = queue.waiting().map((fold) => entryOf(fold, runs))
  const lanes = waiting.map(({ runId }) => laneOf(runs.run(runId).config.model))
  const devices = queue.devices().filter(({ device, running, busyWith }) => device.takes === 'pictures' || running !== null || busyWith !== null || lanes.includes(device.takes))
  const busy = devices.map(({ running }) => (running ? secondsLeftOf(running, runs) : 0))
  let known = busy.every((seconds) => seconds !== null)
  const until = busy.map((seconds) => seconds ?? 0)
  for (const [place, { secondsLeft }] of waiting.entries()) {
    known &&= secondsLeft !== null
    const [first = 0] = devices.flatMap(({ device }, at) => (device.takes === lanes[place] ? at : [])).sort((a, b) => (until[a] ?? 0) - (until[b] ?? 0))
    until[first] = (until[first] ?? 0) + (secondsLeft ?? 0)
  }
  return {
    state: !queue.paused ? 'on' : devices.some(({ running }) => running !== null) ? 'pausing' : 'paused',
    devices: devices.map(({ device, running, busyWith }) => ({ name: device.name, running, busyWith })),
    waiting,
    secondsLeft: known ? Math.max(...until) : null,
  }
}
