import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HandloomError } from '../../src-main/contract/errors.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { createEnsemble } from '../../src-main/ensemble/service.ts'
import { createRules } from '../../src-main/rules/service.ts'
import { madeCrop, madeDataset, scratchProject } from '../evaluate/standIns.ts'
import { madeRooms, madeRun, madeTrain, names, poseIds, row, sequences, type RoomOptions } from './madeRooms.ts'

let project: ReturnType<typeof scratchProject>
let data: string
let out: string
beforeEach(() => {
  project = scratchProject()
  data = join(project.folder, 'data')
  out = join(project.folder, 'out')
  mkdirSync(data)
})
afterEach(() => project.close())

const rooms = (options: RoomOptions = {}) => madeRooms(project, data, options)

function storeRun(evaluate: ReturnType<typeof madeRooms>['evaluate'], runId: number): void {
  evaluate.store({ runId, fold: 0, part: 'validation', poseIds, rows: [row('train/0', 0.5, 0.25, 0.25), row('train/1', 0, 0.5, 0.5), row('train/3', 0, 0.5, 0.5)] })
  evaluate.store({ runId, fold: 1, part: 'validation', poseIds, rows: [row('train/2', 0, 0.5, 0.5), row('train/4', 0, 0.5, 0.5)] })
  evaluate.store({ runId, fold: 0, part: 'test', poseIds, rows: [row('test/9', 0.125, 0.625, 0.25), row('test/10', 0.25, 0.5, 0.25)] })
  evaluate.store({ runId, fold: 1, part: 'test', poseIds, rows: [row('test/9', 0.125, 0.125, 0.75), row('test/10', 0.75, 0, 0.25)] })
}

const submit = { runIds: [], rules: false }
const read = (path: string) => readFileSync(path, 'utf8')
const rowsIn = (path: string): number[][] => read(path).trim().split('\n').slice(1).map((line) => line.split(',').slice(1).map(Number))

