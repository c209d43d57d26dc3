import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GroupRow, TriageEntry } from '../../src-main/contract/evaluate.ts'
import { openDatabase } from '../../src-main/db/open.ts'
import { machineUser } from '../../src-main/db/author.ts'
import { createTriage, type Triage } from '../../src-main/evaluate/triage.ts'
import { triageText } from '../../src-main/evaluate/triageFile.ts'
import { scratchProject } from './standIns.ts'

let project: ReturnType<typeof scratchProject>
let triage: Triage
const folders = new Set(['train/2', 'train/10', 'train/31', 'test/4'])
const dataset = { has: (folder: string) => folders.has(folder) }

beforeEach(() => {
  project = scratchProject()
  triage = createTriage({ db: project.db, dataset, emit: project.emit })
})
afterEach(() => project.close())

const brief = (entries: Iterable<TriageEntry>) => [...entries].map(({ folder, cause, note }) => [folder, cause, note])

describe('triage', () => {
  it('keeps causes with author and time, tells of it, and gives back what was before', () => {
    const began = new Date().toISOString()
    const first = triage.setTriage({ folders: ['train/10', 'train/2', 'train/10'], cause: 'wrong-label', note: '라벨이 다름' })
    expect(first).toEqual([{ folder: 'train/10', before: null }, { folder: 'train/2', before: null }])
    const entry = { folder: 'train/2', cause: 'wrong-label', note: '라벨이 다름', author: machineUser(), created: expect.any(String) as string }
    expect(triage.triage()).toEqual([entry, { ...entry, folder: 'train/10' }])
    expect(triage.triage()[0]!.created >= began).toBe(true)
    const second = triage.setTriage({ folders: ['train/2'], cause: 'hard' })
    expect(second).toEqual([{ folder: 'train/2', before: entry }])
    expect(brief(triage.entries().values()).sort()).toEqual([['train/10', 'wrong-label', '라벨이 다름'], ['train/2', 'hard', '라벨이 다름']])
    triage.setTriage({ folders: ['train/2'], cause: 'hard', note: '' })
    expect(triage.setTriage({ folders: ['train/2', 'train/31'], cause: null })).toEqual([
      { folder: 'train/2', before: { ...entry, cause: 'hard', note: '' } },
      { folder: 'train/31', before: null },
    ])
    expect(brief(triage.triage())).toEqual([['train/10', 'wrong-label', '라벨이 다름']])
    expect(project.events).toEqual([['train/10', 'train/2'], ['train/2'], ['train/2'], ['train/2', 'train/31']].map((folders) => ({ type: 'triage', folders })))
  })

  it('lists the newest first', () => {
    const put = project.db.prepare("INSERT INTO triage VALUES (?, 'crop', '', ?, '')")
    put.run('train/2', '2026-11-01T00:00:00.000Z')
    put.run('train/10', '2026-11-03T00:00:00.000Z')
    put.run('train/31', '2026-11-02T00:00:00.000Z')
    expect(triage.triage().map(({ folder }) => folder)).toEqual(['train/10', 'train/31', 'train/2'])
  })

  it('stores nothing when one of the sequences is not there', () => {
    expect(() => triage.setTriage({ folders: ['train/2', 'train/98', 'train/99'], cause: 'crop' })).toThrow(expect.objectContaining({ kind: 'not-found', message: expect.stringContaining('train/98') as string }) as Error)
    expect([triage.triage(), project.events]).toEqual([[], []])
  })

  it('is there for the next room on the database, and for one that only reads beside it', () => {
    const { db, close } = openDatabase(project.folder)
    const beside = createTriage({ db, dataset, emit: project.emit })
    expect(brief(beside.triage())).toEqual([])
    triage.setTriage({ folders: ['test/4'], cause: 'ambiguous', note: 'b' })
    expect(brief(createTriage({ db: project.db, dataset, emit: project.emit }).triage())).toEqual([['test/4', 'ambiguous', 'b']])
    expect(brief(beside.triage())).toEqual([['test/4', 'ambiguous', 'b']])
    expect(() => beside.setTriage({ folders: ['train/2'], cause: 'crop' })).toThrow(expect.objectContaining({ kind: 'storage' }) as Error)
    close()
  })
})

describe('the triage as a file', () => {
  const entry: TriageEntry = { folder: 'train/352', cause: 'wrong-label', note: '=HYPERLINK("http://x")', created: '2026-11-26T10:00:00.000Z', author: 'kim' }
  const row = { answerName: '숫자 "1", 왼손', poseId: 100, predictedName: '-주먹', predictedPoseId: 171, logLoss: 5.9812, labelQuality: 0.0125, suggestedPoseId: null, fold: 3 } as GroupRow
  const rows = [{ entry, row }, { entry: { ...entry, folder: 'train/7', note: 'two\nlines', author: '' }, row: null }]
  const columns = ['folder', 'cause', 'note', 'answer', 'pose_id', 'predicted', 'predicted_pose_id', 'log_loss', 'label_quality', 'suggested_pose_id', 'fold', 'author', 'created']

  it('is a CSV file that spreadsheets open as text, formulas defused', () => {
    const text = triageText(rows, 'csv')
    expect(text).toBe(
      `\uFEFF${columns.join(',')}\r\n` +
        `train/352,wrong-label,"'=HYPERLINK(""http://x"")","숫자 ""1"", 왼손",100,'-주먹,171,5.9812,0.0125,,3,kim,2026-11-26T10:00:00.000Z\r\n` +
        'train/7,wrong-label,"two\nlines",,,,,,,,,,2026-11-26T10:00:00.000Z\r\n',
    )
    expect((parse(text, { bom: true, columns: true }) as Record<string, string>[]).map(({ note }) => note)).toEqual(['\'=HYPERLINK("http://x")', 'two\nlines'])
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('defuses %j', (note) => {
    const [line] = parse(triageText([{ entry: { ...entry, note }, row: null }], 'csv'), { bom: true, columns: true }) as Record<string, string>[]
    expect(line!['note']).toBe(`'${note}`)
  })

  it('is JSON with the same keys, values as they are', () => {
    const lines = JSON.parse(triageText(rows, 'json')) as Record<string, unknown>[]
    expect(lines.map((line) => Object.keys(line))).toEqual([columns, columns])
    expect(lines[0]).toEqual({
      folder: 'train/352', cause: 'wrong-label', note: '=HYPERLINK("http://x")', answer: '숫자 "1", 왼손', pose_id: 100, predicted: '-주먹', predicted_pose_id: 171,
      log_loss: 5.9812, label_quality: 0.0125, suggested_pose_id: null, fold: 3, author: 'kim', created: '2026-11-26T10:00:00.000Z',
    })
    expect(triageText([], 'json')).toBe('[]\n')
    expect(triageText([], 'csv')).toBe(`\uFEFF${columns.join(',')}\r\n`)
  })
})
