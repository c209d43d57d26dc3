import type { FrameRecord } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'
import { handOfRow, keypointNames, keypointsPerHand } from '../../contract/hand.ts'
import { readCocoHand, type CocoHand } from './cocoHand.ts'
import { oneByOne, type Course } from './course.ts'
import type { SaidRow } from './frameChanges.ts'
import { handsOf, present } from './hands.ts'
import type { FrameMatch } from './matchFrames.ts'
import { isObject, own, quote, readJson, type Properties } from './readJson.ts'
import type { Reading } from './reading.ts'

interface CocoImage {
  folder: string
  frame: FrameRecord
  place: string
  annotations: { entry: Properties; place: string }[]
  /** The file says that there is no hand, as ours do. */
  empty: boolean
}

/**
 * Takes in COCO keypoints, ours or another tool's. An image with annotations says all there is in its frame: hands that have none are
 * erased, unless an annotation of the image cannot be used. The frame of an image without any stays as it is, unless the image has
 * `hands: 0`. `hand` says which hand an annotation is; without it the order of the ids does, and a single annotation is the hand it lies
 * next to. Keypoints go by the names of the category where these are ours, else by their order.
 * @param file named in problems and errors
 * @param match finds the frame of a `file_name`
 * @throws HandloomError `bad-input` when the text is not JSON or not COCO
 */
export async function readCoco(text: string, file: string, match: (fileName: unknown) => FrameMatch, reading: Reading, course: Course): Promise<void> {
  const { images: imageList, annotations, categories } = cocoLists(readJson(text, file), file)
  const images = readImages(imageList, file, match, reading)
  for (const [index, entry] of annotations.entries()) {
    const place = `${file}, annotations[${index}]`
    const image = isObject(entry) ? images.get(own(entry, 'image_id')) : undefined
    if (!isObject(entry)) reading.problem(place, 'It is no annotation. It was not used.')
    else if (image === undefined) reading.problem(place, `There is no image with the id ${quote(own(entry, 'image_id'))}. The annotation was not used.`)
    else image?.annotations.push({ entry, place })
  }
  const orders = keypointOrders(categories)
  let bare = 0
  for await (const image of oneByOne([...images.values()], course, imagesAtOnce)) {
    if (!image) continue
    const hands = image.annotations.map(({ entry, place }) => readCocoHand(entry, orders ? orders.get(own(entry, 'category_id')) : ownOrder, (message) => reading.problem(place, message)))
    if (image.empty || hands.some((hand) => hand !== null)) reading.take(image.folder, image.frame, saidOf(image, hands, reading), image.place)
    else if (hands.length === 0 && image.frame.points.length > image.frame.erased.length) bare++
  }
  if (bare > 0) reading.problem(`${file}, images`, `${bare} images have no annotation; the keypoints of their frames were left as they are.`)
}

const imagesAtOnce = 500

function cocoLists(value: unknown, file: string): { images: unknown[]; annotations: unknown[]; categories: unknown[] | null } {
  const [images, annotations, categories] = ['images', 'annotations', 'categories'].map((key) => (isObject(value) ? own(value, key) : undefined))
  if (!Array.isArray(images) || !Array.isArray(annotations)) {
    const follows = Array.isArray(annotations) ? 'Is it in the data set’s own format (--format contest)?' : 'COCO holds the lists "images", "annotations" and "categories".'
    throw new HandloomError('bad-input', `${file} is not a COCO file: there is ${quote(Array.isArray(images) ? annotations : images)} where the list of ${Array.isArray(images) ? 'annotations' : 'images'} should be. ${follows}`, { file, place: Array.isArray(images) ? 'annotations' : 'images' })
  }
  return { images, annotations, categories: Array.isArray(categories) ? categories : null }
}

/** By image id; null for one that is known but cannot be used. */
function readImages(list: readonly unknown[], file: string, match: (fileName: unknown) => FrameMatch, reading: Reading): Map<unknown, CocoImage | null> {
  const images = new Map<unknown, CocoImage | null>()
  const frames = new Map<FrameRecord, string>()
  for (const [index, entry] of list.entries()) {
    const place = `${file}, images[${index}]`
    const id = isObject(entry) ? own(entry, 'id') : undefined
    const unusable = (reason: string): void => reading.problem(place, `${reason}. The image was not used.`)
    if (!isObject(entry) || (typeof id !== 'number' && typeof id !== 'string')) unusable('It has no "id"')
    else if (images.has(id)) unusable(`The id ${quote(id)} was already given to an image before it`)
    else {
      images.set(id, null)
      const found = match(own(entry, 'file_name'))
      const fault = 'reason' in found ? `${quote(own(entry, 'file_name'))}: ${found.reason}` : sizeFault(entry, found.frame)
      const before = 'frame' in found ? frames.get(found.frame) : undefined
      if ('reason' in found || fault !== null) unusable(fault ?? '')
      else if (before !== undefined) unusable(`Frame ${found.frame.number} of ${found.folder} was already given by ${before}`)
      else {
        frames.set(found.frame, `images[${index}]`)
        images.set(id, { ...found, place, annotations: [], empty: own(entry, 'hands') === 0 })
      }
    }
  }
  return images
}

