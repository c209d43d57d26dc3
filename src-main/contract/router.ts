import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import { exportFormats, findingKinds, importFormats, labelChange, pointChange, regionRule } from './annotation.ts'
import type { HandloomApi } from './api.ts'
import { augmentRecipe, cropRecipe, cropRoles, derivedSet, flipDirections, objectKinds, objectName, objectSlot } from './crop.ts'
import { problemQuery, sequenceFolder, sequenceQuery } from './dataset.ts'
import { submitOptions } from './ensemble.ts'
import { toHandloomError, type ErrorKind } from './errors.ts'
import { breakdowns, embeddingMapOptions, groupQuery, reviewLevels, reviewView, triageCauses } from './evaluate.ts'
import { predictedQuery, predictionOptions } from './predict.ts'
import { reportOptions } from './report.ts'
import { ruleChange, ruleDraft, ruleFitOptions } from './rules.ts'
import { splitName, splitRequest } from './split.ts'
import { modelExportOptions, resumeChanges, stopRequest, sweepVary, testViews, trainConfig } from './train.ts'

export interface RouterContext {
  api: HandloomApi
  /** Throws `conflict` when another process holds the project. */
  requireWritable(): void
}

/** What a failed call carries beside its message; see `errorKinds`. */
export interface ErrorData {
  kind: ErrorKind
  file: string | undefined
  place: string | undefined
}

const t = initTRPC.context<RouterContext>().create({
  isServer: true,
  errorFormatter: ({ shape, error }) => {
    // Zod's complaint about arguments is the caller's fault (everything else is what the room threw),
    // and so are calls that do not exist or come in another form.
    if (error.code !== 'INTERNAL_SERVER_ERROR') return { ...shape, data: { kind: 'bad-request', file: undefined, place: undefined } satisfies ErrorData }
    const { kind, file, place, message } = toHandloomError(error.cause ?? error)
    return { ...shape, message, data: { kind, file, place } satisfies ErrorData }
  },
})

/** Everything thrown by a room becomes one TRPCError with the HandloomError as its cause. */
const room = t.procedure.use(async ({ next, type, path: procedure, ctx }) => {
  if (type === 'mutation' && !procedure.startsWith('project.')) {
    try {
      ctx.requireWritable()
    } catch (error) {
      throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: toHandloomError(error) })
    }
  }
  const result = await next()
  if (!result.ok && !(result.error instanceof TRPCError && result.error.code === 'BAD_REQUEST')) {
    const cause = toHandloomError(result.error.cause ?? result.error)
    throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: cause.message, cause })
  }
  return result
})

const runId = z.object({ runId: z.number().int() })
const id = z.object({ id: z.number().int() })
const atLevel = runId.extend({ level: z.enum(reviewLevels).default('sequence') })
const ofGroup = runId.extend({ group: sequenceFolder })
const viewName = z.string().trim().min(1).max(100)
const namedObject = z.object({ kind: z.enum(objectKinds), name: objectName })
const someRuns = z.object({ runIds: z.array(z.number().int()).min(1).max(100) })
const someClasses = z.array(z.number().int()).max(50)
const ofRule = runId.extend({ id: z.number().int() })
const path = z.string().min(1).max(4096)
const folders = z.array(sequenceFolder).max(100_000)
const trainInput = z.object({ config: trainConfig, folds: z.array(z.number().int().min(0)).max(50).nullable() })

