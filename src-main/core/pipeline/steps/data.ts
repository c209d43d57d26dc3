import { readFile } from 'node:fs/promises'
import { parseRules } from '../../../annotation/parseRules.ts'
import type { PointChange, RegionRule } from '../../../contract/annotation.ts'
import { problemQuery } from '../../../contract/dataset.ts'
import { HandloomError, toHandloomError } from '../../../contract/errors.ts'
import type { PipelineSteps } from '../../../contract/pipeline.ts'
import { count, pathFrom, type Step, type StepContext } from '../stepContext.ts'

export const scan: Step<'scan'> = async (_, { project, words }) => {
  const rows = project.dataset.summaries()
  const frames = rows.reduce((sum, row) => sum + row.frames, 0)
  const { total: problems } = await project.dataset.problems(problemQuery.parse({ limit: 1 }))
  return {
    text: words(`시퀀스 ${rows.length}개, 프레임 ${frames}장, 문제 ${problems}개`, `${count(rows.length, 'sequence')}, ${count(frames, 'frame')}, ${count(problems, 'problem')}`),
    already: false,
    json: { sequences: rows.length, frames, problems },
  }
}

/** Points that a rule would erase and are there still; on a cleaned project it has nothing to do. */
export const clean: Step<'clean'> = async (value, context) => {
  const { annotation } = context.project
  let erased = 0
  for (const rule of await rulesOf(value, context)) {
    const preview = await annotation.previewRule({ rule, folders: value.folders, brief: true })
    if (preview.erased > 0) await annotation.applyRule({ rule, folders: value.folders })
    erased += preview.erased
  }
  return { text: context.words(`키포인트 ${erased}개를 지움`, `${count(erased, 'keypoint')} erased`), already: erased === 0, json: { erased } }
}

async function rulesOf({ preset, file, rules }: PipelineSteps['clean'], context: StepContext): Promise<RegionRule[]> {
  if (rules) return rules
  if (file !== undefined) {
    const path = pathFrom(context, file)
    return parseRules(await readFile(path, 'utf8').catch((error: unknown) => { throw toHandloomError(error) }), path)
  }
  const presets = await context.project.annotation.presets()
  const found = presets.find(({ name }) => name === preset)
  if (!found) throw new HandloomError('bad-input', `There is no preset “${preset}”. Presets: ${presets.map(({ name }) => name).join(', ')}.`, { file: context.file })
  return [found]
}

export const keypoints: Step<'keypoints'> = async ({ from }, context) => {
  const input = { format: 'contest', path: pathFrom(context, from) } as const
  const { points, problems } = await context.project.annotation.importKeypoints({ ...input, dry: true })
  if (points > 0) await context.project.annotation.importKeypoints({ ...input, dry: false })
  const left = problems[0] ? context.words(`, 쓰지 못한 항목 ${problems.length}개: `, `, ${problems.length} not used: `) + `${problems[0].place}: ${problems[0].message}` : ''
  return { text: changed(context, points) + left, already: points === 0, json: { points, not_used: problems } }
}

const changed = ({ words }: StepContext, points: number): string => words(`키포인트 ${points}개를 고침`, `${count(points, 'keypoint')} changed`)

/** Only what is not so yet is changed. */
export const edits: Step<'edits'> = async (value, context) => {
  const { project, file } = context
  const changes = Object.entries(value).flatMap(([folder, frames]) => {
    if (!project.dataset.has(folder)) throw new HandloomError('not-found', `The data set has no sequence ${folder}, which the pipeline edits.`, { file, place: folder })
    return Object.entries(frames).flatMap(([frame, edit]) => frameChanges(folder, Number(frame), edit, project.dataset.frames(folder).find(({ number }) => number === Number(frame)), file))
  })
  if (changes.length > 0) await project.annotation.apply({ label: 'Pipeline', changes })
  return { text: changed(context, changes.length), already: changes.length === 0, json: { points: changes.length } }
}

type FrameEdits = PipelineSteps['edits'][string][string]

function frameChanges(folder: string, frame: number, { erased = [], hidden = [], moved = {} }: FrameEdits, now: ReturnType<StepContext['project']['dataset']['frames']>[number] | undefined, file: string): PointChange[] {
  if (!now) throw new HandloomError('not-found', `${folder} has no frame ${frame}, which the pipeline edits.`, { file, place: `${folder}, frame ${frame}` })
  const changes: PointChange[] = []
  for (const [row, [x, y, z]] of Object.entries(moved)) {
    const index = Number(row)
    const [nowX, nowY] = now.points[index] ?? []
    if (nowX !== x || nowY !== y) changes.push({ folder, frame, index, to: { x, y, ...(z === undefined ? {} : { z }), visibility: hidden.includes(index) ? 'hidden' : 'visible' } })
  }
  const placed = new Set(changes.map(({ index }) => index))
  for (const index of hidden) if (!now.hidden.includes(index) && !placed.has(index)) changes.push({ folder, frame, index, to: { hidden: true } })
  for (const index of erased) if (!now.erased.includes(index)) changes.push({ folder, frame, index, to: { erased: true } })
  return changes
}

export const labels: Step<'labels'> = async (value, { project, words }) => {
  const changes = Object.entries(value).flatMap(([folder, poseId]) => (project.dataset.summary(folder).poseId === poseId ? [] : [{ folder, poseId }]))
  if (changes.length > 0) await project.annotation.setLabels({ label: 'Pipeline', changes })
  return { text: words(`라벨 ${changes.length}개를 고침`, `${count(changes.length, 'label')} corrected`), already: changes.length === 0, json: { labels: changes.length } }
}
