import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PointChange } from '../../contract/annotation.ts'
import { HandloomError } from '../../contract/errors.ts'
import { keypointModels, type KeypointModel } from '../../contract/keypoints.ts'
import { groupQuery } from '../../contract/evaluate.ts'
import { handFeatures, sceneFeatures, sequenceFeatures } from '../../keypoints/features.ts'
import { plannedSequences } from '../../train/keypointPlan.ts'
import { createKeypointClassifier } from '../../train/keypoints/classifier.ts'
import { classifierOptions, loadPredicting, predictSequences, standardIn, viewer } from '../../train/keypoints/predict.ts'
import { mirroredFrames } from '../../train/keypoints/standard.ts'
import { foldFolder, readPlan } from '../../train/runPlan.ts'
import { openProject, type Project } from '../project.ts'
import { startContestant } from './contestant.ts'
import { round } from './figures.ts'
import { writeKeypointFolder, type KeypointFolder } from './keypointFolder.ts'
import type { BenchOptions, BenchResult, BenchTools } from './measures.ts'
import { findPeer } from './peer.ts'

const contest = { sequences: 866, seed: 1, strays: 0, wrongLabels: 0 }
const planted = { ...contest, strays: 0.15, wrongLabels: 0.04 }
const input = { normaliseRotation: false, place: false, frames: 32 }

/**
 * Keypoint models on a drawn data set of the contest's size (649 training sequences of 157 classes): seconds for five folds as the app trains them (processes and
 * all), out-of-fold log loss, and the time to predict its 5,888 frames. Beside scikit-learn's MLP on the same features, folds and mirrored copies.
 * Then the same data with planted stray hands and wrong labels: as they are, with what the detectors find erased, and with labels in doubt corrected, each scored by the true classes.
 * `ratio`: scikit-learn's time over ours.
 * @throws HandloomError `interrupted`, `no-engine`, `storage`
 */
