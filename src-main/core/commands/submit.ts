import type { Blend } from '../../contract/ensemble.ts'
import { checkSubmissionFiles } from '../../ensemble/checkFiles.ts'
import { argument, runList, text, UsageError, type Command, type CommandContext } from '../command.ts'
import { formatTable } from '../terminal.ts'

export const submit: Command = {
  name: 'submit',
  usage: 'submit FOLDER --out FILE.csv [--runs 1,2] [--blend] [--no-rules]   |   submit --check FILE.csv --sample SAMPLE.csv',
  summary: { ko: '제출 파일을 쓰거나 검사합니다', en: 'Writes a submission, or checks one' },
  options: { out: { type: 'string' }, runs: { type: 'string', multiple: true }, rules: { type: 'boolean' }, blend: { type: 'boolean' }, check: { type: 'string' }, sample: { type: 'string' } },
  async run(context) {
    const file = text(context, 'check')
    if (file !== undefined) {
      const sample = text(context, 'sample')
      if (sample === undefined) throw new UsageError('--check wants --sample SAMPLE.csv too.')
      const problems = await checkSubmissionFiles(file, sample)
      const lines = problems.map((problem) => `${problem.place}: ${problem.message}`)
      return { json: { file, problems }, text: lines.length ? lines.join('\n') : context.words('문제없습니다.', 'No problems.'), exitCode: problems.length ? 1 : 0 }
    }
    const runIds = runList(context, 'runs')
    const project = await context.project(argument(context, 0, 'FOLDER'), { write: true })
    const fitted = context.values.blend === true
    const submission = await project.ensemble.submit({ runIds, rules: context.values.rules !== false, blend: fitted ? 'fitted' : 'equal', out: text(context, 'out') })
    const fit = fitted ? await project.ensemble.blend({ runIds: submission.runIds }) : null
    const lines = [
      ...(fit ? blendLines(context, fit) : []),
      `${submission.path}  (${submission.rows} × ${submission.columns})`,
      submission.lineagePath,
      submission.estimatedLogLoss === null ? '' : `${context.words('예상 log loss (폴드 밖)', 'estimated log loss (out of fold)')} ${submission.estimatedLogLoss.toFixed(4)}`,
      ...submission.warnings.map((warning) => `! ${warning}`),
      ...submission.problems.map((problem) => `! ${problem.place}: ${problem.message}`),
    ]
    return { json: fit ? { ...submission, fit } : submission, text: lines.filter(Boolean).join('\n'), exitCode: submission.problems.length ? 1 : 0 }
  },
}

/** What the runs have of a blend, and what it brings with its 95 % interval. */
function blendLines(context: CommandContext, blend: Blend): string[] {
  const { words } = context
  const gain = ({ gain: mean, low, high }: Blend['overBest']): string => `${signed(mean)}  (95 %: ${signed(low)} … ${signed(high)})${low > 0 ? '' : words('  뚜렷한 이득 없음', '  no clear gain')}`
  return [
    formatTable(blend.members, [
      { title: words('실행', 'run'), value: ({ runId, name }) => `${runId} ${name}`.trim() },
      { title: words('모델', 'model'), value: ({ model }) => model },
      { title: words('가중치', 'weight'), value: ({ weight }) => weight.toFixed(3), right: true },
      { title: words('온도', 'temperature'), value: ({ temperature }) => temperature.toFixed(3), right: true },
      { title: 'log loss', value: ({ logLoss }) => logLoss.toFixed(4), right: true },
      { title: words('보정 뒤', 'calibrated'), value: ({ logLossCalibrated }) => logLossCalibrated.toFixed(4), right: true },
    ]),
    words(
      `시퀀스 ${blend.sequences}개 (폴드 밖, 교차 적합): 맞춘 조합 ${blend.logLoss.toFixed(4)}, 단순 평균 ${blend.equal.logLoss.toFixed(4)}, 가장 좋은 실행 ${blend.best.runId} ${blend.best.logLoss.toFixed(4)}`,
      `${blend.sequences} sequences, out of fold and cross-fitted: fitted ${blend.logLoss.toFixed(4)}, equal ${blend.equal.logLoss.toFixed(4)}, best run ${blend.best.runId} ${blend.best.logLoss.toFixed(4)}`,
    ),
    `${words('가장 좋은 실행보다', 'better than the best run by')} ${gain(blend.overBest)}`,
    `${words('단순 평균보다', 'better than equal weights by')} ${gain(blend.overEqual)}`,
    ...(blend.perClass.length > 0 ? [words(`가중치를 따로 맞춘 클래스: ${blend.perClass.map(({ poseId }) => poseId).join(', ')}`, `classes with weights of their own: ${blend.perClass.map(({ poseId }) => poseId).join(', ')}`)] : []),
    ...blend.caveats.map((caveat) => `! ${caveatText(context, blend, caveat)}`),
  ]
}

function caveatText({ words }: CommandContext, { sequences, unknown }: Blend, caveat: Blend['caveats'][number]): string {
  switch (caveat) {
    case 'few-sequences': return words(`시퀀스가 ${sequences}개뿐이거나 클래스마다 적어서, 가중치와 구간은 어림으로만 보세요.`, `${sequences} sequences, or those of each class, are few to fit on: take weights and intervals as a rough guess.`)
    case 'different-folds': return words('실행들이 서로 다른 폴드로 학습되어, 시퀀스를 다섯 묶음으로 나누어 교차로 맞추었습니다.', 'The runs were trained on different folds, so the scores are cross-fitted over five parts of the sequences instead.')
    case 'unknown-sequences': return words(`키포인트가 없어 아무 말도 못 하는 실행이 있는 시퀀스: ${unknown}개. 다른 실행이 대신 답합니다.`, `Sequences of which a run can say nothing (no keypoints): ${unknown}. The other runs answer for them.`)
    case 'one-run': return words('실행이 하나라 온도만 맞춥니다.', 'One run alone: only its temperature is fitted.')
  }
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
