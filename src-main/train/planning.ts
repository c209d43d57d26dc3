import { mkdir } from 'node:fs/promises'
import { HandloomError } from '../contract/errors.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import type { CropRoom, DatasetRoom, SplitRoom } from '../contract/rooms.ts'
import type { SplitRecord, SplitRequest } from '../contract/split.ts'
import type { Measurement, Preflight, TrainConfig } from '../contract/train.ts'
import type { FlipTargets } from '../augment/sampleTransform.ts'
import { shardSizeFor } from '../crop/geometry.ts'
import { freeBytes, missingBytes } from '../crop/shards.ts'
import { requireModel } from '../model/info.ts'
import { laneOf, type Lane } from './devices.ts'
import { foldLists, plannedFolds, type PlannedFolds } from './foldLists.ts'
import { batchCount } from './job.ts'
import { foldSequences, frameCount } from './keypointLists.ts'
import { planKeypoints } from './keypointPlan.ts'
import { mergedOutputs, outputCount, outputOf, type Outputs } from './outputs.ts'
import { shardFolder, type RunPlan } from './runPlan.ts'
import type { RunStore } from './runStore.ts'
import { cropRequest, planRun } from './samples.ts'
import { runSettings, type RunSettings } from './settings.ts'

export interface PlanningDeps {
  dataset: DatasetRoom
  crop: CropRoom
  split: SplitRoom
  store: RunStore
  projectFolder: string
}

/** All that a run is made from. */
export interface PreparedRun extends RunSettings {
  poseIds: number[]
  plan: RunPlan
  flipTargets: FlipTargets
  outputs: Outputs | null
}

/** What of a plan comes from the data. */
export type PlannedData = Omit<RunPlan, keyof PlannedFolds>

type Named = SplitRecord | ReturnType<SplitRoom['plan']>

