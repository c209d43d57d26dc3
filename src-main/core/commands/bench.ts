import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { precisions, type Precision } from '../../contract/train.ts'
import { benchScan } from '../../dataset/bench.ts'
import { requireModel } from '../../model/info.ts'
import { generateSample } from '../../sample/generate.ts'
import { benchCommits } from '../bench/commits.ts'
import { benchCrop } from '../bench/crop.ts'
import { benchCropPage } from '../bench/cropPage.ts'
import { benchDetection } from '../bench/detection.ts'
import { benchEditorFrames } from '../bench/editorFrames.ts'
import { benchExport } from '../bench/export.ts'
import { benchKeypoints } from '../bench/keypoints.ts'
import { benchMonitor } from '../bench/monitor.ts'
import { benchPredict } from '../bench/predict.ts'
import { benchReview } from '../bench/review.ts'
import { benchScale } from '../bench/scale.ts'
import { benchSplit } from '../bench/split.ts'
import { benchClassifier, benchEpoch, benchInput, type BenchOptions, type BenchTools } from '../bench/measures.ts'
import { applicationData } from '../paths.ts'
import { text, UsageError, wholeNumber, type Command, type CommandContext } from '../command.ts'
import { formatTable, printableLines } from '../terminal.ts'

type Bench = (options: BenchOptions, tools: BenchTools) => Promise<Record<string, unknown>>

const benches: Readonly<Record<string, { measure: Bench; defaults: Partial<BenchOptions> }>> = {
  train: { measure: (options, tools) => benchClassifier('train', options, tools), defaults: {} },
  infer: { measure: (options, tools) => benchClassifier('infer', options, tools), defaults: { size: 288 } },
  input: { measure: benchInput, defaults: { size: 288 } },
  epoch: { measure: benchEpoch, defaults: {} },
  scan: { measure: scanSample, defaults: {} },
  crop: { measure: async (options, tools) => ({ ...(await benchCrop(options, tools)), live: await unlessMissing(benchCropPage(editorFolder(tools))) }), defaults: { size: 288 } },
  split: { measure: benchSplit, defaults: {} },
  editor: { measure: benchEditor, defaults: {} },
  scale: { measure: (_options, tools) => benchScale(tools), defaults: {} },
  monitor: { measure: async (options, tools) => ({ ...(await unlessMissing(benchMonitor(options, tools))) }), defaults: {} },
  review: { measure: benchReview, defaults: {} },
  keypoints: { measure: benchKeypoints, defaults: {} },
  predict: { measure: benchPredict, defaults: { rounds: 3 } },
  export: { measure: benchExport, defaults: {} },
}

/** What is measured when nothing is named. The large model's rounds are few steps already. */
const standard: readonly (Partial<BenchOptions> & { name: string })[] = [
  ...[128, 288].flatMap((size) => (['float32', 'bfloat16'] as const).map((precision) => ({ name: 'train', size, precision }))),
  ...(['float32', 'bfloat16'] as const).map((precision) => ({ name: 'train', model: 'regnety_040', size: 288, precision, rounds: 3 })),
  ...(['float32', 'bfloat16'] as const).map((precision) => ({ name: 'infer', precision })),
  ...['input', 'epoch', 'crop', 'scan', 'split', 'editor', 'scale', 'monitor', 'review', 'keypoints', 'predict', 'export'].map((name) => ({ name })),
]

export const bench: Command = {
  name: 'bench',
  usage: `bench [${Object.keys(benches).join('|')} …] [--model NAME] [--size PX] [--batch N] [--precision ${precisions.join('|')}] [--threads N] [--rounds N] [--frames N] [--folder DIR] [--peer-layout channels-last|nchw] [--no-peer]`,
  summary: { ko: 'PyTorch, scikit-learn과 나란히 속도를 잽니다', en: 'Measures speed, side by side with PyTorch and scikit-learn' },
  options: {
    model: { type: 'string' }, size: { type: 'string' }, batch: { type: 'string' }, precision: { type: 'string' }, threads: { type: 'string' },
    rounds: { type: 'string' }, frames: { type: 'string' }, folder: { type: 'string' }, peer: { type: 'boolean' }, 'peer-layout': { type: 'string' },
  },
  async run(context) {
    const given = givenOptions(context)
    const unknown = context.positionals.find((name) => !Object.hasOwn(benches, name))
    if (unknown !== undefined) throw new UsageError(`There is no benchmark "${unknown}". Benchmarks: ${Object.keys(benches).join(', ')}.`)
    const plan = context.positionals.length ? context.positionals.map((name) => ({ name })) : standard
    const tools: BenchTools = { signal: context.signal, progress: (korean, english) => context.progress(context.words(korean, english)), note: noteOnce(context) }
    const results: Record<string, unknown>[] = []
    for (const { name, ...wanted } of plan) {
      const { measure, defaults } = benches[name] as (typeof benches)[string]
      const options = { ...baseOptions(), ...defaults, ...wanted, ...given }
      const result = await measure(options, tools).catch((error: unknown) => failed(error, options, context, plan.length === 1))
      results.push({ bench: name, ...result })
      // Each as soon as it is there: all of them take minutes.
      const line = JSON.stringify(results.at(-1))
      if (context.json) console.log(line)
      else context.say(line, line)
    }
    if (results.length > 1) console.error(`\n${table(context, results)}`)
    const failures = results.filter((result) => 'error' in result).length
    if (failures) throw new HandloomError('internal', `${failures} of ${results.length} benchmarks failed; their lines say why.`)
  },
}

