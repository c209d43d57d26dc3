import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync, statSync, type Dirent, type Stats } from 'node:fs'
import { join } from 'node:path'
import { HandloomError } from '../contract/errors.ts'
import { endsInIend, findPngEnd, pngHeadBytes, pngHeader, pngTailBytes } from './png.ts'
import { entryKind, leftByTheSystem } from './layout.ts'
import { problemCollector, type FrameRead, type ProblemCollector, type SequencePlace, type SequenceRead } from './records.ts'
import { largestJson, nothing, parseSequenceJson, rowList, type SequenceJson } from './sequenceJson.ts'

/** Raised whenever reading changes, so that projects made before are read anew. */
const readerVersion = 2

interface Listed {
  name: string
  size: number
  modified: number
}

/** What a sequence folder holds, before any file is opened. */
export interface SequenceListing {
  place: SequencePlace
  frames: (Listed & { number: number })[]
  json: Listed | null
  /** Changes with every name, size or time in the folder. */
  stamp: string
  problems: ProblemCollector
}

/** Lists a sequence folder: one readdir and one stat a file. Never throws: what cannot be listed is a problem. */
export function listSequence(root: string, place: SequencePlace): SequenceListing {
  const problems = problemCollector(place.folder)
  const base = join(root, place.folder)
  const frames: SequenceListing['frames'] = []
  const jsons: Listed[] = []
  const hash = createHash('sha1').update(`reader ${readerVersion}\n`)
  let entries: Dirent[] = []
  try {
    entries = readdirSync(base, { withFileTypes: true })
  } catch (error) {
    problems.add({ file: place.folder, place: '', kind: 'empty-folder', severity: 'error', message: `The folder cannot be listed (${codeOf(error)}). Check its permissions.` })
  }
  const numbers = new Map<number, string>()
  for (const entry of entries.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1))) {
    const { name } = entry
    if (leftByTheSystem.test(name)) continue
    const file = `${place.folder}/${name}`
    const report = (message: string, severity: 'error' | 'warning' = 'warning'): void => {
      hash.update(`! ${name}\n`)
      problems.add({ file, place: '', kind: 'unexpected-name', severity, message })
    }
    const isFrame = /^\d{1,9}\.png$/i.test(name)
    if (!isFrame && !/\.json$/i.test(name)) {
      report(`${name} is neither a frame (a number and .png) nor a JSON, so it was passed over.`)
      continue
    }
    const kind = entryKind(root, join(base, name), entry)
    if (kind !== 'file') {
      report(typeof kind === 'object' ? `${name} ${kind.refused}.` : `${name} is not a file, so it was passed over.`, 'error')
      continue
    }
    let stat: Stats
    try {
      stat = statSync(join(base, name))
    } catch (error) {
      report(`${name} cannot be looked at (${codeOf(error)}).`, 'error')
      continue
    }
    const listed = { name, size: stat.size, modified: stat.mtimeMs }
    hash.update(`${name} ${stat.size} ${stat.mtimeMs}\n`)
    if (!isFrame) {
      jsons.push(listed)
      continue
    }
    const number = Number.parseInt(name, 10)
    const twin = numbers.get(number)
    if (twin !== undefined) {
      report(`${name} has the same frame number as ${twin}, which is used; ${name} was passed over.`, 'error')
      continue
    }
    numbers.set(number, name)
    frames.push({ ...listed, number })
  }
  const ownName = `${place.folder.slice(place.role.length + 1)}.json`
  const json = jsons.find(({ name }) => name === ownName) ?? (jsons.length === 1 ? jsons[0] : undefined)
  for (const { name } of jsons) {
    if (name === ownName) continue
    const message = name === json?.name ? `The JSON is called ${name} instead of ${ownName}. It was read all the same.` : `${name} is not the JSON of this folder (${ownName}), so it was passed over.`
    problems.add({ file: `${place.folder}/${name}`, place: '', kind: 'unexpected-name', severity: 'warning', message })
  }
  return { place, frames: frames.sort((a, b) => a.number - b.number), json: json ?? null, stamp: hash.digest('hex').slice(0, 20), problems }
}