export const router = t.router({
  project: t.router({
    info: room.query(({ ctx }) => ctx.api.project.info()),
    current: room.query(({ ctx }) => ctx.api.project.current()),
    open: room.input(z.object({ folder: path, project: path.optional() })).mutation(({ ctx, input }) => ctx.api.project.open(input)),
    close: room.mutation(({ ctx }) => ctx.api.project.close()),
    recent: room.query(({ ctx }) => ctx.api.project.recent()),
    listFolders: room.input(z.object({ path: path.optional() })).query(({ ctx, input }) => ctx.api.project.listFolders(input)),
    jobs: room.query(({ ctx }) => ctx.api.project.jobs()),
  }),
  dataset: t.router({
    status: room.query(({ ctx }) => ctx.api.dataset.status()),
    rescan: room.mutation(({ ctx }) => ctx.api.dataset.rescan()),
    sequences: room.input(sequenceQuery).query(({ ctx, input }) => ctx.api.dataset.sequences(input)),
    sequence: room.input(z.object({ folder: sequenceFolder })).query(({ ctx, input }) => ctx.api.dataset.sequence(input)),
    classes: room.query(({ ctx }) => ctx.api.dataset.classes()),
    problems: room.input(problemQuery).query(({ ctx, input }) => ctx.api.dataset.problems(input)),
  }),
  annotation: t.router({
    edit: room.input(z.object({ label: z.string().max(300), changes: z.array(pointChange).min(1).max(200_000), detector: z.enum(findingKinds).optional() })).mutation(({ ctx, input }) => ctx.api.annotation.apply(input)),
    setLabels: room.input(z.object({ label: z.string().max(300), changes: z.array(labelChange).min(1).max(100_000) })).mutation(({ ctx, input }) => ctx.api.annotation.setLabels(input)),
    undo: room.mutation(({ ctx }) => ctx.api.annotation.undo()),
    redo: room.mutation(({ ctx }) => ctx.api.annotation.redo()),
    revert: room.input(z.object({ editId: z.number().int() })).mutation(({ ctx, input }) => ctx.api.annotation.revert(input)),
    history: room.input(z.object({ limit: z.number().int().min(1).max(10_000).default(200), folder: sequenceFolder.optional() })).query(({ ctx, input }) => ctx.api.annotation.history(input)),
    editDetail: room.input(z.object({ editId: z.number().int(), folder: sequenceFolder.optional(), limit: z.number().int().min(1).max(100_000).default(5000) })).query(({ ctx, input }) => ctx.api.annotation.editDetail(input)),
    conflicts: room.query(({ ctx }) => ctx.api.annotation.conflicts()),
    resolveConflict: room.input(z.object({ folder: sequenceFolder, keep: z.enum(['edits', 'file']) })).mutation(({ ctx, input }) => ctx.api.annotation.resolveConflict(input)),
    presets: room.query(({ ctx }) => ctx.api.annotation.presets()),
    previewRule: room.input(z.object({ rule: regionRule, folders: folders.optional(), brief: z.boolean().optional() })).query(({ ctx, input }) => ctx.api.annotation.previewRule(input)),
    applyRule: room.input(z.object({ rule: regionRule, folders: folders.optional() })).mutation(({ ctx, input }) => ctx.api.annotation.applyRule(input)),
    savedRules: room.query(({ ctx }) => ctx.api.annotation.savedRules()),
    saveRule: room.input(regionRule).mutation(({ ctx, input }) => ctx.api.annotation.saveRule(input)),
    removeRule: room.input(z.object({ name: z.string().max(200) })).mutation(({ ctx, input }) => ctx.api.annotation.removeRule(input)),
    readRules: room.input(z.object({ fileName: z.string().max(300), text: z.string().max(4_000_000) })).query(({ ctx, input }) => ctx.api.annotation.readRules(input)),
    findings: room.input(z.object({ folder: sequenceFolder.optional(), limit: z.number().int().min(1).max(100_000).default(500), wait: z.boolean().optional() })).query(({ ctx, input }) => ctx.api.annotation.findings(input)),
    keepFinding: room.input(z.object({ id: z.string().max(300), kept: z.boolean().default(true) })).mutation(({ ctx, input }) => ctx.api.annotation.keepFinding(input)),
    exportKeypoints: room.input(z.object({ format: z.enum(exportFormats), out: path.optional() })).mutation(({ ctx, input }) => ctx.api.annotation.exportKeypoints(input)),
    importKeypoints: room
      .input(z.object({ format: z.enum(importFormats), path: path.optional(), file: z.object({ name: z.string().min(1).max(300), text: z.string().max(60_000_000) }).optional(), dry: z.boolean() }))
      .mutation(({ ctx, input }) => ctx.api.annotation.importKeypoints(input)),
  }),
  crop: t.router({
    settings: room.query(({ ctx }) => ctx.api.crop.settings()),
    setRecipe: room.input(z.object({ role: z.enum(cropRoles), recipe: cropRecipe })).mutation(({ ctx, input }) => ctx.api.crop.setRecipe(input)),
    setAugment: room.input(augmentRecipe).mutation(({ ctx, input }) => ctx.api.crop.setAugment(input)),
    boxes: room.input(z.object({ folder: sequenceFolder, role: z.enum(cropRoles) })).query(({ ctx, input }) => ctx.api.crop.boxes(input)),
    keypointBoxes: room.input(z.object({ offset: z.number().int().min(0).default(0), limit: z.number().int().min(1).max(1000).default(100) })).query(({ ctx, input }) => ctx.api.crop.keypointBoxes(input)),
    objects: room.query(({ ctx }) => ctx.api.crop.objects()),
    versions: room.input(namedObject).query(({ ctx, input }) => ctx.api.crop.versions(input)),
    restoreVersion: room.input(namedObject.extend({ version: z.number().int().min(1) })).mutation(({ ctx, input }) => ctx.api.crop.restoreVersion(input)),
    useObject: room.input(z.object({ slot: objectSlot, name: objectName })).mutation(({ ctx, input }) => ctx.api.crop.useObject(input)),
    saveObjectAs: room.input(z.object({ slot: objectSlot, name: objectName })).mutation(({ ctx, input }) => ctx.api.crop.saveObjectAs(input)),
    flipPairs: room.query(({ ctx }) => ctx.api.crop.flipPairs()),
    setFlipPair: room.input(z.object({ poseId: z.number().int(), partner: z.union([z.number().int(), z.null(), z.literal('automatic')]), direction: z.enum(flipDirections).default('horizontal') })).mutation(({ ctx, input }) => ctx.api.crop.setFlipPair(input)),
    flipHistogram: room.input(z.object({ flipRatio: z.number().min(0).max(1), verticalFlipRatio: z.number().min(0).max(1).default(0) })).query(({ ctx, input }) => ctx.api.crop.flipHistogram(input)),
    derived: room.query(({ ctx }) => ctx.api.crop.derived()),
    setDerived: room.input(z.object({ derivations: derivedSet })).mutation(({ ctx, input }) => ctx.api.crop.setDerived(input)),
  }),
  split: t.router({
    make: room.input(splitRequest).mutation(({ ctx, input }) => ctx.api.split.make(input)),
    current: room.query(({ ctx }) => ctx.api.split.current()),
    get: room.input(id).query(({ ctx, input }) => ctx.api.split.get(input)),
    list: room.query(({ ctx }) => ctx.api.split.list()),
    move: room
      .input(id.extend({ moves: z.array(z.object({ folder: sequenceFolder, fold: z.number().int().min(0).max(49).nullable() })).min(1).max(100_000) }))
      .mutation(({ ctx, input }) => ctx.api.split.move(input)),
    rename: room.input(id.extend({ name: splitName.min(1) })).mutation(({ ctx, input }) => ctx.api.split.rename(input)),
    groupColumns: room.query(({ ctx }) => ctx.api.split.groupColumns()),
    leaks: room.input(id).query(({ ctx, input }) => ctx.api.split.leaks(input)),
    checkLeaks: room.input(id).mutation(({ ctx, input }) => ctx.api.split.checkLeaks(input)),
    cancelLeakCheck: room.mutation(({ ctx }) => ctx.api.split.cancelLeakCheck()),
  }),
  train: t.router({
    engine: room.query(({ ctx }) => ctx.api.train.engine()),
    models: room.query(({ ctx }) => ctx.api.train.models()),
    presets: room.query(({ ctx }) => ctx.api.train.presets()),
    preflight: room.input(trainInput).query(({ ctx, input }) => ctx.api.train.preflight(input)),
    start: room.input(trainInput).mutation(({ ctx, input }) => ctx.api.train.start(input)),
    runs: room.query(({ ctx }) => ctx.api.train.runs()),
    run: room.input(id).query(({ ctx, input }) => ctx.api.train.run(input)),
    metrics: room.input(z.object({ runId: z.number().int(), fold: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.train.metrics(input)),
    schedule: room.input(z.object({ config: trainConfig, stepsPerEpoch: z.number().int().min(1).max(1_000_000) })).query(({ ctx, input }) => ctx.api.train.schedule(input)),
    stop: room.input(stopRequest).mutation(({ ctx, input }) => ctx.api.train.stop(input)),
    resume: room.input(id.extend({ config: resumeChanges.optional() })).mutation(({ ctx, input }) => ctx.api.train.resume(input)),
    rename: room.input(z.object({ id: z.number().int(), name: z.string().max(200) })).mutation(({ ctx, input }) => ctx.api.train.rename(input)),
    compare: room.query(({ ctx }) => ctx.api.train.compare()),
    queue: room.query(({ ctx }) => ctx.api.train.queue()),
    arrangeQueue: room
      .input(z.object({ order: z.array(z.object({ runId: z.number().int(), fold: z.number().int().min(0) })).max(10_000) }))
      .mutation(({ ctx, input }) => ctx.api.train.arrangeQueue(input)),
    pauseQueue: room.input(z.object({ when: z.enum(['now', 'after-epoch']) })).mutation(({ ctx, input }) => ctx.api.train.pauseQueue(input)),
    continueQueue: room.mutation(({ ctx }) => ctx.api.train.continueQueue()),
    startSweep: room.input(trainInput.extend({ vary: sweepVary })).mutation(({ ctx, input }) => ctx.api.train.startSweep(input)),
    again: room.input(id).mutation(({ ctx, input }) => ctx.api.train.again(input)),
    changesSince: room.input(id).query(({ ctx, input }) => ctx.api.train.changesSince(input)),
    retrain: room.input(id.extend({ folds: z.array(z.number().int().min(0)).min(1).max(50) })).mutation(({ ctx, input }) => ctx.api.train.retrain(input)),
    measure: room.input(z.object({ config: trainConfig })).mutation(({ ctx, input }) => ctx.api.train.measure(input)),
    findBatch: room.input(z.object({ config: trainConfig })).mutation(({ ctx, input }) => ctx.api.train.findBatch(input)),
    findLearningRate: room.input(z.object({ config: trainConfig, fold: z.number().int().min(0) })).mutation(({ ctx, input }) => ctx.api.train.findLearningRate(input)),
    cancelTrial: room.input(z.object({ kind: z.enum(['measure', 'batch-size', 'learning-rate']) })).mutation(({ ctx, input }) => ctx.api.train.cancelTrial(input)),
    batch: room.input(z.object({ runId: z.number().int(), fold: z.number().int().min(0) })).query(({ ctx, input }) => ctx.api.train.batch(input)),
    opinion: room.input(z.object({ folder: sequenceFolder, runId: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.train.opinion(input)),
    refit: room.query(({ ctx }) => ctx.api.train.refit()),
    setRefit: room.input(z.object({ enabled: z.boolean() })).mutation(({ ctx, input }) => ctx.api.train.setRefit(input)),
    exportModel: room.input(modelExportOptions).mutation(({ ctx, input }) => ctx.api.train.exportModel(input)),
    cancelExport: room.mutation(({ ctx }) => ctx.api.train.cancelExport()),
  }),
  evaluate: t.router({
    summary: room.input(runId.extend({ against: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.evaluate.summary(input)),
    groups: room.input(groupQuery).query(({ ctx, input }) => ctx.api.evaluate.groups(input)),
    group: room.input(ofGroup.extend({ against: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.evaluate.group(input)),
    breakdown: room.input(atLevel.extend({ by: z.enum(breakdowns), afterRules: z.boolean().default(false) })).query(({ ctx, input }) => ctx.api.evaluate.breakdown(input)),
    confusion: room.input(atLevel.extend({ afterRules: z.boolean().default(false) })).query(({ ctx, input }) => ctx.api.evaluate.confusion(input)),
    calibration: room.input(atLevel.extend({ bins: z.number().int().min(2).max(100).default(10) })).query(({ ctx, input }) => ctx.api.evaluate.calibration(input)),
    views: room.query(({ ctx }) => ctx.api.evaluate.views()),
    saveView: room.input(z.object({ name: viewName, view: reviewView })).mutation(({ ctx, input }) => ctx.api.evaluate.saveView(input)),
    removeView: room.input(z.object({ name: viewName })).mutation(({ ctx, input }) => ctx.api.evaluate.removeView(input)),
    triage: room.query(({ ctx }) => ctx.api.evaluate.triage()),
    setTriage: room
      .input(z.object({ folders: folders.min(1), cause: z.enum(triageCauses).nullable(), note: z.string().max(2000).optional() }))
      .mutation(({ ctx, input }) => ctx.api.evaluate.setTriage(input)),
    exportTriage: room.input(runId.extend({ format: z.enum(['csv', 'json']) })).query(({ ctx, input }) => ctx.api.evaluate.exportTriage(input)),
    neighbours: room.input(ofGroup.extend({ limit: z.number().int().min(1).max(100).default(8) })).query(({ ctx, input }) => ctx.api.evaluate.neighbours(input)),
    activation: room.input(ofGroup).query(({ ctx, input }) => ctx.api.evaluate.activation(input)),
    embeddingMap: room.input(embeddingMapOptions).mutation(({ ctx, input }) => ctx.api.evaluate.embeddingMap(input)),
    cancelEmbeddingMap: room.mutation(({ ctx }) => ctx.api.evaluate.cancelEmbeddingMap()),
  }),
  rules: t.router({
    state: room.input(runId).query(({ ctx, input }) => ctx.api.rules.state(input)),
    proposals: room.input(runId).query(({ ctx, input }) => ctx.api.rules.proposals(input)),
    search: room.input(runId.extend({ stillPoseIds: someClasses, movingPoseIds: someClasses, leftOut: folders.optional() })).query(({ ctx, input }) => ctx.api.rules.search(input)),
    cancelSearch: room.mutation(({ ctx }) => ctx.api.rules.cancelSearch()),
    preview: room.input(runId.extend({ draft: ruleDraft, replaces: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.rules.preview(input)),
    add: room.input(runId.extend({ draft: ruleDraft })).mutation(({ ctx, input }) => ctx.api.rules.add(input)),
    change: room.input(ofRule.extend({ change: ruleChange })).mutation(({ ctx, input }) => ctx.api.rules.change(input)),
    remove: room.input(ofRule).mutation(({ ctx, input }) => ctx.api.rules.remove(input)),
    arrange: room.input(runId.extend({ ids: z.array(z.number().int()).max(10_000) })).mutation(({ ctx, input }) => ctx.api.rules.arrange(input)),
    fit: room.input(ruleFitOptions).mutation(({ ctx, input }) => ctx.api.rules.fit(input)),
    versions: room.input(runId).query(({ ctx, input }) => ctx.api.rules.versions(input)),
    restore: room.input(runId.extend({ version: z.number().int().min(0) })).mutation(({ ctx, input }) => ctx.api.rules.restore(input)),
    exportRules: room.input(runId).query(({ ctx, input }) => ctx.api.rules.exportRules(input)),
    importRules: room.input(runId.extend({ fileName: z.string().max(300), text: z.string().max(4_000_000) })).mutation(({ ctx, input }) => ctx.api.rules.importRules(input)),
    list: room.query(({ ctx }) => ctx.api.rules.list()),
  }),
  ensemble: t.router({
    blend: room.input(someRuns).query(({ ctx, input }) => ctx.api.ensemble.blend(input)),
    ways: room.input(someRuns).query(({ ctx, input }) => ctx.api.ensemble.ways(input)),
    predictViews: room.input(someRuns.extend({ views: testViews })).mutation(({ ctx, input }) => ctx.api.ensemble.predictViews(input)),
    cancelViews: room.mutation(({ ctx }) => ctx.api.ensemble.cancelViews()),
    submit: room.input(submitOptions).mutation(({ ctx, input }) => ctx.api.ensemble.submit(input)),
    submissions: room.query(({ ctx }) => ctx.api.ensemble.submissions()),
    rows: room.input(id).query(({ ctx, input }) => ctx.api.ensemble.rows(input)),
    changes: room.input(id.extend({ against: z.number().int() })).query(({ ctx, input }) => ctx.api.ensemble.changes(input)),
    check: room.input(z.object({ file: path, sample: path })).query(({ ctx, input }) => ctx.api.ensemble.check(input)),
  }),
  predict: t.router({
    detector: room.query(({ ctx }) => ctx.api.predict.detector()),
    start: room.input(predictionOptions).mutation(({ ctx, input }) => ctx.api.predict.start(input)),
    stop: room.input(id).mutation(({ ctx, input }) => ctx.api.predict.stop(input)),
    goOn: room.input(id).mutation(({ ctx, input }) => ctx.api.predict.goOn(input)),
    sessions: room.query(({ ctx }) => ctx.api.predict.sessions()),
    sequences: room.input(predictedQuery).query(({ ctx, input }) => ctx.api.predict.sequences(input)),
    sequence: room.input(id.extend({ name: z.string().max(4096) })).query(({ ctx, input }) => ctx.api.predict.sequence(input)),
    results: room.input(id.extend({ format: z.enum(['csv', 'json']) })).query(({ ctx, input }) => ctx.api.predict.results(input)),
    remove: room.input(id).mutation(({ ctx, input }) => ctx.api.predict.remove(input)),
  }),
  pipeline: t.router({
    describe: room.input(z.object({ submissionId: z.number().int().optional() })).query(({ ctx, input }) => ctx.api.pipeline.describe(input)),
  }),
  report: t.router({
    make: room.input(reportOptions).mutation(({ ctx, input }) => ctx.api.report.make(input)),
  }),
})

export type AppRouter = typeof router
