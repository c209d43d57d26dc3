import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExportedKeypoints, ImportedKeypoints } from '../../src-main/contract/annotation.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { handloom, handloomJson } from './command.ts'

let folder: string
let data: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-keypoints-'))
  data = join(folder, 'data')
  await generateSample({ folder: data, sequences: 8, width: 160, height: 90, seed: 7 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const exported = (project: string, format: string, out: string) => handloomJson<ExportedKeypoints>(['keypoints', 'export', data, '--format', format, '--out', join(folder, out), '--project', join(folder, project)])
const imported = (project: string, name: string, ...options: string[]) => handloomJson<ImportedKeypoints>(['keypoints', 'import', data, join(folder, name), '--project', join(folder, project), ...options])
const textsBelow = (root: string) => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => /^\d+\.json$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name).slice(root.length)).sort().map((name) => [name, readFileSync(join(root, name), 'latin1')])

interface Coco {
  images: { id: number; file_name: string }[]
  annotations: { image_id: number; hand: number; keypoints: number[]; z: number[] }[]
}

describe('keypoints export and import', () => {
  it('carries edits from project to project, through COCO and the data set’s own format, to the last byte', async () => {
    const rules = join(folder, 'rules.yaml')
    writeFileSync(rules, '- name: left\n  terms: ["x < 60"]\n')
    const project = ['--project', join(folder, 'first')]
    const cleaned = await handloomJson<{ sequences: { erased: number }[] }>(['clean', data, '--rules', rules, ...project])
    const erased = cleaned.sequences.reduce((sum, sequence) => sum + sequence.erased, 0)
    const before = await exported('first', 'coco', 'first.json')
    const coco = JSON.parse(readFileSync(join(folder, 'first.json'), 'utf8')) as Coco
    const hand = coco.annotations.find(({ keypoints }) => keypoints[2] === 2 && keypoints[5] === 2)!
    hand.keypoints.splice(0, 6, 1 / 3, -7.25, 1, hand.keypoints[3]!, hand.keypoints[4]!, 1)
    hand.z[0] = 0.125
    writeFileSync(join(folder, 'edited.json'), JSON.stringify(coco))
    const dry = await imported('first', 'edited.json', '--format', 'coco', '--dry-run')
    const taken = await imported('first', 'edited.json', '--format', 'coco')
    const again = await imported('first', 'edited.json', '--format', 'coco')
    await exported('first', 'contest', 'contest')
    const fresh = await imported('second', 'contest')
    await exported('second', 'coco', 'second.json')
    const third = await imported('third', 'second.json', '--format', 'coco')
    await handloomJson(['cleaned', data, '--out', join(folder, 'third copy'), '--project', join(folder, 'third')])
    expect({
      erased: erased > 0,
      points: before.points,
      dry, taken: { ...taken, edit: taken.edit && [taken.edit.kind, taken.edit.points, taken.edit.source] }, again: [again.points, again.edit],
      fresh: [fresh.points, fresh.problems], third: [third.points, third.problems],
      copies: textsBelow(join(folder, 'third copy')),
    }).toEqual({
      erased: true,
      points: coco.annotations.reduce((sum, { keypoints }) => sum + keypoints.filter((v, index) => index % 3 === 2 && v > 0).length, 0),
      dry: { format: 'coco', points: 2, frames: 1, folders: [expect.any(String)], problems: [], edit: null },
      taken: { ...dry, edit: ['import', 2, { file: 'edited.json' }] },
      again: [0, null],
      fresh: [erased + 2, []],
      third: [erased + 2, []],
      copies: textsBelow(join(folder, 'contest')),
    })
    expect(textsBelow(data).map(([name]) => name)).toEqual(textsBelow(join(folder, 'contest')).map(([name]) => name))
  })

  it('says what was wrong: exit code 2 for usage, 1 for files', async () => {
    const bad = join(folder, 'bad.json')
    writeFileSync(bad, '{"images": [')
    const failure = async (...args: string[]) => {
      const { code, out } = await handloom(['keypoints', ...args, '--project', join(folder, 'first'), '--json'])
      const { kind, message } = (JSON.parse(out) as { error: { kind: string; message: string } }).error
      return [code, kind, message]
    }
    expect([
      await failure('export', data),
      await failure('export', data, '--format', 'csv'),
      await failure('move', data),
      await failure('import', data),
      await failure('import', data, bad, '--format', 'yolo'),
      await failure('import', data, bad, '--format', 'coco'),
      await failure('export', data, '--format', 'dlc', '--out', join(data, 'out')),
    ]).toEqual([
      [2, 'bad-request', expect.stringContaining('contest, coco, yolo, dlc, sleap')],
      [2, 'bad-request', expect.stringContaining('"csv"')],
      [2, 'bad-request', expect.stringContaining('"move"')],
      [2, 'bad-request', 'FILE is missing.'],
      [2, 'bad-request', expect.stringContaining('contest, coco')],
      [1, 'bad-input', expect.stringContaining('bad.json is not JSON: line 1')],
      [1, 'bad-request', expect.stringContaining('never written to')],
    ])
  })
})
