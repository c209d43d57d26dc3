import { basename, join } from 'node:path'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { submitOptions, type Submission, type SubmissionRow, type SubmitOptions } from '../contract/ensemble.ts'
import type { Emit } from '../contract/events.ts'
import type { CropRoom, DatasetRoom, EnsembleRoom, EvaluateRoom, RulesRoom, TrainRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { logLoss, topIndices } from '../evaluate/metrics.ts'
import { blendMembers, blendRuns, calibrate, fitFor, type OutOfFold, type RunsBlend } from './blendRuns.ts'
import { compareSubmissions } from './changes.ts'
import { checkSubmission } from './check.ts'
import { checkSubmissionFiles } from './checkFiles.ts'
import { requireRoomFor } from './clip.ts'
import { combine, decimals, type Member } from './combine.ts'
import { writeCsv } from './csv.ts'
import { submissionPath } from './destination.ts'
import { formOf, sha256, type Form } from './form.ts'
import { matrixOf } from './keptMatrix.ts'
import { lineageOf, type LineageRun } from './lineage.ts'
import { rowOf, type SubmissionMatrix } from './matrix.ts'
import { createPredictedRuns, type PredictedRun } from './predictedRuns.ts'
import { stageFiles } from './stagedFiles.ts'
import { nextSubmissionId, readSubmission, readSubmissions, storeSubmission, type StoredRow } from './storedSubmissions.ts'
import { warningsOf } from './warnings.ts'
import { createWays } from './ways/ways.ts'

/** Most probable classes of a row that are kept with the record. */
const rowTop = 3

interface RunPart extends LineageRun {
  test: Member
  validation: Member
}

/**
 * The ensemble room: puts together what runs predict for the test sequences (their mean, or a blend fitted out of fold), writes it in the sample submission's exact shape with its
 * lineage beside it, checks submissions, and tells what changed from one to another.
 */
export function createEnsemble(deps: {
  db: Db
  dataset: DatasetRoom
  crop: Pick<CropRoom, 'frameQuality'>
  evaluate: EvaluateRoom
  rules: RulesRoom
  train: TrainRoom
  projectFolder: string
  emit: Emit
}) {
  const { db, dataset, evaluate, rules, train, projectFolder, emit } = deps
  const ways = createWays({ dataset, evaluate, train, emit })
  const { chosenRuns, outOfFold, predicted } = createPredictedRuns({ ...deps, predictViews: ways.predictViews })
  /** Submissions are made one after the other, so that each gets its own number. */
  let queue: Promise<unknown> = Promise.resolve()

  const classNames = (): ((poseId: number) => string) => {
    const names = new Map(dataset.classRows().map(({ poseId, name }) => [poseId, name]))
    return (poseId) => names.get(poseId) || String(poseId)
  }

  /** Pose id of each training sequence that has one, as corrected. */
  const answers = (): Map<string, number> => new Map(dataset.summaries('train').flatMap(({ folder, poseId }) => (poseId === null ? [] : [[folder, poseId] as const])))

  const blendOf = (runs: readonly OutOfFold[]): RunsBlend => blendRuns(runs, answers(), classNames())

  const partOf = ({ run, shares, poseIds, rows, test }: PredictedRun, withRules: boolean): RunPart => {
    const { version, rules: all } = withRules ? rules.definitions(run.id) : { version: 0, rules: [] }
    const changed = withRules ? rules.refine(run.id, test.rows, test.poseIds) : []
    if (withRules) rules.refine(run.id, [...rows], poseIds)
    return {
      run, shares, changed, sequences: test.rows.length, rules: withRules ? { version, applied: all.filter(({ enabled }) => enabled) } : null,
      test: memberOf(test.poseIds, test.rows), validation: memberOf(poseIds, rows),
    }
  }

  const estimated = (members: readonly Member[], columns: Form['columns'], clip: number): number | null => {
    const labels = answers()
    const folders = [...labels.keys()].filter((folder) => members.every(({ sequences }) => sequences.has(folder)))
    if (members.length === 0 || folders.length === 0) return null
    const rows = combine(members, columns, folders, clip)
    return logLoss(rows.map(({ probabilities }) => probabilities), folders.map((folder) => columns.indexOf(labels.get(folder) as number)))
  }

  const make = async (options: SubmitOptions): Promise<Submission> => {
    if (db.readonly) throw new HandloomError('conflict', 'Another Handloom holds this project, so no submission can be made here. Close it and try again.')
    const id = nextSubmissionId(db)
    const path = submissionPath(options.out ?? join(projectFolder, 'submissions', `submission-${id}.csv`), dataset.folder)
    const runs = await predicted(await chosenRuns(options.runIds), options)
    const form = await formOf(dataset, [...new Set(runs.flatMap(({ test }) => test.poseIds))].sort((a, b) => a - b))
    if (form.folders.length === 0 || form.columns.length === 0)
      throw new HandloomError('conflict', 'There are no test sequences or no classes to submit. Put the test folders (test/N) or sample_submission.csv into the data folder and scan it again.')
    requireRoomFor(options.clip, form.columns.length)
    const fitted = options.blend === 'fitted' ? blendOf(runs) : null
    if (fitted) calibrateRuns(runs, fitted)
    const parts = runs.map((run) => partOf(run, options.rules))
    const { test, validation } = membersOf(parts, fitted)
    const combined = combine(test, form.columns, form.folders, options.clip)
    const cells = combined.map(({ probabilities }) => decimals(probabilities, options.clip))
    const matrix: SubmissionMatrix = { columns: form.columns, folders: form.folders, probabilities: Float64Array.from(cells.flat(), Number) }
    const text = writeCsv(form.table.header, cells.map((row, index) => [form.table.rows[index]?.cells[0] ?? '', ...row]), form.table)
    const lineagePath = `${path.replace(/\.csv$/i, '')}.lineage.json`
    const written = Buffer.from(text)
    const { pooling, folds, views = null, clip } = options
    const submission: Submission = {
      id,
      created: new Date().toISOString(),
      path,
      lineagePath,
      runIds: parts.map(({ run }) => run.id),
      rules: options.rules,
      blend: options.blend,
      pooling, folds, views, clip,
      clipped: combined.reduce((sum, row) => sum + row.clipped, 0),
      rows: form.folders.length,
      columns: form.table.header.length,
      estimatedLogLoss: estimated(validation, form.columns, clip),
      problems: checkSubmission(text, form.text),
      missing: combined.filter((row) => !row.predicted).map(({ folder }) => folder),
      warnings: warningsOf(runs, form, options, dataset),
    }
    const { path: _, lineagePath: __, ...rest } = submission
    const file = { name: basename(path), sha256: sha256(written), bytes: written.byteLength }
    const lineage = lineageOf({ submission: rest, file, sample: form.sample, dataHash: dataset.dataHash(), runs: parts, blend: fitted?.blend ?? null })
    const staged = await stageFiles([[path, written], [lineagePath, Buffer.from(`${JSON.stringify(lineage, null, 2)}\n`)]])
    // Files and record appear together, or what was there before stays.
    await staged.publish(() => storeSubmission(db, submission, topRows(matrix), matrix))
    emit({ type: 'submission', id })
    return submission
  }

  return {
    ...ways,

    async blend({ runIds }) {
      const runs = await Promise.all([...new Set(runIds)].map((id) => train.run({ id })))
      if (runs.length === 0) throw new HandloomError('bad-request', 'No run was named, so there is nothing to put together. Choose one run at least.')
      return blendOf(runs.map((run) => outOfFold(run))).blend
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
      const nameOf = classNames()
      return readSubmission(db, id).map(({ folder, top }) => ({ folder, top: top.map(({ poseId, probability }) => ({ poseId, probability, name: nameOf(poseId) })) }))
    },

    async changes({ id, against }) {
      const [after, before] = [await matrixOf(db, id), await matrixOf(db, against)]
      return { id, against, ...compareSubmissions(before, after, classNames()) }
    },

    check: ({ file, sample }) => checkSubmissionFiles(file, sample),
  } satisfies EnsembleRoom
}

/** Gives the runs their temperatures, in place; out-of-fold rows those that were fitted without them. */
function calibrateRuns(runs: readonly PredictedRun[], fitted: RunsBlend): void {
  for (const [member, { rows, test }] of runs.entries()) {
    calibrate(rows, member, fitFor(fitted))
    calibrate(test.rows, member, () => fitted.fitted.whole)
  }
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

const topRows = (matrix: SubmissionMatrix): StoredRow[] =>
  matrix.folders.map((folder, index) => {
    const row = rowOf(matrix, index)
    const top = topIndices(row, row.length).flatMap((column) => {
      const poseId = matrix.columns[column] ?? null
      return poseId === null ? [] : [{ poseId, probability: row[column] as number }]
    })
    return { folder, top: top.slice(0, rowTop) }
  })
