import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { Emit } from '../../contract/events.ts'
import type { DatasetRoom } from '../../contract/rooms.ts'
import type { LeakReport, SplitRecord } from '../../contract/split.ts'
import type { Db } from '../../db/open.ts'
import { lookAt } from './frameHash.ts'
import { hashStore } from './hashStore.ts'
import { hashedFrames, takeInventory, type KnownFrame } from './inventory.ts'
import { nearDuplicates } from './nearDuplicates.ts'
import { hashBits, hashThreshold } from './perceptualHash.ts'
import { duplicatesIn, siblingsIn, type FoundPairs } from './report.ts'
import { inSlices, turn } from './slices.ts'

/** Pictures decoded at the same time: training and whoever browses go first. */
const lanes = 2
/** So many looks are written at once, or those of so many milliseconds. */
const writeAtOnce = 200
const writeEvery = 1000
/** Progress is told this often, in milliseconds. */
const tellEvery = 250
/** Seconds until the time that is left is guessed. */
const guessAfter = 1

type Found = FoundPairs & { more: boolean }

/** What is known of the frames as they are now. */
interface Known {
  frames: KnownFrame[]
  /** Frames that were looked at. */
  done: number
  /** The search over the frames of which so many were looked at. */
  search: { done: number; found: Promise<Found> } | null
}

interface Running {
  abort: AbortController
  known: Known | null
  began: number
  doneBefore: number
  ended: Promise<void>
}

export interface LeakCheck {
  /** What is known by now. Searches what was looked at before for near duplicates, if that was not done yet. */
  report(split: SplitRecord): Promise<LeakReport>
  /** Looks at what was not looked at yet, in the background; joins a check that runs. */
  start(split: SplitRecord): Promise<LeakReport>
  /** Stops a check and waits for its end. */
  cancel(): Promise<void>
  close(): Promise<void>
}

/**
 * Looks for frames that look the same in different sequences. Frames are hashed once; their hashes are kept with size and time of the file,
 * so that a later check, or one after a crash, goes on where it ended. Nothing holds the event loop for long.
 */
export function createLeakCheck({ db, dataset, emit }: { db: Db; dataset: DatasetRoom; emit: Emit }): LeakCheck {
  const store = hashStore(db)
  const closing = new AbortController()
  let latest: { key: string; known: Promise<Known> } | null = null
  let running: Running | null = null
  let outcome: { state: 'cancelled' | 'failed'; message: string | null } | null = null

  /** Changes with the data folder, and with what another process that writes this project does. */
  const currentKey = (): string => `${dataset.dataHash()} ${db.readonly ? String(db.pragma('data_version', { simple: true })) : ''}`

  function known(): Promise<Known> {
    const key = currentKey()
    if (latest?.key !== key) {
      const loading = { key, known: load() }
      // A failure is its callers' to hear of, and no answer for the next.
      loading.known.catch(() => (latest = latest === loading ? null : latest))
      latest = loading
    }
    return latest.known
  }

  async function load(): Promise<Known> {
    const frames = await inSlices(takeInventory(dataset, store), closing.signal)
    return { frames, done: lookedAt(frames), search: null }
  }

  function search(of: Known): Promise<Found> {
    if (of.search?.done !== of.done) {
      of.search = { done: of.done, found: inSlices(findPairs(of.frames), closing.signal) }
    }
    return of.search.found
  }

  async function check(run: Running): Promise<void> {
    const { signal } = run.abort
    const all = await known()
    signal.throwIfAborted()
    // What could not be read may have been mended without another size or time, by permissions say.
    for (const frame of all.frames) if (frame.look?.unreadable) frame.look = null
    all.done = lookedAt(all.frames)
    all.search = null
    run.known = all
    run.doneBefore = all.done
    run.began = performance.now()
    const waiting = all.frames.filter(({ look }) => !look).values()
    let looked: KnownFrame[] = []
    let [written, told] = [performance.now(), performance.now()]
    const write = (): void => {
      if (db.open) store.write(looked)
      looked = []
      written = performance.now()
    }
    const lane = async (): Promise<void> => {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        signal.throwIfAborted()
        const frame = next.value
        frame.look = await lookAt(() => dataset.imagePath(frame.folder, frame.number), frame.fault)
        looked.push(frame)
        all.done++
        if (looked.length >= writeAtOnce || performance.now() - written > writeEvery) write()
        if (performance.now() - told > tellEvery) {
          told = performance.now()
          emit({ type: 'leaks', done: all.done, total: all.frames.length })
        }
        await turn()
      }
    }
    const lanesEnd = Array.from({ length: lanes }, () => lane().catch((error: unknown) => run.abort.abort(error)))
    await Promise.all(lanesEnd)
    write()
    signal.throwIfAborted()
    await Promise.race([search(all), aborted(signal)])
  }

  function begin(): Running {
    const run: Running = { abort: new AbortController(), known: null, began: performance.now(), doneBefore: 0, ended: Promise.resolve() }
    const end = (): void => {
      running = null
      emit({ type: 'leaks', done: run.known?.done ?? 0, total: run.known?.frames.length ?? 0 })
    }
    outcome = null
    run.ended = check(run).then(end, (error: unknown) => {
      outcome = run.abort.signal.reason === cancelled ? { state: 'cancelled', message: null } : { state: 'failed', message: toHandloomError(error).message }
      end()
    })
    return run
  }

  function secondsLeft({ known, began, doneBefore }: Running): number | null {
    const seconds = (performance.now() - began) / 1000
    if (!known || known.done === doneBefore || seconds < guessAfter) return null
    return (seconds * (known.frames.length - known.done)) / (known.done - doneBefore)
  }

  async function report(split: SplitRecord): Promise<LeakReport> {
    const now = running ? running.known : await known()
    const found = running || !now ? null : await search(now)
    const complete = now !== null && now.done === now.frames.length
    return {
      splitId: split.id,
      state: running ? 'running' : complete && outcome?.state !== 'failed' ? 'done' : (outcome?.state ?? 'none'),
      done: now?.done ?? 0,
      total: now?.frames.length ?? dataset.summaries('train').reduce((sum, { poseId, frames }) => sum + (poseId === null ? 0 : frames), 0),
      secondsLeft: running && secondsLeft(running),
      message: outcome?.message ?? (found?.more ? `There are more than ${found.pairs.length} pairs of sequences with near duplicates, so the search ended there.` : null),
      bits: hashBits,
      threshold: hashThreshold,
      duplicates: found ? duplicatesIn(split, found) : [],
      siblings: siblingsIn(split),
      unreadable: now?.frames.flatMap(({ folder, number, look }) => (look?.unreadable ? [{ folder, frame: number, reason: look.unreadable }] : [])) ?? [],
    }
  }

  async function cancel(): Promise<void> {
    running?.abort.abort(cancelled)
    await running?.ended
  }

  return {
    report,
    async start(split) {
      running ??= begin()
      return report(split)
    },
    cancel,
    close() {
      closing.abort(new HandloomError('conflict', 'The project was closed meanwhile. Open it again.'))
      return cancel()
    },
  }
}

const lookedAt = (frames: readonly KnownFrame[]): number => frames.reduce((count, { look }) => (look ? count + 1 : count), 0)

function* findPairs(inventory: readonly KnownFrame[]): Generator<void, Found> {
  const hashed = yield* hashedFrames(inventory)
  return { frames: hashed.frames, ...(yield* nearDuplicates(hashed)) }
}

const cancelled = new HandloomError('interrupted', 'The leak check was cancelled.')

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(toHandloomError(signal.reason)), { once: true }))
