import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { FrameRecord, SequenceDetail } from '../../src-main/contract/dataset.ts'
import { frameUrl, stageWidth } from '../api/images.ts'
import { decodeAhead, decodeFrame, isDecoded, stopAhead } from '../components/decodedFrames.ts'

/** A decoded frame, and which one it is. */
export interface FramePicture {
  folder: string
  frame: number
  image: HTMLImageElement
}

/**
 * The picture of a frame: the one before stays until the next is decoded, the neighbours are decoded ahead (first the way the hand goes), and the whole
 * picture follows once the hand rests and `pixelsWide` (device pixels the frame takes on the screen) asks for more than the small one has.
 */
export function useFramePicture(sequence: () => SequenceDetail | null, frame: () => number | null, pixelsWide: () => number): { picture: ShallowRef<FramePicture | null>; broken: ShallowRef<string | null> } {
  const picture = shallowRef<FramePicture | null>(null)
  const broken = shallowRef<string | null>(null)
  let fullTimer: ReturnType<typeof setTimeout> | undefined
  /** Position of the frame before and the way from there: 1 or −1. */
  let way = { at: 0, by: 1 }

  const record = (): FrameRecord | null => sequence()?.frameRecords.find(({ number }) => number === frame()) ?? null
  const wantsWhole = (): boolean => (record()?.width ?? 0) > stageWidth && pixelsWide() > stageWidth

  async function show(): Promise<void> {
    clearTimeout(fullTimer)
    const [detail, current] = [sequence(), record()]
    if (detail === null || current === null) {
      picture.value = null
      broken.value = null
      return
    }
    const { folder, version } = detail
    if (picture.value !== null && picture.value.folder !== folder) stopAhead()
    const url = (width?: number): string => frameUrl(folder, current.number, { width, version })
    const load = async (width?: number): Promise<void> => {
      const image = await decodeFrame(url(width))
      if (sequence()?.folder !== folder || frame() !== current.number) return
      picture.value = { folder, frame: current.number, image }
      broken.value = null
    }
    const whole = async (): Promise<void> => {
      await load()
      const next = detail.frameRecords[way.at + way.by]
      if (next !== undefined && next.unreadable === null) decodeAhead(frameUrl(folder, next.number, { version }))
    }
    try {
      if (current.unreadable !== null) throw new Error(current.unreadable)
      await load(wantsWhole() && isDecoded(url()) ? undefined : stageWidth)
    } catch (error) {
      if (sequence()?.folder === folder && frame() === current.number) {
        picture.value = null
        broken.value = error instanceof Error ? error.message : String(error)
      }
      return
    }
    prefetch(detail, current)
    if (wantsWhole()) fullTimer = setTimeout(() => void whole().catch((error: unknown) => console.warn('The full frame did not come:', error)), 180)
  }

  function prefetch({ frameRecords, folder, version }: SequenceDetail, current: FrameRecord): void {
    const at = frameRecords.indexOf(current)
    way = { at, by: at === way.at ? way.by : Math.sign(at - way.at) }
    for (const step of [1, 2, -1, 3]) {
      const near = frameRecords[at + step * way.by]
      if (near !== undefined && near.unreadable === null) decodeAhead(frameUrl(folder, near.number, { width: stageWidth, version }))
    }
  }

  // Edits change a sequence's version too, but not its pictures: what counts is the address.
  watch(
    [() => (record() === null ? null : frameUrl(sequence()?.folder ?? '', record()?.number ?? 0, { version: sequence()?.version })), wantsWhole],
    () => void show(),
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(fullTimer))
  return { picture, broken }
}
