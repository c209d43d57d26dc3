import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createAnnotation } from '../../src-main/annotation/service.ts'
import { cleanedJson } from '../../src-main/annotation/exchange/contestJson.ts'
import { sequenceQuery } from '../../src-main/contract/dataset.ts'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { createDataset } from '../../src-main/dataset/service.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { goodFolder, putSequence, temporaryFolder } from '../dataset/dataFolder.ts'
import { essence } from './openRoom.ts'

/** Data set and annotation room over one project, as the core puts them together. */
function openRooms(folder: string, project = temporaryFolder()) {
  const events: HandloomEvent[] = []
  const database = openDatabase(project)
  const emit = (event: HandloomEvent): void => void events.push(event)
  const dataset = createDataset({ db: database.db, folder, emit, readOnly: database.readOnly })
  const room = createAnnotation({ db: database.db, dataset, projectFolder: project, emit, readOnly: database.readOnly })
  dataset.setOverlay(room)
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    room.close()
    await dataset.close()
    database.close()
  }
  onTestFinished(close)
  const label = (name: string, poseId: number | null) => room.setLabels({ label: '', changes: [{ folder: name, poseId }] })
  const found = async (query: Parameters<typeof sequenceQuery.parse>[0]) => (await dataset.sequences(sequenceQuery.parse(query))).rows.map((row) => row.folder)
  return { dataset, room, events, project, close, label, found }
}

async function opened(folder?: string) {
  const rooms = openRooms(folder ?? (await goodFolder()))
  await rooms.dataset.scan()
  rooms.events.length = 0
  return rooms
}

async function failure(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof HandloomError) return `${error.kind}: ${error.message}`
    throw error
  }
  return 'It did not fail.'
}

const shown = ({ dataset }: ReturnType<typeof openRooms>, folder: string) => {
  const { poseId, correctedFrom, className, hand, view, gesture } = dataset.summary(folder)
  return { poseId, correctedFrom, className, hand, view, gesture }
}

it('shows a corrected sequence as one of its new class everywhere, and tells the listeners', async () => {
  const rooms = await opened()
  const { dataset, room, events, found } = rooms
  const versions = [dataset.summary('train/0').version, dataset.summary('train/2').version]
  const edit = await rooms.label('train/0', 12)
  expect({
    edit: essence(edit),
    events,
    summary: shown(rooms, 'train/0'),
    counts: dataset.classRows().map(({ poseId, classIndex, trainSequences }) => [poseId, classIndex, trainSequences]),
    poseIds: dataset.poseIds(),
    hands: dataset.groupColumns().find(({ name }) => name === 'hand')?.valueOf('train/0'),
    search: await found({ search: '손하트' }),
    filter: [await found({ poseIds: [5] }), await found({ poseIds: [12] }), await found({ hand: 'both' })],
    edited: await found({ flag: 'edited' }),
    order: await found({ sort: 'class' }),
    versions: [dataset.summary('train/0').version !== versions[0], dataset.summary('train/2').version === versions[1]],
    room: [room.version('train/0'), room.editedPoints('train/0'), room.correctedLabel('train/0'), room.correctedLabel('train/2'), room.editsHash() !== ''],
  }).toEqual({
    edit: { id: 1, kind: 'label', label: 'Label train/0 as 12 손하트', points: 0, frames: 0, folders: ['train/0'], undone: false },
    events: [{ type: 'edit', action: 'applied', edit }, { type: 'sequences', folders: ['train/0'] }],
    summary: { poseId: 12, correctedFrom: 5, className: '손하트', hand: 'both', view: '1st', gesture: 'my_hand' },
    counts: [[5, null, 0], [7, 0, 1], [12, 1, 2]],
    poseIds: [7, 12],
    hands: 'both',
    search: ['train/0', 'train/11'],
    filter: [[], ['train/0', 'train/11'], ['train/0', 'train/11']],
    edited: ['train/0'],
    order: ['train/2', 'train/0', 'train/11', 'test/10'],
    versions: [true, true],
    room: [1, 0, 12, null, true],
  })
})

