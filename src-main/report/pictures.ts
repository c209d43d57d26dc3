import type { DatasetRoom } from '../contract/rooms.ts'

export interface ReportPicture {
  frame: number
  /** `data:` address in base64, without anything to escape; null when the picture is not there any more or cannot be read. */
  address: string | null
}

/** Gives a frame's picture at most about so many pixels wide. */
export interface ThumbnailSource {
  get(path: string, width: number): Promise<{ data: Uint8Array; type: string }>
}

/** Frames of a sequence that are shown, and how wide they are at most (pixels). */
const framesShown = 6
const pictureWidth = 320

/** Frames of a sequence from the first to the last, evenly spread. null: the sequence is gone. */
export async function sequencePictures(dataset: Pick<DatasetRoom, 'has' | 'sourceFrames' | 'imagePath'>, thumbnails: ThumbnailSource, folder: string): Promise<ReportPicture[] | null> {
  if (!dataset.has(folder)) return null
  const chosen = spread(dataset.sourceFrames(folder).map(({ number }) => number), framesShown)
  return Promise.all(chosen.map(async (frame) => ({ frame, address: await pictureAddress(() => dataset.imagePath(folder, frame), thumbnails) })))
}

/** At most `most` of the values: the first, the last, and between them as evenly as can be. */
export function spread<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values]
  return Array.from({ length: most }, (_, index) => values[Math.round((index * (values.length - 1)) / (most - 1))]!)
}

async function pictureAddress(path: () => string, thumbnails: ThumbnailSource): Promise<string | null> {
  try {
    const { data, type } = await thumbnails.get(path(), pictureWidth)
    return `data:${type};base64,${Buffer.from(data).toString('base64')}`
  } catch {
    // Whatever became of a picture, the page says that it is gone and is as complete as it can be.
    return null
  }
}
