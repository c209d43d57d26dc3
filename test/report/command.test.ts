import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ReportOptions } from '../../src-main/contract/report.ts'
import { UsageError, type CommandContext } from '../../src-main/core/command.ts'
import { report } from '../../src-main/core/commands/report.ts'
import type { Project } from '../../src-main/core/project.ts'

function openCommand() {
  const home = mkdtempSync(join(tmpdir(), 'handloom-report-command-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const [data, made] = [join(home, 'data'), join(home, 'run-3.html')]
  mkdirSync(data)
  writeFileSync(made, '<!DOCTYPE html>')
  const asked: ReportOptions[] = []
  const project = {
    folder: data,
    report: { make: (options: ReportOptions) => (asked.push(options), { path: made, name: 'run-3.html', bytes: 15 }) },
    train: { runs: () => [{ id: 3, state: 'done', folds: [] }], run: () => null },
  } as unknown as Project
  const run = (values: CommandContext['values']) => {
    const context = { positionals: [data], values, json: false, language: 'ko', words: (korean: string) => korean, project: () => Promise.resolve(project) } as unknown as CommandContext
    return report.run(context).then((result) => result?.json, (error: unknown) => error)
  }
  return { home, data, made, asked, run }
}

it('makes the report of the newest finished run in the language of the command line, or as it is told', async () => {
  const { made, asked, run } = openCommand()
  expect([await run({}), await run({ run: '1', language: 'en', 'no-pictures': true, worst: '7' })]).toEqual([{ path: made, bytes: 15 }, { path: made, bytes: 15 }])
  expect(asked).toEqual([{ runId: 3, language: 'ko', pictures: true, worst: 20 }, { runId: 1, language: 'en', pictures: false, worst: 7 }])
})

it('puts it where it is told to, but never into the data folder, and leaves nothing behind where it cannot', async () => {
  const { home, data, run } = openCommand()
  const out = join(home, 'shared.html')
  writeFileSync(out, 'the one before')
  expect(await run({ out })).toEqual({ path: out, bytes: 15 })
  expect(readFileSync(out, 'utf8')).toBe('<!DOCTYPE html>')
  expect([await run({ out: join(data, 'x.html') }), await run({ out: join(home, 'nowhere', 'x.html') })]).toMatchObject([{ kind: 'bad-request' }, { kind: 'not-found' }])
  expect([readdirSync(data), readdirSync(home).filter((name) => name.endsWith('.part')), existsSync(join(home, 'nowhere'))]).toEqual([[], [], false])
})

it('wants a language there is and a number of sequences that makes sense', async () => {
  const { run } = openCommand()
  const refused = await Promise.all([run({ language: 'fr' }), run({ worst: '0' }), run({ worst: '201' }), run({ worst: 'x' })])
  expect(refused.map((error) => error instanceof UsageError)).toEqual([true, true, true, true])
})
