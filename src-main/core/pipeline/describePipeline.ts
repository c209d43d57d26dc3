import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Document, isCollection, visit } from 'yaml'
import { cropRoles, defaultCropSettings } from '../../contract/crop.ts'
import type { Submission } from '../../contract/ensemble.ts'
import { HandloomError } from '../../contract/errors.ts'
import type { DescribedPipeline, PipelineSteps } from '../../contract/pipeline.ts'
import type { AnnotationRoom, CropRoom, DatasetRoom, EnsembleRoom, RulesRoom, SplitRoom, TrainRoom } from '../../contract/rooms.ts'
import { trainConfig, type Run } from '../../contract/train.ts'

interface DescribeDeps {
  dataset: DatasetRoom
  annotation: AnnotationRoom
  crop: CropRoom
  split: SplitRoom
  train: TrainRoom
  rules: RulesRoom
  ensemble: EnsembleRoom
}

type Written = { [Kind in keyof PipelineSteps]?: unknown }

/**
 * Writes what was done in a project as a pipeline file, for a submission or for all finished runs: the same data folder, keypoints, labels, crop
 * settings, split, configs and rules lead to the same runs (same seed) and the same file. Whatever is as Handloom comes is left out.
 * @throws HandloomError `not-found` for a submission that is not there, `conflict` when no run has finished
 */
export async function describePipeline(deps: DescribeDeps, submissionId?: number): Promise<DescribedPipeline> {
  const { dataset, ensemble, train } = deps
  const submission = submissionId === undefined ? null : ((await ensemble.submissions()).find(({ id }) => id === submissionId) ?? null)
  if (submissionId !== undefined && !submission) throw new HandloomError('not-found', `There is no submission ${submissionId}.`)
  const all = (await train.runs()).toSorted((a, b) => a.id - b.id)
  const runs = all.filter((run) => (submission ? submission.runIds.includes(run.id) : run.state === 'done' && run.madeFrom === null))
  if (runs.length === 0) throw new HandloomError('conflict', 'No run has finished yet, so there is nothing that a pipeline could do again. Train one to the end first.')
  const warnings: string[] = []
  const steps: Written[] = [{ scan: {} }, ...keypointSteps(deps), ...(await cropSteps(deps))]
  let splitId: number | null = null
  for (const run of runs) {
    if (run.splitId !== splitId) steps.push({ split: await splitStep(deps.split, run.splitId) })
    splitId = run.splitId
    steps.push({ train: trainStep(run) })
    warnings.push(...(await runWarnings(deps, run)))
    const { rules } = deps.rules.definitions(run.id)
    if (rules.length > 0) steps.push({ rules: { run: nameOf(run), rules: rules.map(({ threshold, clamp, ...rule }) => ({ ...rule, ...(rule.method === 'by-hand' ? { threshold } : {}), ...(rule.clampFrom === 'by-hand' ? { clamp } : {}) })) } })
  }
  if (submission) steps.push({ submit: submitStep(submission, runs) })
  return { name: submission ? `submission-${submission.id}.pipeline.yaml` : `${basename(dataset.folder)}.pipeline.yaml`, text: yamlOf(dataset.folder, steps, submission), warnings }
}

const nameOf = ({ id }: Run): string => `run-${id}`

/** Keypoints and labels that edits made others of, as they are now. */
function keypointSteps({ dataset, annotation }: DescribeDeps): Written[] {
  const edits: PipelineSteps['edits'] = {}
  const labels: PipelineSteps['labels'] = {}
  for (const { folder } of dataset.summaries()) {
    const label = annotation.correctedLabel(folder)
    if (label !== null) labels[folder] = label
    if (annotation.editedPoints(folder) === 0) continue
    for (const { number, points, original, erased, hidden, moved } of dataset.frames(folder)) {
      // A row that is no number in the file counts as erased without anybody having erased it.
      const gone = erased.filter((row) => original?.[row] === undefined || original[row].slice(0, 2).every(Number.isFinite))
      if (gone.length + hidden.length + moved.length === 0) continue
      const places = moved.filter((row) => !erased.includes(row)).map((row) => [String(row), points[row]] as const)
      ;(edits[folder] ??= {})[String(number)] = { ...(gone.length && { erased: gone }), ...(hidden.length && { hidden }), ...(places.length && { moved: Object.fromEntries(places.flatMap(([row, point]) => (point ? [[row, [point[0], point[1], point[2]] as [number, number, number]]] : []))) }) }
    }
  }
  return [...(Object.keys(edits).length ? [{ edits }] : []), ...(Object.keys(labels).length ? [{ labels }] : [])]
}

