import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { goodFolder, hand, put, temporaryFolder } from '../dataset/dataFolder.ts'

interface Annotations {
  annotations: { image_id: number; data: number[][] }[]
}

function rewrite(file: string, change: (json: Annotations) => void): void {
  const json = JSON.parse(readFileSync(file, 'utf8')) as Annotations
  change(json)
  writeFileSync(file, JSON.stringify(json, null, 1))
}

it('edits outlive a sequence file that somebody rewrites, and a person settles what disagrees', async () => {
  const data = await goodFolder()
  const projectFolder = temporaryFolder()
  let project: Project | null = null
  const open = async (): Promise<Project> => {
    await project?.close()
    project = openProject({ folder: data, project: projectFolder, emit: () => undefined })
    await project.dataset.scan()
    return project
  }
  onTestFinished(() => project?.close())
  const folder = 'train/0'
  const rowsOf = (opened: Project) => opened.dataset.frames(folder).map(({ points, erased, moved, conflicts }) => ({ third: points[3]?.slice(0, 2), erased, moved, conflicts }))

  const first = await open()
  await first.annotation.apply({ label: '', changes: [{ folder, frame: 0, index: 3, to: { x: 20, y: 11 } }, { folder, frame: 1, index: 5, to: { erased: true } }] })
  rewrite(join(data, folder, '0.json'), ({ annotations }) => (annotations[0]!.data[3] = [9, 9, 0]))
  const second = await open()
  expect([await second.annotation.conflicts(), rowsOf(second)]).toEqual([
    [{ folder, points: [{ frame: 0, index: 3 }], missingFrames: [] }],
    [{ third: [20, 11], erased: [], moved: [3], conflicts: [3] }, { third: hand()[3]!.slice(0, 2), erased: [5], moved: [], conflicts: [] }],
  ])

  await second.annotation.resolveConflict({ folder, keep: 'file' })
  expect([await second.annotation.conflicts(), rowsOf(second)[0]]).toEqual([[], { third: [9, 9], erased: [], moved: [], conflicts: [] }])
  await second.annotation.undo()

  // A frame that goes takes nothing with it: what was edited in it is there again when it is.
  const picture = readFileSync(join(data, folder, '1.png'))
  rmSync(join(data, folder, '1.png'))
  rewrite(join(data, folder, '0.json'), ({ annotations }) => (annotations[0]!.data[3] = hand()[3]!))
  const third = await open()
  expect(await third.annotation.conflicts()).toEqual([{ folder, points: [], missingFrames: [1] }])
  put(data, `${folder}/1.png`, picture)
  const fourth = await open()
  expect([await fourth.annotation.conflicts(), rowsOf(fourth).map(({ erased, moved }) => [erased, moved])]).toEqual([[], [[[], [3]], [[5], []]]])
})
