/** Pictures decoded and ready to be shown at once, the least recently used forgotten beyond a budget of pixels. */
const budget = 80_000_000
const decoded = new Map<string, Promise<HTMLImageElement>>()
const ready = new Map<string, HTMLImageElement>()
/** Pictures on their way that nobody waits for yet. */
const ahead = new Map<string, HTMLImageElement>()
let total = 0

async function decode(url: string, image: HTMLImageElement): Promise<HTMLImageElement> {
  image.decoding = 'async'
  // Before the thumbnails that wait for a connection.
  image.fetchPriority = 'high'
  image.src = url
  await image.decode()
  ready.set(url, image)
  total += pixelsOf(image)
  for (const oldest of decoded.keys()) {
    if (total <= budget || oldest === url) break
    forget(oldest)
  }
  return image
}

const pixelsOf = ({ naturalWidth, naturalHeight }: HTMLImageElement): number => naturalWidth * naturalHeight

function forget(url: string): void {
  decoded.delete(url)
  const image = ready.get(url)
  if (image !== undefined) total -= pixelsOf(image)
  ready.delete(url)
}

function load(url: string, image = new Image()): Promise<HTMLImageElement> {
  const coming = decode(url, image)
  decoded.set(url, coming)
  coming.catch(() => forget(url))
  return coming
}

/** Loads and decodes a picture, or gives the one that is there. Rejects when it cannot be read (and tries again the next time). */
export function decodeFrame(url: string): Promise<HTMLImageElement> {
  ahead.delete(url)
  const known = decoded.get(url)
  if (known === undefined) return load(url)
  decoded.delete(url)
  decoded.set(url, known)
  return known
}

/** Loads and decodes a picture that will be asked for soon. */
export function decodeAhead(url: string): void {
  if (decoded.has(url)) return
  const image = new Image()
  ahead.set(url, image)
  load(url, image)
    .catch(() => undefined)
    .finally(() => ahead.delete(url))
}

/** Gives up what was asked for ahead and is not there yet, so that its connections are free for what is needed now. */
export function stopAhead(): void {
  for (const image of ahead.values()) image.removeAttribute('src')
  ahead.clear()
}

/** Whether a picture is decoded already, so that showing it takes no time. */
export const isDecoded = (url: string): boolean => ready.has(url)