/** What runs are made of before they are kept. */
export function createPlanning({ dataset, crop, split, store, projectFolder }: PlanningDeps) {
  const splitOf = ({ splitter, folds, seed }: Pick<TrainConfig, 'splitter' | 'folds' | 'seed'>): SplitRequest => ({ splitter, folds, seed })

  /** The split that a config names by its id, or one planned by its options: not kept yet. */
  const namedSplit = async (config: TrainConfig): Promise<Named> => (config.split === undefined ? split.plan(splitOf(config)) : split.get({ id: config.split }))

  /** The same, kept: the newest split of the same folds, or a new one. */
  async function keptSplit(named: Named, config: TrainConfig): Promise<SplitRecord> {
    if ('id' in named) return named
    const known = (await split.list()).find(({ hash }) => hash === named.hash)
    return known ? split.get({ id: known.id }) : split.make(splitOf(config))
  }

  function chosenFolds(config: Pick<TrainConfig, 'folds'>, folds: readonly number[] | null): number[] {
    const chosen = [...new Set(folds ?? Array.from({ length: config.folds }, (_, fold) => fold))].sort((a, b) => a - b)
    const beyond = chosen.find((fold) => fold >= config.folds)
    if (beyond !== undefined) throw new HandloomError('bad-request', `There is no fold ${beyond}: the config has ${config.folds} folds, numbered from 0.`)
    if (chosen.length === 0) throw new HandloomError('bad-request', 'No fold was chosen to train.')
    return chosen
  }

  /** The settings of a config over the project's, for the folds of a split. */
  function settingsFor(input: TrainConfig, { options: { folds, splitter } }: Pick<SplitRecord, 'options'>): RunSettings & { flipTargets: FlipTargets } {
    const recipes = { train: crop.recipe('train'), validation: crop.recipe('validation'), test: crop.recipe('test') }
    const settings = runSettings({ ...input, folds, splitter }, { recipes, augment: crop.augment() })
    return { ...settings, flipTargets: { horizontal: [...crop.flipTargets('horizontal')], vertical: [...crop.flipTargets('vertical')] } }
  }

  /** What a run of such settings would see of the data as they are now. */
  async function planData({ config, recipes }: Pick<RunSettings, 'config' | 'recipes'>, poseIds: readonly number[]): Promise<PlannedData> {
    if (seesKeypoints(config.model)) return { samples: [], ...(await planKeypoints(dataset, crop, poseIds)) }
    return { ...planRun(dataset, crop, recipes, poseIds, config.testMargins), sequences: [], partial: [] }
  }

  /** A run of given settings over the data as they are now. */
  async function prepareWith(settings: RunSettings & { flipTargets: FlipTargets }, poseIds: number[], record: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>): Promise<PreparedRun> {
    if (!seesKeypoints(settings.config.model)) requireModel(settings.config.model)
    const plan = { ...(await planData(settings, poseIds)), ...plannedFolds(record, dataset) }
    const frames = poseIds.map(() => 0)
    const count = (role: string, label: number, transform: object | null, by: number): void => void (role === 'train' && label >= 0 && transform === null && (frames[label]! += by))
    for (const { role, label, transform } of plan.samples) count(role, label, transform, 1)
    for (const sequence of plan.sequences) count(sequence.role, sequence.label, sequence.transform, sequence.frames.length)
    return { ...settings, poseIds, plan, outputs: mergedOutputs(poseIds, record.options.merge, frames) }
  }

  const prepare = (input: TrainConfig, record: Pick<SplitRecord, 'options' | 'folds' | 'frameFolds'>): Promise<PreparedRun> => prepareWith(settingsFor(input, record), dataset.poseIds(), record)

  /** @param devices how many train at once */
  async function preflight(given: TrainConfig, folds: readonly number[] | null, measured: (config: TrainConfig, classes: number) => Measurement | null, devices: (lane: Lane) => number): Promise<Preflight> {
    const record = await namedSplit(given)
    const { config, plan, poseIds, outputs } = await prepare(given, record)
    const lane = laneOf(config.model)
    const chosen = chosenFolds(config, folds)
    const contents = chosen.map((fold) => foldContents(lane, plan, fold))
    const { labels = [], trainFrames = 0, validationFrames = 0 } = contents[0] ?? {}
    const stepsPerEpoch = batchCount(labels.length, config.batchSize)
    const trial = measured(config, outputCount(outputs, poseIds.length))
    // A picture that is only looked at takes about a third of the time of one that is learnt.
    const secondsPerEpoch = trial ? stepsPerEpoch * trial.secondsPerStep + validationFrames / trial.imagesPerSecond / 3 : epochSeconds(config, trainFrames)
    const { sequences } = await crop.derived()
    await mkdir(projectFolder, { recursive: true })
    return {
      trainFrames,
      validationFrames,
      skippedFrames: plan.skipped.length,
      stepsPerEpoch,
      classesMissingInFolds: chosen.flatMap((fold, at) => {
        const learnt = new Set(contents[at]?.labels.map((label) => outputOf(outputs, label)))
        const missing = poseIds.filter((_, index) => !learnt.has(outputOf(outputs, index)))
        return missing.length ? [{ fold, poseIds: missing }] : []
      }),
      leakingSequences: record.leakingSequences,
      derivedFrames: plan.samples.filter(({ transform, label }) => transform !== null && label >= 0).length + plan.sequences.reduce((sum, { transform, frames }) => sum + (transform === null ? 0 : frames.length), 0),
      derivedProblems: sequences.filter(({ problem }) => problem !== null).length,
      shardBytes: lane === 'keypoints' ? 0 : await missingBytes(shardFolder(projectFolder, config.imageSize), shardSizeFor(config.imageSize), plan.samples.map((sample) => cropRequest(dataset.folder, sample))),
      freeBytes: await freeBytes(projectFolder),
      secondsPerEpoch,
      secondsTotal: secondsPerEpoch === null ? null : secondsPerEpoch * config.epochs * Math.ceil(chosen.length / devices(lane)),
      timeFrom: trial ? 'measured' : secondsPerEpoch === null ? null : 'run',
      measured: trial,
    }
  }

  /** Seconds of an epoch by the newest fold with the same model and sizes, for as many frames. */
  function epochSeconds(config: TrainConfig, trainFrames: number): number | null {
    for (const id of store.ids()) {
      const run = store.run(id)
      if (run.config.model !== config.model || run.config.imageSize !== config.imageSize || run.config.batchSize !== config.batchSize) continue
      const fold = store.folds(id).find(({ secondsPerEpoch }) => secondsPerEpoch !== null)
      if (fold?.secondsPerEpoch && fold.trainFrames > 0) return (fold.secondsPerEpoch * trainFrames) / fold.trainFrames
    }
    return null
  }

  return { namedSplit, keptSplit, chosenFolds, planData, prepareWith, prepare, preflight }
}

/** What a fold learns and validates: the class index of each training sample (a frame, or a sequence where keypoints are seen), and frames. */
function foldContents(lane: Lane, plan: RunPlan, fold: number): { labels: number[]; trainFrames: number; validationFrames: number } {
  if (lane === 'keypoints') {
    const { sequences, train, validation } = foldSequences(plan.sequences, plan, fold)
    return { labels: train.map((position) => sequences[position]?.label ?? -1), trainFrames: frameCount(sequences, train), validationFrames: frameCount(sequences, validation) }
  }
  const { train, validation } = foldLists(plan.samples, plan, fold)
  return { labels: train.map((position) => plan.samples[position]?.label ?? -1), trainFrames: train.length, validationFrames: validation.length }
}

export type Planning = ReturnType<typeof createPlanning>
