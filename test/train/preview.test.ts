import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleValues } from '../../src-main/augment/samplePixels.ts'
import { plainView, shardTransform, trainingColour, trainingView, type FlipTargets, type SampleSeat } from '../../src-main/augment/sampleTransform.ts'
import { sides } from '../../src-main/contract/crop.ts'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { cutFrame } from '../../src-main/crop/cutFrame.ts'
import { derivedFrames } from '../../src-main/crop/derive.ts'
import { handBoxes, regionOf, sequenceSeats, shardSizeFor } from '../../src-main/crop/geometry.ts'
import { imageNetDeviation, imageNetMean } from '../../src-main/engine/ops/imageNet.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { warpAndNormalise } from '../../src-main/engine/ops/warp.ts'
import { loadTensorFlow, type Tensor2D } from '../../src-main/engine/runtime/load.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { emptyBatch, fillTrainingBatch, readCrops, setTestView } from '../../src-main/train/batches.ts'
import { showBatch } from '../../src-main/train/batchPictures.ts'
import type { ComputeProcess } from '../../src-main/train/computeProcess.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import { fedCrop } from '../../src-main/train/fedCrop.ts'
import type { RunPlan } from '../../src-main/train/runPlan.ts'
import type { TrainJob } from '../../src-main/train/job.ts'

const imageSize = 64
let root = ''
let project: Project
let job: TrainJob

