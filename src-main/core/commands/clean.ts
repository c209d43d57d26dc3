import { readFile } from 'node:fs/promises'
import { parseRules } from '../../annotation/parseRules.ts'
import type { RegionRule } from '../../contract/annotation.ts'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { argument, text, UsageError, type Command, type CommandContext } from '../command.ts'
import type { Project } from '../project.ts'

async function chosenRules(context: CommandContext, project: Project): Promise<RegionRule[]> {
  const file = text(context, 'rules')
  if (file !== undefined) {
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      throw toHandloomError(error)
    })
    return parseRules(content, file)
  }
  const presets = await project.annotation.presets()
  const name = text(context, 'preset') ?? (context.values.detect ? null : 'contest')
  if (name === null) return []
  const preset = presets.find((rule) => rule.name === name)
  if (!preset) throw new UsageError(`There is no preset "${name}". Presets: ${presets.map((rule) => rule.name).join(', ')}.`)
  return [preset]
}

interface SequenceReport {
  folder: string
  erased: number
  kept: number
  points: { frame: number; index: number; x: number; y: number; why: string }[]
}

/** Points the detectors find, as a report of what would be erased. */
async function detected(project: Project): Promise<SequenceReport[]> {
  const reports = new Map<string, SequenceReport>()
  const { findings } = await project.annotation.findings({ limit: 100_000, wait: true })
  for (const finding of findings) {
    const frames = project.dataset.frames(finding.folder)
    const record = frames.find((frame) => frame.number === finding.frame)
    if (!record) throw new HandloomError('internal', `A finding names frame ${finding.frame} of ${finding.folder}, which is not there.`)
    const report = reports.get(finding.folder) ?? { folder: finding.folder, erased: 0, kept: frames.reduce((sum, frame) => sum + frame.points.length - frame.erased.length, 0), points: [] }
    reports.set(finding.folder, report)
    for (const index of finding.indices) {
      const point = record.points[index]
      if (!point || report.points.some((known) => known.frame === finding.frame && known.index === index)) continue
      report.points.push({ frame: finding.frame, index, x: point[0], y: point[1], why: finding.why })
    }
  }
  return [...reports.values()]
}

export const clean: Command = {
  name: 'clean',
  usage: 'clean FOLDER [--rules FILE | --preset contest] [--detect] [--dry-run]',
  summary: { ko: '규칙으로 잘못 잡힌 키포인트를 지웁니다 (원본은 그대로)', en: 'Erases stray keypoints by rules (the originals stay as they are)' },
  options: { rules: { type: 'string' }, preset: { type: 'string' }, detect: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  async run(context) {
    const dry = context.values['dry-run'] === true
    const project = await context.project(argument(context, 0, 'FOLDER'), { write: !dry })
    const reports: SequenceReport[] = []
    for (const rule of await chosenRules(context, project)) {
      const preview = await project.annotation.previewRule({ rule })
      reports.push(...preview.sequences)
      if (!dry && preview.erased > 0) await project.annotation.applyRule({ rule })
    }
    // What the detectors find is shown for a person to decide; only rules erase unseen.
    if (context.values.detect) reports.push(...(await detected(project)))
    const erased = reports.reduce((sum, report) => sum + report.erased, 0)
    const found = reports.reduce((sum, report) => sum + report.points.length, 0)
    const lines = reports.filter((report) => report.points.length > 0).map((report) => `${report.folder}  ${report.points.length}`)
    const head = dry
      ? context.words(`지우게 될 점 ${erased}개, 의심스러운 점 ${found - erased}개 (시험 실행: 바뀐 것 없음)`, `${erased} points would be erased, ${found - erased} look suspicious (dry run: nothing changed)`)
      : context.words(`점 ${erased}개를 지웠습니다. 의심스러운 점 ${found - erased}개`, `Erased ${erased} points; ${found - erased} more look suspicious`)
    return { json: { sequences: reports }, text: [head, ...lines].join('\n') }
  },
}

export const cleaned: Command = {
  name: 'cleaned',
  usage: 'cleaned FOLDER --out DIR',
  summary: { ko: '정리된 JSON 사본을 다른 폴더에 씁니다', en: 'Writes cleaned copies of the JSON files to another folder' },
  options: { out: { type: 'string' } },
  async run(context) {
    const out = text(context, 'out')
    if (out === undefined) throw new UsageError('--out DIR is missing.')
    const project = await context.project(argument(context, 0, 'FOLDER'))
    const written = await project.annotation.writeCleaned(out)
    return { json: written, text: context.words(`${written.files}개 파일을 ${out}에 썼습니다 (고친 것 ${written.changed}개)`, `Wrote ${written.files} files to ${out} (${written.changed} of them changed)`) }
  },
}
