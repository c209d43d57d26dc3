import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import type { Pixels } from '../../../src-main/augment/samplePixels.ts'
import type { SampleSeat } from '../../../src-main/augment/sampleTransform.ts'
import type { Box, CropRecipe } from '../../../src-main/contract/crop.ts'
import { regionOf, shardSizeFor } from '../../../src-main/crop/geometry.ts'
import { storedCropUrl } from '../../api/images.ts'
import type { FramePicture } from '../../editor/useFramePicture.ts'
import { cutRegion } from './drawCrop.ts'

/** What samples of a frame are drawn from. */
export interface SampleSource {
  pixels: Pixels
  /** The part of the frame that it shows. */
  region: Box
  /** The bytes that training stores; else the browser's own cut of the picture on the screen, while a slider moves. */
  exact: boolean
}

export interface SampleFrame {
  folder: string
  frame: number
  version: string
  seat: SampleSeat
  /** All recipes whose boxes the stored crop holds: training's and validation's, or the test one's. */
  recipes: readonly CropRecipe[]
  /** The network's input, pixels. */
  imageSize: number
}

/** Side of the browser's own cut, pixels: more would be too slow to follow a slider. */
const liveCropSide = 144
const keptSources = 48
const settleMilliseconds = 150
const sources = new Map<string, Promise<Pixels>>()

/** The stored crop of a frame: the browser's cut at once, the bytes that training reads as soon as the recipe stands still. */
export function useSampleSource(frame: () => SampleFrame | null, picture: () => FramePicture | null): ComputedRef<SampleSource | null> {
  const loaded = shallowRef<{ url: string; pixels: Pixels } | null>(null)
  const wanted = computed(() => {
    const sample = frame()
    if (sample === null) return null
    const region = regionOf(sample.seat, sample.recipes, sample.seat)
    const size = shardSizeFor(sample.imageSize)
    return { ...sample, region, size, url: storedCropUrl(sample.folder, sample.frame, region, size, sample.version) }
  })
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(url: string): Promise<void> {
    try {
      const pixels = await storedCrop(url)
      if (wanted.value?.url === url) loaded.value = { url, pixels }
    } catch (error) {
      // The browser's own cut stays.
      console.warn('The stored crop did not come:', error)
    }
  }

  watch(() => wanted.value?.url, (url) => {
    clearTimeout(timer)
    if (url === undefined || loaded.value?.url === url) return
    if (sources.has(url)) void load(url)
    else timer = setTimeout(() => void load(url), settleMilliseconds)
  }, { immediate: true })
  onScopeDispose(() => clearTimeout(timer))

  return computed(() => {
    const now = wanted.value
    if (now === null) return null
    if (loaded.value?.url === now.url) return { pixels: loaded.value.pixels, region: now.region, exact: true }
    const shown = picture()
    if (shown === null || shown.folder !== now.folder || shown.frame !== now.frame) return null
    const pixels = cutRegion(shown.image, now.seat.width, now.region, Math.min(now.size, liveCropSide))
    return pixels && { pixels, region: now.region, exact: false }
  })
}

function storedCrop(url: string): Promise<Pixels> {
  const known = sources.get(url)
  sources.delete(url)
  const loading = known ?? fetchPixels(url)
  sources.set(url, loading)
  loading.catch(() => sources.delete(url))
  for (const oldest of sources.keys()) {
    if (sources.size <= keptSources) break
    sources.delete(oldest)
  }
  return loading
}

async function fetchPixels(url: string): Promise<Pixels> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(((await answer.json()) as { message: string }).message)
  // Neither colour management nor transparency may change a byte.
  const bitmap = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' })
  const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })
  if (pen === null) throw new Error('The browser has no canvas to draw on.')
  pen.drawImage(bitmap, 0, 0)
  bitmap.close()
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height)
}
