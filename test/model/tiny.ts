import { readFileSync } from 'node:fs'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { importWeights } from '../../src-main/model/importWeights.ts'
import type { ImportedWeights } from '../../src-main/model/importWeights.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import type { Network } from '../../src-main/model/network.ts'
import type { RegNetConfig } from '../../src-main/model/regnet.ts'
import { openWeightFile } from '../../src-main/model/weightFile.ts'

/** What test/goldens/make_goldens.py stores of a small network: its inputs and what PyTorch made of them. */
export interface TinyGolden {
  input_nchw: number[]
  shape: [number, number, number, number]
  labels: number[]
  eval_logits: number[][]
  train_loss: number
  gradient_norms: Record<string, number>
  lamb: { lr: number; weight_decay: number; losses: number[] }
}

export const tinyNames = ['timm_x_tiny', 'timm_y_tiny', 'torchvision_x_tiny', 'torchvision_y_tiny'] as const

export function goldenPath(file: string): URL {
  return new URL(`../goldens/${file}`, import.meta.url)
}

export function tinyConfig(name: string): RegNetConfig {
  return {
    depth: 6,
    initialWidth: 16,
    slope: 14,
    multiplier: 1.8,
    groupWidth: 8,
    squeezeExcite: name.includes('_y_') ? 0.25 : 0,
    stemWidth: 32,
    stemStride: 2,
    minimumWidthRatio: name.startsWith('torchvision') ? 0.9 : 0,
  }
}

export function readTiny(name: string, format: 'safetensors' | 'pth' = 'safetensors'): { golden: TinyGolden; network: Network; imported: ImportedWeights; input: Float32Array } {
  const golden = JSON.parse(readFileSync(goldenPath(`${name}.json`), 'utf8')) as TinyGolden
  const network = layOutNetwork(tinyConfig(name), 7)
  const imported = importWeights(network, openWeightFile(sourceOfBytes(readFileSync(goldenPath(`${name}.${format}`)))))
  const [batch, channels, height, width] = golden.shape
  const input = new Float32Array(golden.input_nchw.length)
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < height * width; p++) input[(b * height * width + p) * channels + c] = golden.input_nchw[(b * channels + c) * height * width + p] as number
  return { golden, network, imported, input }
}
