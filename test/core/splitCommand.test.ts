import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GroupColumn, LeakReport, SplitWarning } from '../../src-main/contract/split.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { handloom, handloomJson } from './command.ts'

interface SplitResult {
  name: string
  version: number
  fold: Record<string, number | null>
  warnings: SplitWarning[]
  leaks?: LeakReport
}

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-split-'))
  data = join(folder, 'data')
  await generateSample({ folder: data, sequences: 24, width: 160, height: 90, seed: 7 })
  // A sequence under another number, as someone who recorded twice might leave it.
  const [first] = readdirSync(join(data, 'train')).sort((a, b) => Number(a) - Number(b))
  cpSync(join(data, 'train', first!), join(data, 'train', '9000'), { recursive: true })
  renameSync(join(data, 'train', '9000', `${first}.json`), join(data, 'train', '9000', '9000.json'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const split = <T = SplitResult>(...options: string[]) => handloomJson<T>(['split', data, '--project', join(folder, 'project'), ...options])
const poseIdOf = (sequence: string) => (JSON.parse(readFileSync(join(data, sequence, `${sequence.split('/')[1]}.json`), 'utf8')) as { action: [number, string] }).action[0]

describe('split', () => {
  it('lists what can be grouped by, and keeps the sequences of an actor in one fold', async () => {
    const { columns } = await split<{ columns: GroupColumn[] }>('--columns')
    const { fold, name, version } = await split('--folds', '2', '--splitter', 'GroupKFold', '--group', 'actor.id', '--name', 'people')
    const actorOf = (sequence: string) => (JSON.parse(readFileSync(join(data, sequence, `${sequence.split('/')[1]}.json`), 'utf8')) as { actor: { id: string } }).actor.id
    const folds = Map.groupBy(Object.entries(fold), ([sequence]) => actorOf(sequence)).values().map((members) => new Set(members.map(([, of]) => of)).size)
    expect([columns.map((column) => column.name).slice(0, 4), columns.find((column) => column.name === 'actor.id')?.missing, [name, version], Math.max(...folds)]).toEqual([
      ['actor', 'hand', 'view', 'gesture'], 0, ['people', 1], 1,
    ])
  })

  it('trains classes always and merges others, as asked', async () => {
    const poseIds = [...new Set(readdirSync(join(data, 'train')).map((name) => poseIdOf(`train/${name}`)))].sort((a, b) => a - b)
    const [one, two, three, four] = poseIds
    const { fold, warnings } = await split('--folds', '2', '--splitter', 'KFold', '--always', `${one},${two}`, '--merge', `${three},${four}`, '--merge', '900,901')
    const always = Object.entries(fold).filter(([, of]) => of === null).map(([sequence]) => poseIdOf(sequence))
    const twice = await handloom(['split', data, '--project', join(folder, 'project'), '--always', String(one), '--merge', `${one},${two}`])
    expect([[...new Set(always)].sort((a, b) => a - b), warnings.find(({ kind }) => kind === 'always-trained')?.poseIds, twice.code, twice.err.includes(`Class ${one} is named twice.`)]).toEqual([[one, two], [one, two], 1, true])
  })

  it('finds the sequence that is there twice', async () => {
    const first = Object.keys((await split('--folds', '2')).fold)[0]!
    const { leaks } = await split('--folds', '2', '--splitter', 'KFold', '--no-shuffle', '--leaks')
    const { out } = await handloom(['split', data, '--project', join(folder, 'project'), '--folds', '2', '--splitter', 'KFold', '--no-shuffle', '--leaks'])
    expect([leaks?.state, leaks?.duplicates.map(({ a, b, distance, sameFold }) => [a.folder, b.folder, distance, sameFold]), out.includes(`! ${first}/`) && out.includes('~ train/9000/')]).toEqual(['done', [[first, 'train/9000', 0, false]], true])
  })

  it('refuses options that say nothing with a table, and lists that are none', async () => {
    writeFileSync(join(folder, 'table.csv'), 'item,class,group\na,1,x\nb,1,y\n')
    const codes = [['--table', join(folder, 'table.csv'), '--group', 'actor'], [data, '--merge', '4'], [data, '--always', 'four'], [data, '--folds', '51']].map(async (args) => (await handloom(['split', ...args])).code)
    expect(await Promise.all(codes)).toEqual([2, 2, 2, 2])
  })
})
