import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandContext, CommandResult } from '../../src-main/core/command.ts'
import { submit } from '../../src-main/core/commands/submit.ts'
import type { Project } from '../../src-main/core/project.ts'
import { handloom, handloomJson } from '../core/command.ts'
import { scratchProject } from '../evaluate/standIns.ts'
import { madeRooms, madeRun, madeTrain, poseIds, row } from './madeRooms.ts'

let project: ReturnType<typeof scratchProject>
let data: string
beforeEach(() => {
  project = scratchProject()
  data = join(project.folder, 'data')
  mkdirSync(data)
})
afterEach(() => project.close())

const write = (name: string, text: string): string => {
  const path = join(project.folder, name)
  writeFileSync(path, text)
  return path
}

describe('submit --diff', () => {
  it('tells what is another in the second file, without a project', async () => {
    const before = write('a.csv', 'Image_Path,3,5\n./test/1,0.75,0.25\n./test/2,0.5,0.5\n./test/3,1,0\n')
    const after = write('b.csv', 'Image_Path,5,3\n./test/2,0.5,0.5\n./test/1,0.5,0.5\n')
    const { rows, ...rest } = await handloomJson<Record<string, unknown> & { rows: unknown[] }>(['submit', '--diff', before, after])
    const half = { poseId: 5, name: '5', probability: 0.5 }
    expect([rows, rest]).toEqual([
      [
        { folder: 'test/1', before: { poseId: 3, name: '3', probability: 0.75 }, after: half, distance: 0.25, drop: expect.closeTo(Math.log(1.5), 12) },
        { folder: 'test/2', before: half, after: half, distance: 0, drop: 0 },
      ],
      { before, after, otherClass: 1, same: 1, onlyHere: [], onlyThere: ['test/3'], divergence: expect.closeTo((0.5 * Math.log(2 / 3) + 0.5 * Math.log(2)) / 2, 12) },
    ])
    const { code, out } = await handloom(['submit', '--diff', before, after, '--lang', 'en'])
    expect([code, out.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))]).toEqual([0, [
      '2 sequences: 1 the same, 1 with another most probable class. If the later one is right, the earlier one\'s log loss is 0.0719 higher.',
      'sequence  before  after  distance  ln drop',
      'test/1  3  0.7500  5  0.5000  0.2500  +0.4055',
      'only in the earlier one: test/3',
      '',
    ]])
  })

  it('says which file cannot be compared and where, and wants two', async () => {
    const good = write('a.csv', 'Image_Path,3,5\n./test/1,0.75,0.25\n')
    const bad = write('b.csv', 'Image_Path,3,5\n./test/1,0.75,NaN\n')
    const { code, out } = await handloom(['submit', '--diff', good, bad, '--json'])
    expect([code, JSON.parse(out), (await handloom(['submit', '--diff', good])).code]).toEqual([1, { error: { kind: 'bad-input', message: expect.stringContaining(`${bad}, line 2: "NaN" in column 5 is no probability`), file: bad, place: 'line 2' } }, 2])
  })
})