it('takes corrections back and brings them back in one line with keypoint edits, also after a restart', async () => {
  const data = await goodFolder()
  let rooms = await opened(data)
  const erase = { label: '', changes: [{ folder: 'train/0', frame: 0, index: 3, to: { erased: true as const } }] }
  await rooms.label('train/0', 7)
  await rooms.room.apply(erase)
  await rooms.label('train/0', 12)
  const hash = rooms.room.editsHash()
  const states: unknown[] = []
  const note = () => states.push([rooms.dataset.summary('train/0').poseId, rooms.dataset.summary('train/0').editedPoints])
  note()
  for (const kind of ['label', 'erase', 'label']) {
    const project = rooms.project
    await rooms.close()
    rooms = openRooms(data, project)
    expect((await rooms.room.undo())?.kind).toBe(kind)
    note()
  }
  expect([await rooms.room.undo(), rooms.room.editsHash()]).toEqual([null, ''])
  for (let times = 0; times < 3; times++) {
    await rooms.room.redo()
    note()
  }
  expect(states).toEqual([[12, 1], [7, 1], [7, 0], [5, 0], [7, 0], [7, 1], [12, 1]])
  expect(rooms.room.editsHash()).toBe(hash)
  const { edits } = await rooms.room.history({ limit: 10, folder: 'train/0' })
  const details = await Promise.all(edits.map(({ id }) => rooms.room.editDetail({ editId: id, limit: 10 })))
  expect(details.map(({ edit, labels, total }) => [edit.id, edit.kind, labels, total])).toEqual([
    [3, 'label', [{ folder: 'train/0', before: 7, after: 12 }], 0],
    [2, 'erase', [], 1],
    [1, 'label', [{ folder: 'train/0', before: null, after: 7 }], 0],
  ])
})

it('is seen, and cannot be changed, by a process beside the one that writes', async () => {
  const data = await goodFolder()
  const writer = await opened(data)
  const reader = openRooms(data, writer.project)
  expect([shown(reader, 'train/0').poseId, reader.dataset.poseIds()]).toEqual([5, [5, 7, 12]])
  await writer.label('train/0', 12)
  await new Promise((resolve) => setTimeout(resolve, 1))
  expect([shown(reader, 'train/0').poseId, reader.dataset.poseIds(), (await failure(() => reader.label('train/0', 7))).split(',')[0]]).toEqual([12, [7, 12], 'conflict: The project is open in another Handloom'])
})

it("keeps the file's own label as no correction, and refuses what would change nothing", async () => {
  const rooms = await opened()
  await rooms.label('train/0', 12)
  const back = await rooms.label('train/0', 5)
  expect({
    detail: (await rooms.room.editDetail({ editId: back.id, limit: 1 })).labels,
    label: back.label,
    hash: rooms.room.editsHash(),
    summary: shown(rooms, 'train/0').correctedFrom,
    counts: rooms.dataset.classRows().map(({ trainSequences }) => trainSequences),
  }).toEqual({ detail: [{ folder: 'train/0', before: 12, after: null }], label: "Take the file's label of train/0", hash: '', summary: null, counts: [1, 1, 1] })
  const refusals = [() => rooms.label('train/0', 5), () => rooms.label('train/0', null), () => rooms.label('test/10', 5), () => rooms.label('train/2', 999), () => rooms.label('train/99', 5)]
  const twice = () => rooms.room.setLabels({ label: '', changes: [{ folder: 'train/2', poseId: 5 }, { folder: 'train/2', poseId: 12 }] })
  const whole = () => rooms.room.setLabels({ label: '', changes: [{ folder: 'train/2', poseId: 5 }, { folder: 'train/0', poseId: 999 }] })
  expect((await Promise.all([...refusals, twice, whole].map(failure))).map((text) => text.split('.')[0])).toEqual([
    'conflict: Nothing would change: these labels are already as asked',
    'conflict: Nothing would change: these labels are already as asked',
    'bad-request: test/10 is a test sequence, so there is no label to correct',
    'bad-request: There is no class 999: neither the class table nor a training folder knows it',
    expect.stringMatching(/^not-found: There is no sequence train\/99 in /) as unknown,
    'bad-request: train/2 is named twice in one edit',
    'bad-request: There is no class 999: neither the class table nor a training folder knows it',
  ])
  expect((await rooms.room.history({ limit: 10 })).edits).toHaveLength(2)
})

it('takes a correction back by an edit of its own, except what was corrected again later', async () => {
  const rooms = await opened()
  const { id } = await rooms.room.setLabels({ label: 'swap', changes: [{ folder: 'train/0', poseId: 7 }, { folder: 'train/2', poseId: 5 }] })
  await rooms.label('train/2', 12)
  const back = await rooms.room.revert({ editId: id })
  expect([essence(back), shown(rooms, 'train/0').poseId, shown(rooms, 'train/2').poseId, await failure(() => rooms.room.revert({ editId: id }))]).toEqual([
    { id: 3, kind: 'restore', label: 'Take back “swap” (1 of 2 labels; 1 changed again later and left alone)', points: 0, frames: 0, folders: ['train/0'], undone: false },
    5, 12,
    'conflict: All labels of “swap” were changed again later, so there is nothing to take back.',
  ])
  await rooms.room.undo()
  expect(shown(rooms, 'train/0').poseId).toBe(7)
})

