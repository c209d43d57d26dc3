import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { submitOptions, type Submission, type SubmissionRow, type SubmitOptions } from '../contract/ensemble.ts'
import type { Emit } from '../contract/events.ts'
import type { DatasetRoom, EnsembleRoom, EvaluateRoom, RulesRoom, TrainRoom } from '../contract/rooms.ts'
import type { Run } from '../contract/train.ts'
import type { Db } from '../db/open.ts'
import { logLoss, meanProbabilities, topIndices } from '../evaluate/metrics.ts'
import { blendMembers, blendRuns, calibrate, fitFor, type OutOfFold, type RunsBlend } from './blendRuns.ts'
import { checkSubmission } from './check.ts'
import { checkSubmissionFiles, readLimited } from './checkFiles.ts'
import { combine, decimals, type Combined, type Member } from './combine.ts'
import { decodeUtf8, parseCsv, writeCsv, type CsvTable } from './csv.ts'
import { submissionPath } from './destination.ts'
import { lineageOf, type LineageRun } from './lineage.ts'
import { stageFiles } from './stagedFiles.ts'
import { nextSubmissionId, readSubmission, readSubmissions, storeSubmission } from './storedSubmissions.ts'

/** Most probable classes of a row that are kept with the record. */
const rowTop = 3

/** The table to fill: the sample's, or the contest's usual one where there is no sample. */
interface Form {
  text: string
  table: CsvTable
  sample: { name: string; sha256: string } | null
  /** Pose id of each column after the first; null when the heading is no number. */
  columns: (number | null)[]
  /** Sequence of each row: `test/649`. */
  folders: string[]
}

/** A run with what it predicts, one row a sequence. */
interface PredictedRun extends OutOfFold {
  test: { poseIds: readonly number[]; rows: { folder: string; probabilities: Float64Array }[] }
}

interface RunPart extends LineageRun {
  test: Member
  validation: Member
}

/**
 * The ensemble room: puts together what runs predict for the test sequences (their mean, or a blend fitted out of fold), writes it in the sample submission's exact shape with its
 * lineage beside it, and checks submissions.
 */
