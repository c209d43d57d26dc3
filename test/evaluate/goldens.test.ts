import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReviewLevel, Score } from '../../src-main/contract/evaluate.ts'
import { groupQuery } from '../../src-main/contract/evaluate.ts'
import { classThresholds } from '../../src-main/evaluate/labelIssues.ts'
import { averageLinkage, clustersBelow } from '../../src-main/evaluate/linkage.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

interface GoldenCase {
  name: string
  rows: number[][]
  answers: number[]
  bins: number
  logLoss: number
  accuracy: number
  confusion: number[][]
  curve: { accuracy: number[]; confidence: number[]; count: number[] }
  expectedCalibrationError: number
  brier: number
  issues: { thresholds: number[]; quality: number[]; suggested: number[]; shortcut: number[]; unsure: number[] }
}
interface GoldenLinkage {
  distances: number[][]
  merges: [number, number, number][]
  cut: number
  flat: number[]
}
interface GoldenPair {
  name: string
  ownIds: number[]
  otherIds: number[]
  own: number[][]
  other: number[][]
  /** Pose ids. */
  answers: number[]
  /** Rows that both runs predicted. */
  common: number[]
  /** Of those rows. */
  disagreement: number[]
  differ: number[]
  scores: Record<'own' | 'other' | 'both', Score>
  issues: GoldenCase['issues']
}
const golden = JSON.parse(readFileSync(new URL('../goldens/review.json', import.meta.url), 'utf8')) as { cases: GoldenCase[]; linkage: GoldenLinkage[]; pairs: GoldenPair[] }

const close = (value: number) => expect.closeTo(value, 12) as number

let project: ReturnType<typeof scratchProject>
beforeEach(() => {
  project = scratchProject()
})
afterEach(() => project.close())

/** A room whose run 1 predicted the case's rows, each the only frame of its sequence. */
function roomOf({ rows, answers }: GoldenCase) {
  const poseIds = (rows[0] as number[]).map((_, index) => index)
  const sequences = rows.map((_, row) => ({ folder: `train/${row}`, poseId: answers[row] as number }))
  const room = createEvaluate({ db: project.db, dataset: madeDataset({ sequences }), crop: madeCrop([]), emit: project.emit })
  room.store({ runId: 1, fold: 0, part: 'validation', poseIds, rows: rows.map((row, index) => ({ folder: `train/${index}`, frame: 3, probabilities: Float32Array.from(row) })) })
  return room
}

describe.each(golden.cases)('$name', (made) => {
  it.each(['sequence', 'frame'] as const)('has the log loss, accuracy, confusion matrix, reliability and Brier score of scikit-learn (%s)', (level: ReviewLevel) => {
    const room = roomOf(made)
    const { bins, expectedCalibrationError, brier } = room.calibration({ runId: 1, level, bins: made.bins })
    const matrix = made.confusion.map((row) => row.map(() => 0))
    for (const { answer, predicted, count } of room.confusion({ runId: 1, level, afterRules: false }).cells) (matrix[answer] as number[])[predicted] = count
    expect({
      score: room.summary({ runId: 1 })[level], matrix, brier, expectedCalibrationError,
      curve: { accuracy: bins.map(({ accuracy }) => accuracy), confidence: bins.map(({ confidence }) => confidence), count: bins.map(({ count }) => count) },
    }).toEqual({
      score: { logLoss: close(made.logLoss), accuracy: close(made.accuracy), count: made.rows.length }, matrix: made.confusion, brier: close(made.brier), expectedCalibrationError: close(made.expectedCalibrationError),
      curve: { accuracy: made.curve.accuracy.map(close), confidence: made.curve.confidence.map(close), count: made.curve.count },
    })
  })

  it('doubts the labels that cleanlab doubts', () => {
    const { thresholds, quality, suggested, shortcut } = made.issues
    const room = roomOf(made)
    const { rows } = room.groups(groupQuery.parse({ runId: 1, sort: 'group', descending: false }))
    const compared = (values: readonly (number | null)[]) => values.filter((_, row) => !shortcut.includes(row))
    const found = classThresholds(thresholds.length, Int32Array.from(made.answers), Float64Array.from(made.rows, (row, index) => row[made.answers[index] as number] as number))
    expect({ thresholds: [...found], quality: rows.map(({ labelQuality }) => labelQuality), suggested: compared(rows.map(({ suggestedPoseId }) => suggestedPoseId)) }).toEqual({
      thresholds: thresholds.map(close), quality: quality.map(close), suggested: compared(suggested.map((poseId) => (poseId < 0 ? null : poseId))),
    })
    expect(rows.filter(({ labelIssue }) => labelIssue).length).toBe(room.summary({ runId: 1 }).labelIssues)
  })
})

