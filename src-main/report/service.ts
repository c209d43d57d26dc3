import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Emit } from '../contract/events.ts'
import type { Job } from '../contract/project.ts'
import type { ReportFile, ReportOptions } from '../contract/report.ts'
import type { ReportRoom } from '../contract/rooms.ts'
import { collect, type ReportSources } from './collect.ts'
import { reportPage } from './page.ts'
import { sequencePictures, type ReportPicture, type ThumbnailSource } from './pictures.ts'

/** The report room: a run's scores, curves, worst sequences and judgements as one HTML file that needs nothing else. */
export function createReport({ projectFolder, thumbnails, emit, ...sources }: ReportSources & { projectFolder: string; thumbnails: ThumbnailSource; emit: Emit }): ReportRoom {
  const folder = join(projectFolder, 'exports')
  /** Reports are made one after the other. */
  let queue: Promise<unknown> = Promise.resolve()

  async function make(options: ReportOptions): Promise<ReportFile> {
    const data = await collect(sources, options)
    const job: Job = { id: `report-${options.runId}`, kind: 'report', state: 'running', done: 0, total: 1 + (options.pictures ? data.worst.rows.length : 0), secondsLeft: null, message: null }
    const tell = (changes: Partial<Job>): void => emit({ type: 'job', job: Object.assign(job, changes) })
    tell({})
    try {
      const pictures = new Map<string, ReportPicture[] | null>()
      for (const { group } of options.pictures ? data.worst.rows : []) {
        pictures.set(group, await sequencePictures(sources.dataset, thumbnails, group))
        tell({ done: job.done + 1 })
      }
      const page = Buffer.from(await reportPage(data, pictures, { language: options.language, made: new Date().toISOString() }))
      const name = `run-${options.runId}.html`
      const path = join(folder, name)
      mkdirSync(folder, { recursive: true })
      await writeFileAtomic(path, page)
      tell({ done: job.total, state: 'done' })
      return { path, name, bytes: page.length }
    } catch (thrown) {
      const error = toHandloomError(thrown)
      tell({ state: 'failed', message: error.message })
      throw error
    }
  }

  return {
    make(options) {
      const made = queue.then(() => make(options))
      queue = made.catch(() => null)
      return made
    },
    reportPath(name) {
      const path = join(folder, name)
      if (!/^run-\d{1,9}\.html$/.test(name) || !statSync(path, { throwIfNoEntry: false })?.isFile()) throw new HandloomError('not-found', `There is no report ${name}. Make it first.`, { file: name })
      return path
    },
  }
}
