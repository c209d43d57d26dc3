import { HandloomError } from '../../contract/errors.ts'
import { seesKeypoints, type KeypointModel } from '../../contract/keypoints.ts'
import type { ModelFormat, TrainConfig } from '../../contract/train.ts'
import { dataType } from '../../engine/ops/kernels.ts'
import { loadTensorFlow } from '../../engine/runtime/load.ts'
import { handFeatures } from '../../keypoints/features.ts'
import { importWeights } from '../../model/importWeights.ts'
import { requireModel } from '../../model/info.ts'
import { layOutKeypointNetwork } from '../../model/keypointNetwork.ts'
import { plainLogits } from '../../model/keypointPlain.ts'
import { layOutNetwork } from '../../model/network.ts'
import { compileEvaluation } from '../../model/run.ts'
import { openWeightFile } from '../../model/weightFile.ts'
import { withFile } from '../fileSource.ts'
import { standardise } from '../keypoints/standard.ts'
import type { LoopDeps } from '../loop.ts'
import type { HostTensor } from '../tensorFile.ts'
import type { CheckExportJob } from './exportJobs.ts'
import { channelsFirst, openOnnx } from './onnxRuntime.ts'
import { readReference, type ReferenceBatch } from './reference.ts'

/** A model that was written, in a program that runs it. */
interface RunModel {
  name: string
  run(inputs: Readonly<Record<string, HostTensor>>): Promise<Float32Array> | Float32Array
  close(): Promise<void> | void
}

/**
 * Runs a model that was written on the samples that the app's own logits are known of, and reports the largest difference. A SavedModel runs in a TensorFlow that
 * has none of Handloom's operations, so this must be the first in its process to load TensorFlow.
 * @throws HandloomError `internal` when it does not run, or gives no numbers
 */
export async function checkExport({ config, format, staged, reference }: CheckExportJob, { report, stopRequested }: Pick<LoopDeps, 'report' | 'stopRequested'>): Promise<void> {
  const batches = await readReference(reference)
  const total = batches.reduce((sum, { samples }) => sum + samples, 0)
  const program = await openWritten(format, config, staged, batches[0])
  if ('missing' in program) {
    report({ type: 'checked', largestDifference: null, samples: 0, checkedWith: program.missing })
    return report({ type: 'done', notes: [] })
  }
  let largest = 0
  let done = 0
  for (const { inputs, logits, samples } of batches) {
    const theirs = await program.run(inputs)
    if (theirs.length !== logits.data.length || !theirs.every(Number.isFinite)) throw new HandloomError('internal', `What was written gives no logits in ${program.name}.`, { file: staged })
    for (const [at, value] of theirs.entries()) largest = Math.max(largest, Math.abs(value - logits.data[at]!))
    report({ type: 'predicting', done: (done += samples), total })
    if (stopRequested()) throw new HandloomError('interrupted', 'The export was stopped.')
  }
  await program.close()
  report({ type: 'checked', largestDifference: largest, samples: total, checkedWith: program.name })
  report({ type: 'done', notes: [] })
}

function openWritten(format: ModelFormat, { model, threads }: TrainConfig, path: string, first: ReferenceBatch | undefined): Promise<RunModel | { missing: string }> {
  switch (format) {
    case 'onnx':
      return openOnnxAsOurs(path, threads)
    case 'savedmodel':
      return openSavedModel(path)
    case 'safetensors':
      return seesKeypoints(model) ? openKeypoints(path, model, first) : openRegNet(path, model, first)
  }
}

/** Pictures are turned to how ONNX has them. */
async function openOnnxAsOurs(file: string, threads: number): Promise<RunModel | { missing: string }> {
  const model = await openOnnx(file, threads)
  if ('missing' in model) return model
  return { ...model, run: ({ pixels, ...others }) => model.run(pixels ? { pixels: channelsFirst(pixels) } : others) }
}

async function openSavedModel(folder: string): Promise<RunModel> {
  process.env.HANDLOOM_OPERATIONS = 'off'
  const { binding } = (await loadTensorFlow()).backend()
  const session = binding.loadSavedModel(folder, 'serve')
  return {
    name: `TensorFlow ${binding.TF_Version}`,
    run(inputs) {
      const ids = Object.values(inputs).map(({ shape, data }) => binding.createTensor(shape, dataType.float32, data))
      const results = binding.runSavedModel(session, ids, Object.keys(inputs).map((name) => `serving_default_${name}:0`).join(), 'logits:0')
      try {
        return binding.tensorDataSync(results[0]?.id as number) as Float32Array
      } finally {
        for (const id of [...ids, ...results.map((result) => result.id)]) binding.deleteTensor(id)
      }
    },
    close: () => binding.deleteSavedModel(session),
  }
}

const readBack = 'read back'

/** As `model run` reads and computes it. */
async function openRegNet(file: string, model: string, first: ReferenceBatch | undefined): Promise<RunModel> {
  const [, height = 0, width = 0] = first?.inputs.pixels?.shape ?? []
  const network = layOutNetwork(requireModel(model).config, first?.logits.shape[1] ?? 0)
  const { weights } = await withFile(file, (source) => importWeights(network, openWeightFile(source, file)))
  const evaluation = await compileEvaluation(network, weights, height, width)
  return { name: readBack, run: ({ pixels }) => evaluation.logits((pixels as HostTensor).data), close: () => evaluation.dispose() }
}

async function openKeypoints(file: string, model: KeypointModel, first: ReferenceBatch | undefined): Promise<RunModel> {
  const network = layOutKeypointNetwork(model, { handFeatures, sceneFeatures: first?.inputs.scene?.shape[1] ?? 0, classes: first?.logits.shape[1] ?? 0 })
  const weights = await withFile(file, (source) => {
    const tensors = openWeightFile(source, file)
    return new Map([...tensors.entries].map(([name, { shape }]) => [name, { shape: [...shape], data: tensors.read(name, shape) }]))
  })
  const of = (name: string): Float32Array => (weights.get(name) as HostTensor).data
  const standard = { mean: of('features.running_mean'), variance: of('features.running_var') }
  return {
    name: readBack,
    run({ hands, present, scene }) {
      const [own, there, around] = [hands, present, scene].map((tensor) => (tensor as HostTensor).data.slice()) as [Float32Array, Float32Array, Float32Array]
      standardise({ hands: own, present: Uint8Array.from(there), scene: around, frames: [], rowOf: new Int32Array() }, standard)
      return plainLogits(network, weights, own, around)
    },
    close: () => undefined,
  }
}
