import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { sequenceBoxes } from '../../src-main/crop/geometry.ts'
import { createCrop } from '../../src-main/crop/service.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { frameOf, madeDataset } from './standIns.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'handloom-crop-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const sequences = {
  'train/0': { poseId: 1, frames: [frameOf(0, [[100, 200, 0], [300, 400, 0], [1800, 1000, 0]], { erased: [2] }), frameOf(1, []), frameOf(4, [], { unreadable: 'truncated' })] },
  // Moved inside the box, and added where there was none.
  'train/1': { poseId: 1, frames: [frameOf(0, [[500, 500, 0], [600, 600, 0], [590, 550, 0]], { original: [[500, 500, 0], [600, 600, 0], [510, 550, 0]], moved: [2] }), frameOf(1, [[7, 8, 0]], { original: null, moved: [0] })] },
  'test/2': { poseId: null, frames: [] },
}

it('gives the hands of a page of sequences, as they are and, where edits changed them, as they were, from which the boxes of any recipe follow', async () => {
  const opened = openDatabase(folder)
  const crop = createCrop({ db: opened.db, dataset: madeDataset(sequences), emit: () => undefined })
  const boxes = await crop.keypointBoxes({ offset: 0, limit: 100 })
  const full = { width: 1920, height: 1080 }
  expect(boxes).toEqual([
    {
      folder: 'train/0',
      frames: [
        { frame: 0, ...full, hands: [{ box: { x0: 100, y0: 200, x1: 300, y1: 400 }, points: 2 }], before: [{ box: { x0: 100, y0: 200, x1: 1800, y1: 1000 }, points: 3 }] },
        { frame: 1, ...full, hands: [] },
      ],
    },
    {
      folder: 'train/1',
      frames: [{ frame: 0, ...full, hands: [{ box: { x0: 500, y0: 500, x1: 600, y1: 600 }, points: 3 }] }, { frame: 1, ...full, hands: [{ box: { x0: 7, y0: 8, x1: 7, y1: 8 }, points: 1 }], before: [] }],
    },
    { folder: 'test/2', frames: [] },
  ])
  expect(await crop.keypointBoxes({ offset: 1, limit: 1 })).toEqual([boxes[1]])
  expect(sequenceBoxes(boxes[0]?.frames ?? [], defaultCropSettings.recipes.test).boxes).toEqual(crop.boxes({ folder: 'train/0', role: 'test' }))
  opened.close()
})
