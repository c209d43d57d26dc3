import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { readPipeline } from '../../src-main/core/pipeline/readPipeline.ts'
import { runPipeline, type DoneStep } from '../../src-main/core/pipeline/runPipeline.ts'
import { makeTinyData } from '../train/tinyData.ts'
import { handloom, handloomJson } from './command.ts'

/** One pipeline, done in fresh projects over the same data. */
let root: string
let data: string

const steps = `
  - scan:
  - clean:
      rules: [{name: corner, terms: [[{axis: x, relation: '<', value: 32}, {axis: y, relation: '<', value: 22}]]}]
      folders: [train/0, train/1]
  - edits: {train/2: {0: {erased: [3, 4], moved: {5: [40.5, 22, 0]}}, 1: {hidden: [7]}}}
  - labels: {train/3: 100}
  - crop: {recipes: {test: {margin: 20, randomMargin: 0, randomProbability: 0, wristExtra: 10, clamp: true, minimumSize: 16, shape: square, empty: nearest}}, flips: [{poseId: 100, partner: null}]}
  - split: {splitter: StratifiedKFold, folds: 2, seed: 7, moves: [{folder: train/0, fold: null}]}
  - train: {as: pictures, model: regnety_nano, imageSize: 32, epochs: 2, batchSize: 4, optimizer: adamw, learningRate: 0.002, warmupEpochs: 0.5, threads: 1, deterministic: true}
  - train: {as: hands, model: keypoint_linear, epochs: 2, threads: 1}
  - rules: {run: pictures, rules: [{name: by hand, stillPoseIds: [100], movingPoseIds: [110], feature: {point: topmost, measure: range, axis: x, unit: pixels}, method: by-hand, threshold: 15.5, clamp: 0.1, clampFrom: by-hand}]}
  - submit: {out: submission.csv, runs: [pictures, hands], pooling: geometric, clip: 0.0001}
`

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'handloom-pipelines-'))
  data = join(root, 'data')
  await makeTinyData(data)
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function fileIn(name: string, text: string): string {
  const file = join(root, name)
  writeFileSync(file, text)
  return file
}

async function inProject<T>(name: string, work: (project: Project) => Promise<T>): Promise<T> {
  const project = openProject({ folder: data, project: join(root, name), emit: () => undefined })
  try {
    await project.dataset.scan()
    return await work(project)
  } finally {
    await project.close()
  }
}

const runIn = (name: string, file: string): Promise<DoneStep[]> =>
  inProject(name, async (project) =>
    runPipeline(project, await readPipeline(file), {
      signal: new AbortController().signal,
      words: (_, english) => english,
      train: async ({ id }) => {
        await project.train.idle()
        return project.train.run({ id })
      },
      onStep: () => undefined,
    }))

it('does everything once, and what is written of it leads to the same file in another project', async () => {
  const file = fileIn('first.yaml', `handloom: 1\nfolder: data\nsteps:${steps}`)
  const done = await runIn('first', file)
  expect(done.map(({ kind, already }) => [kind, already])).toEqual(['scan', 'clean', 'edits', 'labels', 'crop', 'split', 'train', 'train', 'rules', 'submit'].map((kind) => [kind, false]))
  expect(done[5]?.json).toMatchObject({ split: expect.any(Number) })
  const submission = readFileSync(join(root, 'submission.csv'), 'utf8')

  // Again: only the submission is written anew, and it is the same.
  const again = await runIn('first', file)
  expect(again.filter(({ already }) => !already).map(({ kind }) => kind)).toEqual(['scan', 'submit'])
  expect([readFileSync(join(root, 'submission.csv'), 'utf8'), again[6]?.json['run'], again[7]?.json['run']]).toEqual([submission, done[6]?.json['run'], done[7]?.json['run']])

  // What the app writes of it.
  const described = await inProject('first', async (project) => project.pipeline.describe({ submissionId: 1 }))
  expect(described.warnings).toEqual([])
  const { folder, steps: written } = parse(described.text) as { folder: string; steps: Record<string, unknown>[] }
  expect({ folder, kinds: written.map((step) => Object.keys(step)[0]) }).toEqual({ folder: data, kinds: ['scan', 'edits', 'labels', 'crop', 'split', 'train', 'rules', 'train', 'submit'] })
  expect(written[1]).toMatchObject({ edits: { 'train/2': { 0: { erased: [3, 4], moved: { 5: [40.5, 22, 0] } }, 1: { hidden: [7] } } } })
  rmSync(join(root, 'submission.csv'))
  await runIn('second', fileIn('second.yaml', described.text))
  expect(readFileSync(join(root, 'submission.csv'), 'utf8')).toBe(submission)
})

it('on the command line: one JSON document, and an interrupted one goes on', async () => {
  const env = { HANDLOOM_DATA: join(root, 'application') }
  const file = fileIn('third.yaml', `handloom: 1\nfolder: data\nproject: third\nsteps:\n  - scan:\n  - train: {model: regnety_nano, imageSize: 32, epochs: 2, batchSize: 4, folds: 2, threads: 1, warmupEpochs: 0.5}\n  - rules: {fit: log-loss}\n  - submit: {out: third.csv}\n`)
  const dry = await handloomJson<{ steps: unknown[] }>(['run', file, '--dry-run'], env)
  expect(dry).toEqual({ folder: data, steps: ['scan', 'train', 'rules', 'submit'].map((step) => ({ step })) })
  const ran = await handloomJson<{ project: string; steps: { step: string; already: boolean; run?: number; submission?: string }[] }>(['run', file], env)
  expect({ project: ran.project, steps: ran.steps.map(({ step, already }) => [step, already]), submission: ran.steps[3]?.submission }).toEqual({
    project: join(root, 'third'), steps: [['scan', false], ['train', false], ['rules', expect.any(Boolean)], ['submit', false]], submission: join(root, 'third.csv'),
  })
  const written = await handloom(['pipeline', data, '--project', join(root, 'third'), '--submission', '1', '--out', join(root, 'again.yaml')], env)
  expect([written.code, (await readPipeline(join(root, 'again.yaml'))).steps.map(({ kind }) => kind)]).toEqual([0, ['scan', 'split', 'train', 'submit']])
  const inside = await handloom(['pipeline', data, '--project', join(root, 'third'), '--out', join(data, 'p.yaml')], env)
  expect([inside.code, inside.err]).toEqual([1, expect.stringContaining('never written to')])
})

it('what a step cannot do is said with its number, and what was done before stays', async () => {
  const file = fileIn('fails.yaml', 'handloom: 1\nfolder: data\nsteps:\n  - clean: {rules: [{name: a, terms: [[{axis: x, relation: "<", value: 31}]]}]}\n  - edits: {train/99: {0: {erased: [1]}}}\n')
  await expect(runIn('fails', file)).rejects.toMatchObject({ kind: 'not-found', message: expect.stringMatching(/^Step 2 \(edits\): .*train\/99/) })
  expect(await inProject('fails', async (project) => (await project.annotation.history({ limit: 10 })).edits.length)).toBe(1)
})
