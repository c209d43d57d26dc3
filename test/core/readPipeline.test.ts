import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPipeline } from '../../src-main/core/pipeline/readPipeline.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-pipeline-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (text: string): string => {
  const file = join(folder, 'pipeline.yaml')
  writeFileSync(file, text)
  return file
}
const withSteps = (steps: string): string => written(`handloom: 1\nfolder: data\nsteps:\n${steps}`)

it('reads steps in their order, paths from its own folder', async () => {
  const { folder: data, project, steps } = await readPipeline(written('handloom: 1\nfolder: data\nproject: ../p\nsteps:\n  - scan:\n  - clean: {preset: contest}\n  - train: {model: regnety_nano, as: one}\n  - submit: {runs: [one], pooling: geometric}\n'))
  expect({ data, project, steps }).toEqual({
    data: join(folder, 'data'),
    project: join(folder, '../p'),
    steps: [
      { kind: 'scan', value: null },
      { kind: 'clean', value: { preset: 'contest' } },
      { kind: 'train', value: { model: 'regnety_nano', as: 'one' } },
      { kind: 'submit', value: { runs: ['one'], pooling: 'geometric', blend: 'equal', folds: 'equal', clip: 1e-15 } },
    ],
  })
})

it('JSON is YAML too', async () => {
  expect((await readPipeline(written('{"handloom": 1, "folder": "/data", "steps": [{"scan": {}}]}'))).folder).toBe('/data')
})

it.each([
  ['no YAML', 'handloom: [1', 'pipeline.yaml: ', ''],
  ['another version', 'handloom: 2\nfolder: d\nsteps: [{scan: }]', 'handloom', 'handloom'],
  ['no folder', 'handloom: 1\nsteps: [{scan: }]', 'folder', 'folder'],
  ['a key nobody knows', 'handloom: 1\nfolder: d\nsteps: [{scan: }]\nextra: 1', 'extra', ''],
  ['no steps', 'handloom: 1\nfolder: d\nsteps: []', 'steps', 'steps'],
])('%s is said with the place', async (_, text, named, place) => {
  await expect(readPipeline(written(text))).rejects.toMatchObject({ kind: 'bad-input', file: join(folder, 'pipeline.yaml'), place, message: expect.stringContaining(named) })
})

it.each([
  ['an unknown step', '  - dance: {}', 'steps[0]', 'one of scan'],
  ['two keys in a step', '  - {scan: , labels: {}}', 'steps[0]', 'scan, labels'],
  ['a value of another kind', '  - split: {folds: many}', 'steps[0].split.folds', 'number'],
  ['a key that a step does not have', '  - split: {fold: 5}', 'steps[0].split', 'fold'],
  ['a config that cannot be', '  - train: {learningRate: -1}', 'steps[0].train.learningRate', ''],
  ['a config key that there is not', '  - train: {learningrate: 1}', 'steps[0].train', 'learningrate'],
  ['two ways to clean', '  - clean: {preset: contest, file: rules.yaml}', 'steps[0].clean', 'exactly one of preset, file, rules'],
  ['rules without a way', '  - train: {}\n  - rules: {}', 'steps[1].rules', 'exactly one of fit, file, rules'],
  ['a run that nobody trained', '  - train: {as: a}\n  - submit: {runs: [b]}', 'steps[1].submit', '“b”'],
  ['a submission before any run', '  - submit: {}', 'steps[0].submit', 'trains a run'],
  ['one name for two runs', '  - train: {as: a}\n  - train: {as: a}', 'steps[1].train.as', '“a”'],
  ['a sequence that is none', '  - labels: {../../etc: 3}', 'steps[0].labels.../../etc', ''],
])('%s is said with its place, before anything is done', async (_, steps, place, named) => {
  await expect(readPipeline(withSteps(steps))).rejects.toMatchObject({ kind: 'bad-input', place, message: expect.stringContaining(named) })
})

it('what grows when it is read is refused', async () => {
  const rows = Array.from({ length: 30 }, (_, level) => `  a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => `*a${level}`).join(', ')}]`).join('\n')
  await expect(readPipeline(written(`x:\n  a0: &a0 [1]\n${rows}\n`))).rejects.toMatchObject({ kind: 'bad-input' })
})

it('a file that is not there is named', async () => {
  await expect(readPipeline(join(folder, 'none.yaml'))).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('none.yaml') })
})
