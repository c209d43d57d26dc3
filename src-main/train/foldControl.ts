import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComputeProcess } from './computeProcess.ts'
import type { ComputeMessage } from './messages.ts'

/** A batch as a fold's process wrote it, its pictures one after the other. */
export type ShownBatch = Omit<Extract<ComputeMessage, { type: 'batch' }>, 'type' | 'file'> & { pixels: Uint8Array }

/** The line to a fold that runs: how it is stopped, and asked what it sees. */
export interface FoldControl {
  /** Aborted: it ends at once, with a checkpoint. */
  readonly signal: AbortSignal
  /** What the fold is when it has stopped: waiting, first in the queue, or stopped until it is resumed. */
  readonly leave: 'stopped' | 'queued'
  /** Whether a stop was asked for. */
  readonly stopping: boolean
  stop(when: 'now' | 'after-epoch', leave: 'stopped' | 'queued'): void
  /** The batch of its next step; null when none comes in time, or it ends. */
  batch(): Promise<ShownBatch | null>
  /** Called with the process when it runs, and with all that it says. */
  attach(compute: Pick<ComputeProcess, 'send'>): void
  hear(message: ComputeMessage): void
}

const batchMilliseconds = 20_000

/** @param folder the fold's, where its process puts pictures */
export function createFoldControl(folder: string): FoldControl {
  const abort = new AbortController()
  let leave: FoldControl['leave'] = 'stopped'
  let afterEpoch = false
  let compute: Pick<ComputeProcess, 'send'> | null = null
  let asked: ((batch: ShownBatch | null) => void)[] = []

  function answer(batch: ShownBatch | null): void {
    for (const resolve of asked) resolve(batch)
    asked = []
  }

  return {
    signal: abort.signal,
    get leave() {
      return leave
    },
    get stopping() {
      return afterEpoch || abort.signal.aborted
    },
    stop(when, then) {
      leave = then
      if (when === 'now') return abort.abort()
      afterEpoch = true
      compute?.send({ type: 'stop', when })
    },
    batch() {
      if (!compute || abort.signal.aborted) return Promise.resolve(null)
      const { promise, resolve } = Promise.withResolvers<ShownBatch | null>()
      const late = setTimeout(() => resolve(null), batchMilliseconds)
      if (asked.push(resolve) === 1) compute.send({ type: 'show-batch' })
      return promise.finally(() => clearTimeout(late))
    },
    attach(started) {
      compute = started
      // Asked for while the crops were still cut.
      if (afterEpoch) started.send({ type: 'stop', when: 'after-epoch' })
    },
    hear(message) {
      if (message.type !== 'batch') return
      const { type: _type, file, ...batch } = message
      // Read before the next one is written over it.
      void readFile(join(folder, file)).then((pixels) => answer({ ...batch, pixels }), () => answer(null))
    },
  }
}