const baseOptions = (): BenchOptions => ({
  model: 'regnety_004', size: 128, batch: 16, precision: 'float32', threads: availableParallelism(), rounds: 5, roundSeconds: 1.5,
  peer: true, layout: 'channels-last', frames: 64, folder: undefined, drawn: join(applicationData(), 'bench-frames'),
})

function givenOptions(context: CommandContext): Partial<BenchOptions> {
  const model = text(context, 'model')
  if (model !== undefined) requireModel(model)
  const entries = {
    model,
    size: wholeNumber(context, 'size', 32),
    batch: wholeNumber(context, 'batch', 1),
    precision: oneOf<Precision>(context, 'precision', precisions),
    threads: wholeNumber(context, 'threads', 1),
    rounds: wholeNumber(context, 'rounds', 1),
    frames: wholeNumber(context, 'frames', 1),
    folder: text(context, 'folder'),
    peer: context.values.peer === false ? false : undefined,
    layout: oneOf<BenchOptions['layout']>(context, 'peer-layout', ['channels-last', 'nchw']),
  }
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}

function oneOf<Value extends string>(context: CommandContext, name: string, values: readonly Value[]): Value | undefined {
  const given = text(context, name)
  if (given === undefined) return undefined
  const value = values.find((known) => known === given)
  if (!value) throw new UsageError(`--${name} wants ${values.join(', ')}, not "${given}".`)
  return value
}

/** Says a line once, whatever the number of benchmarks that find it. */
function noteOnce(context: CommandContext): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (said.has(line)) return
    said.add(line)
    // Not into the line that shows the progress.
    if (process.stderr.isTTY) context.progress('')
    console.error(printableLines(context.words(`비교 없이 잽니다: ${line}`, `Measured without a peer: ${line}`)))
  }
}

/** One of several that fails is a result like the others; alone, or stopped, it is the command's own failure. */
function failed(error: unknown, options: BenchOptions, { signal }: CommandContext, alone: boolean): Record<string, unknown> {
  const { kind, message } = toHandloomError(error)
  if (alone || signal.aborted) throw error
  const { model, size, batch, precision } = options
  return { model, size, batch, precision, error: { kind, message } }
}

interface Row {
  bench?: string
  model?: string
  size?: number
  precision?: string
  images_per_second?: number
  samples_per_second?: number
  framesPerSecond?: number
  peer?: Row | null
  ratio?: number | null
  error?: { message: string }
}

function table(context: CommandContext, rows: readonly Row[]): string {
  const speed = (row: Row | null | undefined): string => {
    const value = row?.images_per_second ?? row?.samples_per_second ?? row?.framesPerSecond
    return value === undefined ? '–' : value.toFixed(value < 100 ? 1 : 0)
  }
  return formatTable(rows, [
    { title: context.words('측정', 'benchmark'), value: (row) => row.bench ?? '' },
    { title: context.words('모델', 'model'), value: (row) => row.model ?? '' },
    { title: 'px', value: (row) => String(row.size ?? ''), right: true },
    { title: context.words('정밀도', 'precision'), value: (row) => row.precision ?? '' },
    { title: context.words('장/초', 'pictures/s'), value: (row) => row.error?.message ?? speed(row), right: true },
    { title: context.words('비교', 'peer'), value: (row) => speed(row.peer), right: true },
    { title: context.words('비율', 'ratio'), value: (row) => row.ratio?.toFixed(2) ?? '–', right: true },
  ])
}

/** The keypoint studio: its frames in a real browser, its commits through the API (also while a fold trains), its stray detectors. */
async function benchEditor({ folder }: BenchOptions, tools: BenchTools): Promise<Record<string, unknown>> {
  const { signal, progress } = tools
  const frames = await unlessMissing(benchEditorFrames(editorFolder(tools)))
  return inHundredths({ frames, commits: await benchCommits({ folder, signal, progress }), detection: await benchDetection(tools) })
}

/** What the page is measured on: always a folder of its own, written anew when it is not what the benchmark needs. */
const editorFolder = ({ signal, progress }: BenchTools) => ({
  folder: join(applicationData(), 'bench-editor'),
  signal,
  progress: (done: number, total: number) => progress(`사진 그리는 중 ${done}/${total}`, `Drawing frames ${done}/${total}`),
})

/** Without a browser the rest is measured all the same. */
async function unlessMissing<T>(measured: Promise<T>): Promise<T | { missing: string }> {
  try {
    return await measured
  } catch (error) {
    const { kind, message } = toHandloomError(error)
    if (kind !== 'not-found') throw error
    return { missing: message }
  }
}

const inHundredths = <T>(result: T): T => JSON.parse(JSON.stringify(result, (_key, value: unknown) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value))) as T

/** Full-count sample: 866 folders, 5,888 frames. Pictures are small: the scan reads headers and JSON only. */
async function scanSample({ folder: given }: BenchOptions, { progress, signal }: BenchTools): Promise<Record<string, unknown>> {
  const folder = given ?? join(applicationData(), 'bench-sample')
  if (given === undefined) await generateSample({ folder, sequences: 866, width: 320, height: 180, seed: 1 }, (done, total) => progress(`예제 그리는 중 ${done}/${total}`, `Drawing the sample ${done}/${total}`), signal)
  const project = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    return { ...(await benchScan({ folder, project })) }
  } finally {
    await rm(project, { recursive: true, force: true })
  }
}
