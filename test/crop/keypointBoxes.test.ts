import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FrameRecord, Point, SequenceSummary } from '../../src-main/contract/dataset.ts'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { sequenceBoxes } from '../../src-main/crop/geometry.ts'
import { createCrop } from '../../src-main/crop/service.ts'
import { openDatabase } from '../../src-main/db/open.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'handloom-crop-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const frameOf = (number: number, points: Point[], patch: Partial<FrameRecord> = {}): FrameRecord => ({ number, file: `${number}.png`, width: 1920, height: 1080, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null, ...patch })
const frames: Record<string, FrameRecord[]> = {
  'train/0': [frameOf(0, [[100, 200, 0], [300, 400, 0], [1800, 1000, 0]], { erased: [2] }), frameOf(1, []), frameOf(4, [], { unreadable: 'truncated' })],
  'train/1': [frameOf(0, [[500, 500, 0]])],
  'test/2': [],
}

it('gives the keypoint boxes of a page of sequences, from which the boxes of any recipe follow', () => {
  const opened = openDatabase(folder)
  const summaries = Object.keys(frames).map((name) => ({ folder: name }) as SequenceSummary)
  const dataset = { summaries: () => summaries, frames: (name: string) => frames[name] ?? [], classRows: () => [], poseIds: () => [] }
  const crop = createCrop({ db: opened.db, dataset, emit: () => undefined })
  const boxes = crop.keypointBoxes({ offset: 0, limit: 100 })
  expect(boxes).toEqual([
    { folder: 'train/0', frames: [{ frame: 0, width: 1920, height: 1080, keypoints: { x0: 100, y0: 200, x1: 300, y1: 400 } }, { frame: 1, width: 1920, height: 1080, keypoints: null }] },
    { folder: 'train/1', frames: [{ frame: 0, width: 1920, height: 1080, keypoints: { x0: 500, y0: 500, x1: 500, y1: 500 } }] },
    { folder: 'test/2', frames: [] },
  ])
  expect(crop.keypointBoxes({ offset: 1, limit: 1 })).toMatchObject([{ folder: 'train/1' }])
  expect(sequenceBoxes(frames['train/0'] === undefined ? [] : (boxes as { frames: Parameters<typeof sequenceBoxes>[0] }[])[0]?.frames ?? [], defaultCropSettings.recipes.test).boxes).toEqual(crop.boxes({ folder: 'train/0', role: 'test' }))
  opened.close()
})