async function cropSteps({ crop }: DescribeDeps): Promise<Written[]> {
  const { recipes, augment } = await crop.settings()
  const other = cropRoles.filter((role) => !isDeepStrictEqual(recipes[role], defaultCropSettings.recipes[role]))
  const flips = (await crop.flipPairs()).flatMap(({ poseId, partner, reason, vertical }) => [
    ...(reason === 'override' ? [{ poseId, partner }] : []),
    ...(vertical.reason === 'override' ? [{ poseId, partner: vertical.partner, direction: 'vertical' as const }] : []),
  ])
  const derived = (await crop.derived()).sequences.map(({ parent, transform }) => ({ parent, transform }))
  const step = {
    ...(other.length && { recipes: Object.fromEntries(other.map((role) => [role, recipes[role]])) }),
    ...(!isDeepStrictEqual(augment, defaultCropSettings.augment) && { augment }),
    ...(flips.length && { flips }),
    ...(derived.length && { derived }),
  }
  return Object.keys(step).length ? [{ crop: step }] : []
}

async function splitStep(split: SplitRoom, id: number): Promise<unknown> {
  const { options, moved, name } = await split.get({ id })
  return { ...options, name, ...(moved.length && { moves: moved.map(({ folder, to }) => ({ folder, fold: to })) }) }
}

/** What of a run's config is other than where nothing is said. */
function trainStep(run: Run): Record<string, unknown> {
  const usual: Record<string, unknown> = trainConfig.parse({ model: run.config.model })
  // Folds and splitter are the split's, threads the machine's.
  const own = Object.entries(run.config).filter(([key, value]) => !['folds', 'splitter', 'split', 'threads'].includes(key) && !isDeepStrictEqual(value, usual[key]))
  const only = run.folds.length < run.config.folds ? { only: run.folds.map(({ fold }) => fold) } : {}
  return { as: nameOf(run), model: run.config.model, ...Object.fromEntries(own), ...only }
}

function submitStep({ blend, pooling, folds, views, clip, rules }: Submission, runs: readonly Run[]): Record<string, unknown> {
  return {
    out: 'submission.csv', runs: runs.map(nameOf), ...(!rules && { withRules: false }), ...(blend !== 'equal' && { blend }), ...(pooling !== 'mean' && { pooling }), ...(folds !== 'equal' && { folds }), ...(views && { views }), ...(clip > 1e-15 && { clip }),
  }
}

async function runWarnings({ dataset, train, crop }: DescribeDeps, run: Run): Promise<string[]> {
  const { folders, added, removed, recipes } = await train.changesSince({ id: run.id })
  const { references } = await crop.settings()
  const slots = run.objects ? cropRoles.filter((role) => run.objects?.[role].version === null || (recipes && run.objects?.[role].hash !== references[role].hash)) : []
  return [
    ...(folders.length + added.length + removed.length > 0 ? [`Keypoints, labels or files of ${folders.length + added.length + removed.length} sequences are others than when run ${run.id} was made; the pipeline trains it on the data as they are now.`] : []),
    ...(recipes ? [`Run ${run.id} was made with other crop settings (${slots.length ? slots.join(', ') : 'augmentation, flip map or derived samples'}) than the project has now; the pipeline uses those of now.`] : []),
    ...(run.provenance.dataHash !== dataset.dataHash() && folders.length === 0 ? [`Files of the data folder have changed since run ${run.id} was made.`] : []),
    ...(run.config.pretrained === undefined ? [] : [`Run ${run.id} begins from ${run.config.pretrained}, which must be there where the pipeline runs.`]),
    ...(run.madeFrom?.how === 'retrained' || run.madeFrom?.how === 'refit' ? [`Run ${run.id} was made from run ${run.madeFrom.runId}, some folds on earlier data; the pipeline trains all of them on the data as they are now.`] : []),
  ]
}

/** The file, short lists and the inmost values on one line. */
function yamlOf(folder: string, steps: readonly Written[], submission: Submission | null): string {
  const document = new Document({ handloom: 1, folder, steps })
  document.commentBefore = submission ? ` What led to submission ${submission.id} of ${submission.created}.\n Run it with: handloom run THIS-FILE` : ' Run it with: handloom run THIS-FILE'
  visit(document, {
    Collection(_, node) {
      if (!node.items.some((item) => isCollection(item) || (typeof item === 'object' && item !== null && 'value' in item && isCollection(item.value)))) node.flow = true
    },
  })
  return document.toString({ lineWidth: 160 })
}
