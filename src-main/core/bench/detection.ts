import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as eventLoop } from 'node:timers/promises'
import { createAnnotation } from '../../annotation/service.ts'
import type { AnnotationRoom } from '../../contract/rooms.ts'
import { createDataset } from '../../dataset/service.ts'
import { sequenceWriter, writeTables } from '../../dataset/store.ts'
import { openDatabase, type Db } from '../../db/open.ts'
import { planSample } from '../../sample/plan.ts'
import { stageSequence } from '../../sample/sequence.ts'
import { median } from './alternate.ts'
import { longestBlock } from './figures.ts'
import type { BenchTools } from './measures.ts'

const seed = 1
const size = { width: 1920, height: 1080 }
/** In each so-many-th sequence one keypoint of one frame is elsewhere. */
const strayEvery = 10
/** Sequences of one transaction while the project is made. */
const batch = 200
const relists = 25
const limit = 500

/**
 * Measures the stray detectors on the drawn sample's gestures, strays and all, without pictures: how fast the whole data set is looked at
 * from the database on, how long the event loop is held at most meanwhile, and how long a list takes after an edit.
 */
export async function benchDetection({ signal, progress }: Pick<BenchTools, 'signal' | 'progress'>, sequences = 20_000): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    mkdirSync(join(folder, 'data', 'train'), { recursive: true })
    const projectFolder = join(folder, 'project')
    const { db, readOnly, close } = openDatabase(projectFolder)
    try {
      await writeSequences(db, sequences, signal, (done) => progress(`시퀀스 만드는 중 ${done}/${sequences}`, `Making sequences ${done}/${sequences}`))
      const dataset = createDataset({ db, folder: join(folder, 'data'), emit: () => undefined, readOnly })
      const annotation = createAnnotation({ db, dataset, projectFolder, emit: () => undefined, readOnly })
      dataset.setOverlay(annotation)
      progress('의심스러운 점 찾는 중', 'Looking for strays')
      const { frames } = dataset.counts()
      return { sequences, frames, ...(await measureDetection(annotation, frames)), relist_ms: await measureRelist(annotation) }
    } finally {
      close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeSequences(db: Db, count: number, signal: AbortSignal, onProgress: (done: number) => void): Promise<void> {
  const plan = planSample({ sequences: count, seed })
  const classes = plan.classes.map(({ poseId, name, viewType, gestureType, handType }) => ({ poseId, name, view: viewType, gesture: gestureType, hand: handType, extra: {} }))
  writeTables(db, { classes, sample: null, classHash: '', problems: [] })
  const writer = sequenceWriter(db)
  for (let done = 0; done < plan.sequences.length; done += batch) {
    signal.throwIfAborted()
    onProgress(done)
    await eventLoop()
    db.transaction(() => {
      for (const [index, sequence] of plan.sequences.slice(done, done + batch).entries()) {
        const staged = stageSequence(sequence, { ...size, seed })
        const stray = index % strayEvery === 0 ? staged[1]?.rows?.[8] : undefined
        if (stray) stray[0] += size.width / 4
        const frames = staged.map(({ rows }, order) => {
          const { number } = sequence.frames[order]!
          return { number, file: `${number}.png`, ...size, size: 1, modified: 0, points: rows && Float64Array.from(rows.flat()), unreadable: null, fingerprint: null }
        })
        const poseId = sequence.role === 'train' ? sequence.row.poseId : null
        writer.write({ folder: `${sequence.role}/${sequence.number}`, role: sequence.role, number: sequence.number, stamp: String(sequence.number), jsonHash: '', poseId, actionName: null, actor: null, imageInfo: null, extra: null, frames, problems: [] })
      }
    })()
  }
}

async function measureDetection(annotation: AnnotationRoom, frames: number): Promise<Record<string, number>> {
  const figures = { findings: 0, first_list_ms: 0 }
  const { milliseconds, block } = await longestBlock(async () => {
    const begin = performance.now()
    await annotation.findings({ limit })
    figures.first_list_ms = performance.now() - begin
    figures.findings = (await annotation.findings({ limit, wait: true })).total
  })
  return { ...figures, frames_per_second: (1000 * frames) / milliseconds, longest_block_ms: block, peak_memory_bytes: process.memoryUsage().rss }
}

/** Median time of a list after one finding was erased, in milliseconds. */
async function measureRelist(annotation: AnnotationRoom): Promise<number> {
  const { findings } = await annotation.findings({ limit: 10_000 })
  const perFolder = new Map(findings.filter(({ indices }) => indices.length > 0).map((finding) => [finding.folder, finding]))
  const times: number[] = []
  for (const { folder, frame, indices } of perFolder.values().take(relists)) {
    await annotation.apply({ label: '', changes: indices.map((index) => ({ folder, frame, index, to: { erased: true } })) })
    await eventLoop()
    const begin = performance.now()
    await annotation.findings({ limit })
    times.push(performance.now() - begin)
  }
  return times.length > 0 ? median(times) : 0
}