export function createEnsemble(deps: {
  db: Db
  dataset: DatasetRoom
  evaluate: EvaluateRoom
  rules: RulesRoom
  train: TrainRoom
  projectFolder: string
  emit: Emit
}) {
  const { db, dataset, evaluate, rules, train, projectFolder, emit } = deps
  /** Submissions are made one after the other, so that each gets its own number. */
  let queue: Promise<unknown> = Promise.resolve()

  const chosenRuns = async (ids: readonly number[]): Promise<Run[]> => {
    if (ids.length > 0) return Promise.all([...new Set(ids)].map((id) => train.run({ id })))
    const runs = [...(await train.runs())].sort((a, b) => b.id - a.id)
    const newest = runs.find(({ id }) => evaluate.sequenceProbabilities(id, 'test').length > 0) ?? runs.find(({ folds }) => folds.some(({ state }) => state === 'done'))
    if (!newest) throw new HandloomError('conflict', 'No run has finished a fold yet, so there is nothing to submit. Train a fold to the end first.')
    return [newest]
  }

  const testRows = async (runId: number): Promise<PredictedRun['test']> => {
    const stored = evaluate.sequenceProbabilities(runId, 'test')
    if (stored.length > 0) return { poseIds: evaluate.runPoseIds(runId), rows: stored }
    const { poseIds, rows } = await train.predict({ runId, part: 'test' })
    const sequences = Map.groupBy(rows, ({ folder }) => folder)
    return { poseIds, rows: [...sequences].map(([folder, frames]) => ({ folder, probabilities: meanProbabilities(frames.map(({ probabilities }) => probabilities)) })) }
  }

  const outOfFold = (run: Run): OutOfFold => {
    const rows = evaluate.sequenceProbabilities(run.id, 'validation')
    return { run, poseIds: rows.length > 0 ? evaluate.runPoseIds(run.id) : [], rows }
  }

  const blendOf = (runs: readonly OutOfFold[]): RunsBlend => {
    const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
    return blendRuns(runs, answers(), (poseId) => names.get(poseId) || String(poseId))
  }

  const partOf = async ({ run, poseIds, rows, test }: PredictedRun, withRules: boolean): Promise<RunPart> => {
    const applied = withRules ? (await rules.list()).filter(({ runId, enabled }) => runId === run.id && enabled) : []
    const changed = withRules ? rules.refine(run.id, test.rows, test.poseIds) : []
    if (withRules) rules.refine(run.id, [...rows], poseIds)
    return { run, sequences: test.rows.length, rules: applied, changed, test: memberOf(test.poseIds, test.rows), validation: memberOf(poseIds, rows) }
  }

  /** Pose id of each training sequence that has one, as corrected. */
  const answers = (): Map<string, number> => new Map(dataset.summaries('train').flatMap(({ folder, poseId }) => (poseId === null ? [] : [[folder, poseId] as const])))

  const formOf = async (parts: readonly RunPart[]): Promise<Form> => {
    const given = dataset.sampleSubmission()
    if (given) {
      const bytes = await readLimited(given.path)
      const text = decodeUtf8(bytes, basename(given.path))
      return { ...formFrom(text, basename(given.path)), sample: { name: basename(given.path), sha256: sha256(bytes) } }
    }
    const poseIds = [...new Set(parts.flatMap(({ test }) => test.poseIds))].sort((a, b) => a - b)
    const folders = dataset.summaries('test').map(({ number }) => number).sort((a, b) => a - b)
    const text = writeCsv(['Image_Path', ...poseIds.map(String)], folders.map((number) => [`./test/${number}`, ...poseIds.map(() => '0')]), { bom: false, lineEnd: '\n', finalLineEnd: true })
    return { ...formFrom(text, 'the data set'), sample: null }
  }

  const estimated = (members: readonly Member[], columns: Form['columns']): number | null => {
    const labels = answers()
    const folders = [...labels.keys()].filter((folder) => members.every(({ sequences }) => sequences.has(folder)))
    if (members.length === 0 || folders.length === 0) return null
    const rows = combine(members, columns, folders)
    return logLoss(rows.map(({ probabilities }) => probabilities), folders.map((folder) => columns.indexOf(labels.get(folder) as number)))
  }

  const warningsOf = (parts: readonly RunPart[], form: Form): string[] => {
    const known = new Set(parts.flatMap(({ test }) => test.poseIds))
    const unknown = form.table.header.slice(1).filter((_, index) => !known.has(form.columns[index] ?? Number.NaN))
    const dropped = [...known].filter((poseId) => !form.columns.includes(poseId)).sort((a, b) => a - b)
    const inSample = new Set(form.folders)
    const left = dataset.summaries('test').filter(({ folder }) => !inSample.has(folder)).map(({ folder }) => folder)
    const dataHash = dataset.dataHash()
    const stale = parts.filter(({ run }) => run.provenance.dataHash !== dataHash).map(({ run }) => run.id)
    const unfinished = parts.filter(({ run }) => run.folds.some(({ state }) => state !== 'done')).map(({ run }) => run.id)
    return [
      ...(unknown.length > 0 ? [`No run knows ${some('class', unknown)} of the sample; each gets a probability of one in a million.`] : []),
      ...(dropped.length > 0 ? [`The sample has no column for ${some('class', dropped)} of the runs; what they got is shared among the others.`] : []),
      ...(left.length > 0 ? [`The sample has no row for ${some('sequence', left)}; left out.`] : []),
      ...(stale.length > 0 ? [`The data folder has changed since ${some('run', stale)} was trained.`] : []),
      ...(unfinished.length > 0 ? [`Not every fold of ${some('run', unfinished)} is done; the finished ones are averaged.`] : []),
    ]
  }

  const make = async (options: SubmitOptions): Promise<Submission> => {
    if (db.readonly) throw new HandloomError('conflict', 'Another Handloom holds this project, so no submission can be made here. Close it and try again.')
    const id = nextSubmissionId(db)
    const path = submissionPath(options.out ?? join(projectFolder, 'submissions', `submission-${id}.csv`), dataset.folder)
    const runs: PredictedRun[] = []
    for (const run of await chosenRuns(options.runIds)) runs.push({ ...outOfFold(run), test: await testRows(run.id) })
    const fitted = options.blend === 'fitted' ? blendOf(runs) : null
    if (fitted)
      for (const [member, { rows, test }] of runs.entries()) {
        calibrate(rows, member, fitFor(fitted))
        calibrate(test.rows, member, () => fitted.fitted.whole)
      }
    const parts: RunPart[] = []
    for (const run of runs) parts.push(await partOf(run, options.rules))
    const form = await formOf(parts)
    const { test, validation } = membersOf(parts, fitted)
    if (form.folders.length === 0 || form.columns.length === 0)
      throw new HandloomError('conflict', 'There are no test sequences or no classes to submit. Put the test folders (test/N) or sample_submission.csv into the data folder and scan it again.')
    const combined = combine(test, form.columns, form.folders)
    const cells = combined.map(({ probabilities }) => decimals(probabilities))
    const text = writeCsv(form.table.header, cells.map((row, index) => [form.table.rows[index]?.cells[0] ?? '', ...row]), form.table)
    const lineagePath = `${path.replace(/\.csv$/i, '')}.lineage.json`
    const written = Buffer.from(text)
    const submission: Submission = {
      id,
      created: new Date().toISOString(),
      path,
      lineagePath,
      runIds: parts.map(({ run }) => run.id),
      rules: options.rules,
      blend: options.blend,
      rows: form.folders.length,
      columns: form.table.header.length,
      estimatedLogLoss: estimated(validation, form.columns),
      problems: checkSubmission(text, form.text),
      missing: combined.filter(({ predicted }) => !predicted).map(({ folder }) => folder),
      warnings: warningsOf(parts, form),
    }
    const { path: _, lineagePath: __, ...rest } = submission
    const file = { name: basename(path), sha256: sha256(written), bytes: written.byteLength }
    const lineage = lineageOf({ submission: rest, file, sample: form.sample, dataHash: dataset.dataHash(), runs: parts, blend: fitted?.blend ?? null })
    const staged = await stageFiles([[path, written], [lineagePath, Buffer.from(`${JSON.stringify(lineage, null, 2)}\n`)]])
    // Files and record appear together, or what was there before stays.
    await staged.publish(() => storeSubmission(db, submission, topRows(combined, form.columns)))
    emit({ type: 'submission', id })
    return submission
  }

  return {
    async blend({ runIds }) {
      const runs = await Promise.all([...new Set(runIds)].map((id) => train.run({ id })))
      if (runs.length === 0) throw new HandloomError('bad-request', 'No run was named, so there is nothing to put together. Choose one run at least.')
      return blendOf(runs.map(outOfFold)).blend
    },

    async submit(options) {
      const made = queue.then(() => make(submitOptions.parse(options)))
      queue = made.catch(() => undefined)
      try {
        return await made
      } catch (error) {
        throw toHandloomError(error)
      }
    },

    submissions: () => readSubmissions(db),

    rows({ id }): SubmissionRow[] {
      const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
      return readSubmission(db, id).map(({ folder, top }) => ({
        folder,
        top: top.map(({ poseId, probability }) => ({ poseId, probability, name: names.get(poseId) || String(poseId) })),
      }))
    },

    check: ({ file, sample }) => checkSubmissionFiles(file, sample),
  } satisfies EnsembleRoom
}

