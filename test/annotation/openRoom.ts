import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAnnotation } from '../../src-main/annotation/service.ts'
import type { EditSummary } from '../../src-main/contract/annotation.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { AnnotationRoom, DatasetRoom } from '../../src-main/contract/rooms.ts'
import { openDatabase, type OpenedDatabase } from '../../src-main/db/open.ts'

export interface OpenedRoom {
  room: AnnotationRoom
  opened: OpenedDatabase
  events: HandloomEvent[]
  close(): void
}

/** The annotation room over a real database. */
export function openRoom(dataset: DatasetRoom, project: string): OpenedRoom {
  const opened = openDatabase(project)
  const events: HandloomEvent[] = []
  const room = createAnnotation({ db: opened.db, dataset, projectFolder: project, emit: (event) => events.push(event), readOnly: opened.readOnly })
  return { room, opened, events, close: () => opened.close() }
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'handloom-annotation-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The parts of an edit that do not depend on the clock. */
export function essence({ id, kind, label, points, frames, folders, undone }: EditSummary): Omit<EditSummary, 'created' | 'author' | 'source' | 'sequences'> {
  return { id, kind, label, points, frames, folders, undone }
}
