import { lookAlikes, triageCauses, type BreakdownRow, type ConfusionCell, type GroupRow } from '../../src-main/contract/evaluate.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import type { SourceFrame } from '../../src-main/contract/rooms.ts'
import type { SequenceSummary } from '../../src-main/contract/dataset.ts'
import { trainConfig, type Metric, type Run, type RunScore } from '../../src-main/contract/train.ts'
import type { RuleJudgement } from '../../src-main/contract/rules.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import type { ReportSources } from '../../src-main/report/collect.ts'

/** Names as an enemy would give them: each tries to become an element, to load or to run something. */
export const hostileNames = [
  '<script>document.title="owned"</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", '</title><iframe src="https://example.com"></iframe>', '</style><style>@import "https://example.com/a.css";</style>',
  '<svg><a xlink:href="javascript:alert(1)">', '&lt;b&gt;', '\u202egnp.exe\u202c', '한글 <b>굵게</b>', 'a\u0000b', '</td></tr></table>', '<!--',
]

export interface MadeRun {
  sequences: number
  classes: number
  folds?: number
  epochs?: number
  names?: readonly string[]
  /** Absolute path of a frame's picture. */
  imagePath?: (folder: string, frame: number) => string
  run?: Partial<Run>
}

/** What a rule is judged by, of which a report says only a little. */
const unjudged: RuleJudgement = {
  points: [], unmeasured: [], thresholdInterval: null, fits: [], decisions: 4, wrong: 1, logLossBefore: 1.5, logLossAfter: 0.7, logLossAfterInFold: 0.6, gain: null, runBefore: 1.2, runAfter: 1.1, testChanged: [],
  changed: [{ folder: 'train/3', poseId: 1, value: 40, before: { poseId: 0, name: '0', probability: 0.5 }, after: { poseId: 1, name: '1', probability: 0.9 }, answerBefore: 0.5, answerAfter: 0.9 }],
}

