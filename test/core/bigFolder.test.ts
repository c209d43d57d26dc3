import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeBigFolder } from '../../src-main/core/bench/bigFolder.ts'
import { sequenceQuery } from '../../src-main/contract/dataset.ts'
import { openProject } from '../../src-main/core/project.ts'

const options = { sequences: 120, framesPerSequence: 3, seed: 7 }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-big-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const files = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile()).sort()
const contents = (folder: string): [string, string][] => files(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')])

it('is a data folder that is read without errors, with something to find for every filter', async () => {
  const [folder, project] = [temporaryFolder(), temporaryFolder()]
  expect(await writeBigFolder(folder, options)).toEqual({ folder, sequences: 120, frames: 360 })
  const { dataset, close } = openProject({ folder, project, emit: () => undefined })
  onTestFinished(close)
  await dataset.scan()
  const total = async (query: Parameters<typeof sequenceQuery.parse>[0]): Promise<number> => (await dataset.sequences(sequenceQuery.parse(query))).total
  expect([await total({ role: 'train' }), await total({ role: 'test' }), (await dataset.problems({ offset: 0, limit: 1000 })).rows.filter(({ severity, kind }) => severity === 'error' || kind === 'duplicate-frame')]).toEqual([90, 30, []])
  for (const query of [{ search: '왼손' }, { hand: 'both' as const }, { flag: 'empty' as const }, { flag: 'mismatch' as const }, { flag: 'problems' as const }]) expect([query, await total(query) > 0]).toEqual([query, true])
})

it('is the same for the same options, also when it was stopped on the way, and is then left alone', async () => {
  const [once, twice] = [temporaryFolder(), temporaryFolder()]
  await writeBigFolder(once, options)
  const stop = new AbortController()
  await expect(writeBigFolder(twice, options, (done) => done >= 50 && stop.abort(), stop.signal)).rejects.toMatchObject({ kind: 'interrupted' })
  const half = files(twice).length
  await writeBigFolder(twice, options)
  const whole = contents(twice)
  const times = files(twice).map((name) => statSync(join(twice, name)).mtimeMs)
  await writeBigFolder(twice, options)
  expect([half < whole.length, whole, files(twice).map((name) => statSync(join(twice, name)).mtimeMs)]).toEqual([true, contents(once), times])
})

it('writes nothing into a folder that holds anything else', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'thesis.txt'), 'mine')
  await expect(writeBigFolder(folder, options)).rejects.toMatchObject({ kind: 'conflict' })
  const other = temporaryFolder()
  await writeBigFolder(other, { ...options, sequences: 8 })
  await expect(writeBigFolder(other, options)).rejects.toMatchObject({ kind: 'conflict' })
  expect(files(folder)).toEqual(['thesis.txt'])
})
