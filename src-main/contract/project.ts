import type { DatasetCounts, ScanStatus } from './dataset.ts'
import type { EngineStatus } from './train.ts'

export interface ProjectState {
  /** The data folder, read-only to us. */
  folder: string
  /** The project's own folder with the database, shards, runs, submissions. */
  project: string
  name: string
  counts: DatasetCounts
  scan: ScanStatus
  /** Another Handloom holds the project: everything can be looked at, nothing changed. */
  readOnly: boolean
}

export interface RecentProject {
  folder: string
  name: string
  opened: string
  exists: boolean
}

export interface FolderListing {
  path: string
  parent: string | null
  /** Has a train/ folder. */
  dataset: boolean
  folders: { name: string; path: string; dataset: boolean }[]
}

/** Long work other than training: reading, cutting crops, evaluating, exporting. */
export interface Job {
  id: string
  kind: 'scan' | 'crop' | 'predict' | 'submit' | 'sample' | 'measure' | 'batch-size' | 'learning-rate' | 'embedding-map' | 'report' | 'rule-search' | 'views' | 'export'
  state: 'running' | 'done' | 'failed' | 'cancelled'
  done: number
  total: number
  secondsLeft: number | null
  message: string | null
}

export interface AppInfo {
  version: string
  platform: string
  engine: EngineStatus | null
  projectsFolder: string
}
