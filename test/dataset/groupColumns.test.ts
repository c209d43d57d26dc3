import { expect, it } from 'vitest'
import { openRoom, put, putSequence, temporaryFolder } from './dataFolder.ts'

async function columnsOf(folder: string): Promise<Record<string, (string | null)[]>> {
  const { room } = openRoom(folder)
  await room.scan()
  const folders = room.summaries('train').map((summary) => summary.folder)
  return Object.fromEntries(room.groupColumns().map(({ name, valueOf }) => [name, folders.map(valueOf)]))
}

it('offers what the JSON files and the class table say of each training sequence', async () => {
  const folder = temporaryFolder()
  put(folder, 'hand_gesture_pose.csv', 'pose_id,pose_name,view_type,gesture_type,hand_type,kind\n5,five,1st,my_hand,left,number\n7,seven,3rd,,both,meaning\n')
  await putSequence(folder, 'train/0', { json: { actor: { id: 'kim', age: 31, sizes: [1, 2], glasses: true, note: '' }, image: { width: 32, camera: { maker: 'x' } }, session: 'monday', hand: 'gloved' } })
  await putSequence(folder, 'train/3', { action: [7, 'seven'], json: { actor: 'lee', image: 'indoors', session: 2, tags: ['a'] } })
  await putSequence(folder, 'train/12', { action: [9, 'nine'], json: { actor: null, image: null } })
  await putSequence(folder, 'test/20', { json: { session: 'test' } })
  expect(await columnsOf(folder)).toEqual({
    actor: ['kim', 'lee', null],
    hand: ['left', 'both', null],
    view: ['1st', '3rd', null],
    gesture: ['my_hand', null, null],
    'class.kind': ['number', 'meaning', null],
    'image.width': ['32', null, null],
    image: [null, 'indoors', null],
    'actor.id': ['kim', null, null],
    'actor.age': ['31', null, null],
    'actor.glasses': ['true', null, null],
    session: ['monday', '2', null],
    'json.hand': ['gloved', null, null],
  })
})

it('bears keys that mean harm, very many keys and very long values', async () => {
  const folder = temporaryFolder()
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`key ${index}`, index]))
  const text = JSON.stringify({ annotations: [], action: [5, 'five'], long: 'x'.repeat(5000), ['n'.repeat(300)]: 1, sequence: 'mine', 'actor.id': 'top', ...many })
  await putSequence(folder, 'train/0', { json: `{"__proto__": "a", "constructor": "b", "": "c", "actor": {"__proto__": "d"}, ${text.slice(1)}` })
  const columns = await columnsOf(folder)
  const names = Object.keys(columns)
  expect([
    names.length <= 200, names.length > 190, columns.long?.[0]?.length, columns['json.sequence'], columns['json.actor.id'], columns.constructor, names.includes(''), ({} as Record<string, unknown>).a,
    Object.getOwnPropertyDescriptor(columns, '__proto__')?.value, columns['actor.__proto__'],
  ]).toEqual([true, true, 200, ['mine'], ['top'], ['b'], false, undefined, ['a'], ['d']])
})
