import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HandloomEvent } from '../../src-main/contract/events.ts'
import { modelFormats, type ModelFormat, type TrainConfigInput } from '../../src-main/contract/train.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { openSafetensors } from '../../src-main/model/safetensors.ts'
import type { ModelRecipe } from '../../src-main/train/export/recipe.ts'
import { staged } from '../../src-main/train/export/staging.ts'
import { logitsOfFile } from '../../src-main/train/logitsOfFile.ts'
import { handloom, handloomJson } from '../core/command.ts'
import { makeTinyData, tinyConfig } from './tinyData.ts'

/** Models in other programs' formats, whole, from small runs. */
let root: string
let project: Project
const runs = { pictures: 0, keypoints: 0 }
const events: HandloomEvent[] = []
const data = () => join(root, 'data')

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'handloom-exported-'))
  await makeTinyData(data())
  project = openProject({ folder: data(), project: join(root, 'project'), emit: (event) => void events.push(event) })
  await project.dataset.scan()
  const train = async (config: TrainConfigInput): Promise<number> => {
    const { id } = await project.train.start({ config, folds: null })
    await project.train.idle()
    return id
  }
  runs.pictures = await train({ ...tinyConfig, epochs: 2, precision: 'bfloat16', ema: 0.9, testMargins: [20] })
  runs.keypoints = await train({ model: 'keypoint_temporal', epochs: 2, folds: 2, threads: 1 })
}, 180_000)
afterAll(async () => {
  await project.close()
  rmSync(root, { recursive: true, force: true })
})

const places = { onnx: 'model.onnx', savedmodel: 'model', safetensors: 'model.safetensors' } as const
const programs = { onnx: /^onnxruntime \d/, savedmodel: /^TensorFlow \d/, safetensors: /^read back$/ } as const

const recipeIn = (path: string, format: ModelFormat): ModelRecipe => {
  if (format === 'savedmodel') return JSON.parse(readFileSync(join(path, 'assets.extra/handloom.json'), 'utf8')) as ModelRecipe
  const bytes = readFileSync(path)
  if (format === 'safetensors') return JSON.parse(openSafetensors(sourceOfBytes(bytes)).metadata.get('handloom') ?? '') as ModelRecipe
  // The metadata are the last of the message.
  return JSON.parse(bytes.subarray(bytes.lastIndexOf('{"format":"handloom-model"')).toString()) as ModelRecipe
}