describe('submit', () => {
  it('writes the sample\'s columns and rows in its order, line ends and byte order mark, and a lineage beside it', async () => {
    const { evaluate, ensemble } = rooms({ sample: '\uFEFFImage_Path,142,5,100\r\n./test/10,0,0,0\r\n./test/9,0,0,0\r\n' })
    storeRun(evaluate, 1)
    const submission = await ensemble.submit(submit)
    expect(read(submission.path)).toBe('\uFEFFImage_Path,142,5,100\r\n./test/10,0.25,0.5,0.25\r\n./test/9,0.5,0.125,0.375\r\n')
    const ln = (probability: number): number => -Math.log(probability)
    expect(submission).toEqual({
      id: 1, created: expect.stringMatching(/^\d{4}-.*Z$/), path: join(project.folder, 'submissions', 'submission-1.csv'), lineagePath: join(project.folder, 'submissions', 'submission-1.lineage.json'),
      runIds: [1], rules: false, blend: 'equal', pooling: 'mean', folds: 'equal', views: null, clip: 1e-15, clipped: 0, rows: 2, columns: 4, estimatedLogLoss: expect.closeTo(ln(0.5), 10), problems: [], missing: [], warnings: [],
    })
    const lineage = JSON.parse(read(submission.lineagePath)) as Record<string, unknown>
    expect(lineage).toMatchObject({
      format: 'handloom-lineage', formatVersion: 2,
      submission: 1,
      file: { name: 'submission-1.csv', sha256: createHash('sha256').update(readFileSync(submission.path)).digest('hex'), rows: 2, columns: 4 },
      sample: { name: 'sample_submission.csv', sha256: createHash('sha256').update(readFileSync(join(data, 'sample_submission.csv'))).digest('hex') },
      data: { hash: 'data-1' },
      runs: [{ id: 1, split: { id: 4, hash: 'split-1' }, provenance: { editsHash: 'edits-1', recipeHash: 'recipe-1' }, folds: [{ fold: 0, bestLogLoss: 0.5, weight: 0.5 }, { fold: 1, weight: 0.5 }], views: { testFlip: false, testMargins: [] }, rules: [], rulesVersion: null }],
      versions: { handloom: expect.any(String), sharp: expect.any(String), node: process.versions.node },
    })
    expect(readdirSync(data)).toEqual(['sample_submission.csv'])
    expect(project.events.at(-1)).toEqual({ type: 'submission', id: 1 })
  })

  it('shows the top three of each row and lists submissions, newest first, over a restart', async () => {
    const { evaluate, ensemble } = rooms({ sample: 'Image_Path,5,100,142\n./test/10,0,0,0\n' })
    storeRun(evaluate, 1)
    const first = await ensemble.submit(submit)
    const second = await ensemble.submit({ ...submit, out: join(out, 'deep', 'mine.csv') })
    expect([second.id, second.path, second.lineagePath]).toEqual([2, join(out, 'deep', 'mine.csv'), join(out, 'deep', 'mine.lineage.json')])
    const again = rooms({ sample: 'Image_Path,5,100,142\n./test/10,0,0,0\n' }).ensemble
    expect(again.submissions()).toEqual([second, first])
    expect(again.rows({ id: 1 })).toEqual([
      { folder: 'test/10', top: [{ poseId: 5, name: '하나', probability: expect.closeTo(0.5, 10) }, { poseId: 100, name: '숫자1', probability: expect.closeTo(0.25, 10) }, { poseId: 142, name: '부정(검지 흔들기)', probability: expect.closeTo(0.25, 10) }] },
    ])
    expect(() => again.rows({ id: 7 })).toThrow(/no submission 7/)
  })

  it('without a sample, writes Image_Path and the pose ids, rows by number', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate, 1)
    const { path } = await ensemble.submit(submit)
    expect(read(path).split('\n').map((line) => line.split(',')[0])).toEqual(['Image_Path', './test/9', './test/10', ''])
    expect(read(path).split('\n')[0]).toBe('Image_Path,5,100,142')
  })

  it('applies the rules to the test rows and to the estimate', async () => {
    const { evaluate, rules, ensemble } = rooms()
    storeRun(evaluate, 1)
    rules.fit({ runId: 1, method: 'log-loss', clamp: 0.125 })
    const submission = await ensemble.submit({ runIds: [1], rules: true })
    // test/9 is still, test/10 moves; out of fold the four of the pair rise from 0.5 to 0.875.
    const cells = read(submission.path).split('\n').slice(1, 3).map((line) => line.split(',').slice(1).map(Number))
    expect(cells).toEqual([[0.125, 0.765625, 0.109375], [0.5, 0.0625, 0.4375]])
    expect(submission.estimatedLogLoss).toBeCloseTo((-Math.log(0.5) - 4 * Math.log(0.875)) / 5, 10)
    expect(JSON.parse(read(submission.lineagePath))).toMatchObject({ runs: [{
      rulesVersion: 1, rules: [{ stillPoseIds: [100], movingPoseIds: [142], feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }, threshold: 55, clamp: 0.125, enabled: true }], changedByRules: ['test/9', 'test/10'],
    }] })
    expect((await ensemble.submit(submit)).estimatedLogLoss).toBeCloseTo(-Math.log(0.5), 10)
  })

  it('averages runs of different classes by pose id and warns of what does not fit the sample', async () => {
    const { evaluate, ensemble } = rooms({
      sample: 'Image_Path,5,100,777\n./test/9,0,0,0\n./test/11,0,0,0\n',
      runs: [madeRun(1), { ...madeRun(2, ['done', 'training']), provenance: { ...madeRun(2).provenance, dataHash: 'data-0' } }],
    })
    storeRun(evaluate, 1)
    evaluate.store({ runId: 2, fold: 0, part: 'test', poseIds: [100, 5], rows: [row('test/9', 0.25, 0.75)] })
    const submission = await ensemble.submit({ runIds: [2, 1, 2], rules: false })
    expect([submission.runIds, submission.missing, submission.estimatedLogLoss, submission.problems]).toEqual([[2, 1], ['test/11'], null, []])
    expect(submission.warnings).toEqual([
      'No run knows class 777 of the sample; each gets a probability of one in a million.',
      'The sample has no column for class 142 of the runs; what they got is shared among the others.',
      'Run 2 does not know class 142, which others do; it gives nothing to it.',
      'The data set does not have sequence test/11 of the sample; all classes get the same there.',
      'The sample has no row for sequence test/10; left out.',
      'The data folder has changed since run 2 was trained.',
      'Not every fold of run 2 is done; the finished ones are averaged.',
    ])
    // Classes 5 and 100: run 1 says 1/8 and 3/8, run 2 3/4 and 1/4; the mean, 7/16 and 5/16, leaves a quarter without a column.
    const [first, second] = read(submission.path).split('\n').slice(1, 3).map((line) => line.split(',').slice(1).map(Number))
    expect(first).toEqual([expect.closeTo(7 / 12, 5), expect.closeTo(5 / 12, 5), expect.closeTo(1e-6, 11)])
    expect(second).toEqual([expect.closeTo(1 / 3, 14), expect.closeTo(1 / 3, 14), expect.closeTo(1 / 3, 14)])
  })

  it('takes the newest run with predictions, and asks for them where none are stored', async () => {
    const stored = rooms({ runs: [madeRun(1), madeRun(2), madeRun(3, ['training'])] })
    storeRun(stored.evaluate, 2)
    storeRun(stored.evaluate, 1)
    expect((await stored.ensemble.submit(submit)).runIds).toEqual([2])
    const asked = rooms({ runs: [madeRun(8)], predict: async () => ({ poseIds, rows: [row('test/9', 1, 0, 0), { ...row('test/9', 0, 1, 0), frame: 1 }, row('test/10', 0, 0, 1)], failures: [{ folder: 'test/9', frame: 2, reason: 'The picture is damaged.' }] }) })
    const { path, runIds, warnings } = await asked.ensemble.submit(submit)
    expect([runIds, rowsIn(path)[0], warnings]).toEqual([[8], [0.5, 0.5, 0].map((value) => expect.closeTo(value, 12)), ['Run 8 left out frame 2 of test/9: The picture is damaged.']])
  })

  it('gives each of several submissions at once a number and a file of its own', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate, 1)
    const made = await Promise.all([1, 2, 3].map(() => ensemble.submit(submit)))
    expect(made.map(({ id, path }) => [id, existsSync(path)])).toEqual([[1, true], [2, true], [3, true]])
    expect(readdirSync(join(project.folder, 'submissions')).sort()).toEqual([1, 2, 3].flatMap((id) => [`submission-${id}.csv`, `submission-${id}.lineage.json`]))
  })
})

