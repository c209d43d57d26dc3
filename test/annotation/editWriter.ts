/**
 * Child of kill.test.ts: edits without end and says what it did on stdout once it has returned. Every seventh edit is taken back and
 * done again. Usage: editWriter.ts PROJECT_FOLDER
 */
import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createAnnotation } from '../../src-main/annotation/service.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { killDataset } from './killDataset.ts'

// Who is killed cannot do so at its end.
flushCompileCache()
const { db, readOnly } = openDatabase(process.argv[2]!)
const room = createAnnotation({ db, dataset: killDataset, projectFolder: process.argv[2]!, emit: () => undefined, readOnly })
const { edits } = await room.history({ limit: 1 })
for (let number = (edits[0]?.id ?? 0) + 1; ; number++) {
  const changes = Array.from({ length: 42 }, (_, index) => ({ folder: 'train/0', frame: number % 5, index, to: { x: number, y: index } }))
  const edit = await room.apply({ label: `edit ${number}`, changes })
  writeSync(1, `made ${edit.id}\n`)
  if (number % 7 !== 0) continue
  await room.undo()
  writeSync(1, `undone ${edit.id}\n`)
  await room.redo()
  writeSync(1, `redone ${edit.id}\n`)
}