describe.each(['pictures', 'keypoints'] as const)('a model that sees %s', (sees) => {
  it.each(modelFormats)('says the same as %s, and how it is fed', async (format) => {
    const path = join(root, sees, places[format])
    const made = await project.train.exportModel({ runId: runs[sees], format, fold: 1, out: path })
    const bytes = format === 'savedmodel' ? ['saved_model.pb', 'assets.extra/handloom.json'].reduce((sum, name) => sum + statSync(join(path, name)).size, 0) : statSync(path).size
    expect(made).toEqual({ format, runId: runs[sees], fold: 1, path, bytes, largestDifference: expect.any(Number), samples: 100, checkedWith: expect.stringMatching(programs[format]), notes: expect.any(Array) })
    expect(made.largestDifference).toBeLessThan(1e-4)
    const recipe = recipeIn(path, format)
    expect({ classes: recipe.classes, views: recipe.views, fold: recipe.run.fold, sees: recipe.input.sees }).toEqual({
      classes: [{ pose_id: 100, name: '총', view: '3rd', gesture: 'your_hand', hand: 'left', mirrored: 110 }, { pose_id: 110, name: '총', view: '3rd', gesture: 'your_hand', hand: 'right', mirrored: 100 }],
      views: sees === 'pictures' ? { flip: false, margins: [20] } : { flip: true, margins: [] }, fold: 1, sees,
    })
    expect(readdirSync(join(root, sees)).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

it('tells how far it is, and what was worth saying', async () => {
  events.length = 0
  const { notes, path } = await project.train.exportModel({ runId: runs.pictures, format: 'safetensors' })
  const jobs = events.flatMap((event) => (event.type === 'job' && event.job.kind === 'export' ? [event.job] : []))
  expect({ first: jobs[0], last: jobs.at(-1), steady: jobs.every(({ done }, at) => done >= (jobs[at - 1]?.done ?? 0)) }).toEqual({
    first: { id: 'export', kind: 'export', state: 'running', done: 0, total: 200, secondsLeft: null, message: null }, last: { id: 'export', kind: 'export', state: 'done', done: 200, total: 200, secondsLeft: 0, message: null }, steady: true,
  })
  expect(path.startsWith(join(root, 'project', 'exports'))).toBe(true)
  expect(notes).toEqual([expect.stringContaining('timm has no regnety_nano'), expect.stringContaining('bfloat16'), expect.stringContaining('averages 2 views'), expect.stringMatching(/^9\d of the 100 samples .* are noise/)])
})

it('is refused where it could do harm, or is called otherwise', async () => {
  symlinkSync(data(), join(root, 'link'))
  mkdirSync(join(root, 'things'))
  writeFileSync(join(root, 'things', 'note.txt'), 'mine')
  const outs: [ModelFormat, string][] = [
    ['onnx', join(data(), 'model.onnx')], ['onnx', join(root, 'link', 'model.onnx')], ['savedmodel', join(data(), 'train/0')], ['onnx', join(root, 'model.pb')], ['savedmodel', join(root, 'model.onnx')],
    ['safetensors', join(root, 'project/runs/1/fold-0/best.safetensors')], ['savedmodel', join(root, 'things')], ['savedmodel', root], ['onnx', join(root, 'things/note.txt/model.onnx')],
  ]
  for (const [format, out] of outs) await expect(project.train.exportModel({ runId: runs.pictures, format, out })).rejects.toMatchObject({ kind: 'bad-request', file: out })
  expect(readFileSync(join(root, 'things', 'note.txt'), 'utf8')).toBe('mine')
  await expect(project.train.exportModel({ runId: runs.pictures, format: 'onnx', fold: 7 })).rejects.toMatchObject({ kind: 'not-found' })
  await expect(project.train.exportModel({ runId: 99, format: 'onnx' })).rejects.toMatchObject({ kind: 'not-found' })
})

it('one that is cancelled leaves what was there, and one at a time is made', async () => {
  const path = join(root, 'cancelled.onnx')
  writeFileSync(path, 'before')
  const making = project.train.exportModel({ runId: runs.pictures, format: 'onnx', out: path })
  await expect(project.train.exportModel({ runId: runs.pictures, format: 'onnx', out: join(root, 'other.onnx') })).rejects.toMatchObject({ kind: 'conflict' })
  await project.train.cancelExport()
  await expect(making).rejects.toMatchObject({ kind: 'interrupted' })
  expect([readFileSync(path, 'utf8'), readdirSync(root).filter((name) => name.startsWith('.'))]).toEqual(['before', []])
  await project.train.exportModel({ runId: runs.pictures, format: 'onnx', out: path })
  expect(statSync(path).size).toBeGreaterThan(100_000)
})

describe('what was there', () => {
  const place = (name: string): string => join(mkdtempSync(join(root, 'place-')), name)
  const folderWith = (text: string) => async (path: string): Promise<void> => {
    mkdirSync(path)
    writeFileSync(join(path, 'saved_model.pb'), text)
  }
  const textIn = (target: string): string => readFileSync(join(target, 'saved_model.pb'), 'utf8')

  it('stays until the new one is whole, a folder too', async () => {
    const target = place('model')
    await staged(target, folderWith('first'))
    await expect(staged(target, async (path) => {
      await folderWith('half')(path)
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
    })).rejects.toMatchObject({ code: 'ENOSPC' })
    expect([textIn(target), readdirSync(join(target, '..'))]).toEqual(['first', ['model']])
    await staged(target, folderWith('second'))
    expect([textIn(target), readdirSync(join(target, '..'))]).toEqual(['second', ['model']])
  })

  it('comes back where a process was killed between two renames, and what it had begun goes', async () => {
    const target = place('model')
    await folderWith('first')(join(target, '..', '.model.replaced'))
    await folderWith('half')(join(target, '..', '.model.export-abc123'))
    await expect(staged(target, async () => {
      expect([textIn(target), readdirSync(join(target, '..')).filter((name) => name.includes('abc123'))]).toEqual(['first', []])
      throw new Error('stopped')
    })).rejects.toThrow('stopped')
    expect([textIn(target), readdirSync(join(target, '..'))]).toEqual(['first', ['model']])
  })
})

it('without onnxruntime it says that the file was not run', async () => {
  vi.doMock('onnxruntime-node', () => {
    throw new Error('Cannot find package')
  })
  const { openOnnx } = await import('../../src-main/train/export/onnxRuntime.ts')
  expect(await openOnnx(join(root, 'none.onnx'))).toEqual({ missing: expect.stringMatching(/^not run: onnxruntime-node does not load here/) })
  vi.doUnmock('onnxruntime-node')
})

describe('handloom export', () => {
  it('writes the model and says how far it is from the app', async () => {
    const out = join(root, 'command.safetensors')
    await project.close()
    const said = await handloomJson(['export', data(), '--project', join(root, 'project'), '--run', String(runs.pictures), '--format', 'safetensors', '--out', out])
    expect(said).toEqual({ path: out, format: 'safetensors', run: runs.pictures, fold: expect.any(Number), bytes: statSync(out).size, largest_difference: 0, samples: 100, checked_with: 'read back', notes: expect.any(Array) })
    project = openProject({ folder: data(), project: join(root, 'project'), emit: (event) => void events.push(event) })
  })

  it('wants a run and a format that it knows', async () => {
    const codes = await Promise.all([['--format', 'onnx'], ['--run', '1'], ['--run', '1', '--format', 'h5'], ['--run', '1,2', '--format', 'onnx']].map((args) => handloom(['export', data(), ...args])))
    expect(codes.map(({ code }) => code)).toEqual([2, 2, 2, 2])
  })
})

/** Python with PyTorch and timm, where there is one. */
const python = process.env.HANDLOOM_PEER_PYTHON || 'python3'
const hasTimm = spawnSync(python, ['-c', 'import torch, timm, safetensors, numpy']).status === 0
if (!hasTimm) console.log(`${python} has no torch, timm and safetensors: that timm takes what is exported is held by its own file alone (test/model/export.test.ts).`)

it.skipIf(!hasTimm)('timm loads it strictly and says the same', { timeout: 180_000 }, async () => {
  const folder = join(root, 'for-python')
  mkdirSync(folder)
  const { path } = await project.train.exportModel({ runId: runs.pictures, format: 'safetensors', out: join(folder, 'model.safetensors') })
  const stream = randomStream(5)
  const pixels = Float32Array.from({ length: 4 * 32 * 32 * 3 }, () => stream.normal())
  writeNpy(join(folder, 'pixels.npy'), [4, 32, 32, 3], pixels)
  const { logits } = await logitsOfFile({ architecture: 'regnety_nano', weights: path, input: join(folder, 'pixels.npy') })
  writeNpy(join(folder, 'logits.npy'), [4, 2], Float32Array.from(logits.flat()))
  const said = execFileSync(python, ['-B', fileURLToPath(new URL('../../bench/peer/check_export.py', import.meta.url)), folder], { encoding: 'utf8' })
  expect(JSON.parse(said)).toMatchObject({ file: 'model.safetensors', samples: 4, program: expect.stringContaining('timm') })
  expect(existsSync(path)).toBe(true)
})

function writeNpy(file: string, shape: readonly number[], values: Float32Array): void {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117) + '\n'
  writeFileSync(file, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.of(118, 0), Buffer.from(header), new Uint8Array(values.buffer)]))
}
