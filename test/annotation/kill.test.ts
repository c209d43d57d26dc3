import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import { killDataset } from './killDataset.ts'
import { openRoom, temporaryFolder, type OpenedRoom } from './openRoom.ts'

const writer = fileURLToPath(new URL('editWriter.ts', import.meta.url))
const projects = 4
const kills = Number(process.env.HANDLOOM_TEST_KILLS ?? 200)

/** Runs the writer and kills it some milliseconds after it has said `lines` things that it did; the last thing it said. */
async function writeAndKill(project: string, cache: string, lines: number, milliseconds: number): Promise<{ did: string; id: number }> {
  const child = spawn(process.execPath, [writer, project], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: cache } })
  const exited = once(child, 'exit')
  let last = ''
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    last = line
    if (++seen === lines) setTimeout(() => child.kill('SIGKILL'), milliseconds)
  }
  await exited
  if (child.signalCode !== 'SIGKILL') throw new Error(`The writer ended by itself (${child.exitCode}).`)
  const [did = '', id] = last.split(' ')
  return { did, id: Number(id) }
}

/** The keypoints of each frame, and those that the newest edit in force that touched it gave it. */
async function frames({ room }: OpenedRoom) {
  const { edits } = await room.history({ limit: 10_000 })
  const inForce = edits.filter(({ undone }) => !undone)
  return room.overlay('train/0', killDataset.sourceFrames('train/0')).map(({ number, points, moved }) => {
    const newest = inForce.find(({ id }) => id % 5 === number)?.id
    return { is: moved.length === 0 ? null : points, should: newest === undefined ? null : Array.from({ length: 42 }, (_, index) => [newest, index, 0]) }
  })
}

/** What a project holds after a kill, and what it should; it is taken back by two edits and brought back again. */
async function afterKill(project: string, acknowledged: { did: string; id: number }): Promise<{ found: unknown; wanted: unknown }> {
  const opened = openRoom(killDataset, project)
  try {
    const { room, opened: { db, readOnly } } = opened
    const { edits } = await room.history({ limit: 10_000 })
    const newest = edits[0]!
    // The kill may have come after the next thing was done and before it was said.
    const mayBeUndone = newest.id === acknowledged.id && acknowledged.did !== 'redone' && newest.id % 7 === 0
    const state = {
      readOnly,
      integrity: db.pragma('integrity_check', { simple: true }),
      foreign: db.pragma('foreign_key_check'),
      ids: edits.map(({ id }) => id),
      lost: Math.max(0, acknowledged.id - newest.id),
      undone: edits.filter(({ undone, id }) => undone && !(mayBeUndone && id === newest.id)),
    }
    const killed = await frames(opened)
    while ((await room.redo()) !== null);
    const end = room.editsHash()
    const back = [await room.undo(), await room.undo()].map((edit) => edit?.id)
    const before = await frames(opened)
    while ((await room.redo()) !== null);
    const shown = [...killed, ...before]
    return {
      found: { ...state, back, end: room.editsHash(), frames: shown.map(({ is }) => is) },
      wanted: {
        readOnly: false, integrity: 'ok', foreign: [], ids: Array.from({ length: newest.id }, (_, index) => newest.id - index), lost: 0, undone: [],
        back: newest.id > 1 ? [newest.id, newest.id - 1] : [1, undefined], end, frames: shown.map(({ should }) => should),
      },
    }
  } finally {
    opened.close()
  }
}

it(`has every acknowledged edit whole after kill -9 in the midst of ${kills} bursts of edits, and can take it back`, { timeout: 600_000 }, async () => {
  const temporary = temporaryFolder()
  try {
    await Promise.all(
      Array.from({ length: projects }, async (_, number) => {
        const random = randomStream(17, number)
        for (let kill = number; kill < kills; kill += projects) {
          const project = join(temporary.path, String(number))
          const { found, wanted } = await afterKill(project, await writeAndKill(project, join(temporary.path, 'cache'), 1 + random.integer(15), random.uniform() * 8))
          expect(found).toEqual(wanted)
        }
      }),
    )
  } finally {
    temporary.remove()
  }
})
