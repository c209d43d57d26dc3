import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import type { CropRoom } from '../../src-main/contract/rooms.ts'
import { createCrop, type CropDeps } from '../../src-main/crop/service.ts'
import { openDatabase, type OpenedDatabase } from '../../src-main/db/open.ts'

export interface OpenedRoom {
  crop: CropRoom
  /** The room over the same project, as another start of Handloom has it. */
  again(): CropRoom
  opened: OpenedDatabase
  events: HandloomEvent[]
  close(): void
}

/** A crop room over a new project of its own. */
export function openRoom(dataset: CropDeps['dataset']): OpenedRoom {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-crop-'))
  const opened = openDatabase(folder)
  const events: HandloomEvent[] = []
  const again = (): CropRoom => createCrop({ db: opened.db, dataset, emit: (event) => void events.push(event) })
  return {
    crop: again(),
    again,
    opened,
    events,
    close() {
      opened.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
