import { expect, it, onTestFinished } from 'vitest'
import { openProject } from '../../src-main/core/project.ts'
import { goodFolder, hand, putSequence, temporaryFolder } from './dataFolder.ts'

it('rows of a cleaned copy keep their numbers: what it says is erased is a gap, and no problem', async () => {
  const data = await goodFolder()
  const rows = hand(42)
  const left = rows.filter((_, row) => row !== 3 && row < 21)
  const erased = [3, ...Array.from({ length: 21 }, (_, row) => row + 21)]
  await putSequence(data, 'train/3', { json: { annotations: [{ image_id: 0, data: left, erased }, { image_id: 1, data: left, erased: 'all of them' }] } })
  const project = openProject({ folder: data, project: temporaryFolder(), emit: () => undefined })
  onTestFinished(() => project.close())
  await project.dataset.scan()
  const [cleaned, other] = project.dataset.frames('train/3')
  expect([cleaned?.points.length, cleaned?.erased, cleaned?.points[20]?.slice(0, 2), cleaned?.points[2]?.slice(0, 2)]).toEqual([42, erased, rows[20]!.slice(0, 2), rows[2]!.slice(0, 2)])
  // A list that is none changes nothing, and the 20 rows are reported as before.
  expect([other?.points.length, other?.erased]).toEqual([20, []])
  expect((await project.dataset.problems({ folder: 'train/3', kind: 'wrong-length', offset: 0, limit: 10 })).rows.map(({ place }) => place)).toEqual(['annotations[1].data'])
})
