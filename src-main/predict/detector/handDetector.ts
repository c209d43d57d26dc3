import type { PredictApi } from '../../contract/api.ts'
import type { ReadSequence } from '../readGiven.ts'
import { detect } from './detect.ts'

/** Seconds a detector may take for one picture (the first includes its start), where HANDLOOM_HAND_DETECTOR_SECONDS does not say. */
const usualSeconds = 60

export interface HandDetector {
  /** What is configured, and whether it answered when it was asked last. */
  state(): Awaited<ReturnType<PredictApi['detector']>>
  /**
   * Sequences whose files have no keypoints get those that the detector finds. A sequence that it did not answer for in full stays as it is, and has a problem.
   * @returns in the same order, and the names of those that it failed on
   * @throws HandloomError `interrupted`
   */
  complete(sequences: readonly ReadSequence[], signal: AbortSignal): Promise<{ sequences: ReadSequence[]; failed: Set<string> }>
}

/** The detector that the environment names, and nothing else: what a project or the API says never starts a program. */
export function createHandDetector(environment: NodeJS.ProcessEnv = process.env): HandDetector {
  const command = environment.HANDLOOM_HAND_DETECTOR?.trim() || null
  const given = Number(environment.HANDLOOM_HAND_DETECTOR_SECONDS)
  const seconds = given > 0 && given <= 86_400 ? given : usualSeconds
  let last: { works: boolean | null; message: string | null } = { works: null, message: null }

  return {
    state: () => ({ command, ...last }),
    async complete(sequences, signal) {
      const failed = new Set<string>()
      const files = command === null ? [] : sequences.filter(({ keypoints }) => keypoints === 'none').flatMap(({ frames }) => frames.flatMap(({ file }) => file ?? []))
      if (command === null || files.length === 0) return { sequences: [...sequences], failed }
      const { points, faults, failure } = await detect(command, files, seconds, signal)
      const [fault] = faults
      last = failure !== null ? { works: false, message: failure } : fault ? { works: false, message: `${fault[0]}: ${fault[1]}` } : { works: true, message: null }
      const filled = sequences.map((sequence): ReadSequence => {
        const asked = sequence.keypoints === 'none' ? sequence.frames.flatMap(({ file }) => file ?? []) : []
        if (asked.length === 0) return sequence
        const missing = asked.filter((file) => !points.has(file))
        if (missing.length > 0) {
          failed.add(sequence.found.name)
          const [first = ''] = missing
          const message = `The hand detector gave no keypoints: ${faults.get(first) ?? failure ?? 'it did not answer'}. Without those of all its pictures the sequence is taken as one without keypoints.`
          return { ...sequence, problems: [...sequence.problems, { file: sequence.found.name, place: first, message }] }
        }
        return { ...sequence, keypoints: 'detector', frames: sequence.frames.map((frame) => ({ ...frame, points: (frame.file !== null && points.get(frame.file)) || frame.points })) }
      })
      return { sequences: filled, failed }
    },
  }
}
