import { readPipeline } from '../pipeline/readPipeline.ts'
import { runPipeline, type DoneStep } from '../pipeline/runPipeline.ts'
import { argument, text, type Command } from '../command.ts'
import { formatSeconds, formatTable } from '../terminal.ts'
import { followTraining, waitForRuns } from './train.ts'

export const run: Command = {
  name: 'run',
  usage: 'run PIPELINE.yaml [--folder DIR] [--dry-run]',
  summary: { ko: '파이프라인 파일의 단계를 차례로 합니다 (읽기 → 정리 → 폴드 → 학습 → 규칙 → 제출)', en: 'Does the steps of a pipeline file: scan → clean → split → train → rules → submit' },
  options: { folder: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  async run(context) {
    const pipeline = await readPipeline(argument(context, 0, 'PIPELINE.yaml'))
    const folder = text(context, 'folder') ?? pipeline.folder
    if (context.values['dry-run'] === true)
      return { json: { folder, steps: pipeline.steps.map(({ kind }) => ({ step: kind })) }, text: `${folder}\n${pipeline.steps.map(({ kind }, index) => `${index + 1}  ${kind}`).join('\n')}` }
    context.values.project ??= pipeline.project
    const project = await context.project(folder, { write: true })
    followTraining(context, null)
    const done = await runPipeline(project, pipeline, {
      signal: context.signal,
      words: context.words,
      train: async (begun) => (await waitForRuns(context, project, [begun.id]))[0] ?? begun,
      onStep(index, kind, result) {
        if (!result) return context.progress(`${index + 1}/${pipeline.steps.length} ${kind} …`)
        const line = `✓ ${index + 1}/${pipeline.steps.length} ${kind}: ${result.text}`
        context.say(`${line} (${result.already ? '이미 되어 있음' : formatSeconds(result.seconds)})`, `${line} (${result.already ? 'already done' : formatSeconds(result.seconds)})`)
      },
    })
    const problems = done.flatMap(({ json }) => (Array.isArray(json['problems']) && 'submission' in json ? (json['problems'] as unknown[]) : []))
    return {
      json: { folder: project.folder, project: project.projectFolder, steps: done.map(({ kind, already, seconds, json }) => ({ step: kind, already, seconds, ...json })) },
      text: stepTable(done, context.words),
      exitCode: problems.length ? 1 : 0,
    }
  },
}

const stepTable = (done: readonly DoneStep[], words: (korean: string, english: string) => string): string =>
  formatTable(done, [
    { title: words('단계', 'step'), value: ({ kind }) => kind },
    { title: words('결과', 'result'), value: (step) => step.text },
    { title: words('시간', 'time'), value: ({ already, seconds }) => (already ? '–' : formatSeconds(seconds)), right: true },
  ])
