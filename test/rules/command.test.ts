import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { rules as command } from '../../src-main/core/commands/rules.ts'
import { UsageError, type CommandContext } from '../../src-main/core/command.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset, scratchProject } from '../evaluate/standIns.ts'

const poseIds = [0, 42]
let project: ReturnType<typeof scratchProject>
let folder: string
let opened: unknown

beforeEach(() => {
  project = scratchProject()
  folder = mkdtempSync(join(tmpdir(), 'handloom-rules-'))
  const dataset = madeDataset({ folder: join(folder, 'data'), names: { 0: '숫자 1', 42: '부정' }, sequences: [10, 20, 26.85, 90, 120, 310].map((range, number) => ({ folder: `train/${number}`, poseId: number === 3 || number === 4 ? 42 : 0, travel: [800, 800 + range] })) })
  const evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
  evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [0, 1, 3].map((number) => ({ folder: `train/${number}`, frame: 0, probabilities: Float32Array.of(0.5, 0.5) })) })
  evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [2, 4, 5].map((number) => ({ folder: `train/${number}`, frame: 0, probabilities: Float32Array.of(0.5, 0.5) })) })
  opened = { folder: dataset.folder, dataset, evaluate, rules: createRules({ db: project.db, dataset, evaluate, emit: project.emit }), train: { run: ({ id }: { id: number }) => ({ id }), runs: () => [] } }
})
afterEach(() => {
  project.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(action: string, values: CommandContext['values'] = {}): Promise<{ rules: Record<string, unknown>[] } & Record<string, unknown>> {
  const context: Partial<CommandContext> = {
    positionals: [action, 'data'], values: { run: '1', ...values }, words: (_korean, english) => english, signal: new AbortController().signal, onEvent: () => undefined, progress: () => undefined,
    project: async () => opened as Awaited<ReturnType<CommandContext['project']>>,
  }
  const result = await command.run(context as CommandContext)
  return result!.json as Awaited<ReturnType<typeof run>>
}

it('fits as the reference does, with what was left out by hand, and says what the rule is and does', async () => {
  const fitted = await run('fit', { method: 'maximum-plus-5', clamp: '0.02', 'leave-out': ['train/5'] })
  expect(fitted).toMatchObject({ log_loss_before: expect.closeTo(Math.LN2, 10), log_loss_after: expect.any(Number), log_loss_after_in_fold: expect.any(Number) })
  expect(fitted.rules).toEqual([expect.objectContaining({
    id: 1, run: 1, name: '숫자 1 / 부정 (0/42)', still: 0, moving: 42, still_classes: [0], moving_classes: [42], feature: 'topmost-x-range', threshold: expect.closeTo(31.85, 10), method: 'maximum-plus-5', action: 'clamp', clamp: 0.02,
    left_out: ['train/5'], unmeasured: [], wrong: 2, decisions: 6, log_loss_before: expect.closeTo(Math.LN2, 10), changed: [0, 1, 2, 3, 4, 5].map((number) => `train/${number}`), enabled: false,
  })])
  expect(await run('apply')).toMatchObject({ rules: [{ id: 1, enabled: true }] })
  expect(await run('apply', { rule: '1', off: true })).toMatchObject({ rules: [{ id: 1, enabled: false }] })
  expect(await run('list')).toMatchObject({ rules: [{ id: 1, enabled: false, threshold: expect.closeTo(31.85, 10) }] })
})

it('adds a rule, writes and reads a file of rules, and goes back to an earlier version', async () => {
  const added = await run('add', { still: '0', moving: '42', feature: 'topmost-both-path', threshold: '50', clamp: '0.1', action: 'one-hot', name: 'path' })
  expect(added.rules).toMatchObject([{ name: 'path', feature: 'topmost-both-path', threshold: 50, method: 'by-hand', action: 'one-hot', clamp: 0.1, wrong: 1, decisions: 6 }])
  const out = join(folder, 'rules.json')
  expect([await run('export', { out }), JSON.parse(readFileSync(out, 'utf8'))]).toEqual([{ path: out }, { rules: [expect.objectContaining({ name: 'path', threshold: 50, clamp: 0.1 })] }])
  expect((await run('import', { file: out })).rules.map(({ name, threshold }) => [name, threshold])).toEqual([['path', 50], ['path', 50]])
  expect((await run('versions')).versions).toMatchObject([{ version: 2, label: 'imported rules.json', rules: 2 }, { version: 1, label: 'added path', rules: 1 }])
  expect((await run('restore', { version: '1' })).rules).toHaveLength(1)
  const { ranks, tried } = (await run('search', { still: '0', moving: '42', 'leave-out': 'train/5' })) as unknown as { ranks: { feature: string }[]; tried: number }
  expect([tried, ranks.length > 0 && ranks.every(({ feature }) => /^(topmost|bottommost|leftmost|rightmost|tips|\d+)-(x|y|both)-/.test(feature))]).toEqual([297, true])
})

it('says what it wants', async () => {
  const wrong: [string, CommandContext['values']][] = [
    ['fid', {}], ['constructor', {}], ['fit', { method: 'by-hand' }], ['fit', { clamp: '0.6' }], ['fit', { clamp: ' ' }], ['fit', { action: 'all' }], ['add', { moving: '42', feature: 'topmost-x-range' }], ['add', { still: '0', moving: '42', feature: 'top' }],
    ['add', { still: '0', moving: '4x', feature: 'topmost-x-range' }], ['add', { still: '0', moving: '42', feature: 'topmost-x-range', threshold: 'high' }], ['import', {}], ['restore', {}], ['export', { out: join(folder, 'data', 'rules.json') }],
  ]
  for (const [action, values] of wrong) await expect(run(action, values)).rejects.toThrow(UsageError)
  const file = join(folder, 'no.json')
  writeFileSync(file, '{"rules": [3]}')
  await expect(run('import', { file })).rejects.toMatchObject({ kind: 'bad-input', file: 'no.json', place: 'rules[0] (line 1)' })
  await expect(run('fit', { 'leave-out': 'train/99' })).rejects.toMatchObject({ kind: 'not-found' })
  await expect(run('apply', { rule: '7' })).rejects.toMatchObject({ kind: 'not-found' })
})