it('stays in force when the file changes on disk; problems stay about the file', async () => {
  const data = await goodFolder()
  await putSequence(data, 'train/3', { action: [99, '없는 동작'] })
  const rooms = await opened(data)
  const problems = async () => (await rooms.dataset.problems({ folder: 'train/3', offset: 0, limit: 10 })).rows.map(({ kind }) => kind)
  await rooms.label('train/3', 12)
  await rooms.label('train/0', 99)
  expect([shown(rooms, 'train/0').className, await problems()]).toEqual(['없는 동작', ['unknown-pose']])
  await putSequence(data, 'train/3', { action: [7, '검지,중지 교차'] })
  await rooms.dataset.scan()
  expect([shown(rooms, 'train/3'), await problems()]).toEqual([{ poseId: 12, correctedFrom: 7, className: '손하트', hand: 'both', view: '1st', gesture: 'my_hand' }, []])
  await putSequence(data, 'train/3', { action: [12, '손하트'] })
  await rooms.dataset.scan()
  const cleaned = temporaryFolder()
  await rooms.room.writeCleaned(cleaned)
  expect([shown(rooms, 'train/3').correctedFrom, readFileSync(join(cleaned, 'train/3/3.json'), 'utf8')]).toEqual([12, readFileSync(join(data, 'train/3/3.json'), 'utf8')])
  await rooms.label('train/3', null)
  expect([shown(rooms, 'train/3').correctedFrom, rooms.room.correctedLabel('train/3')]).toEqual([null, null])
})

it('writes the corrected label into cleaned copies, which read back as it', async () => {
  const data = await goodFolder()
  await putSequence(data, 'train/3', { action: { pose_id: 7, pose_name: 'x' } })
  const rooms = await opened(data)
  await rooms.room.setLabels({ label: '', changes: [{ folder: 'train/0', poseId: 12 }, { folder: 'train/3', poseId: 5 }] })
  const out = temporaryFolder()
  const { files, changed } = await rooms.room.writeCleaned(out)
  const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>
  const names = ['train/0/0.json', 'train/3/3.json', 'train/2/2.json']
  expect([files, changed, ...names.map((name) => json(out, name))]).toEqual([
    5, 2, { ...json(data, names[0]!), action: [12, '손하트'] }, { ...json(data, names[1]!), action: [5, '숫자 5'] }, json(data, names[2]!),
  ])
  const { out: exported } = await rooms.room.exportKeypoints({ format: 'contest' })
  expect(readFileSync(join(exported, names[0]!))).toEqual(readFileSync(join(out, names[0]!)))
})

it('puts a label into any JSON that a sequence may have, and leaves the rest byte for byte', () => {
  const label = { poseId: 7, name: '"손\u0000' }
  const action = '"action":[7,"\\"\\uc190\\u0000"]'
  const added = { number: 0, original: null, points: [[1, 2, 0] as const], erased: [], hidden: [], moved: [0] }
  expect([
    cleanedJson('{"a":1.50,"action":[5,"x"] ,"b":[]}', [], label),
    cleanedJson('{"annotations":[]}', [], label),
    cleanedJson('{}', [], label),
    cleanedJson('{}', [added], label),
    cleanedJson('{"action": "5", "annotations": []}', [], label),
  ]).toEqual([
    `{"a":1.50,${action} ,"b":[]}`,
    `{${action},"annotations":[]}`,
    `{${action}}`,
    `{${action},"annotations":[{"image_id":0,"data":[[1,2,0]]}]}`,
    `{"action": [7, "\\"\\uc190\\u0000"], "annotations": []}`,
  ])
})

it('is where a list of labels would be, for any corrections, undos, redos and restarts', { timeout: 120_000 }, async () => {
  const data = await goodFolder()
  const folder = fc.constantFrom('train/0', 'train/2', 'train/11')
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.uniqueArray(fc.record({ folder, poseId: fc.constantFrom(5, 7, 12, null) }), { selector: (change) => change.folder, minLength: 1 }) },
    { weight: 3, arbitrary: fc.constantFrom('undo' as const, 'redo' as const) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  )
  const files: Record<string, number> = { 'train/0': 5, 'train/2': 7, 'train/11': 12 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      let rooms = await opened(data)
      /** Labels after each edit that is in force or can be brought back, and which of them is now. */
      let line = [files]
      let now = 0
      for (const action of steps) {
        let wanted: Record<string, number> | undefined
        if (action === 'restart') {
          await rooms.close()
          rooms = openRooms(data, rooms.project)
        } else if (action === 'undo') now -= Number((await rooms.room.undo()) !== null)
        else if (action === 'redo') now += Number((await rooms.room.redo()) !== null)
        else {
          const next = { ...line[now]!, ...Object.fromEntries(action.map((change) => [change.folder, change.poseId ?? files[change.folder]!])) }
          const outcome = await failure(() => rooms.room.setLabels({ label: '', changes: action }))
          if (!outcome.startsWith('conflict: Nothing would change')) line = [...line.slice(0, ++now), next]
          else wanted = next
        }
        expect(Object.fromEntries(rooms.dataset.summaries('train').map((row) => [row.folder, row.poseId]))).toEqual(wanted ?? line[now])
      }
      await rooms.close()
    }),
    { numRuns: 15, seed: 7 },
  )
})
