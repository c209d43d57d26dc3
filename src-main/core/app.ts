import type { HandloomApi } from '../contract/api.ts'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { Job } from '../contract/project.ts'
import type { ScanStatus } from '../contract/dataset.ts'
import type { SpawnCompute } from '../train/computeProcess.ts'
import type { EventHub } from './eventHub.ts'
import { listFolders } from './listFolders.ts'
import { projectFolderOf, projectsFolder, resolveDataFolder } from './paths.ts'
import { openProject, type Project } from './project.ts'
import { recentProjects, rememberProject } from './recent.ts'
import { version } from './version.ts'

export interface App {
  api: HandloomApi
  /** The open project; throws `conflict` when there is none. */
  project(): Project
  /** Throws `conflict` when no project is open or another process holds it. */
  requireWritable(): void
  close(): Promise<void>
}

/** The program behind the window or the browser: at most one project open, its rooms reached through `api`. */
export function createApp({ hub, spawnCompute }: { hub: EventHub; spawnCompute?: SpawnCompute | undefined }): App {
  let open: Project | null = null
  /** Opening and closing take turns: two at once would each take the project's lock, and one of them would never give it back. */
  let turn: Promise<unknown> = Promise.resolve()
  const jobs = new Map<string, Job>()
  hub.subscribe(({ event }) => {
    if (event.type !== 'job') return
    if (event.job.state === 'running') jobs.set(event.job.id, event.job)
    else jobs.delete(event.job.id)
  })

  const project = (): Project => {
    if (!open) throw new HandloomError('conflict', 'No data folder is open. Open one first.')
    return open
  }
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const close = (): Promise<void> => inTurn(closeOpen)
  async function closeOpen(): Promise<void> {
    const closing = open
    open = null
    if (!closing) return
    await closing.close()
    hub.emit({ type: 'project', project: null })
  }

  const api: HandloomApi = {
    project: {
      info: async () => ({ version, platform: process.platform, engine: open ? await open.train.engine() : null, projectsFolder: projectsFolder() }),
      current: () => (open ? open.state() : null),
      open: (input) => inTurn(async () => {
        const next = await openProjectUnlessOpen(input)
        if (next === open) return next.state()
        const before = open
        if (before && isSameProject(before, next)) {
          // Who looks at the project keeps looking at it while it becomes writable.
          open = next
          await before.close()
        } else {
          await closeOpen()
          open = next
        }
        rememberProject(next.folder)
        void scan(next)
        const state = await next.state()
        hub.emit({ type: 'project', project: state })
        return state
      }),
      close,
      recent: recentProjects,
      listFolders: ({ path }) => listFolders(path),
      jobs: () => [...jobs.values()],
    },
    get dataset() { return project().dataset },
    get annotation() { return project().annotation },
    get crop() { return project().crop },
    get split() { return project().split },
    get train() { return project().train },
    get evaluate() { return project().evaluate },
    get rules() { return project().rules },
    get ensemble() { return project().ensemble },
    get report() { return project().report },
    get predict() { return project().predict },
    get pipeline() { return project().pipeline },
  }

  /** Opening the folder that is open already joins it; one that another process held is taken over if that process has let go of it. */
  async function openProjectUnlessOpen({ folder, project: given }: { folder: string; project?: string | undefined }): Promise<Project> {
    const asked = resolveDataFolder(folder)
    const same = open?.folder === asked && (given === undefined || open.projectFolder === projectFolderOf(asked, given)) ? open : null
    if (same && !same.readOnly) return same
    const next = openProject({ folder, project: same?.projectFolder ?? given, emit: hub.emit, spawnCompute })
    if (!same || !next.readOnly) return next
    await next.close()
    return same
  }

  /** Scans behind the open project; its end or failure reaches the listeners, not the caller. */
  async function scan(scanned: Project): Promise<void> {
    try {
      await scanned.dataset.scan()
      if (open !== scanned) return
      hub.emit({ type: 'project', project: await scanned.state() })
      scanned.train.goOn()
    } catch (error) {
      // A scan that ends because its project was closed says nothing about the next one.
      if (open === scanned) hub.emit({ type: 'scan', status: failedScan(toHandloomError(error).message) })
    }
  }

  return { api, project, requireWritable: () => project().requireWritable(), close }
}

const isSameProject = (one: Project, other: Project): boolean => one.folder === other.folder && one.projectFolder === other.projectFolder

const failedScan = (message: string): ScanStatus => ({ state: 'failed', sequencesDone: 0, sequencesTotal: 0, framesDone: 0, sequencesRead: 0, seconds: 0, problems: 0, message })