/** What is averaged: each run, or their blend as the one it is. */
function membersOf(parts: readonly RunPart[], fitted: RunsBlend | null): { test: Member[]; validation: Member[] } {
  const test = parts.map((part) => part.test)
  const validation = parts.map((part) => part.validation)
  if (!fitted) return { test, validation }
  const { poseIds, folders } = fitted.table
  const common = new Set(folders)
  const judged = validation.map((member) => ({ ...member, sequences: new Map([...member.sequences].filter(([folder]) => common.has(folder))) }))
  return { test: [blendMembers(test, poseIds, () => fitted.fitted.whole)], validation: [blendMembers(judged, poseIds, fitFor(fitted))] }
}

const memberOf = (poseIds: readonly number[], rows: readonly { folder: string; probabilities: Float64Array }[]): Member => ({
  poseIds,
  sequences: new Map(rows.map(({ folder, probabilities }) => [folder, probabilities])),
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Reads a sample's header and rows: pose ids from the headings, sequences from the first column. */
function formFrom(text: string, file: string): Omit<Form, 'sample'> {
  const table = parseCsv(text, file)
  return {
    text,
    table,
    columns: table.header.slice(1).map((heading) => (/^\s*\d{1,9}\s*$/.test(heading) ? Number(heading) : null)),
    folders: table.rows.map(({ cells }) => (cells[0] ?? '').trim().replaceAll('\\', '/').replace(/^\.?\/+/, '').replace(/\/+$/, '')),
  }
}

function topRows(rows: readonly Combined[], columns: Form['columns']): { folder: string; top: { poseId: number; probability: number }[] }[] {
  return rows.map(({ folder, probabilities }) => ({
    folder,
    top: topIndices(probabilities, probabilities.length)
      .flatMap((column) => {
        const poseId = columns[column] ?? null
        return poseId === null ? [] : [{ poseId, probability: probabilities[column] as number }]
      })
      .slice(0, rowTop),
  }))
}

/** `class 3`, `classes 3, 4 and 5`, … with at most ten named. */
function some(noun: string, items: readonly (string | number)[]): string {
  const plural = items.length === 1 ? noun : noun === 'class' ? 'classes' : `${noun}s`
  const named = items.slice(0, 10)
  const rest = items.length - named.length
  if (rest > 0) return `${plural} ${named.join(', ')} and ${rest} more`
  return `${plural} ${named.length > 1 ? `${named.slice(0, -1).join(', ')} and ` : ''}${named.at(-1)}`
}
