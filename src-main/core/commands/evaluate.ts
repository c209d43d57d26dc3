import type { GroupRow, Score } from '../../contract/evaluate.ts'
import { groupQuery } from '../../contract/evaluate.ts'
import { argument, chosenRun, runList, UsageError, wholeNumber, type Command } from '../command.ts'
import { formatTable, type Column } from '../terminal.ts'

const score = ({ logLoss, accuracy, count }: Score) => ({ log_loss: logLoss, accuracy, count })

export const evaluate: Command = {
  name: 'evaluate',
  usage: 'evaluate FOLDER [--run ID]',
  summary: { ko: '폴드 밖 예측의 log loss와 정확도', en: 'Log loss and accuracy, out of fold' },
  options: { run: { type: 'string' } },
  async run(context) {
    const project = await context.project(argument(context, 0, 'FOLDER'))
    const runId = await chosenRun(context, project)
    const summary = await project.evaluate.summary({ runId })
    const { rows: groups } = await project.evaluate.groups(groupQuery.parse({ runId, limit: 100_000 }))
    const json = {
      run: runId, frame: score(summary.frame), sequence: score(summary.sequence), chance: summary.chance, classes: summary.classes, unknown: summary.unknown,
      folds: summary.folds.map(({ fold, frame, sequence }) => ({ fold, frame: score(frame), sequence: score(sequence) })),
      per_class: summary.perClass.map((row) => ({ pose_id: row.poseId, name: row.name, log_loss: row.logLoss, accuracy: row.accuracy, sequences: row.sequences })),
      groups: groups.map((row) => ({ group: row.group, answer_name: row.answerName, pose_id: row.poseId, log_loss: row.logLoss, predicted: row.predictedPoseId, frames: row.frames, fold: row.fold })),
    }
    const rows = [...summary.folds.map((fold) => ({ name: String(fold.fold), ...fold })), { name: context.words('전체', 'all'), frame: summary.frame, sequence: summary.sequence }]
    const table = formatTable(rows, [
      { title: context.words('폴드', 'fold'), value: (row) => row.name, right: true },
      { title: context.words('시퀀스', 'sequences'), value: (row) => String(row.sequence.count), right: true },
      { title: context.words('시퀀스 log loss', 'sequence log loss'), value: (row) => row.sequence.logLoss.toFixed(4), right: true },
      { title: context.words('시퀀스 정확도', 'sequence accuracy'), value: (row) => row.sequence.accuracy.toFixed(3), right: true },
      { title: context.words('프레임 log loss', 'frame log loss'), value: (row) => row.frame.logLoss.toFixed(4), right: true },
      { title: context.words('프레임 정확도', 'frame accuracy'), value: (row) => row.frame.accuracy.toFixed(3), right: true },
    ])
    return { json, text: `${context.words('학습', 'run')} ${runId} · ${context.words('무작위', 'chance')} ln(${summary.classes}) = ${summary.chance.toFixed(4)}\n${table}` }
  },
}

export const review: Command = {
  name: 'review',
  usage: 'review FOLDER [--top N] [--run ID] [--against ID [--disagree]]',
  summary: { ko: 'log loss가 큰 시퀀스부터, 다른 학습과 나란히', en: 'Sequences by log loss, worst first; beside another run' },
  options: { top: { type: 'string' }, run: { type: 'string' }, against: { type: 'string' }, disagree: { type: 'boolean' } },
  async run(context) {
    const [against] = runList(context, 'against')
    const disagree = context.values.disagree === true
    if (disagree && against === undefined) throw new UsageError('--disagree wants to know with which run: --against ID.')
    const project = await context.project(argument(context, 0, 'FOLDER'))
    const runId = await chosenRun(context, project)
    if (against !== undefined) await project.train.run({ id: against })
    const { rows } = await project.evaluate.groups(groupQuery.parse({ runId, against, disagreeOnly: disagree, sort: disagree ? 'disagreement' : 'logLoss', limit: wholeNumber(context, 'top', 1) ?? 20 }))
    const columns: Column<GroupRow>[] = [
      { title: context.words('시퀀스', 'group'), value: (row) => row.group },
      { title: context.words('정답', 'answer'), value: (row) => row.answerName },
      { title: 'pose', value: (row) => String(row.poseId), right: true },
      { title: 'log loss', value: (row) => row.logLoss.toFixed(4), right: true },
      { title: context.words('예측', 'predicted'), value: (row) => `${row.predictedPoseId} ${row.predictedName}` },
      { title: context.words('프레임', 'frames'), value: (row) => String(row.frames), right: true },
      { title: context.words('폴드', 'fold'), value: (row) => String(row.fold), right: true },
    ]
    const name = `${context.words('학습', 'run')} ${against}`
    const besides: Column<GroupRow>[] = [
      { title: `${name} log loss`, value: ({ against: other }) => other?.logLoss.toFixed(4) ?? '–', right: true },
      { title: context.words(`${name} 예측`, `${name} predicted`), value: ({ against: other }) => (other ? `${other.predictedPoseId} ${other.predictedName}` : '–') },
      { title: context.words('차이(비트)', 'disagreement, bits'), value: ({ against: other }) => other?.disagreement.toFixed(3) ?? '–', right: true },
    ]
    return {
      json: rows.map((row) => ({
        group: row.group, answer_name: row.answerName, pose_id: row.poseId, log_loss: row.logLoss, predicted: row.predictedPoseId, predicted_name: row.predictedName,
        confidence: row.confidence, frames: row.frames, fold: row.fold, look_alike: row.lookAlike, unknown: row.unknown, against: beside(row),
      })),
      text: formatTable(rows, against === undefined ? columns : [...columns, ...besides]),
    }
  },
}

const beside = ({ against }: GroupRow) =>
  against && {
    log_loss: against.logLoss, predicted: against.predictedPoseId, predicted_name: against.predictedName, confidence: against.confidence, answer_probability: against.answerProbability,
    disagreement: against.disagreement, change: against.change,
  }
