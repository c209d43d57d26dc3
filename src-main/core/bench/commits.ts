import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { PointChange } from '../../contract/annotation.ts'
import { HandloomError } from '../../contract/errors.ts'
import { generateSample } from '../../sample/generate.ts'
import { startCoreProcess, type CoreProcess } from './coreProcess.ts'
import { percentile } from './figures.ts'
import type { BenchTools } from './measures.ts'

export interface CommitBenchOptions extends Pick<BenchTools, 'signal' | 'progress'> {
  /** A data set in the contest's layout; undefined: one is drawn. */
  folder?: string | undefined
}

type Api = CoreProcess['api']

/** Points of an edit, and how many such edits are made: a point, two hands, a rule over many frames. */
const kinds = { point: { points: 1, edits: 300 }, hands: { points: 42, edits: 150 }, rule: { points: 2000, edits: 25 } } as const
type Kind = keyof typeof kinds

/** Milliseconds between an answer and the next edit, so that edits meet every moment of training. */
const pause = 15

/**
 * How long an edit takes from the question to the answer "it is on disk", over the HTTP API of a core in a process of its own: idle, and
 * while a fold trains. Milliseconds; `commit` is what hands make (points and whole hands), `rule` what a rule over many frames does at
 * once. `training` is null where there is no engine, and `training_missing` says why.
 * @throws HandloomError `interrupted` when the signal aborts, `bad-input` when the data set has too few keypoints
 */
export async function benchCommits({ folder, signal, progress }: CommitBenchOptions): Promise<Record<string, unknown>> {
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  let core: CoreProcess | null = null
  const kill = (): void => void core?.kill()
  signal.addEventListener('abort', kill)
  try {
    const data = folder ?? join(scratch, 'data')
    if (folder === undefined) await generateSample({ folder: data, sequences: 48, width: 640, height: 360, seed: 1 }, (done, total) => progress(`예제 그리는 중 ${done}/${total}`, `Drawing the sample ${done}/${total}`), signal)
    signal.throwIfAborted()
    core = await startCoreProcess({ data, project: join(scratch, 'project'), tokenFile: join(scratch, 'token'), env: { HANDLOOM_DATA: join(scratch, 'application') } })
    const { api } = core
    while ((await api.dataset.status.query()).state !== 'done') await wait(100, null, { signal })
    const editor = await createEditor(api)
    progress('편집 재는 중', 'Measuring edits')
    await measure(editor, signal, 20)
    const idle = await measure(editor, signal)
    const engine = await api.train.engine.query()
    progress('학습하는 동안 편집 재는 중', 'Measuring edits while a fold trains')
    const training = engine.available ? await whileTraining(api, () => measure(editor, signal), signal) : null
    return { ...figures(idle), training: training && figures(training), ...(training ? {} : { training_missing: engine.message }), edits: Object.values(idle).flat().length }
  } catch (error) {
    throw signal.aborted ? new HandloomError('interrupted', 'Measuring was stopped.', { cause: error }) : error
  } finally {
    signal.removeEventListener('abort', kill)
    await core?.kill()
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Makes an edit that moves so many keypoints, each time others; resolves with the milliseconds until it was on disk. */
type Editor = (points: number) => Promise<number>

async function createEditor(api: Api): Promise<Editor> {
  const { rows } = await api.dataset.sequences.query({ limit: 500 })
  const places: Omit<PointChange, 'to'>[] = []
  for (const { folder } of rows) {
    if (places.length >= 2 * kinds.rule.points) break
    const { frameRecords } = await api.dataset.sequence.query({ folder })
    for (const { number, points } of frameRecords) for (const index of points.keys()) places.push({ folder, frame: number, index })
  }
  if (places.length < kinds.rule.points) throw new HandloomError('bad-input', `The data set has ${places.length} keypoints; measuring edits takes ${kinds.rule.points}.`)
  let at = 0
  let made = 0
  return async (count) => {
    made++
    const changes = Array.from({ length: count }, (_, offset): PointChange => {
      const place = places[(at + offset) % places.length] as (typeof places)[number]
      return { ...place, to: { x: made / 7, y: offset / 3 } }
    })
    at = (at + count) % places.length
    const begin = performance.now()
    await api.annotation.edit.mutate({ label: 'bench', changes })
    return performance.now() - begin
  }
}

/** Milliseconds of each edit, the kinds mixed. */
async function measure(editor: Editor, signal: AbortSignal, share = 1): Promise<Record<Kind, number[]>> {
  const times: Record<Kind, number[]> = { point: [], hands: [], rule: [] }
  const [fewest] = Object.values(kinds).map(({ edits }) => edits).sort((a, b) => a - b)
  for (let round = 0; round < Math.ceil((fewest ?? 1) / share); round++)
    for (const [kind, { points, edits }] of Object.entries(kinds) as [Kind, (typeof kinds)[Kind]][])
      for (let edit = 0; edit < edits / (fewest ?? 1); edit++) {
        times[kind].push(await editor(points))
        await wait(pause, null, { signal })
      }
  return times
}

async function whileTraining<T>(api: Api, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  // Far more epochs than the measuring takes.
  const { id } = await api.train.start.mutate({ config: { model: 'regnety_nano', imageSize: 64, batchSize: 16, folds: 2, epochs: 10_000 }, folds: [0] })
  const fold = async () => (await api.train.run.query({ id })).folds[0]
  for (let state = await fold(); state?.imagesPerSecond === null || state?.state !== 'training'; state = await fold()) {
    if (state?.state === 'failed' || state?.state === 'stopped') throw new HandloomError('internal', `The fold that was to train meanwhile did not: ${state.message ?? ''}`)
    await wait(100, null, { signal })
  }
  const result = await work()
  const after = await fold()
  if (after?.state !== 'training') throw new HandloomError('internal', `The fold that was to train meanwhile ended before: ${after?.message ?? ''}`)
  await api.train.stop.mutate({ id })
  return result
}

function figures({ point, hands, rule }: Record<Kind, number[]>): Record<string, number> {
  const of = (name: string, values: readonly number[]) => ({ [`${name}_p50_ms`]: percentile(values, 0.5), [`${name}_p99_ms`]: percentile(values, 0.99) })
  return { ...of('commit', [...point, ...hands]), ...of('point', point), ...of('hands', hands), ...of('rule', rule) }
}