/** The rooms that a report asks, over a run made up by a random stream. */
export function reportSources({ sequences, classes, folds = 5, epochs = 12, names = [], imagePath, run: changes = {} }: MadeRun): ReportSources {
  const random = randomStream(11, 3)
  const nameOf = (index: number): string => names[index % Math.max(1, names.length)] ?? `동작 ${index}`
  const rows = Array.from({ length: sequences }, (_, index): GroupRow => {
    const answer = index % classes
    const wrong = random.uniform() < 0.3
    const predicted = wrong ? (answer + 1 + random.integer(3)) % classes : answer
    const logLoss = wrong ? 1 + 4 * random.uniform() : 0.4 * random.uniform()
    return {
      group: `train/${index}`, frame: null, answerName: nameOf(answer), poseId: answer, logLoss, predictedPoseId: predicted, predictedName: nameOf(predicted), confidence: 0.3 + 0.7 * random.uniform(),
      answerProbability: Math.exp(-logLoss), frames: 8, fold: index % folds, actor: nameOf(index % 7), hand: (['left', 'right', 'both'] as const)[index % 3]!, view: '1st', share: 0, lookAlike: wrong ? lookAlikes[index % 3]! : null,
      afterRules: null, labelQuality: random.uniform(), labelIssue: wrong && index % 4 === 0, suggestedPoseId: wrong ? predicted : null, suggestedName: wrong ? nameOf(predicted) : null,
      cause: index % 9 === 0 ? triageCauses[index % triageCauses.length]! : null, note: index % 18 === 0 ? nameOf(index) : '', unknown: false, against: null,
    }
  })
  const total = rows.reduce((sum, { logLoss }) => sum + logLoss, 0)
  for (const row of rows) row.share = row.logLoss / total
  rows.sort((a, b) => b.logLoss - a.logLoss)
  const scoreOf = (of: readonly GroupRow[]) => ({ logLoss: of.reduce((sum, { logLoss }) => sum + logLoss, 0) / of.length, accuracy: of.filter((row) => row.poseId === row.predictedPoseId).length / of.length, count: of.length })
  const frameScore = (of: readonly GroupRow[]) => ({ ...scoreOf(of), count: of.length * 8 })
  const run: Run = {
    id: 1, name: names[0] ?? 'first', created: '2026-11-20T09:30:00.000Z', config: trainConfig.parse({ name: 'x', pretrained: '/home/somebody/weights/regnet.pth', crop: { margin: 100 } }), splitId: 1, state: 'done', secondsLeft: null,
    folds: Array.from({ length: folds }, (_, fold) => ({
      fold, state: 'done', epoch: epochs, epochs, bestLogLoss: 1, bestAccuracy: 0.7, imagesPerSecond: 80, secondsLeft: null, message: null, trainFrames: 800, validationFrames: 200, bestEpoch: epochs - 1, failure: null, device: null, restarts: 0, carriedFrom: fold === 1 ? 4 : null,
    })),
    provenance: { dataHash: 'd'.repeat(64), editsHash: '', recipeHash: 'r'.repeat(64), splitHash: 's'.repeat(64), version: '1.2.3', machine: 'secret-host: linux x64, 2 × Processor, 8 GB', engine: 'TensorFlow 2.17 (cpu)' },
    objects: { train: { kind: 'recipe', name: names[1] ?? 'default', version: 3, hash: 'a'.repeat(64) } } as unknown as Run['objects'], sweep: null, madeFrom: null, ...changes,
  }
  const breakdown = (keyOf: (row: GroupRow) => string, label: (row: GroupRow) => Pick<BreakdownRow, 'poseId' | 'name'>): BreakdownRow[] =>
    [...Map.groupBy(rows, keyOf)].map(([key, own]) => ({ key, ...label(own[0]!), ...scoreOf(own), share: own.reduce((sum, { share }) => sum + share, 0), worst: own[0]!.group })).sort((a, b) => b.share - a.share)
  const page = (found: readonly GroupRow[], limit: number) => ({ total: found.length, rows: found.slice(0, limit), logLoss: scoreOf(found).logLoss, share: 1, mostShare: found[0]?.share ?? 0 })
  const cells = [...Map.groupBy(rows, ({ poseId, predictedPoseId }) => `${poseId} ${predictedPoseId}`).values()].map(
    (own): ConfusionCell => ({ answer: own[0]!.poseId, predicted: own[0]!.predictedPoseId, count: own.length, logLoss: scoreOf(own).logLoss, lookAlike: own[0]!.lookAlike }),
  )
  const order = Array.from({ length: Math.min(classes, sequences) }, (_, index) => index)
  return {
    dataset: {
      folder: '/home/somebody/private/데이터 <i>',
      has: () => imagePath !== undefined,
      sourceFrames: () => Array.from({ length: 8 }, (_, number) => ({ number, file: `${number}.png` }) as SourceFrame),
      imagePath: imagePath ?? (() => { throw new HandloomError('not-found', 'no') }),
      summary: (folder) => ({ folder, poseId: 1, correctedFrom: null }) as SequenceSummary,
    },
    evaluate: {
      summary({ runId }) {
        if (runId !== run.id) throw new HandloomError('not-found', `There is no run ${runId}.`)
        return {
          runId, folds: Array.from({ length: folds }, (_, fold) => ({ fold, frame: frameScore(rows.filter((row) => row.fold === fold)), sequence: scoreOf(rows.filter((row) => row.fold === fold)) })),
          frame: frameScore(rows), sequence: scoreOf(rows), afterRules: null, perClass: [], chance: Math.log(classes), classes, topTenShare: rows.slice(0, 10).reduce((sum, { share }) => sum + share, 0), labelIssues: rows.filter(({ labelIssue }) => labelIssue).length, triaged: 0, unknown: 0, against: null,
        }
      },
      groups: ({ level, groups, issuesOnly, limit }) =>
        level === 'frame'
          ? page(rows.filter(({ group }) => groups?.includes(group)).flatMap((row) => Array.from({ length: 8 }, (_, frame) => ({ ...row, frame }))), limit)
          : page(issuesOnly ? rows.filter(({ labelIssue }) => labelIssue) : rows, limit),
      breakdown: ({ by }) =>
        by === 'class' ? breakdown(({ poseId }) => String(poseId), ({ poseId, answerName }) => ({ poseId, name: answerName }))
        : by === 'hand' ? breakdown(({ hand }) => hand, ({ hand }) => ({ poseId: null, name: hand }))
        : by === 'cause' ? breakdown(({ cause }) => cause ?? '', () => ({ poseId: null, name: '' }))
        : breakdown(({ actor }) => actor ?? '', ({ actor }) => ({ poseId: null, name: actor ?? '' })),
      confusion: () => ({ cells, classes: order.map((poseId) => ({ poseId, name: nameOf(poseId), hand: 'left', count: rows.filter((row) => row.poseId === poseId).length })), order, clusters: [order.slice(0, 4), order.slice(8, 11)] }),
      calibration: () => ({ bins: Array.from({ length: 10 }, (_, bin) => ({ from: bin / 10, to: (bin + 1) / 10, count: bin * 3, confidence: (bin + 0.5) / 10, accuracy: Math.min(1, (bin + 0.2) / 9) })), expectedCalibrationError: 0.0612, brier: 0.31 }),
      triage: () => rows.flatMap(({ group, cause, note }) => (cause === null ? [] : [{ folder: group, cause, note, created: run.created, author: names[2] ?? 'kim' }])),
    },
    rules: {
      state: ({ runId }) => ({
        rules: [{ id: 1, runId, name: names[3] ?? 'wag', stillPoseIds: [0], movingPoseIds: [1], feature: { point: 'topmost', measure: 'range', axis: 'x', unit: 'pixels' }, threshold: 31.85, method: 'maximum-plus-5', action: 'clamp', clamp: 0.02, clampFrom: 'by-hand', leftOut: [], enabled: true, note: '', ...unjudged }],
        runId, version: 1, logLossBefore: 1.2, logLossAfter: 1.1, logLossAfterInFold: 1,
      }),
    },
    train: {
      run: () => run,
      metrics: () => Array.from({ length: folds * epochs }, (_, index): Metric => {
        const [fold, epoch] = [index % folds, 1 + Math.floor(index / folds)]
        const loss = 4 * Math.exp(-epoch / (4 + fold)) + 0.3
        return { fold, kind: 'epoch', step: epoch * 50, epoch, loss, learningRate: 0.01, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationLogLoss: loss + 0.4, validationAccuracy: 0.5, load: null }
      }),
      compare: () => [{ runId: run.id, leakingSequences: 0 } as RunScore],
    },
  }
}
