import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sizeOf } from '../../src-main/engine/ops/kernels.ts'
import { exportWeights } from '../../src-main/model/importWeights.ts'
import { requireModel } from '../../src-main/model/info.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import { writeSafetensors } from '../../src-main/model/safetensors.ts'
import { statisticsLayout } from '../../src-main/model/weights.ts'
import type { WeightArray } from '../../src-main/model/weights.ts'
import type { Classifier, ClassifierState } from '../../src-main/train/classifier.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import { beginFromPretrained } from '../../src-main/train/pretrained.ts'

/** Weights and statistics of a network, all of one value. */
function filled(classes: number, value: number): Map<string, WeightArray> {
  const network = layOutNetwork(requireModel('regnety_nano').config, classes)
  return new Map([...network.parameters, ...statisticsLayout(network)].map(({ name, shape }) => [name, { shape, data: new Float32Array(sizeOf(shape)).fill(value) }]))
}

/** A classifier that is its state alone. */
function stateOnly(classes: number): Classifier & { kept: ClassifierState } {
  const entries = [...filled(classes, 0)].flatMap(([name, array]) => ['weights', 'averageWeights', 'optimizer.mean'].map((part) => [`${part}/${name}`, array] as const))
  const classifier = { kept: new Map<string, WeightArray>(entries) as ClassifierState, state: () => classifier.kept, restore: (state: ClassifierState) => void (classifier.kept = state) }
  return classifier as unknown as Classifier & { kept: ClassifierState }
}

describe('training from pretrained weights', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-pretrained-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const begin = async (file: string, classes: number): Promise<{ notes: string[]; values: Record<string, number | undefined> }> => {
    const classifier = stateOnly(classes)
    const notes = await beginFromPretrained(classifier, { config: { model: 'regnety_nano', pretrained: file }, classes } as TrainJob)
    const value = (name: string): number | undefined => classifier.kept.get(name)?.data[0]
    const names = ['weights/stem.conv.weight', 'averageWeights/stem.conv.weight', 'optimizer.mean/stem.conv.weight', 'weights/head.fc.bias']
    return { notes, values: Object.fromEntries(names.map((name) => [name, value(name)])) }
  }
  const write = (name: string, weights: ReadonlyMap<string, WeightArray>, classes: number): string => {
    const file = join(folder, name)
    writeFileSync(file, writeSafetensors(exportWeights(layOutNetwork(requireModel('regnety_nano').config, classes), weights)))
    return file
  }

  it('takes weights and averages, not the optimiser’s, and begins another head afresh', async () => {
    const file = write('thousand.safetensors', filled(1000, 0.5), 1000)
    const all = filled(12, 0).size
    expect(await begin(file, 12)).toEqual({
      notes: [`Pretrained weights: ${all - 2} of ${all} tensors were loaded.`, 'Pretrained weights: The head was made for 1000 classes, not 12: it begins at random.'],
      values: { 'weights/stem.conv.weight': 0.5, 'averageWeights/stem.conv.weight': 0.5, 'optimizer.mean/stem.conv.weight': 0, 'weights/head.fc.bias': 0 },
    })
  })

  it('says what the file lacks and what it has besides', async () => {
    const exported = exportWeights(layOutNetwork(requireModel('regnety_nano').config, 12), filled(12, 0.5))
    exported.delete('stem.conv.weight')
    exported.set('other.weight', { shape: [1], data: Float32Array.of(1) })
    const file = join(folder, 'partly.safetensors')
    writeFileSync(file, writeSafetensors(exported))
    const { notes, values } = await begin(file, 12)
    expect([notes.slice(1), values['weights/stem.conv.weight'], values['weights/head.fc.bias']]).toEqual([
      ['Pretrained weights: The weights lack 1 tensors, which begin at random: stem.conv.weight.', 'Pretrained weights: 1 tensors of the file are not part of this model: other.weight.'],
      0,
      0.5,
    ])
  })

  it('refuses a file with two weights for one place', async () => {
    const exported = exportWeights(layOutNetwork(requireModel('regnety_nano').config, 12), filled(12, 0.5))
    exported.set('module.fc.bias', exported.get('head.fc.bias') as WeightArray)
    const file = join(folder, 'twice.safetensors')
    writeFileSync(file, writeSafetensors(exported))
    await expect(begin(file, 12)).rejects.toThrow('holds head.fc.bias twice, as head.fc.bias and as module.fc.bias')
  })

  it.each([
    ['a device without end', '/dev/zero', 'is not a file'],
    ['a folder', folder, 'is not a file'],
    ['nothing', join(folder, 'nothing'), 'does not exist'],
  ])('refuses %s', async (_, file, reason) => {
    await expect(begin(file, 12)).rejects.toThrow(reason)
  })
})