const stopped = (): ComputeProcess => ({ send: () => undefined, kill: () => undefined, onMessage: (listener) => void setTimeout(() => listener({ type: 'stopped', step: 0, epoch: 0 }), 1), exited: new Promise((resolve) => setTimeout(() => resolve({ code: 0, signal: null, lastLines: [] }), 20)) })

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-preview-'))
  const data = join(root, 'data')
  await generateSample({ folder: data, sequences: 12, width: 480, height: 270, seed: 5 })
  project = openProject({ folder: data, project: join(root, 'project'), emit: () => undefined, spawnCompute: stopped })
  await project.dataset.scan()
  const { recipes, augment } = await project.crop.settings()
  await project.crop.setRecipe({ role: 'train', recipe: { ...recipes.train, margin: { left: 10, top: 30, right: 0, bottom: 5 }, randomMargin: 60, hands: 'apart' } })
  await project.crop.setAugment({ ...augment, flipRatio: 0.5, verticalFlipRatio: 0.4, rotateDegrees: 25, perspectiveProbability: 0.8 })
  const [parent] = project.dataset.summaries('train')
  await project.crop.setDerived({ derivations: [{ parent: parent?.folder ?? '', transform: { kind: 'rotate', degrees: 30 } }, { parent: parent?.folder ?? '', transform: { kind: 'rotate', degrees: -30 } }] })
  const run = await project.train.start({ config: { model: 'regnety_nano', imageSize, folds: 2, batchSize: 8, seed: 9 }, folds: [0] })
  await project.train.idle()
  job = JSON.parse(await readFile(join(root, 'project', 'runs', String(run.id), 'fold-0', 'job.json'), 'utf8')) as TrainJob
}, 120_000)
afterAll(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

/** What a page knows of a sample: the frame's record, the settings and the flip pairs; nothing of the run but its seed. */
async function previewed(position: number, epoch: number | null): Promise<{ values: Float64Array; label: number }> {
  const { folder, frame, hand, transform, label, role } = job.samples[position] as TrainJob['samples'][number]
  const { recipes, augment } = await project.crop.settings()
  const { frameRecords } = await project.dataset.sequence({ folder })
  const frames = transform ? derivedFrames(frameRecords, transform) : frameRecords.map(({ number, width, height, points, erased }) => ({ frame: number, width: width ?? 0, height: height ?? 0, hands: handBoxes(points, erased), toFrame: null }))
  const size = frames.find((one) => one.frame === frame)
  const recipe = recipes[role]
  const place = sequenceSeats(frames, recipe).seats.find((seat) => seat.frame === frame && seat.hand === hand)
  if (!size || !place?.keypointBox) throw new Error('The sample has no seat.')
  const seat: SampleSeat = { keypointBox: place.keypointBox, source: place.source, width: size.width, height: size.height, toFrame: size.toFrame }
  const region = regionOf(seat, transform ? [recipes.train] : [recipes.train, recipes.validation], seat)
  const data = await cutFrame(project.dataset.imagePath(folder, frame), region, shardSizeFor(imageSize))
  const targets: FlipTargets = { horizontal: project.crop.flipTargets('horizontal'), vertical: project.crop.flipTargets('vertical') }
  const sample = { folder, frame, hand, transform }
  const view = epoch === null ? plainView(seat, recipe, imageSize, label) : trainingView({ seed: 9, epoch, sample, recipe, augment, seat, imageSize, label, targets })
  const colour = epoch === null ? null : trainingColour(9, epoch, sample, augment.colour)
  return { values: sampleValues({ data, width: shardSizeFor(imageSize), height: shardSizeFor(imageSize) }, shardTransform(view, region, shardSizeFor(imageSize)), imageSize, colour), label: view.label }
}

/** Whether a training sample is mirrored in an epoch, either way. */
function previewedFlip(position: number, epoch: number): boolean {
  const sample = job.samples[position] as TrainJob['samples'][number]
  const view = trainingView({ seed: 9, epoch, sample, recipe: job.recipes.train, augment: job.augment, seat: sample, imageSize, label: sample.label, targets: job.flipTargets })
  return view.flipped || view.verticallyFlipped
}

/** What the network is fed, as levels of 0 … 255. */
async function fed(positions: readonly number[], epoch: number | null, native: boolean): Promise<{ levels: Float32Array[]; labels: number[] }> {
  const tf = await loadTensorFlow()
  const loaded = kernelsOf(tf)
  const kernels = native ? loaded : { ...loaded, native: false as const }
  const crops = openCrops(job.shards, job.shardSize)
  const batch = emptyBatch(positions.length, job.shardSize)
  if (epoch === null) {
    await readCrops(batch, job, crops, positions)
    setTestView(batch, job, positions, { margin: 0, mirrored: false })
  } else await fillTrainingBatch(batch, job, crops, positions, epoch - 1)
  crops.close()
  const images = tf.tensor(batch.images, [positions.length, job.shardSize, job.shardSize, 3], 'int32').cast('int32')
  const bytes = kernels.run('Cast', { SrcT: { type: 'int32' }, DstT: { type: 'uint8' } }, [images])
  const tensor = (values: Float32Array, width: number): Tensor2D => tf.tensor2d(values, [positions.length, width])
  const input = warpAndNormalise(kernels, bytes, tensor(batch.transforms, 8), imageSize, epoch === null ? undefined : tensor(batch.colours, 4))
  const values = input.dataSync() as Float32Array
  const count = imageSize * imageSize * 3
  const levels = positions.map((_, row) => values.slice(row * count, (row + 1) * count).map((value, at) => (value * (imageNetDeviation[at % 3] as number) + (imageNetMean[at % 3] as number)) * 255))
  return { levels, labels: [...batch.labels] }
}

/** Single precision moves a value by some thousandths of a level; only one that lies on the edge between two levels may then round to the other. */
const worst = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number => Array.from(ours).reduce((most, value, at) => Math.max(most, Math.abs(value - (theirs[at] as number))), 0)

describe('the preview of a sample is the tensor that training feeds the network', () => {
  it.each([['our operation', true], ['TensorFlow’s operations', false]])('random margins, both flips, rotation, perspective, colours, hands apart, derived samples (%s)', async (_name, native) => {
    const derived = job.train.filter((position) => job.samples[position]?.transform)
    const apart = job.train.filter((position) => job.samples[position]?.hand === 1)
    const positions = [...job.train.slice(0, 6), ...apart.slice(0, 2), ...derived.slice(0, 4)]
    expect([derived.length > 0, apart.length > 0]).toEqual([true, true])
    for (const epoch of [1, 2, 7]) {
      const { levels, labels } = await fed(positions, epoch, native)
      for (const [row, position] of positions.entries()) {
        const preview = await previewed(position, epoch)
        expect({ epoch, position, label: preview.label, near: worst(preview.values, levels[row] as Float32Array) < 0.01 }).toEqual({ epoch, position, label: labels[row], near: true })
      }
    }
  })

  it('validation samples too, with nothing random', async () => {
    const positions = job.validation.slice(0, 6)
    const { levels, labels } = await fed(positions, null, true)
    for (const [row, position] of positions.entries()) {
      const preview = await previewed(position, null)
      expect({ label: preview.label, near: worst(preview.values, levels[row] as Float32Array) < 0.01 }).toEqual({ label: labels[row], near: true })
    }
  })
})

describe('pictures of what the network is fed', () => {
  const rounded = (pixels: Uint8Array, row: number) => pixels.subarray(row * imageSize * imageSize * 3, (row + 1) * imageSize * imageSize * 3)

  it('a training batch, with where its samples come from', async () => {
    const positions = job.train.slice(0, 10)
    const crops = openCrops(job.shards, job.shardSize)
    const batch = emptyBatch(positions.length, job.shardSize)
    await fillTrainingBatch(batch, job, crops, positions, 2)
    crops.close()
    const folder = join(root, 'shown')
    const { file, size, samples } = await showBatch({ ...job, folder }, batch, positions, 2)
    const pixels = await readFile(join(folder, file))
    const { levels, labels } = await fed(positions, 3, true)
    const flips = positions.map((position) => previewedFlip(position, 3))
    expect({ size, bytes: pixels.length, samples, files: await readdir(folder), some: new Set(flips).size }).toEqual({
      size: imageSize, bytes: 10 * imageSize * imageSize * 3, samples: positions.map((position, row) => ({ position, output: labels[row], mirrored: flips[row] })), files: [file], some: 2,
    })
    expect(positions.map((_, row) => worst(rounded(pixels, row), levels[row] as Float32Array) < 0.51)).toEqual(positions.map(() => true))
  })

  it('of a large batch the first 64', async () => {
    const positions = Array.from({ length: 70 }, (_, index) => job.train[index % job.train.length] as number)
    const { samples } = await showBatch({ ...job, folder: join(root, 'many') }, emptyBatch(70, job.shardSize), positions, 0)
    expect([samples.length, (await readFile(join(root, 'many', 'batch.rgb'))).length]).toEqual([64, 64 * imageSize * imageSize * 3])
  })

  it('a frame that was validated, and a test frame', async () => {
    const plan = JSON.parse(await readFile(join(root, 'project', 'runs', String(job.runId), 'plan.json'), 'utf8')) as RunPlan
    const run = { id: job.runId, config: job.config, recipes: job.recipes }
    const positions = [...job.validation.slice(0, 3), ...job.test.slice(0, 3)]
    const { levels } = await fed(positions, null, true)
    for (const [row, position] of positions.entries()) {
      const { folder, frame, hand } = job.samples[position] as TrainJob['samples'][number]
      const { size, pixels } = await fedCrop({ dataFolder: join(root, 'data'), run, plan, folder, frame, hand })
      expect({ size, bytes: pixels.length, near: worst(pixels, levels[row] as Float32Array) < 0.51 }).toEqual({ size: imageSize, bytes: imageSize * imageSize * 3, near: true })
    }
    const { folder, frame, hand } = job.samples[job.test[0] as number] as TrainJob['samples'][number]
    const asked = (changes: object) => fedCrop({ dataFolder: join(root, 'data'), run, plan, folder, frame, hand, ...changes })
    await expect(asked({ frame: 999 })).rejects.toMatchObject({ kind: 'not-found' })
    await expect(asked({ dataFolder: join(root, 'nowhere') })).rejects.toMatchObject({ kind: 'not-found', message: expect.stringContaining('no longer there') as string })
    const changed = { samples: plan.samples.map((sample) => ({ ...sample, bytes: sample.bytes + 1 })) }
    await expect(asked({ plan: changed })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('has changed') as string })
  })
})

describe('derived samples in folds', () => {
  it('are learnt where their parent is not asked, and asked nowhere', async () => {
    const [parent] = project.dataset.summaries('train')
    const record = await project.split.get({ id: (await project.split.list())[0]?.id ?? 0 })
    const foldOfParent = record.folds.find(({ folder }) => folder === parent?.folder)?.fold
    const derived = job.samples.flatMap((sample, position) => (sample.transform ? position : []))
    expect({ there: derived.length > 0, learnt: derived.filter((position) => job.train.includes(position)).length, asked: derived.filter((position) => job.validation.includes(position) || job.test.includes(position)).length }).toEqual({
      there: true, learnt: foldOfParent === 0 ? 0 : derived.length, asked: 0,
    })
    expect(derived.map((position) => job.samples[position]?.label)).toEqual(derived.map(() => project.dataset.poseIds().indexOf(parent?.poseId ?? -1)))
  })

  it('margins of each side reach the job', () => {
    expect(job.recipes.train.margin).toEqual({ ...sides(0), left: 10, top: 30, bottom: 5 })
  })
})
