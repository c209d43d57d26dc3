import { createHash } from 'node:crypto'
import type { Finding, FindingList } from '../contract/annotation.ts'
import type { FrameRecord, ScanStatus, SequenceSummary } from '../contract/dataset.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { detect } from './detectors/detect.ts'

interface Dependencies {
  db: Db
  dataset: Pick<DatasetRoom, 'summary' | 'summaries' | 'status'>
  framesOf(folder: string): FrameRecord[]
  editVersion(folder: string): number
  emit: Emit
}

/** A sequence as it was when it was looked at. */
interface Known extends Pick<SequenceSummary, 'folder' | 'hand' | 'width' | 'height'> {
  /** Position in folder order. */
  rank: number
  /** Changes when the frames, the class's hand or the size do. */
  stamp: string
  /** Version of its edits; null when it was not looked at yet. */
  edits: number | null
}

/** The event loop is held for about so long at once. */
const sliceMilliseconds = 5
/** So many edited sequences are looked at before a list is given, whatever time it takes. */
const mostAtOnce = 20
/** Progress is told, and a running scan asked for what it has read, at most this often. */
const tellEvery = 250
const refreshEvery = 1000

/**
 * What the detectors find in the whole data set. The first list starts looking; it goes on behind, in slices with the event loop free
 * between them. A sequence is looked at again only when its frames, its edits or its class's hand change.
 */
