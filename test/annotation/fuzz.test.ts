import { expect, it } from 'vitest'
import type { PointChange } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { createMachine, type Step } from './fuzzMachine.ts'
import { changingDataset } from './fuzzRoom.ts'
import { temporaryFolder } from './openRoom.ts'

const seed = Number(process.env.HANDLOOM_TEST_SEED ?? 20261126)
const wanted = Number(process.env.HANDLOOM_TEST_EDITS ?? 10_000)

const rows = (count: number, away = 0): Point[] => Array.from({ length: count }, (_, row) => [10 * row + away, 7 * row, row / 8])
const unreadable = rows(6).with(1, [Number.NaN, Number.NaN, Number.NaN])

/** What each sequence's file may say; the first is what it says at first. */
const variants: Readonly<Record<string, readonly (readonly (readonly Point[] | null)[])[]>> = {
  'train/0': [[rows(5), rows(23), rows(3)], [[...rows(3, 1), ...rows(5).slice(3)], rows(21)], [null, rows(23), rows(4)]],
  'train/1': [[rows(42), unreadable, null], [rows(42), rows(6), rows(4)]],
  'test/2': [[[], rows(5), rows(22)]],
}
const folders = Object.keys(variants)
const someRows = [0, 1, 2, 3, 20, 21, 22, 41, 42]

it(`takes ${wanted} random edits with restarts and changing files, undoes them all and redoes them all (seed ${seed})`, { timeout: 600_000 }, async () => {
  const random = randomStream(seed)
  const one = <T>(choices: readonly T[]): T => choices[random.integer(choices.length)]!
  const chance = (share: number): boolean => random.uniform() < share
  const changing = changingDataset(Object.fromEntries(folders.map((folder) => [folder, variants[folder]![0]!])))

  const target = (): PointChange['to'] => {
    const kind = random.uniform()
    if (kind < 0.25) return { erased: true }
    if (kind < 0.45) return { hidden: chance(0.6) }
    if (kind < 0.6) return { original: true }
    const row = one(someRows)
    const place = chance(0.2) ? { x: 10 * row, y: 7 * row } : { x: one([0, -5, 0.1 + 0.2, 1e-7, 640]), y: one([3, 1 / 3, 1e9, 480]) }
    return { ...place, ...(chance(0.3) && { z: one([0, 0.125, -2.5]) }), ...(chance(0.3) && { visibility: one(['visible', 'hidden', 'erased'] as const) }) }
  }
  const change = (folder: string, frame: number): PointChange => {
    const count = changing.files.get(folder)?.[frame]?.length ?? 0
    const index = one(chance(0.9) && count > 0 ? someRows.filter((row) => row < count) : someRows)
    const { point, visibility } = machine.shown(folder, frame, index)
    const seen = { x: point?.[0] ?? 0, y: point?.[1] ?? 0, visibility }
    return { folder, frame, index, to: target(), ...(chance(0.3) && { was: chance(0.9) ? seen : one([{ ...seen, x: seen.x + 1 }, { ...seen, visibility: one(['visible', 'hidden', 'erased'] as const) }]) }) }
  }
  const changes = (): PointChange[] => {
    if (chance(0.01)) {
      const [folder, frame] = [one(folders), random.integer(3)]
      return Array.from({ length: 42 }, (_, index) => ({ folder, frame, index, to: { x: 5 * index, y: random.integer(100) } }))
    }
    return Array.from({ length: 1 + random.integer(5) }, () => change(one(folders), random.integer(3)))
  }
  const step = (): Step => {
    const kind = random.uniform()
    if (kind < 0.8) return { do: 'apply', changes: changes() }
    if (kind < 0.88) return { do: 'revert', back: random.integer(30) }
    if (kind < 0.91) return { do: 'rule', terms: [[{ axis: one(['x', 'y'] as const), relation: one(['<', '>'] as const), value: one([2, 100, 290, 600]) }]] }
    if (kind < 0.95) return { do: 'resolve', folder: one(folders), keep: one(['edits', 'file'] as const) }
    if (kind < 0.97) return { do: 'restart' }
    const folder = one(folders)
    return { do: 'write', folder, frames: one(variants[folder]!) }
  }

  const temporary = temporaryFolder()
  const machine = createMachine(changing, temporary.path)
  const outcomes = new Map<string, number>()
  try {
    for (let made = 0; made < wanted; ) {
      const next = step()
      const said = await machine.perform(next)
      outcomes.set(`${next.do} ${said}`, (outcomes.get(`${next.do} ${said}`) ?? 0) + 1)
      if (said !== 'done' || ['restart', 'write'].includes(next.do)) continue
      made++
      // Now and then some steps back, and fewer or more of them forth again.
      if (chance(0.15)) for (let back = 1 + random.integer(5); back > 0; back--) await machine.perform({ do: 'undo' })
      if (chance(0.2)) for (let forth = random.integer(6); forth > 0; forth--) await machine.perform({ do: 'redo' })
    }
    if (process.env.HANDLOOM_TEST_EDITS) console.log(Object.fromEntries(outcomes))
    // Every kind of edit was done, and refused.
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(['apply done', 'apply conflict', 'apply bad-request', 'apply not-found', 'revert done', 'revert conflict', 'rule done', 'resolve done', 'resolve conflict', 'restart done', 'write done']))
    expect(await machine.expectThereAndBack()).toBeGreaterThan(wanted / 10)
  } finally {
    machine.close()
    temporary.remove()
  }
})
