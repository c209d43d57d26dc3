import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as onnxRuntime from 'onnxruntime-node'
import { afterAll, expect, it } from 'vitest'
import { dataType } from '../../src-main/engine/ops/kernels.ts'
import { hasNativeOperations, loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { onnxRegNet } from '../../src-main/model/export/onnxRegNet.ts'
import { timmSafetensors } from '../../src-main/model/export/safetensorsModel.ts'
import { tensorflowRegNet } from '../../src-main/model/export/tensorflowRegNet.ts'
import { timmConfig, timmName } from '../../src-main/model/export/timmModel.ts'
import { classLogits, withClassLogits, type NamedWeights } from '../../src-main/model/export/values.ts'
import { layOutNetwork, type Network } from '../../src-main/model/network.ts'
import { compileEvaluation } from '../../src-main/model/run.ts'
import { openSafetensors } from '../../src-main/model/safetensors.ts'
import { findModel, modelNames } from '../../src-main/model/zoo.ts'
import { classProbabilities } from '../../src-main/train/outputs.ts'
import { softmax } from '../../src-main/train/predictions.ts'
import { formula } from './formula.ts'
import { goldenPath, readTiny, tinyConfig, tinyNames } from './tiny.ts'

// As TensorFlow is elsewhere.
process.env.HANDLOOM_OPERATIONS = 'off'

const root = mkdtempSync(join(tmpdir(), 'handloom-export-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const side = 64

/** @param input pictures [N, side, side, 3] */
async function inOnnxRuntime(network: Network, weights: NamedWeights, input: Float32Array): Promise<Float32Array> {
  const bytes = onnxRegNet(network, weights, side).finish({ name: 'Handloom', version: '1' }, {})
  const session = await onnxRuntime.InferenceSession.create(bytes)
  const count = input.length / (side * side * 3)
  const turned = Float32Array.from(input, (_, at) => input[(Math.floor(at / (3 * side * side)) * side * side + (at % (side * side))) * 3 + (Math.floor(at / (side * side)) % 3)] as number)
  const { logits } = await session.run({ pixels: new onnxRuntime.Tensor('float32', turned, [count, 3, side, side]) })
  return logits?.data as Float32Array
}

async function inTensorFlow(network: Network, weights: NamedWeights, input: Float32Array): Promise<Float32Array> {
  const folder = mkdtempSync(join(root, 'saved-'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'saved_model.pb'), tensorflowRegNet(network, weights, side).finish())
  const { binding } = (await loadTensorFlow()).backend()
  expect(hasNativeOperations()).toBe(false)
  const session = binding.loadSavedModel(folder, 'serve')
  const given = binding.createTensor([input.length / (side * side * 3), side, side, 3], dataType.float32, input)
  const [result] = binding.runSavedModel(session, [given], 'serving_default_pixels:0', 'logits:0')
  return binding.tensorDataSync(result?.id as number) as Float32Array
}

/** Largest |a − b| / max(|b|, 1). */
const difference = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number => Math.max(...Array.from(theirs, (value, at) => Math.abs((ours[at] ?? Number.NaN) - value) / Math.max(1, Math.abs(value))))

it.each(tinyNames)('%s says in onnxruntime and in plain TensorFlow what PyTorch says', async (name) => {
  const { golden, network, imported: { weights }, input } = readTiny(name)
  const logits = golden.eval_logits.flat()
  expect(difference(await inOnnxRuntime(network, weights, input), logits)).toBeLessThan(1e-4)
  expect(difference(await inTensorFlow(network, weights, input), logits)).toBeLessThan(1e-4)
})

it('group norm and SiLU are exported as they are computed', async () => {
  const network = layOutNetwork({ ...tinyConfig('timm_y_tiny'), activation: 'silu', normGroupWidth: 8 }, 5)
  const weights = new Map(network.parameters.map(({ name, shape }) => [name, { shape, data: formula(name, shape) }]))
  const input = formula('input', [2, side, side, 3])
  const evaluation = await compileEvaluation(network, weights, side, side)
  const own = evaluation.logits(input)
  evaluation.dispose()
  expect(difference(await inOnnxRuntime(network, weights, input), own)).toBeLessThan(1e-4)
  expect(difference(await inTensorFlow(network, weights, input), own)).toBeLessThan(1e-4)
})

it.each(['timm_x_tiny', 'timm_y_tiny'] as const)('%s goes back to timm’s own file: names, shapes, types and bytes', (name) => {
  const { network, imported } = readTiny(name)
  const theirs = readFileSync(goldenPath(`${name}.safetensors`))
  const table = (bytes: Uint8Array): [string, unknown][] =>
    [...openSafetensors(sourceOfBytes(bytes)).entries].map(([key, { type, shape, begin, end }]): [string, unknown] => [key, { type, shape, bytes: type === 'F32' ? Buffer.from(bytes.subarray(begin, end)).toString('base64') : null }]).sort()
  expect(table(timmSafetensors(network, imported.weights, { note: 'ours' }))).toEqual(table(theirs))
})

it('classes that share an output get the probabilities that the app gives them', async () => {
  const { network, imported: { weights }, input } = readTiny('timm_y_tiny')
  const outputs = { of: [0, 1, 2, 1, 3, 4, 5, 6, 0], share: [0.5, 0.25, 1, 0.75, 1, 1, 1, 1, 0.5] }
  const widened = withClassLogits(weights, outputs, { matrices: ['head.fc.weight'], bias: 'head.fc.bias' })
  const plain = await inOnnxRuntime(network, weights, input)
  const wide = await inOnnxRuntime(layOutNetwork(tinyConfig('timm_y_tiny'), 9), widened, input)
  const expected = [0, 1, 2, 3].flatMap((row) => [...classProbabilities(outputs, Float32Array.from(softmax(plain.subarray(row * 7, row * 7 + 7))))])
  expect(difference([0, 1, 2, 3].flatMap((row) => [...softmax(wide.subarray(row * 9, row * 9 + 9))]), expected)).toBeLessThan(1e-6)
  expect(difference(classLogits(outputs, plain.subarray(0, 7)), wide.subarray(0, 9))).toBeLessThan(1e-5)
})

it('a class without a share keeps a finite logit', () => {
  expect([...classLogits({ of: [0, 0], share: [1, 0] }, Float32Array.of(0))]).toEqual([0, Math.fround(Math.log(1e-30))])
})

it('timm’s name of a network is found by what it is, not by what it is called', () => {
  const named = (name: string): string | null => timmName(name, (findModel(name) as NonNullable<ReturnType<typeof findModel>>).config)
  expect(['regnety_004', 'regnet_y_400mf', 'regnet_y_8gf', 'regnety_040_sgn', 'regnety_nano'].map(named)).toEqual(['regnety_004', 'regnety_004', 'regnety_080_tv', 'regnety_040_sgn', null])
  expect(modelNames().filter((name) => findModel(name)?.family === 'timm' && named(name) !== name)).toEqual([])
  expect(timmConfig((findModel('regnety_nano') as NonNullable<ReturnType<typeof findModel>>).config)).toEqual({ depth: 6, w0: 24, wa: 24, wm: 2, group_size: 8, se_ratio: 0.25, group_min_ratio: 0, stem_width: 16, act_layer: 'relu' })
})
