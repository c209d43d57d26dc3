import { stringify } from 'csv-stringify/sync'
import type { PredictionSession, PredictedSequence } from '../contract/predict.ts'
import { unionOf } from './overRuns.ts'
import type { NewSequence } from './sessionStore.ts'

type Result = Omit<NewSequence, 'stamp'>

/**
 * Predicted sequences as CSV, one a row: RFC 4180 with a byte order mark, for spreadsheets; a text that a spreadsheet would take for a formula gets an apostrophe in front
 * (OWASP, "CSV injection").
 */
export function resultsCsv(results: readonly Result[], nameOf: (poseId: number) => string): string {
  const poseIds = unionOf(results.map((result) => result.poseIds))
  const header = ['name', 'frames', 'keypoints', 'predicted', 'predicted_name', 'probability', ...poseIds.map(String)]
  const rows = results.map(({ name, record, poseIds: own, probabilities }) => {
    const [best] = record.top
    const placeOf = new Map(own.map((poseId, index) => [poseId, index]))
    const values = poseIds.map((poseId) => (placeOf.has(poseId) ? written(probabilities[placeOf.get(poseId)!]!) : ''))
    return [defused(name), record.frames, record.keypoints, best?.poseId ?? '', best ? defused(nameOf(best.poseId)) : '', best ? written(best.probability) : '', ...values]
  })
  return stringify([header, ...rows], { bom: true, record_delimiter: '\r\n', quoted_match: /[\r\n]/u })
}

/** The same and all frames as JSON, with the keys of `handloom predict --json`. */
export function resultsJson({ options: { runIds, folder } }: PredictionSession, results: readonly Result[]): object {
  const byPose = (poseIds: readonly number[], row: Float32Array) => Object.fromEntries(poseIds.map((poseId, index) => [poseId, written(row[index]!)]))
  return {
    source: folder,
    run: runIds[0],
    runs: runIds,
    pose_ids: unionOf(results.map(({ poseIds }) => poseIds)),
    sequences: results.map((result) => ({ ...sequenceResult(result.name, result.record), probabilities: byPose(result.poseIds, result.probabilities) })),
    frames: results.flatMap(({ name, frames, poseIds, probabilities }) => frames.flatMap(({ number, file }, index) => {
      const row = probabilities.subarray((index + 1) * poseIds.length, (index + 2) * poseIds.length)
      return row.length === 0 || Number.isNaN(row[0]) ? [] : [{ folder: name, frame: number, file, probabilities: byPose(poseIds, row) }]
    })),
  }
}

/** A sequence without its probabilities. */
export function sequenceResult(folder: string, { frames, top, keypoints, poseId, changedByRules, problems }: Omit<PredictedSequence, 'name' | 'top'> & { top: { poseId: number; probability: number }[] }) {
  return { folder, frames, predicted: top[0]?.poseId ?? null, confidence: top[0] ? written(top[0].probability) : null, keypoints, answer: poseId, changed_by_rules: changedByRules, problems }
}

/** As many digits as a float32 has. */
const written = (value: number): number => Number(value.toPrecision(9))

const defused = (text: string): string => (/^[=+\-@\t\r]/u.test(text) ? `'${text}` : text)
