import type { Blend, BlendGain, EnsembleWays, FoldChoice, Pooling, SubmissionComparison, WayScore } from '../../contract/ensemble.ts'
import type { TestViews } from '../../contract/train.ts'
import type { CommandContext } from '../command.ts'
import { formatTable, type Column } from '../terminal.ts'

/** What the runs have of a blend, and what it brings with its 95 % interval. */
export function blendLines(context: CommandContext, blend: Blend): string[] {
  const { words } = context
  const gain = (of: BlendGain): string => `${gainText(of)}${of.low > 0 ? '' : words('  뚜렷한 이득 없음', '  no clear gain')}`
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

/** What changed from one submission to another: the sequences that did, largest change first. */
export function changeLines({ words }: CommandContext, { rows, same, otherClass, onlyHere, onlyThere, divergence }: Omit<SubmissionComparison, 'id' | 'against'>): string[] {
  const named = ({ poseId, name, probability }: SubmissionComparison['rows'][number]['before']): string => `${name === String(poseId) ? name : `${poseId} ${name}`}  ${probability.toFixed(4)}`
  return [
    words(
      `시퀀스 ${rows.length}개 가운데 ${same}개는 그대로이고, ${otherClass}개는 가장 높은 클래스가 바뀌었습니다. 나중 것이 맞다면 먼저 것의 log loss는 ${divergence.toFixed(4)} 더 큽니다.`,
      `${rows.length} sequences: ${same} the same, ${otherClass} with another most probable class. If the later one is right, the earlier one's log loss is ${divergence.toFixed(4)} higher.`,
    ),
    ...(rows.length > same
      ? [formatTable(rows.slice(0, rows.length - same), [
          { title: words('시퀀스', 'sequence'), value: ({ folder }) => folder },
          { title: words('먼저', 'before'), value: ({ before }) => named(before) },
          { title: words('나중', 'after'), value: ({ after }) => named(after) },
          { title: words('거리', 'distance'), value: ({ distance }) => distance.toFixed(4), right: true },
          { title: words('ln 하락', 'ln drop'), value: ({ drop }) => signed(drop), right: true },
        ])]
      : []),
    ...(onlyThere.length > 0 ? [`${words('먼저 것에만 있음', 'only in the earlier one')}: ${onlyThere.join(', ')}`] : []),
    ...(onlyHere.length > 0 ? [`${words('나중 것에만 있음', 'only in the later one')}: ${onlyHere.join(', ')}`] : []),
  ]
}

/** Ways from frames and folds to a sequence, with what each brings over the plain one. */
export function wayLines({ words }: CommandContext, { sequences, poolings, folds, views, caveats }: EnsembleWays): string[] {
  const scores: Column<WayScore>[] = [
    { title: 'log loss', value: ({ logLoss }) => logLoss.toFixed(4), right: true },
    { title: words('정확도', 'accuracy'), value: ({ accuracy }) => `${(accuracy * 100).toFixed(1)} %`, right: true },
    { title: words('이득 (95 %)', 'gain (95 %)'), value: ({ gain }) => gainText(gain), right: true },
  ]
  return [
    words(`시퀀스 ${sequences}개 (폴드 밖)`, `${sequences} sequences, out of fold`),
    formatTable(poolings, [{ title: words('프레임', 'frames'), value: ({ pooling }) => poolingName({ words }, pooling) }, ...scores]),
    formatTable(folds, [
      { title: words('실행', 'run'), value: ({ runId }) => String(runId), right: true },
      { title: words('폴드', 'fold'), value: ({ fold }) => String(fold), right: true },
      { title: words('시퀀스', 'sequences'), value: (row) => String(row.sequences), right: true },
      { title: 'log loss', value: ({ logLoss }) => logLoss.toFixed(4), right: true },
      { title: '95 %', value: ({ low, high }) => `${low.toFixed(4)} … ${high.toFixed(4)}`, right: true },
      { title: words('가중치', 'weight'), value: ({ weight }) => weight.toFixed(3), right: true },
      { title: '', value: ({ best }) => (best ? words('가장 좋음', 'best') : '') },
    ]),
    formatTable(views, [{ title: words('보는 방법', 'views'), value: (row) => viewsText({ words }, row.views) }, ...scores]),
    ...caveats.map((caveat) =>
      caveat === 'few-folds'
        ? words('! 폴드가 적거나 구간이 모두 겹쳐서, 어느 폴드가 가장 좋은지 알 수 없습니다.', '! The folds are few, or their intervals all overlap: which one is best cannot be told.')
        : words('! 시퀀스가 50개보다 적어서, 점수는 어림으로만 보세요.', '! There are fewer than 50 sequences: take the scores as a rough guess.'),
    ),
  ]
}

/** The ways of a submission that are not the plain ones. */
export function chosenWayText({ words }: Words, { pooling, folds, views, clip, clipped }: { pooling: Pooling; folds: FoldChoice; views?: TestViews | null | undefined; clip: number; clipped: number }): string {
  return [
    ...(pooling === 'mean' ? [] : [`${words('프레임', 'frames')}: ${poolingName({ words }, pooling)}`]),
    ...(folds === 'equal' ? [] : [`${words('폴드', 'folds')}: ${folds === 'best' ? words('가장 좋은 하나', 'the best one') : words('가중', 'weighted')}`]),
    ...(views ? [`${words('보는 방법', 'views')}: ${viewsText({ words }, views)}`] : []),
    ...(clip > 1e-15 ? [words(`${clip} 아래 확률 ${clipped}개를 올림`, `${clipped} probabilities raised to ${clip}`)] : []),
  ].join(', ')
}

type Words = Pick<CommandContext, 'words'>

function poolingName({ words }: Words, pooling: Pooling): string {
  switch (pooling) {
    case 'mean': return words('평균', 'mean')
    case 'median': return words('중앙값', 'median')
    case 'geometric': return words('기하 평균', 'geometric mean')
    case 'trimmed': return words('절사 평균', 'trimmed mean')
    case 'quality': return words('크롭 품질 가중', 'weighted by crop quality')
  }
}

function viewsText({ words }: Words, views: TestViews | null): string {
  if (!views) return words('실행 설정대로', 'as the runs are set')
  const { testFlip, testMargins } = views
  return [...(testFlip ? [words('좌우 반전', 'mirrored')] : [words('그대로', 'plain')]), ...testMargins.map((margin) => `${margin < 0 ? '−' : '+'}${Math.abs(margin)}`)].join(' ')
}

const gainText = ({ gain, low, high }: BlendGain): string => `${signed(gain)}  (95 %: ${signed(low)} … ${signed(high)})`

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
