import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sizeOf } from '../../src-main/engine/ops/kernels.ts'
import { exportWeights } from '../../src-main/model/importWeights.ts'
import { requireModel } from '../../src-main/model/info.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import { writeSafetensors } from '../../src-main/model/safetensors.ts'
import { initialStatistics, initialWeights, statisticsLayout } from '../../src-main/model/weights.ts'
import { handloom, handloomJson } from '../core/command.ts'
import { goldenPath, readTiny } from './tiny.ts'

const config = { w0: 16, wa: 14, wm: 1.8, group_width: 8, depth: 6, se_ratio: 0.25, classes: 7 }
const weights = (file: string): string => fileURLToPath(goldenPath(file))

describe('handloom model run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-model-run-'))
  const input = join(folder, 'input.npy')
  const run = (arch: string | object, file: string, pictures = input): string[] => ['model', 'run', '--arch', typeof arch === 'string' ? arch : JSON.stringify(arch), '--weights', file, '--input', pictures]
  const golden = readTiny('timm_y_tiny').golden

  beforeAll(() => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (4, 64, 64, 3), }`.padEnd(117) + '\n'
    writeFileSync(input, Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.of(118, 0), Buffer.from(header), new Uint8Array(readTiny('timm_y_tiny').input.buffer)]))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(['timm_y_tiny.pth', 'timm_y_tiny.safetensors'])('gives PyTorch’s logits for %s, and says what was loaded', async (file) => {
    const { code, out, err } = await handloom([...run(config, weights(file)), '--json', '--lang', 'en'])
    const { logits } = JSON.parse(out) as { logits: number[][] }
    const difference = Math.max(...golden.eval_logits.flatMap((row, picture) => row.map((value, index) => Math.abs((logits[picture]?.[index] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)))))
    expect([code, logits.map((row) => row.length), difference < 1e-4]).toEqual([0, [7, 7, 7, 7], true])
    expect(err).toContain('141 of 141 tensors were loaded.')
  })

  it('replaces a head for other classes, and says so', async () => {
    const { code, out, err } = await handloom([...run({ ...config, classes: 3 }, weights('timm_y_tiny.pth')), '--json'])
    expect([code, (JSON.parse(out) as { logits: number[][] }).logits.map((row) => row.length)]).toEqual([0, [3, 3, 3, 3]])
    expect(err).toContain('The head was made for 7 classes, not 3: it begins at random.')
  })

  it('takes the number of classes from the file when the architecture is a name', async () => {
    const network = layOutNetwork(requireModel('regnety_nano').config, 5)
    const flat = [initialWeights(network, 1), initialStatistics(network)]
    const tensors = [network.parameters, statisticsLayout(network)].flatMap((list, part) => {
      let offset = 0
      return list.map(({ name, shape }) => [name, { shape, data: (flat[part] as Float32Array).slice(offset, (offset += sizeOf(shape))) }] as const)
    })
    const file = join(folder, 'nano.safetensors')
    writeFileSync(file, writeSafetensors(exportWeights(network, new Map(tensors))))
    const { logits } = await handloomJson<{ logits: number[][] }>(run('regnety_nano', file))
    expect(logits.map((row) => row.length)).toEqual([5, 5, 5, 5])
  })

  it.each<[string, (paths: { missing: string }) => string[], number, string]>([
    ['no weights', () => ['model', 'run', '--arch', 'regnety_004', '--input', input], 2, '--weights'],
    ['a wrong name', () => run('regnety_999', weights('timm_y_tiny.pth')), 1, 'There is no model'],
    ['no JSON', () => run('{w0:16}', weights('timm_y_tiny.pth')), 1, 'neither a name nor JSON'],
    ['an unknown key', () => run({ ...config, dept: 3 }, weights('timm_y_tiny.pth')), 1, 'dept'],
    ['a width outside the design space', () => run({ ...config, w0: 17 }, weights('timm_y_tiny.pth')), 1, 'multiple of 8'],
    ['widths without end', () => run({ ...config, wa: 4096, wm: 16, depth: 256 }, weights('timm_y_tiny.pth')), 1, 'more than 32768 channels'],
    ['another model', () => run('regnety_004', weights('timm_y_tiny.pth')), 1, 'Use weights of the same model.'],
    ['a hostile file', () => run(config, weights('weight-files/command.pth')), 1, 'posix.system'],
    ['a file that is not there', ({ missing }) => run(config, missing), 1, 'does not exist'],
    ['a folder', () => run(config, folder), 1, 'is not a file'],
    ['pictures of another shape', () => run(config, weights('timm_y_tiny.pth'), weights('weight-files/objects.npy')), 1, 'of type |O'],
  ])('refuses %s', async (_, args, code, reason) => {
    const finished = await handloom([...args({ missing: join(folder, 'nothing.pth') }), '--json'])
    expect([finished.code, finished.out + finished.err]).toEqual([code, expect.stringContaining(reason)])
  })
})