describe('submit', () => {
  const rooms = () => {
    const made = madeRooms(project, data, { sample: 'Image_Path,5,100,142\n./test/9,0,0,0\n' })
    made.evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [row('train/0', 0.5, 0.25, 0.25), row('train/1', 0.25, 0.5, 0.25)] })
    made.evaluate.store({ runId: 1, fold: 0, part: 'test', poseIds, rows: [row('test/9', 0.5, 0.5, 0), { ...row('test/9', 0.5, 0, 0.5), frame: 1 }, { ...row('test/9', 1, 0, 0), frame: 2 }] })
    return made
  }

  /** As the command line gives it to the command, the project made up. */
  const run = async ({ ensemble }: ReturnType<typeof rooms>, values: CommandContext['values'], positionals = [data]): Promise<CommandResult> => {
    const opened: Partial<Project> = { ensemble, train: madeTrain([madeRun(1)]), dataset: { classRows: () => [] } as Partial<Project['dataset']> as Project['dataset'] }
    const made = await submit.run({
      positionals, values, json: false, language: 'en', signal: new AbortController().signal, say() {}, progress() {}, onEvent() {}, words: (_, english) => english, project: async () => opened as Project,
    })
    return made as CommandResult
  }
  const usage = (values: CommandContext['values']): Promise<string> => run(rooms(), values).then(() => 'made', (error: Error) => `${error.constructor.name}: ${error.message}`)

  it('takes pooling, folds and clip, says so, and compares with an earlier submission or a file', async () => {
    const made = rooms()
    const first = await run(made, { rules: false })
    const { json, text } = await run(made, { rules: false, pooling: 'median', folds: 'best', clip: '1e-3', against: '1' })
    expect([first.json, json]).toEqual([
      expect.objectContaining({ id: 1, pooling: 'mean', folds: 'equal', views: null, clip: 1e-15, clipped: 0 }),
      expect.objectContaining({ id: 2, pooling: 'median', folds: 'best', clip: 1e-3, clipped: 2, changes: expect.objectContaining({ id: 2, against: 1, otherClass: 0 }) }),
    ])
    expect(text).toContain('frames: median, folds: the best one, 2 probabilities raised to 0.001')
    const file = (first.json as { path: string }).path
    expect((await run(made, { rules: false, against: file })).json).toMatchObject({ id: 3, changes: { same: 1, rows: [{ folder: 'test/9', distance: 0 }] } })
    await expect(run(made, { rules: false, against: '7' })).rejects.toThrow('There is no submission 7.')
    expect(made.ensemble.submissions().map(({ id }) => id)).toEqual([3, 2, 1])
  })

  it('--blend shows what was fitted for the way that was chosen', async () => {
    const made = rooms()
    made.evaluate.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: [row('train/0', 0.8, 0.1, 0.1), { ...row('train/0', 0.1, 0.8, 0.1), frame: 1 }, { ...row('train/0', 0.8, 0.1, 0.1), frame: 2 }, row('train/1', 0.25, 0.5, 0.25)] })
    const { json, text } = await run(made, { rules: false, blend: true, pooling: 'median' })
    // The median of train/0 is 0.8, 0.1, 0.1; the mean would give its answer 0.567.
    expect([json, text]).toEqual([expect.objectContaining({ fit: expect.objectContaining({ members: [expect.objectContaining({ runId: 1, name: 'run 1', logLoss: expect.closeTo(-(Math.log(0.8) + Math.log(0.5)) / 2, 6) })] }) }), expect.stringContaining('One run alone')])
  })

  it('--ways shows poolings, folds and views', async () => {
    const { json, text } = await run(rooms(), { ways: true })
    expect(json).toMatchObject({ runIds: [1], sequences: 2, poolings: [{ pooling: 'mean' }, { pooling: 'median' }, { pooling: 'geometric' }, { pooling: 'trimmed' }, { pooling: 'quality' }], folds: [{ runId: 1, fold: 0, best: true }], views: [{ views: null }] })
    expect(text.split('\n').map((line) => line.split('  ')[0]?.trim())).toEqual(expect.arrayContaining(['2 sequences, out of fold', 'frames', 'median', 'run', 'views', 'as the runs are set']))
  })

  it('refuses what it cannot take, by the option\'s name', async () => {
    expect([await usage({ pooling: 'modal' }), await usage({ folds: '0,1' }), await usage({ clip: '0.5' }), await usage({ clip: 'low' }), await usage({ margins: '20,,x' }), await usage({ margins: '5000' })]).toEqual([
      expect.stringMatching(/^UsageError: --pooling: /), expect.stringMatching(/^UsageError: --folds: /), expect.stringMatching(/^UsageError: --clip: /), expect.stringMatching(/^UsageError: --clip: /), expect.stringMatching(/^UsageError: --margins: /), expect.stringMatching(/^UsageError: --margins: /),
    ])
  })

  it('--check holds a file against the sample, line ends too', async () => {
    const made = rooms()
    const { json } = await run(made, { rules: false })
    const sample = join(data, 'sample_submission.csv')
    const file = write('other.csv', readFileSync((json as { path: string }).path, 'utf8').replaceAll('\n', '\r\n'))
    expect(await run(made, { check: file, sample })).toEqual({ json: { file, problems: [{ kind: 'line-end', place: 'line 1', message: expect.any(String) }] }, text: expect.stringContaining('CRLF'), exitCode: 1 })
  })
})