describe('submit refuses', () => {
  const refusal = async (work: Promise<unknown>): Promise<[string, string]> =>
    work.then(() => ['made', ''], (error: HandloomError) => [error.kind, error.message])

  it('to write into the data folder, by whatever way', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate, 1)
    symlinkSync(data, join(project.folder, 'way-in'))
    writeFileSync(join(data, 'target.csv'), 'kept')
    symlinkSync(join(data, 'target.csv'), join(project.folder, 'link.csv'))
    const outs = [join(data, 'a.csv'), join(data, 'new', 'a.csv'), join(project.folder, 'way-in', 'a.csv'), join(out, '..', 'data', 'a.csv'), join(project.folder, 'link.csv')]
    for (const path of outs) expect(await refusal(ensemble.submit({ ...submit, out: path }))).toEqual(['bad-request', expect.stringContaining('never written to')])
    expect([readdirSync(data), read(join(data, 'target.csv')), ensemble.submissions()]).toEqual([['target.csv'], 'kept', []])
  })

  it('other names than .csv, folders, unknown runs, and to make something of nothing', async () => {
    const { evaluate, ensemble } = rooms()
    storeRun(evaluate, 1)
    mkdirSync(join(project.folder, 'folder.csv'))
    expect([
      await refusal(ensemble.submit({ ...submit, out: join(project.folder, 'project.sqlite') })),
      await refusal(ensemble.submit({ ...submit, out: join(project.folder, 'folder.csv') })),
      await refusal(ensemble.submit({ ...submit, runIds: [99] })),
      await refusal(rooms({ runs: [] }).ensemble.submit(submit)),
      await refusal(rooms({ sequences: sequences.filter(({ folder }) => folder.startsWith('train')) }).ensemble.submit(submit)),
    ]).toEqual([
      ['bad-request', expect.stringContaining('.csv')],
      ['bad-request', expect.stringContaining('is a folder')],
      ['not-found', 'There is no run 99.'],
      ['conflict', expect.stringContaining('No run has finished a fold')],
      ['conflict', expect.stringContaining('no test sequences')],
    ])
  })

  it('a project that another holds, and a sample that is gone', async () => {
    const { evaluate } = rooms()
    storeRun(evaluate, 1)
    const second = openDatabase(project.folder)
    const dataset = madeDataset({ names, folder: data, sequences, sample: { idColumn: 'Image_Path', rows: [], poseIds: [], path: join(data, 'gone.csv') } })
    const rules = createRules({ db: project.db, dataset, evaluate, emit: project.emit })
    const make = (db: typeof project.db) => createEnsemble({ db, dataset, crop: madeCrop([]), evaluate, rules, train: madeTrain([madeRun(1)]), projectFolder: project.folder, emit: project.emit })
    try {
      expect([await refusal(make(second.db).submit(submit)), await refusal(make(project.db).submit(submit))]).toEqual([
        ['conflict', expect.stringContaining('Another Handloom')],
        ['not-found', expect.stringContaining('gone.csv')],
      ])
    } finally {
      second.close()
    }
  })
})

describe('check', () => {
  it('reads both files and tells what it found', async () => {
    const { ensemble } = rooms()
    mkdirSync(out)
    const sample = join(out, 'sample.csv')
    writeFileSync(sample, 'Image_Path,5\n./test/9,0\n')
    const check = async (content: string | Uint8Array): Promise<string[]> => {
      writeFileSync(join(out, 'file.csv'), content)
      return (await ensemble.check({ file: join(out, 'file.csv'), sample })).map(({ kind }) => kind)
    }
    expect([await check('Image_Path,5\n./test/9,1\n'), await check('Image_Path,5\n./test/9,2\n'), await check(Uint8Array.of(0xff, 0xfe, 0x41, 0))]).toEqual([[], ['out-of-range', 'row-sum'], ['unreadable']])
    await expect(ensemble.check({ file: join(out, 'none.csv'), sample })).rejects.toThrow(/none\.csv does not exist/)
    writeFileSync(sample, '')
    await expect(check('Image_Path,5\n./test/9,1\n')).rejects.toThrow(/The sample submission, line 1: there is no header row/)
  })
})
