import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cropRecipe, cropRoles, type Box, type BoxedFrame, type BoxSource } from '../../src-main/contract/crop.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { openProject } from '../../src-main/core/project.ts'
import { handBoxes, seatBox, sequenceSeats } from '../../src-main/crop/geometry.ts'
import goldens from '../goldens/boxes.json' with { type: 'json' }

interface GoldenBox {
  frame: number
  hand: number | null
  source: BoxSource
  /** Left, top, right, bottom: drawn with its random margin. */
  drawn: boolean[]
  box: number[]
  clamped: boolean
  /** Rows and columns of the pixels that numpy cuts, where the box is of whole pixels. */
  slice: number[] | null
}

describe('boxes of the reference (test/goldens/make_boxes.py)', () => {
  it.each(Object.keys(goldens.recipes) as (keyof typeof goldens.recipes)[])('recipe %s', (name) => {
    const recipe = cropRecipe.parse(goldens.recipes[name])
    for (const { width, height, frames, boxes } of goldens.sequences) {
      const boxed = frames.map((points, frame): BoxedFrame => ({ frame, width, height, hands: handBoxes(points.map(([x, y]): Point => [x as number, y as number, 0])) }))
      const expected = boxes[name] as GoldenBox[]
      const seats = sequenceSeats(boxed, recipe).seats.filter(({ keypointBox }) => keypointBox !== null)
      const ours = seats.map(({ keypointBox, source, frame, hand }, index): GoldenBox => {
        const [left = false, top = false, right = false, bottom = false] = expected[index]?.drawn ?? []
        const { box, clamped } = seatBox({ keypointBox: keypointBox as Box, source }, recipe, { width, height }, { left, top, right, bottom })
        const { x0, y0, x1, y1 } = box
        return { frame, hand, source, drawn: [left, top, right, bottom], box: [x0, y0, x1, y1], clamped, slice: expected[index]?.slice ? [y1 - y0, x1 - x0] : null }
      })
      expect(ours).toEqual(expected)
    }
  })
})

describe('boxes of photographs', () => {
  const data = join(import.meta.dirname, '../../../shared/data/real-small')
  const absent = !existsSync(data)
  it.skipIf(absent)(`hold all keypoints that are in the frame, and lie inside the frame${absent ? ' (not tested: ../shared/data/real-small is not there)' : ''}`, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'handloom-real-'))
    const project = openProject({ folder: data, project: scratch, emit: () => undefined })
    await project.dataset.scan()
    const wrong: unknown[] = []
    let seen = 0
    for (const { folder } of project.dataset.summaries()) {
      const records = new Map(project.dataset.frames(folder).map((record) => [record.number, record]))
      for (const role of cropRoles)
        for (const { frame, box, source } of await project.crop.boxes({ folder, role })) {
          const { width, height, points, erased } = records.get(frame)!
          if (!box || width === null || height === null) continue
          seen++
          const shown = source === 'keypoints' ? points.filter(([x, y], row) => !erased.includes(row) && x >= 0 && y >= 0 && x <= width && y <= height) : []
          const inside = box.x0 >= 0 && box.y0 >= 0 && box.x1 <= width && box.y1 <= height && box.x1 > box.x0 && box.y1 > box.y0
          if (!inside || shown.some(([x, y]) => x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1)) wrong.push({ folder, role, frame, box })
        }
    }
    await project.close()
    rmSync(scratch, { recursive: true, force: true })
    expect([wrong, seen > 100]).toEqual([[], true])
  })
})
