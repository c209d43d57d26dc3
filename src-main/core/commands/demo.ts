import { join } from 'node:path'
import { groupQuery } from '../../contract/evaluate.ts'
import { HandloomError } from '../../contract/errors.ts'
import { ruleFitOptions } from '../../contract/rules.ts'
import { generateSample } from '../../sample/generate.ts'
import { text, type Command, type CommandContext } from '../command.ts'
import { applicationData } from '../paths.ts'
import type { Project } from '../project.ts'
import { formatSeconds, formatTable } from '../terminal.ts'
import { serveUntilInterrupted } from './serve.ts'
import { followTraining, readConfig, waitForRuns } from './train.ts'

const sampleOptions = { sequences: 96, width: 480, height: 270, seed: 1 }

interface Step {
  name: string
  result: string
  seconds: number
}

/** The whole job on one data set, each step through the same rooms as the app's pages. */
export const demo: Command = {
  name: 'demo',
  usage: 'demo [--folder DIR] [--exit] [--port N] [--config FILE] [--set key=value …]',
  summary: { ko: '처음부터 제출까지 한 번에 해 보고 앱을 띄웁니다', en: 'The whole job from scan to submission, then the app on the result' },
  options: { folder: { type: 'string' }, exit: { type: 'boolean' }, port: { type: 'string' }, config: { type: 'string' }, set: { type: 'string', multiple: true }, 'token-file': { type: 'string' } },
  async run(context) {
    const config = { ...(await readConfig(context, { folds: 3 })), name: 'demo' }
    const started = performance.now()
    const steps: Step[] = []
    const step = async <T>(korean: string, english: string, work: () => Promise<T>, result: (value: T) => string): Promise<T> => {
      const name = context.words(korean, english)
      const from = performance.now()
      context.progress(`${name} …`)
      const value = await work()
      const done = { name, result: result(value), seconds: (performance.now() - from) / 1000 }
      steps.push(done)
      context.say(`✓ ${korean}: ${done.result} (${formatSeconds(done.seconds)})`, `✓ ${english}: ${done.result} (${formatSeconds(done.seconds)})`)
      return value
    }

    const folder = text(context, 'folder') ?? (await step('예제 데이터', 'Sample data', () => makeSample(context), (made) => `${made.folder}, ${made.frames} ${context.words('장', 'frames')}`)).folder
    const project = await step('읽기', 'Scan', () => context.project(folder, { write: true }), (opened) => {
      const rows = opened.dataset.summaries()
      return context.words(`시퀀스 ${rows.length}개, 프레임 ${rows.reduce((sum, row) => sum + row.frames, 0)}장`, `${rows.length} sequences, ${rows.reduce((sum, row) => sum + row.frames, 0)} frames`)
    })
    followTraining(context, null)
    await step('규칙으로 지우기', 'Clean by rules', () => cleanByPreset(project), (erased) => context.words(`점 ${erased}개`, `${erased} points erased`))
    const run = await step('학습', 'Train', async () => {
      const begun = await project.train.start({ config, folds: null })
      const [finished = begun] = await waitForRuns(context, project, [begun.id])
      if (context.signal.aborted) throw new HandloomError('interrupted', 'Stopped.')
      const failed = finished.folds.find((fold) => fold.state !== 'done')
      if (failed) throw new HandloomError('internal', `Fold ${failed.fold} ${failed.state}: ${failed.message ?? 'no reason was given'}`)
      return finished
    }, (finished) => context.words(`${finished.config.model}, 폴드 ${finished.folds.length}개 × ${finished.config.epochs} 에폭`, `${finished.config.model}, ${finished.folds.length} folds × ${finished.config.epochs} epochs`))
    const evaluation = await step('평가 (폴드 밖)', 'Evaluate, out of fold', async () => project.evaluate.summary({ runId: run.id }), (summary) =>
      `log loss ${summary.sequence.logLoss.toFixed(4)} (${context.words('무작위', 'chance')} ${summary.chance.toFixed(4)}), ${context.words('정확도', 'accuracy')} ${summary.sequence.accuracy.toFixed(3)}`)
    const rules = await step('시퀀스 규칙', 'Sequence rules', async () => project.rules.fit(ruleFitOptions.parse({ runId: run.id })), (state) =>
      context.words(`${state.rules.filter((rule) => rule.enabled).length}/${state.rules.length}개 사용`, `${state.rules.filter((rule) => rule.enabled).length} of ${state.rules.length} in use`) + `, log loss ${state.logLossBefore.toFixed(4)} → ${state.logLossAfter.toFixed(4)}`)
    const submission = await step('제출 파일', 'Submission', async () => project.ensemble.submit({ runIds: [run.id], rules: true }), (made) => `${made.rows} × ${made.columns}, ${context.words('문제', 'problems')} ${made.problems.length}`)

    const { rows: worst } = await project.evaluate.groups(groupQuery.parse({ runId: run.id, limit: 8 }))
    const summary = [
      '', formatTable(steps, [
        { title: context.words('단계', 'step'), value: (row) => row.name },
        { title: context.words('결과', 'result'), value: (row) => row.result },
        { title: context.words('시간', 'time'), value: (row) => formatSeconds(row.seconds), right: true },
      ]),
      '', context.words('log loss가 가장 큰 시퀀스', 'Worst groups by log loss'),
      formatTable(worst, [
        { title: context.words('시퀀스', 'group'), value: (row) => row.group },
        { title: context.words('정답', 'answer'), value: (row) => `${row.poseId} ${row.answerName}` },
        { title: 'log loss', value: (row) => row.logLoss.toFixed(4), right: true },
        { title: context.words('예측', 'predicted'), value: (row) => `${row.predictedPoseId} ${row.predictedName}` },
      ]),
      '', `${context.words('데이터', 'data')}        ${project.folder}`, `${context.words('프로젝트', 'project')}     ${project.projectFolder}`, `${context.words('제출', 'submission')}   ${submission.path}`,
      `${context.words('전체', 'total')}        ${formatSeconds((performance.now() - started) / 1000)}`,
    ].join('\n')
    const json = {
      folder: project.folder, project: project.projectFolder, run: run.id, classes: evaluation.classes, chance: evaluation.chance, log_loss: evaluation.sequence.logLoss, accuracy: evaluation.sequence.accuracy,
      log_loss_after_rules: rules.logLossAfter, worst: worst.map((row) => ({ group: row.group, answer_name: row.answerName, pose_id: row.poseId, log_loss: row.logLoss, predicted: row.predictedPoseId })),
      submission: submission.path, lineage: submission.lineagePath, problems: submission.problems, seconds: (performance.now() - started) / 1000,
    }
    if (context.values.exit === true) return { json, text: summary, exitCode: submission.problems.length ? 1 : 0 }
    console.log(context.json ? JSON.stringify(json) : summary)
    await project.close()
    await serveUntilInterrupted(context, project.folder)
  },
}

const makeSample = (context: CommandContext) =>
  generateSample({ folder: join(applicationData(), 'sample'), ...sampleOptions }, (done, total) => context.progress(`${context.words('예제 그리는 중', 'Drawing the sample')} ${done}/${total}`), context.signal)

/** The contest's rectangles, scaled where the pictures are not 1920 wide. A second demo on a cleaned project erases nothing. */
async function cleanByPreset(project: Project): Promise<number> {
  const presets = await project.annotation.presets()
  const full = project.dataset.summaries().some((row) => row.width === 1920)
  const rule = presets.find((preset) => preset.name === (full ? 'contest' : 'contest-scaled'))
  if (!rule) return 0
  const { erased } = await project.annotation.previewRule({ rule })
  if (erased > 0) await project.annotation.applyRule({ rule })
  return erased
}