function sizeFault(image: Properties, { number, width, height }: FrameRecord): string | null {
  const [ownWidth, ownHeight] = [own(image, 'width'), own(image, 'height')]
  if (width === null || height === null || !ownWidth || !ownHeight || (ownWidth === width && ownHeight === height)) return null
  return `It is ${quote(ownWidth)}×${quote(ownHeight)}, but frame ${number} is ${width}×${height}, so its keypoints would be off`
}

const ownOrder: readonly number[] = keypointNames.map((_, index) => index)

/** Per category, which of our 21 keypoints each of its keypoints is; null when the file has no categories. */
function keypointOrders(categories: unknown[] | null): Map<unknown, readonly number[]> | null {
  if (!categories) return null
  const orders = new Map<unknown, readonly number[]>()
  for (const category of categories) {
    const names = isObject(category) ? own(category, 'keypoints') : undefined
    if (!isObject(category) || !Array.isArray(names)) continue
    const named = names.map((name) => keypointNames.findIndex((known) => known === name))
    if (named.length > 0 && !named.includes(-1) && new Set(named).size === named.length) orders.set(own(category, 'id'), named)
    else if (names.length === keypointsPerHand) orders.set(own(category, 'id'), ownOrder)
  }
  return orders
}

/** @param hands null for an annotation that cannot be used: what is missing may be just that */
function saidOf({ frame, place }: CocoImage, hands: readonly (CocoHand | null)[], reading: Reading): Map<number, SaidRow> {
  const said = new Map<number, SaidRow>()
  const usable = hands.filter((hand) => hand !== null)
  const { given, twice } = handNumbers(usable, frame)
  for (const hand of twice) reading.problem(place, `Two annotations say that they are hand ${hand}. The first was used.`)
  if (usable.length === hands.length && twice.length === 0) for (const row of frame.points.keys()) if (!given.has(handOfRow(row))) said.set(row, { visibility: 'erased', place: null })
  for (const [hand, { keypoints, erasedPlaces }] of given) {
    for (const [index, row] of keypoints) said.set(hand * keypointsPerHand + index, row)
    for (const [row, place] of erasedPlaces) if (said.get(row)?.visibility === 'erased' && handOfRow(row) === hand) said.set(row, { visibility: 'erased', place })
  }
  return said
}

/** Which hand of the frame each annotation is, and hands that are named twice. */
function handNumbers(hands: readonly CocoHand[], frame: FrameRecord): { given: Map<number, CocoHand>; twice: number[] } {
  const given = new Map<number, CocoHand>()
  const twice: number[] = []
  for (const annotation of hands) {
    if (annotation.hand === null) continue
    if (given.has(annotation.hand)) twice.push(annotation.hand)
    else given.set(annotation.hand, annotation)
  }
  const open = hands.filter(({ hand }) => hand === null).sort((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity) || 0)
  if (open.length === 1 && given.size === 0) return { given: new Map([[nearestHand(open[0]!, frame), open[0]!]]), twice }
  let next = 0
  for (const annotation of open) {
    while (given.has(next)) next++
    given.set(next, annotation)
  }
  return { given, twice }
}

/** The hand of the frame whose keypoints are closest to an annotation's, on average; the first when none can be compared. */
function nearestHand({ keypoints }: CocoHand, frame: FrameRecord): number {
  let nearest = { hand: 0, distance: Infinity }
  for (const hand of handsOf(frame)) {
    const distances = hand.keypoints.flatMap((keypoint, index) => {
      const place = keypoints.get(index)?.place
      return keypoint && place ? [Math.hypot(place.x - keypoint.point[0], place.y - keypoint.point[1])] : []
    })
    const distance = distances.reduce((sum, each) => sum + each, 0) / distances.length
    if (present(hand).length > 0 && distance < nearest.distance) nearest = { hand: hand.hand, distance }
  }
  return nearest.hand
}
