import { shallowReactive, toRaw } from 'vue'
import type { SequenceDetail, SequenceSummary } from '../../../src-main/contract/dataset.ts'
import { api } from '../../api/client.ts'

/** Keypoints of the sequences whose cards are in sight, fetched a few at a time, those that came into sight last first and from the top, and kept by folder and version. */
const known = shallowReactive(new Map<string, SequenceDetail>())
const wanted: string[] = []
/** Wishes of this tick, in the order of the page. */
let fresh: string[] = []
const refused = new Set<string>()
const underway = new Set<string>()
const most = 800
const atOnce = 8

const keyOf = ({ folder, version }: Pick<SequenceSummary, 'folder' | 'version'>): string => `${folder} ${version}`

async function fetchOne(key: string): Promise<void> {
  const folder = key.slice(0, key.indexOf(' '))
  underway.add(key)
  try {
    const detail = await api.dataset.sequence.query({ folder })
    known.set(key, detail)
    const oldest = known.keys().next()
    if (known.size > most && !oldest.done) known.delete(oldest.value)
  } catch (error) {
    refused.add(key)
    console.warn(`No keypoints for the card of ${folder}:`, error)
  } finally {
    underway.delete(key)
    pump()
  }
}

function pump(): void {
  while (underway.size < atOnce) {
    const key = wanted.pop()
    if (key === undefined) return
    void fetchOne(key)
  }
}

const noWish = (): void => undefined

/** Asks for the keypoints of a card's sequence. @returns takes the wish back, for a card that went out of sight */
export function requestSkeleton(row: Pick<SequenceSummary, 'folder' | 'version'>): () => void {
  const key = keyOf(row)
  if (toRaw(known).has(key) || underway.has(key) || refused.has(key)) return noWish
  fresh.push(key)
  if (fresh.length === 1)
    queueMicrotask(() => {
      wanted.push(...fresh.toReversed())
      fresh = []
      pump()
    })
  return () => {
    const at = wanted.lastIndexOf(key)
    if (at >= 0) wanted.splice(at, 1)
  }
}

export const skeletonOf = (row: Pick<SequenceSummary, 'folder' | 'version'>): SequenceDetail | null => known.get(keyOf(row)) ?? null