export async function benchKeypoints({ peer: wanted }: Pick<BenchOptions, 'peer'>, tools: BenchTools): Promise<BenchResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    tools.progress('키포인트 데이터 만드는 중', 'keypoints, making the data')
    const clean = await opened(await writeKeypointFolder(join(scratch, 'clean'), contest), join(scratch, 'clean-project'), tools)
    const models: Record<string, unknown> = {}
    let temporal: Trained | null = null
    for (const model of keypointModels) {
      tools.progress(`키포인트 모델 학습 중: ${model}`, `keypoints, training ${model}`)
      const trained = await train(clean, model, tools)
      if (model === 'keypoint_temporal') temporal = trained
      models[model] = { seconds: round(trained.seconds), log_loss: trained.truth.logLoss, accuracy: trained.truth.accuracy }
    }
    const { seconds, runId } = temporal as Trained
    const inference = await predictAll(clean.project, runId)
    const rival = wanted ? await startPeer(scratch, clean, runId, tools) : null
    await clean.project.close()
    const study = await studyCleaning(scratch, tools)
    return {
      sequences: clean.made.truth.size, frames: clean.made.frames, classes: 157, folds: 5, ...models, predict_frames: inference.frames, predict_seconds: round(inference.seconds),
      planted: study, peer: rival, ratio: rival ? round((rival.seconds as number) / seconds) : null,
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Opened {
  project: Project
  made: KeypointFolder
}

interface Trained {
  runId: number
  seconds: number
  /** Out-of-fold scores of sequences by their true classes. */
  truth: { logLoss: number; accuracy: number }
}

async function opened(made: KeypointFolder, projectFolder: string, { signal }: BenchTools): Promise<Opened> {
  const project = openProject({ folder: made.folder, project: projectFolder, emit: () => undefined })
  signal.throwIfAborted()
  await project.dataset.scan()
  return { project, made }
}

async function train({ project, made }: Opened, model: KeypointModel, { signal }: BenchTools): Promise<Trained> {
  const from = performance.now()
  const begun = await project.train.start({ config: { model, seed: 42 }, folds: null })
  const stop = (): void => void project.train.stop({ id: begun.id })
  signal.addEventListener('abort', stop, { once: true })
  await project.train.idle()
  signal.removeEventListener('abort', stop)
  if (signal.aborted) throw new HandloomError('interrupted', 'Stopped.')
  const run = await project.train.run({ id: begun.id })
  const failed = run.folds.find(({ state }) => state !== 'done')
  if (failed) throw new HandloomError(failed.failure ?? 'internal', failed.message ?? `Fold ${failed.fold} was not finished.`)
  return { runId: run.id, seconds: (performance.now() - from) / 1000, truth: scoreByTruth(project, made, run.id) }
}

function scoreByTruth({ evaluate }: Project, { truth }: KeypointFolder, runId: number): Trained['truth'] {
  const poseIds = evaluate.runPoseIds(runId)
  const rows = evaluate.sequenceProbabilities(runId, 'validation')
  let loss = 0
  let right = 0
  for (const { folder, probabilities } of rows) {
    const label = poseIds.indexOf(truth.get(folder) as number)
    loss -= Math.log(Math.max(probabilities[label] ?? 0, 1e-15))
    if (probabilities.indexOf(Math.max(...probabilities)) === label) right++
  }
  return { logLoss: thousandths(loss / rows.length), accuracy: thousandths(right / rows.length) }
}

const thousandths = (value: number): number => Math.round(value * 1000) / 1000

/** All frames of the data set by one fold's network, once it is warm. */
async function predictAll({ train: room, projectFolder }: Project, runId: number): Promise<{ frames: number; seconds: number }> {
  const { config } = await room.run({ id: runId })
  const { sequences } = await readPlan(projectFolder, runId)
  const classes = new Set(sequences.flatMap(({ label }) => (label < 0 ? [] : [label]))).size
  const { checkpoint: { state } } = await loadPredicting(foldFolder(projectFolder, runId, 0), config)
  const job = { config, classes, outputs: null, sequences, flipTargets: { horizontal: Array.from({ length: classes }, (_, index) => index), vertical: [] } }
  const classifier = await createKeypointClassifier(classifierOptions(job, false))
  const wanted = new Set(classifier.state().keys())
  classifier.restore(new Map([...state].filter(([name]) => wanted.has(name))))
  const positions = sequences.map((_, position) => position)
  let seconds = Infinity
  for (let time = 0; time < 3; time++) {
    const from = performance.now()
    await predictSequences(classifier, job, viewer(job, standardIn(state)), positions, () => undefined)
    seconds = Math.min(seconds, (performance.now() - from) / 1000)
  }
  classifier.dispose()
  return { frames: sequences.reduce((sum, { frames }) => sum + frames.length, 0), seconds }
}

/** scikit-learn's MLP, one round, on the features of every training frame and of its mirror image. */
async function startPeer(scratch: string, { project, made }: Opened, runId: number, { signal, note, progress }: BenchTools): Promise<Record<string, unknown> | null> {
  const rows: Float32Array[] = []
  const table = { sequence: [] as number[], mirrored: [] as boolean[], label: [] as number[], fold: [] as number[] }
  const poseIds = project.evaluate.runPoseIds(runId)
  const targets = project.crop.flipTargets()
  const folds = new Map(project.evaluate.sequenceProbabilities(runId, 'validation').map(({ folder, fold }) => [folder, fold as number]))
  const scenes = sceneFeatures(input)
  for (const [sequence, { folder, frames }] of plannedSequences(project.dataset, 'train', poseIds).entries()) {
    const poseId = made.truth.get(folder) as number
    for (const mirrored of [false, true]) {
      const own = poseIds.indexOf(poseId)
      const label = mirrored ? (targets[own] ?? -1) : own
      if (label < 0) continue
      const { hands, scene, frames: seen } = sequenceFeatures(mirrored ? mirroredFrames(frames) : frames, input)
      for (let row = 0; row < seen.length; row++) {
        rows.push(Float32Array.of(...hands.subarray(row * 2 * handFeatures, (row + 1) * 2 * handFeatures), ...scene.subarray(row * scenes, (row + 1) * scenes)))
        table.sequence.push(sequence)
        table.mirrored.push(mirrored)
        table.label.push(label)
        table.fold.push(folds.get(folder) ?? -1)
      }
    }
  }
  const width = 2 * handFeatures + scenes
  const [features, tableFile] = [join(scratch, 'features.f32'), join(scratch, 'table.json')]
  await writeFile(features, Buffer.concat(rows.map((row) => Buffer.from(row.buffer))))
  await writeFile(tableFile, JSON.stringify(table))
  const program = await findPeer('keypoints.py', { features, table: tableFile, width, classes: poseIds.length })
  if ('missing' in program) {
    note(program.missing)
    return null
  }
  progress('scikit-learn 재는 중', 'keypoints, measuring scikit-learn')
  const rival = await startContestant(program, signal)
  const { seconds } = await rival.round()
  rival.close()
  const scores = JSON.parse(await readFile(`${tableFile}.scores`, 'utf8')) as { log_loss: number; accuracy: number }
  return { sklearn: rival.facts.sklearn, seconds: round(seconds), ...scores }
}

/** What planted strays and wrong labels cost, and what cleaning by what the app finds brings back. */
async function studyCleaning(scratch: string, tools: BenchTools): Promise<Record<string, unknown>> {
  const dirty = await opened(await writeKeypointFolder(join(scratch, 'planted'), planted), join(scratch, 'planted-project'), tools)
  const { project, made } = dirty
  const model = 'keypoint_temporal'
  tools.progress('심은 오류 재는 중', 'keypoints, planted errors')
  const before = await train(dirty, model, tools)
  const erased = await eraseFound(dirty)
  const cleaned = await train(dirty, model, tools)
  const { rows } = await project.evaluate.groups(groupQuery.parse({ runId: cleaned.runId, issuesOnly: true, limit: 100_000 }))
  const changes = rows.flatMap(({ group, suggestedPoseId }) => (suggestedPoseId === null ? [] : [{ folder: group, poseId: suggestedPoseId }]))
  if (changes.length > 0) await project.annotation.setLabels({ label: 'labels in doubt', changes })
  const corrected = await train(dirty, model, tools)
  const truly = changes.filter(({ folder }) => made.wrongLabels.has(folder))
  const result = {
    stray_sequences: made.strays.size, wrong_labels: made.wrongLabels.size, as_planted: before.truth,
    strays_erased: { sequences: erased.size, planted_found: [...erased].filter((folder) => made.strays.has(folder)).length, ...cleaned.truth },
    labels_corrected: { sequences: changes.length, wrong_found: truly.length, right_again: truly.filter(({ folder, poseId }) => made.truth.get(folder) === poseId).length, ...corrected.truth },
  }
  await project.close()
  return result
}

/** Erases whole hands that the stray detectors find; says in which sequences. */
async function eraseFound({ project }: Opened): Promise<Set<string>> {
  const { findings } = await project.annotation.findings({ limit: 100_000, wait: true })
  const hands = findings.filter(({ kind, indices }) => (kind === 'second-hand' || kind === 'isolated-hand') && indices.length === 21)
  const changes: PointChange[] = []
  const seen = new Set<string>()
  for (const { folder, frame, indices } of hands) {
    const record = project.dataset.frames(folder).find(({ number }) => number === frame)
    for (const index of indices) {
      const name = `${folder} ${frame} ${index}`
      if (seen.has(name) || record?.erased.includes(index)) continue
      seen.add(name)
      changes.push({ folder, frame, index, to: { erased: true } })
    }
  }
  if (changes.length > 0) await project.annotation.apply({ label: 'stray hands found', changes })
  return new Set(changes.map(({ folder }) => folder))
}