export function createFindings({ db, dataset, framesOf, editVersion, emit }: Dependencies) {
  const keptIds = db.prepare<[], string>('SELECT id FROM finding_kept').pluck()
  const keep = db.prepare<[string, string]>('INSERT OR IGNORE INTO finding_kept (id, created) VALUES (?, ?)')
  const forget = db.prepare<[string]>('DELETE FROM finding_kept WHERE id = ?')
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()

  let known = new Map<string, Known>()
  /** Folders that are to be looked at, the next one first. */
  let waiting = new Set<string>()
  const found = new Map<string, Finding[]>()
  let ranked: Finding[] | null = null
  let seen = ''
  let refreshed = -Infinity
  let told = -Infinity
  let next: NodeJS.Immediate | null = null
  let end: PromiseWithResolvers<void> | null = null
  let closed = false

  /** Takes over what the scan, or another process, wrote since. @returns whether there was anything */
  function refresh({ state, seconds, sequencesRead }: ScanStatus, atOnce: boolean): boolean {
    const current = `${state} ${seconds} ${sequencesRead} ${db.readonly ? dataVersion.get() : ''}`
    const early = state === 'scanning' && performance.now() - refreshed < refreshEvery
    if (current === seen || (early && !atOnce)) return false
    known = new Map(dataset.summaries().map((summary, rank) => [summary.folder, asKnown(summary, rank)]))
    waiting = new Set(known.values().filter(({ edits }) => edits === null).map(({ folder }) => folder))
    for (const folder of found.keys()) if (!known.has(folder)) found.delete(folder)
    ranked = null
    seen = current
    refreshed = performance.now()
    return true
  }

  function asKnown({ folder, version, hand, width, height }: SequenceSummary, rank: number): Known {
    const stamp = `${version} ${hand} ${width}x${height}`
    const before = known.get(folder)
    return { folder, hand, width, height, rank, stamp, edits: before?.stamp === stamp ? before.edits : null }
  }

  /** @returns how many there are */
  function putEditedFirst(): number {
    const edited = known.values().filter(({ folder, edits }) => edits !== null && edits !== editVersion(folder)).map(({ folder }) => folder).toArray()
    if (edited.length > 0) waiting = new Set([...edited, ...waiting])
    return edited.length
  }

  /** Looks at what is waiting: at so many in any case, and at more for about a slice's time. */
  function lookForAWhile(least = 0): void {
    const begin = performance.now()
    let looked = 0
    for (const folder of waiting) {
      if (looked++ >= least && performance.now() - begin > sliceMilliseconds) return
      try {
        lookAt(known.get(folder)!)
      } catch (error) {
        if (!(error instanceof HandloomError) || error.kind !== 'not-found') throw error
        // A scan under way has removed it.
        known.delete(folder)
        waiting.delete(folder)
        found.delete(folder)
        ranked = null
      }
    }
  }

  function lookAt(sequence: Known): void {
    const { folder, hand, width, height } = sequence
    const edits = editVersion(folder)
    const findings = detect(framesOf(folder), { hand, width, height }).map((suspicion) => ({ ...suspicion, id: findingId(folder, suspicion), folder }))
    waiting.delete(folder)
    sequence.edits = edits
    if (findings.length > 0) found.set(folder, findings)
    else if (!found.delete(folder)) return
    ranked = null
  }

  function goOn(): void {
    if (closed || next || waiting.size === 0) return
    next = setImmediate(() => {
      next = null
      try {
        lookForAWhile()
      } catch (error) {
        // The next list comes to the same sequence, and its caller hears of it.
        finish(toHandloomError(error))
        return
      }
      tell()
      if (waiting.size === 0) finish(null)
      goOn()
    })
  }

  function tell(): void {
    const now = performance.now()
    if (waiting.size > 0 && now - told < tellEvery) return
    told = now
    emit({ type: 'detection', ...progress() })
  }

  function finish(error: HandloomError | null): void {
    if (error) end?.reject(error)
    else end?.resolve()
    end = null
  }

  const progress = () => ({ sequencesDone: known.size - waiting.size, sequencesTotal: known.size })

  function page(findings: readonly Finding[], limit: number, progressNow: ReturnType<typeof progress>): FindingList {
    const kept = new Set(keptIds.all())
    const left = kept.size === 0 ? findings : findings.filter(({ id }) => !kept.has(id))
    return { findings: left.slice(0, limit), total: left.length, ...progressNow }
  }

  function listOne(folder: string, limit: number): FindingList {
    const sequence = asKnown(dataset.summary(folder), known.get(folder)?.rank ?? known.size)
    if (sequence.edits !== editVersion(folder)) lookAt(sequence)
    known.set(folder, sequence)
    return page(found.get(folder) ?? [], limit, { sequencesDone: 1, sequencesTotal: 1 })
  }

  return {
    /**
     * Most suspicious first, then in folder order; those kept are left out (erased keypoints are no longer found). Of all sequences, as
     * far as they were looked at by now, with `wait` when all were; with a folder of that one, looked at at once.
     * @throws HandloomError `not-found` for a folder that is not there, `interrupted` when the project is closed while waiting
     */
    async list({ folder, limit, wait }: { folder?: string | undefined; limit: number; wait?: boolean | undefined }): Promise<FindingList> {
      if (folder !== undefined) return listOne(folder, limit)
      const status = await dataset.status()
      if (closed) throw closedBefore()
      const changed = refresh(status, wait === true)
      const edited = changed || !db.readonly ? putEditedFirst() : 0
      lookForAWhile(Math.min(edited, mostAtOnce))
      goOn()
      if (wait && waiting.size > 0) await (end ??= Promise.withResolvers()).promise
      ranked ??= [...found.values()].flat().sort((a, b) => b.score - a.score || known.get(a.folder)!.rank - known.get(b.folder)!.rank)
      return page(ranked, limit, progress())
    },
    /** @throws HandloomError `bad-request` when it is not the id of a finding */
    keep(id: string, kept: boolean): void {
      if (!/^(train|test)\/\d{1,9}:\d+:[a-z-]+:[0-9a-f]{8}$/.test(id)) throw new HandloomError('bad-request', `“${id}” is not the id of a finding.`)
      if (kept) keep.run(id, new Date().toISOString())
      else forget.run(id)
    },
    /** Stops looking; to be called before the database is closed. */
    close(): void {
      closed = true
      if (next) clearImmediate(next)
      next = null
      finish(closedBefore())
    },
  }
}

const closedBefore = (): HandloomError => new HandloomError('interrupted', 'The project was closed before all sequences were looked at. Open it again to go on.')

/** `train/475:3:second-hand:1f2e3d4c`, the same for the same rows whenever it is found. */
function findingId(folder: string, { frame, kind, indices }: Omit<Finding, 'id' | 'folder'>): string {
  return `${folder}:${frame}:${kind}:${createHash('sha1').update(indices.join(' ')).digest('hex').slice(0, 8)}`
}
