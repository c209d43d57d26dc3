import type { BoxedFrame, CropRecipe } from '../contract/crop.ts'
import { seesKeypoints } from '../contract/keypoints.ts'
import type { PredictionOptions } from '../contract/predict.ts'
import type { GivenSequence, PredictionRow, RulesRoom, TrainRoom } from '../contract/rooms.ts'
import { handBoxes } from '../crop/geometry.ts'
import { cropQualities } from '../crop/quality.ts'
import { topIndices } from '../evaluate/metrics.ts'
import { poolFrames } from '../evaluate/pooling.ts'
import type { SequenceProblem } from './findSequences.ts'
import { meanOverRuns, unionOf, type RunSays } from './overRuns.ts'
import type { ReadSequence } from './readGiven.ts'
import type { NewSequence, SequenceRecord, StoredFrame } from './sessionStore.ts'

export interface BatchDeps {
  train: Pick<TrainRoom, 'predict' | 'run'>
  rules: Pick<RulesRoom, 'refineGiven'>
  /** By which the quality of a crop is measured. */
  recipe(): CropRecipe
}

/** What a run says of one sequence. */
interface SequenceSays extends RunSays {
  rows: Map<number, PredictionRow>
  changed: boolean
}

const shown = 3
const hasPoint = ({ points }: GivenSequence['frames'][number]): boolean => points.some(([x, y]) => Number.isFinite(x) && Number.isFinite(y))

/**
 * Predicts sequences with each run, puts frames, then runs together, and says what went wrong.
 * @param onProgress share of the batch that is done, 0 … 1
 * @throws HandloomError what `TrainRoom.predict` throws
 */
export async function predictBatch(deps: BatchDeps, options: PredictionOptions, sequences: readonly ReadSequence[], signal: AbortSignal, onProgress: (share: number) => void): Promise<Omit<NewSequence, 'stamp'>[]> {
  const byRun: { runId: number; model: string; poseIds: number[]; says: Map<string, SequenceSays>; failures: Map<string, { frame: number; reason: string }[]> }[] = []
  for (const [position, runId] of options.runIds.entries()) {
    const { config: { model } } = await deps.train.run({ id: runId })
    const usable = sequences.filter(({ frames }) => frames.some((frame) => (seesKeypoints(model) ? hasPoint(frame) : frame.file !== null)))
    const given = usable.map(({ found, frames }): GivenSequence => ({ name: found.name, frames }))
    const part = (share: number): void => onProgress((position + share) / options.runIds.length)
    const { poseIds, rows, failures } = given.length === 0 ? { poseIds: [], rows: [], failures: [] } : await deps.train.predict({ runId, part: 'sequences', sequences: given, views: options.views, signal, onProgress: (done, total) => part(done / Math.max(1, total)) })
    part(1)
    byRun.push({ runId, model, poseIds, says: saysOf(deps, options, runId, given, poseIds, rows), failures: Map.groupBy(failures, ({ folder }) => folder) })
  }
  const poseIds = unionOf(byRun.map((run) => run.poseIds))
  const predicted = new Date().toISOString()
  return sequences.map((sequence): Omit<NewSequence, 'stamp'> => {
    const { name } = sequence.found
    const said = byRun.flatMap(({ says }) => says.get(name) ?? [])
    const mean = meanOverRuns(said, poseIds)
    const problems = [...sequence.problems]
    const isPicture = (frame: number): string | undefined => sequence.files[sequence.frames.findIndex(({ number }) => number === frame)] ?? undefined
    const unread = new Map(byRun.flatMap(({ failures }) => (failures.get(name) ?? []).map(({ frame, reason }) => [frame, reason] as const)))
    for (const [frame, reason] of unread) problems.push({ file: `${name === '.' ? '' : `${name}/`}${isPicture(frame) ?? frame}`, place: '', message: `The picture cannot be read: ${reason} The frame is not looked at.` })
    for (const { runId, model, says } of byRun) if (!says.has(name) || meanOverRuns([says.get(name)!], says.get(name)!.poseIds) === null) problems.push(silence(sequence, runId, seesKeypoints(model), mean !== null))
    const record: SequenceRecord = {
      frames: sequence.frames.length,
      keypoints: sequence.keypoints,
      poseId: sequence.poseId !== null && poseIds.includes(sequence.poseId) ? sequence.poseId : null,
      changedByRules: mean !== null && said.some(({ changed }) => changed),
      problems,
      predicted,
      top: mean ? topIndices(mean, shown).map((index) => ({ poseId: poseIds[index]!, probability: Math.fround(mean[index]!) })) : [],
    }
    return { name, record, frames: sequence.frames.map((frame, index) => storedFrame(frame, sequence.files[index] ?? null)), ...(mean ? { poseIds, probabilities: matrix(sequence, said, mean, poseIds) } : { poseIds: [], probabilities: new Float32Array(0) }) }
  })
}

