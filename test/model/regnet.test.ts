import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { modelInfo } from '../../src-main/model/info.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import { generateStages } from '../../src-main/model/regnet.ts'
import { findModel, modelNames } from '../../src-main/model/zoo.ts'
import { canonicalName } from '../../src-main/model/importWeights.ts'
import { initialStatistics, initialWeights, statisticsLayout } from '../../src-main/model/weights.ts'
import { goldenPath } from './tiny.ts'

interface ZooGolden {
  models: Record<string, { keys: Record<string, number[]> | null }>
}
interface Work {
  params: number
  flops: number
  activations: number
}
const work = (JSON.parse(readFileSync(goldenPath('zoo_work.json'), 'utf8')) as { models: Record<string, Work> }).models
const golden = JSON.parse(readFileSync(goldenPath('zoo.json'), 'utf8')) as ZooGolden

describe('the zoo', () => {
  it('has the models of timm and torchvision, with their parameters, multiply-adds and activations to the last one', () => {
    const theirs = Object.entries(work)
    const ours = theirs.map(([key]) => {
      const [family, name = ''] = key.split('/')
      if (findModel(name)?.family !== family) return [key, undefined]
      const { parameters, flops, activations } = modelInfo(name, { imageSize: 224 })
      return [key, { params: parameters, flops, activations }]
    })
    expect(ours).toEqual(theirs)
  })

  it('counts FLOPs as the names of the models say', () => {
    const off = modelNames().flatMap((name) => {
      const digits = /^regnet[xy]_(\d+)(?:_tv)?$/.exec(name)
      if (!digits) return []
      const ratio = modelInfo(name).flops / (Number(digits[1]) * 1e8)
      return ratio > 0.88 && ratio < 1.12 ? [] : [{ name, ratio }]
    })
    expect(off).toEqual([])
  })

  it('agrees with the paper’s table 8 on RegNetX-3.2GF and RegNetY-4.0GF', () => {
    expect([modelInfo('regnetx_032'), modelInfo('regnety_040')]).toMatchObject([
      { widths: [96, 192, 432, 1008], depths: [2, 6, 15, 2], groupWidths: [48, 48, 48, 48], squeezeExcite: 0, family: 'timm' },
      { widths: [128, 192, 512, 1088], depths: [2, 6, 12, 2], groupWidths: [64, 64, 64, 64], squeezeExcite: 0.25 },
    ])
  })

  it('has torchvision’s widths where they differ from timm’s', () => {
    const widths = (name: string): number[] => modelInfo(name).widths
    expect([widths('regnetx_004'), widths('regnet_x_400mf'), widths('regnetx_004_tv')]).toEqual([
      [32, 64, 160, 384],
      [32, 64, 160, 400],
      [32, 64, 160, 400],
    ])
  })

  it('offers names near a wrong one', () => {
    expect(() => modelInfo('regnety_41')).toThrow(/no model "regnety_41".*regnety_nano, regnety_002/)
  })

  it('refuses configs outside the design space', () => {
    const config = findModel('regnety_040')!.config
    for (const wrong of [{ initialWidth: 20 }, { multiplier: 1 }, { slope: -1 }, { depth: 0 }]) {
      expect(() => generateStages({ ...config, ...wrong })).toThrow(RangeError)
    }
  })
})

describe('a network', () => {
  it.each([
    ['regnetx_002', 'timm/regnetx_002'],
    ['regnety_040', 'timm/regnety_040'],
    ['regnet_y_400mf', 'torchvision/regnet_y_400mf'],
  ])('of %s has the weights of its original, by name and size', (name, key) => {
    const network = layOutNetwork(findModel(name)!.config, 1000)
    const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1)
    const theirs = Object.entries(golden.models[key]?.keys ?? {})
      .filter(([tensor]) => !tensor.endsWith('num_batches_tracked'))
      .map(([tensor, shape]) => [canonicalName(tensor), size(shape)])
    const ours = [
      ...network.parameters.map((parameter) => [parameter.name, size(parameter.shape)]),
      ...network.norms.flatMap((norm) => [[`${norm.name}.running_mean`, norm.channels], [`${norm.name}.running_var`, norm.channels]]),
    ]
    expect(ours.sort()).toEqual(theirs.sort())
  })

  it('of group norms has no running statistics, and widths of whole groups', () => {
    const { config } = findModel('regnety_040_sgn')!
    const network = layOutNetwork(config, 12)
    expect([statisticsLayout(network), initialStatistics(network)]).toEqual([[], new Float32Array()])
    expect(network.parameters).toEqual(layOutNetwork(findModel('regnety_040')!.config, 12).parameters)
    expect(() => layOutNetwork({ ...config, normGroupWidth: 24 }, 12)).toThrow(new RangeError('Norms in groups of 24 channels do not go with a width of 32'))
  })

  it('begins the same for the same seed, with the deviations of its layers', () => {
    const network = layOutNetwork(findModel('regnety_nano')!.config, 12)
    const flat = initialWeights(network, 3)
    expect(initialWeights(network, 3)).toEqual(flat)
    expect(initialWeights(network, 4)).not.toEqual(flat)
    const deviations = new Map<string, number>()
    let offset = 0
    for (const { name, shape } of network.parameters) {
      const values = flat.subarray(offset, (offset += shape.reduce((a, b) => a * b)))
      deviations.set(name, Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length))
    }
    const widest = network.blocks.at(-1)!.convolutions
    expect(deviations.get(widest[0].filter.name)! / Math.sqrt(2 / widest[0].outputs)).toBeCloseTo(1, 1)
    expect(deviations.get(widest[1].filter.name)! / Math.sqrt(2 / (9 * widest[1].outputs))).toBeCloseTo(1, 1)
    expect([deviations.get('head.fc.weight'), deviations.get('stem.bn.weight'), deviations.get(`${widest[2].norm.name}.weight`)]).toEqual([expect.closeTo(0.01, 2), 1, 0])
    expect(initialStatistics(network).reduce((sum, value) => sum + value, 0)).toBe(network.norms.reduce((sum, { channels }) => sum + channels, 0))
  })
})
