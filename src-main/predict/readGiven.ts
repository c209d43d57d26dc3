import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeypointSource } from '../contract/predict.ts'
import type { GivenSequence } from '../contract/rooms.ts'
import { problemCollector } from '../dataset/records.ts'
import { largestJson, nothing, parseSequenceJson, type SequenceJson } from '../dataset/sequenceJson.ts'
import type { FoundSequence, SequenceProblem } from './findSequences.ts'
import { pictureSize } from './pictureHeader.ts'

type GivenFrame = GivenSequence['frames'][number]
export type GivenPoint = GivenFrame['points'][number]

/** A sequence as its files say it. */
export interface ReadSequence {
  found: FoundSequence
  /** Pictures that cannot be read are null in `file`. */
  frames: GivenFrame[]
  /** Name of each frame's picture, that cannot be read too; null: only keypoints. */
  files: (string | null)[]
  keypoints: KeypointSource
  /** What its JSON says it is. */
  poseId: number | null
  problems: SequenceProblem[]
}

/** Where neither a picture nor the JSON says: the contest's. */
const usualSize = { width: 1920, height: 1080 }

/** Reads the heads of a sequence's pictures and its JSON. Never throws: what cannot be read is a problem. */
export async function readGiven(root: string, found: FoundSequence): Promise<ReadSequence> {
  const problems = [...found.problems]
  const base = join(root, found.name)
  const at = (file: string): string => (found.name === '.' ? file : `${found.name}/${file}`)
  const json = await readJson(base, found, at, problems)
  const sizes: ({ width: number; height: number } | null)[] = []
  for (const { name } of found.pictures) {
    const size = await pictureSize(join(base, name))
    if ('fault' in size) problems.push({ file: at(name), place: '', message: `The picture ${size.fault}. The frame is not looked at.` })
    sizes.push('fault' in size ? null : size)
  }
  const usual = sizes.find((size) => size !== null) ?? sizeOfJson(json) ?? usualSize
  const frames = found.pictures.map(({ name, number, size, modified }, index): GivenFrame => ({
    number, file: sizes[index] ? join(base, name) : null, bytes: size, modified, ...(sizes[index] ?? usual), points: pointsOf(json.entries?.get(number)?.points),
  }))
  const files: (string | null)[] = found.pictures.map(({ name }) => name)
  const numbers = new Set(frames.map(({ number }) => number))
  const unseen = [...(json.entries ?? [])].filter(([number]) => !numbers.has(number)).sort(([a], [b]) => a - b)
  if (found.pictures.length === 0)
    for (const [number, { points }] of unseen) {
      frames.push({ number, file: null, bytes: 0, modified: 0, ...usual, points: pointsOf(points) })
      files.push(null)
    }
  else if (unseen.length > 0 && found.json)
    problems.push({ file: at(found.json.name), place: unseen[0]?.[1].place ?? '', message: `There are keypoints for ${unseen.length === 1 ? `frame ${unseen[0]?.[0]}` : `${unseen.length} frames (first ${unseen[0]?.[0]})`}, but no picture of that number. They are not used.` })
  return { found, frames, files, keypoints: json.entries === null ? 'none' : 'file', poseId: json.poseId, problems }
}

async function readJson(base: string, { name, json }: FoundSequence, at: (file: string) => string, problems: SequenceProblem[]): Promise<SequenceJson> {
  if (!json) return nothing
  const file = at(json.name)
  if (json.size > largestJson) {
    problems.push({ file, place: '', message: `The file has ${Math.round(json.size / 2 ** 20)} MB, more than the ${largestJson / 2 ** 20} MB that are read. It is not used.` })
    return nothing
  }
  try {
    const collector = problemCollector(name)
    const read = parseSequenceJson(await readFile(join(base, json.name)), file, false, collector)
    for (const { place, message } of collector.done()) problems.push({ file, place, message })
    return read
  } catch (error) {
    problems.push({ file, place: '', message: `The file cannot be read (${(error as { code?: string }).code ?? 'error'}). It is not used.` })
    return nothing
  }
}

function pointsOf(rows: Float64Array | undefined): GivenPoint[] {
  if (!rows) return []
  return Array.from({ length: rows.length / 3 }, (_, row) => [rows[row * 3]!, rows[row * 3 + 1]!, rows[row * 3 + 2]!])
}

/** Size of the pictures as `image` of a contest's JSON has it. */
function sizeOfJson({ imageInfo }: SequenceJson): { width: number; height: number } | null {
  const image: unknown = imageInfo === null ? null : (JSON.parse(imageInfo) as unknown)
  if (typeof image !== 'object' || image === null) return null
  const { width, height } = image as { width?: unknown; height?: unknown }
  const plausible = (side: unknown): side is number => typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= 100_000
  return plausible(width) && plausible(height) ? { width, height } : null
}