/** What a run says of each sequence: its frames put together, then its rules. */
function saysOf({ rules, recipe }: BatchDeps, { pooling, rules: withRules }: PredictionOptions, runId: number, given: readonly GivenSequence[], poseIds: number[], rows: readonly PredictionRow[]): Map<string, SequenceSays> {
  const byName = Map.groupBy(rows, ({ folder }) => folder)
  const pooled = given.flatMap((sequence) => {
    const own = byName.get(sequence.name)
    if (!own) return []
    const weights = pooling === 'quality' ? qualities(sequence, own, recipe()) : undefined
    return [{ sequence, own, probabilities: poolFrames(own.map(({ probabilities }) => probabilities), pooling, weights) }]
  })
  const changed = new Set(withRules && pooled.length > 0 ? rules.refineGiven(runId, pooled, poseIds) : [])
  return new Map(pooled.map(({ sequence: { name }, own, probabilities }) => [name, { poseIds, probabilities, rows: new Map(own.map((row) => [row.frame, row])), changed: changed.has(name) }]))
}

/** How good each predicted frame's crop is; frames without a picture count nothing. */
function qualities({ frames }: GivenSequence, rows: readonly PredictionRow[], recipe: CropRecipe): number[] {
  const boxed = frames.filter(({ file }) => file !== null).map(({ number, width, height, points }): BoxedFrame => ({ frame: number, width, height, hands: handBoxes(points.map(([x, y, z]): [number, number, number] => [x, y, z])) }))
  const known = cropQualities(boxed, recipe)
  return rows.map(({ frame }) => known.get(frame) ?? 0)
}

/** Why a run says nothing of a sequence. */
function silence({ found, frames }: ReadSequence, runId: number, keypoints: boolean, others: boolean): SequenceProblem {
  const why = keypoints
    ? 'sees keypoints, and no frame has any. Put a JSON with keypoints beside the pictures, or set a hand detector (HANDLOOM_HAND_DETECTOR)'
    : frames.every(({ file }) => file === null)
      ? 'sees pictures, and there is none that can be read'
      : frames.some(hasPoint)
        ? 'got no frame that it could be given'
        : 'leaves frames without keypoints out (its crop recipe says so), or none could be read'
  return { file: found.name, place: '', message: `Run ${runId} says nothing: it ${why}.${others ? ' The other runs answer for it.' : ''}` }
}

/** [frames + 1, classes]: the sequence, then each frame, NaN where no run tells anything of it. */
function matrix({ frames }: ReadSequence, said: readonly SequenceSays[], mean: Float64Array, poseIds: readonly number[]): Float32Array {
  const values = new Float32Array((frames.length + 1) * poseIds.length).fill(Number.NaN)
  values.set(mean)
  for (const [index, { number }] of frames.entries()) {
    const own = said.flatMap(({ poseIds: classes, rows }) => (rows.has(number) ? [{ poseIds: classes, probabilities: rows.get(number)!.probabilities }] : []))
    values.set(meanOverRuns(own, poseIds) ?? [], (index + 1) * poseIds.length)
  }
  return values
}

const storedFrame = ({ number, width, height, points }: GivenSequence['frames'][number], file: string | null): StoredFrame => ({
  number, file, width, height, points: points.map(([x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null)),
})