/** Reads the files of a listed sequence: the head and tail of every picture, and the JSON. Never throws: what cannot be read is a problem. */
export function readSequence(root: string, { place, frames: listed, json: jsonFile, stamp, problems }: SequenceListing): SequenceRead {
  const frames = listed.map((file) => {
    const { frame, fault } = readFrame(join(root, place.folder, file.name), file)
    if (fault)
      problems.add({
        file: `${place.folder}/${frame.file}`,
        place: fault.place,
        kind: 'unreadable-image',
        severity: 'error',
        message: `The picture ${fault.message}. The frame is left out of training and prediction.`,
      })
    return frame
  })
  const { json, hash } = readJson(root, place, jsonFile, problems)
  const file = jsonFile ? `${place.folder}/${jsonFile.name}` : null
  if (frames.length === 0) problems.add({ file: place.folder, place: '', kind: 'empty-folder', severity: 'error', message: 'The sequence has no frame (no N.png).' })
  const numbers = new Set(frames.map(({ number }) => number))
  for (const [number, { place: at }] of json.entries ?? [])
    if (!numbers.has(number) && file)
      problems.add({ file, place: at, kind: 'missing-frame', severity: 'warning', message: `There are keypoints for frame ${number}, but no picture ${number}.png. The entry is not used.` })
  const records: FrameRead[] = frames.map((frame) => {
    const entry = json.entries?.get(frame.number)
    if (!entry) {
      if (json.entries && file)
        problems.add({ file: `${place.folder}/${frame.file}`, place: '', kind: 'extra-frame', severity: 'warning', message: `${file} has no entry for this frame. It is shown without keypoints.` })
      return frame
    }
    if (file && frame.width !== null && frame.height !== null) {
      const outside = rowsOutside(entry.points, frame.width, frame.height)
      if (outside.length > 0)
        problems.add({
          file,
          place: `${entry.place}.data[${outside[0]}]`,
          kind: 'out-of-frame',
          severity: 'warning',
          message: `Frame ${frame.number}: ${outside.length} of ${entry.points.length / 3} keypoints lie outside the ${frame.width}×${frame.height} picture (${rowList(outside)}). Crops are clamped to the picture.`,
        })
    }
    return { ...frame, points: entry.points }
  })
  return {
    ...place,
    stamp,
    jsonHash: hash,
    poseId: json.poseId,
    actionName: json.actionName,
    actor: json.actor,
    imageInfo: json.imageInfo,
    extra: json.extra,
    frames: records,
    problems: problems.done(),
  }
}

function readJson(root: string, place: SequencePlace, listed: Listed | null, problems: SequenceListing['problems']): { json: SequenceJson; hash: string } {
  if (!listed) {
    const follows = place.role === 'train' ? 'The sequence has neither class nor keypoints' : 'The sequence has no keypoints'
    const name = `${place.folder.slice(place.role.length + 1)}.json`
    problems.add({ file: `${place.folder}/${name}`, place: '', kind: 'missing-json', severity: 'error', message: `The file is missing. ${follows}.` })
    return { json: nothing, hash: '' }
  }
  const file = `${place.folder}/${listed.name}`
  if (listed.size > largestJson) {
    const message = `The file has ${Math.round(listed.size / 1_048_576)} MB, more than the ${largestJson / 1_048_576} MB that are read. The frames are shown without keypoints.`
    problems.add({ file, place: '', kind: 'too-large', severity: 'error', message })
    return { json: nothing, hash: '' }
  }
  let bytes: Buffer
  try {
    bytes = readFileSync(join(root, file))
  } catch (error) {
    problems.add({ file, place: '', kind: 'broken-json', severity: 'error', message: `The file cannot be read (${codeOf(error)}). The frames are shown without keypoints.` })
    return { json: nothing, hash: '' }
  }
  const json = parseSequenceJson(bytes, file, place.role === 'train', problems)
  return { json, hash: createHash('sha1').update(bytes).digest('hex').slice(0, 20) }
}

const head = Buffer.alloc(pngHeadBytes)
const tail = Buffer.alloc(pngTailBytes)
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

function readFrame(path: string, { number, name, size, modified }: Listed & { number: number }): { frame: FrameRead; fault: { message: string; place: string } | null } {
  const frame: FrameRead = { number, file: name, width: null, height: null, size, modified, points: null, unreadable: null, fingerprint: null }
  let fault: { message: string; place: string } | null = null
  let descriptor: number | null = null
  try {
    descriptor = openSync(path, openFlags)
    const opened = descriptor
    const headBytes = head.subarray(0, readSync(opened, head, 0, pngHeadBytes, 0))
    const { width, height } = pngHeader(headBytes)
    frame.width = width
    frame.height = height
    const tailBytes = tail.subarray(0, readSync(opened, tail, 0, pngTailBytes, Math.max(0, size - pngTailBytes)))
    const end = endsInIend(tailBytes) ? null : findPngEnd((position, length) => readAt(opened, position, length), size)
    if (end) fault = { message: end.message, place: `byte ${end.byte}` }
    // The checksum of the header, and those of the last data chunk, which sums up the whole picture.
    else frame.fingerprint = headBytes.toString('hex', 29, 33) + tailBytes.toString('hex', 0, Math.max(0, tailBytes.length - 12))
  } catch (error) {
    if (error instanceof HandloomError) fault = { message: error.message, place: error.place ?? '' }
    else fault = { message: `cannot be read (${codeOf(error)}); check its permissions and the disk`, place: '' }
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
  if (fault) frame.unreadable = `${name} ${fault.message}`
  return { frame, fault }
}

function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}

function rowsOutside(points: Float64Array, width: number, height: number): number[] {
  const outside: number[] = []
  for (let row = 0; row * 3 < points.length; row++) {
    const x = points[row * 3] ?? 0
    const y = points[row * 3 + 1] ?? 0
    if (x < 0 || y < 0 || x > width || y > height) outside.push(row)
  }
  return outside
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? (error instanceof Error ? error.message : String(error))
}
