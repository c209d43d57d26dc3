import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import { cropBytes } from '../../crop/shards.ts'
import { kernelsOf } from '../../engine/ops/kernels.ts'
import { warpAndNormalise } from '../../engine/ops/warp.ts'
import { hasNativeOperations, loadTensorFlow, type Tensor, type Tensor2D } from '../../engine/runtime/load.ts'
import { compile } from '../../engine/trace/program.ts'
import { randomStream } from '../../engine/random.ts'
import { classLogits, withClassLogits } from '../../model/export/values.ts'
import { requireModel } from '../../model/info.ts'
import { layOutNetwork } from '../../model/network.ts'
import { emptyBatch, readCrops, setTestView } from '../batches.ts'
import type { Classifier } from '../classifier.ts'
import { classifierOptions } from '../classifierOptions.ts'
import { predictingVariables } from '../classifierSteps.ts'
import { evenParts } from '../job.ts'
import { loadPredicting } from '../keypoints/predict.ts'
import type { PictureDeps } from '../pictureTrainee.ts'
import type { TensorMap } from '../tensorFile.ts'
import type { ExportJob } from './exportJobs.ts'
import { writeReference, type ReferenceBatch } from './reference.ts'
import { writeModel } from './writeModel.ts'

const batchSize = 8
const noiseSeed = 20_26

/** Writes a fold's RegNet in another program's format, and the logits that the app's own gives samples and noise. */
export async function exportPictures(job: ExportJob, { createClassifier, crops, report, stopRequested }: PictureDeps): Promise<void> {
  const { config, shardSize } = job
  const { checkpoint, problems } = await loadPredicting(job.folders[0] as string, config)
  const classifier = await createClassifier(classifierOptions({ ...job, config: { ...config, precision: 'float32', batchSize, accumulate: 1 } }, false))
  const wanted = new Set(classifier.state().keys())
  classifier.restore(new Map([...checkpoint.state].filter(([name]) => wanted.has(name))) as ReturnType<Classifier['state']>)
  const seen = await pixelProgram(shardSize, config.imageSize)
  const batches: ReferenceBatch[] = []
  const stream = randomStream(noiseSeed)
  const real = job.samples.slice(0, job.tried).map((_, position) => position)
  let done = 0
  for (const [start, end] of [...evenParts(real.length, batchSize), ...evenParts(job.tried - real.length, batchSize).map(([from, to]) => [real.length + from, real.length + to] as const)]) {
    const batch = emptyBatch(end - start, shardSize)
    batch.count = end - start
    if (start < real.length) {
      await readCrops(batch, job, crops, real.slice(start, end))
      setTestView(batch, job, real.slice(start, end), { margin: 0, mirrored: false })
    } else {
      for (let at = 0; at < batch.images.length; at++) batch.images[at] = stream.integer(256)
      const scale = shardSize / config.imageSize
      for (let slot = 0; slot < batch.count; slot++) batch.transforms.set([scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2, 0, 0], slot * 8)
    }
    const logits = classifier.predict(batch)
    const rows = Array.from({ length: batch.count }, (_, row) => logits.subarray(row * job.classes, (row + 1) * job.classes))
    const { outputs } = job
    batches.push({
      inputs: { pixels: { shape: [batch.count, config.imageSize, config.imageSize, 3], data: seen.pixels(batch) } },
      logits: { shape: [batch.count, job.recipe.classes.length], data: outputs ? Float32Array.from(rows.flatMap((row) => [...classLogits(outputs, row)])) : logits },
      samples: batch.count,
    })
    report({ type: 'predicting', done: (done += batch.count), total: job.tried })
    await breathe()
    if (stopRequested()) throw new HandloomError('interrupted', 'The export was stopped.')
  }
  seen.dispose()
  classifier.dispose()
  await writeReference(job.predictions, batches)

  const names = predictingVariables(config)
  const own = new Map([...strippedOf(checkpoint.state, names.weights), ...strippedOf(checkpoint.state, names.statistics)])
  const weights = job.outputs ? withClassLogits(own, job.outputs, { matrices: ['head.fc.weight'], bias: 'head.fc.bias' }) : own
  const network = layOutNetwork(requireModel(config.model).config, job.recipe.classes.length)
  await writeModel(job.staged, job.format, { sees: 'pictures', network, weights, imageSize: config.imageSize }, job.recipe)
  report({ type: 'done', notes: problems })
}

/** The tensors of one of a checkpoint's variables, by their own names. */
export const strippedOf = (state: TensorMap, variable: string) => [...state].flatMap(([name, tensor]) => (name.startsWith(`${variable}/`) ? [[name.slice(variable.length + 1), tensor] as const] : []))

/** What the network sees of a batch: normalised pixels [count, imageSize, imageSize, 3]. */
async function pixelProgram(shardSize: number, imageSize: number): Promise<{ pixels(batch: { images: Uint8Array; transforms: Float32Array; count: number }): Float32Array; dispose(): void }> {
  const tf = await loadTensorFlow()
  const kernels = kernelsOf(tf, { native: hasNativeOperations() })
  const program = compile(tf, {}, {
    see: {
      feeds: { images: { shape: ['batch', shardSize, shardSize, 3], dtype: 'uint8' }, transforms: { shape: ['batch', 8], dtype: 'float32' } },
      body: (_, { images, transforms }) => ({ outputs: { pixels: warpAndNormalise(kernels, images as Tensor, transforms as Tensor2D, imageSize) } }),
    },
  }, kernels)
  return {
    pixels: ({ images, transforms, count }) => program.run('see', { images: images.subarray(0, count * cropBytes(shardSize)), transforms: transforms.subarray(0, count * 8) }).pixels as Float32Array,
    dispose: () => program.dispose(),
  }
}