describe.each(golden.pairs)('two runs: $name', (made) => {
  const roomOfBoth = () => {
    const room = createEvaluate({ db: project.db, dataset: madeDataset({ sequences: made.answers.map((poseId, row) => ({ folder: `train/${row}`, poseId })) }), crop: madeCrop([]), emit: project.emit })
    const store = (runId: number, poseIds: number[], rows: number[][], of: readonly number[]) =>
      room.store({ runId, fold: 0, part: 'validation', poseIds, rows: of.map((row) => ({ folder: `train/${row}`, frame: 0, probabilities: Float32Array.from(rows[row] as number[]) })) })
    store(1, made.ownIds, made.own, [...made.own.keys()])
    store(2, made.otherIds, made.other, made.common)
    return room
  }
  const rowsOf = (query: object) => roomOfBoth().groups(groupQuery.parse({ runId: 1, against: 2, sort: 'group', descending: false, ...query })).rows

  it.each(['sequence', 'frame'] as const)('disagree by as much as scipy says (%s)', (level: ReviewLevel) => {
    const numbers = (of: { group: string }[]) => of.map(({ group }) => Number(group.split('/')[1]))
    const compared = rowsOf({ level }).filter(({ against }) => against !== null)
    expect({ common: numbers(compared), disagreement: compared.map(({ against }) => against?.disagreement), differ: numbers(rowsOf({ level, disagreeOnly: true })) }).toEqual({ common: made.common, disagreement: made.disagreement.map(close), differ: made.differ })
  })

  it('score what scikit-learn says, and so does their mean', () => {
    const closely = ({ logLoss, accuracy, count }: Score) => ({ logLoss: close(logLoss), accuracy: close(accuracy), count })
    expect(roomOfBoth().summary({ runId: 1, against: 2 }).against).toMatchObject({
      sequences: made.common.length, disagreements: made.differ.length, own: closely(made.scores.own), other: closely(made.scores.other), both: closely(made.scores.both),
    })
  })

  it('doubt the labels that cleanlab doubts by their mean', () => {
    const rows = rowsOf({})
    expect({ quality: rows.map(({ labelQuality }) => labelQuality), suggested: rows.map(({ suggestedPoseId }) => suggestedPoseId), counted: roomOfBoth().summary({ runId: 1, against: 2 }).labelIssues }).toEqual({
      quality: made.issues.quality.map(close), suggested: made.issues.suggested.map((index) => made.ownIds[index] ?? null), counted: made.issues.suggested.filter((index) => index >= 0).length,
    })
  })
})

describe('average linkage', () => {
  it.each(golden.linkage)('merges as scipy does', ({ distances, merges, cut, flat }) => {
    const dendrogram = averageLinkage(Float64Array.from(distances.flat()), distances.length)
    const together = Map.groupBy(flat.keys(), (item) => flat[item])
    const ascending = (clusters: readonly (readonly number[])[]) => clusters.map((cluster) => cluster.toSorted((a, b) => a - b)).sort(([a = 0], [b = 0]) => a - b)
    expect({ merges: dendrogram.merges.map(({ a, b, distance }) => [a, b, distance]), clusters: ascending(clustersBelow(dendrogram, cut)) }).toEqual({
      merges: merges.map(([a, b, distance]) => [a, b, close(distance)]), clusters: ascending([...together.values()].filter(({ length }) => length > 1)),
    })
    expect(dendrogram.order.toSorted((a, b) => a - b)).toEqual([...flat.keys()])
  })

  it('turns what it merges so that the nearest ends touch, and leaves what has nothing in common in its order', () => {
    // On a line at 0, 10, 1, 12: {0, 1} and {10, 12} come together with 1 beside 10.
    const at = [0, 10, 1, 12]
    const line = averageLinkage(Float64Array.from(at.flatMap((a) => at.map((b) => Math.abs(a - b)))), 4)
    expect(line.order.map((item) => at[item])).toEqual([0, 1, 10, 12])
    expect(clustersBelow(line, 2).map((cluster) => cluster.map((item) => at[item]))).toEqual([[0, 1], [10, 12]])
    expect(averageLinkage(Float64Array.from({ length: 25 }, (_, cell) => (cell % 6 === 0 ? 0 : 1)), 5).order).toEqual([0, 1, 2, 3, 4])
    expect([averageLinkage(new Float64Array(0), 0).order, averageLinkage(Float64Array.of(0), 1).order]).toEqual([[], [0]])
  })
})
