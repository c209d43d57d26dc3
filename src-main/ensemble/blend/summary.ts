import type { Blend, BlendMember } from '../../contract/ensemble.ts'
import { argMax, meanProbabilities, negativeLogLikelihood } from '../../evaluate/metrics.ts'
import { gainOf } from './bootstrap.ts'
import { blended, calibratedRows, fitBlend, heldOut, type BlendFit } from './fit.ts'
import type { BlendTable } from './table.ts'

/** With fewer sequences in all, or a class on average, weights and interval are a rough guess. */
const fewSequences = 50
const fewPerClass = 3

/** A blend as fitted on all sequences, and on all but each part's. */
export interface FittedBlend {
  whole: BlendFit
  /** By part: fitted without its sequences. */
  without: ReadonlyMap<number, BlendFit>
}

export function fitAndCrossFit(table: BlendTable): FittedBlend {
  const all = table.folders.map((_, sequence) => sequence)
  return { whole: fitBlend(table, all), without: new Map(heldOut(table, all).map(({ part, others }) => [part, fitBlend(table, others)])) }
}

/**
 * What a blend is made of and what it brings, all scores cross-fitted.
 * @param rows [members][sequences] each run's probabilities over all classes, as they are
 * @throws RangeError when there are no sequences
 */
export function describeBlend(
  table: BlendTable,
  { whole, without }: FittedBlend,
  runs: readonly Pick<BlendMember, 'runId' | 'name' | 'model'>[],
  rows: readonly (readonly Float64Array[])[],
  { foldsDiffer, nameOf }: { foldsDiffer: boolean; nameOf: (poseId: number) => string },
): Blend {
  const { answers, parts, logs } = table
  const fitFor = (sequence: number): BlendFit => without.get(parts[sequence] as number) as BlendFit
  const score = (row: ArrayLike<number>, sequence: number): Scored => ({ loss: negativeLogLikelihood(row[answers[sequence] as number] ?? 0), right: argMax(row) === answers[sequence] })
  const every = <T>(work: (sequence: number) => T): T[] => answers.map((_, sequence) => work(sequence))

  const own = rows.map((ofMember) => every((sequence) => score(ofMember[sequence] as Float64Array, sequence)))
  const calibrated = rows.map((ofMember, member) => every((sequence) => score(calibratedRows(table, fitFor(sequence), sequence)[member] ?? (ofMember[sequence] as Float64Array), sequence)))
  const equal = every((sequence) => score(meanProbabilities(rows.map((ofMember) => ofMember[sequence] as Float64Array)), sequence))
  const fitted = every((sequence) => score(blended(table, fitFor(sequence), sequence), sequence))

  const members = runs.map((run, member): BlendMember => ({
    ...run,
    temperature: whole.temperatures[member] as number,
    weight: whole.weights[member] as number,
    ...meanOf(own[member] as Scored[]),
    logLossCalibrated: meanOf(calibrated[member] as Scored[]).logLoss,
  }))
  const best = members.reduce((lowest, member) => (member.logLoss < lowest.logLoss ? member : lowest))
  const ofBest = own[members.indexOf(best)] as Scored[]
  const unknown = every((sequence) => logs.some((ofMember) => ofMember[sequence] === null)).filter(Boolean).length
  const few = answers.length < fewSequences || answers.length < fewPerClass * new Set(answers).size
  return {
    members,
    sequences: answers.length,
    ...meanOf(fitted),
    equal: meanOf(equal),
    best: { runId: best.runId, ...meanOf(ofBest) },
    overEqual: gainOf(fitted.map(({ loss }, sequence) => (equal[sequence] as Scored).loss - loss)),
    overBest: gainOf(fitted.map(({ loss }, sequence) => (ofBest[sequence] as Scored).loss - loss)),
    perClass: [...whole.perClass].map(([index, weights]) => {
      const poseId = table.poseIds[index] as number
      return { poseId, name: nameOf(poseId), sequences: answers.filter((answer) => answer === index).length, weights: [...weights] }
    }),
    caveats: [...(runs.length === 1 ? (['one-run'] as const) : []), ...(few ? (['few-sequences'] as const) : []), ...(foldsDiffer ? (['different-folds'] as const) : []), ...(unknown > 0 ? (['unknown-sequences'] as const) : [])],
    unknown,
  }
}

interface Scored {
  loss: number
  right: boolean
}

const meanOf = (scores: readonly Scored[]): { logLoss: number; accuracy: number } => ({
  logLoss: scores.reduce((sum, { loss }) => sum + loss, 0) / scores.length,
  accuracy: scores.filter(({ right }) => right).length / scores.length,
})
