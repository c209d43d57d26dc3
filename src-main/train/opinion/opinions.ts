import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SequenceSummary } from '../../contract/dataset.ts'
import { HandloomError } from '../../contract/errors.ts'
import type { KeypointOpinion } from '../../contract/keypoints.ts'
import type { DatasetRoom } from '../../contract/rooms.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import { plannedSequences } from '../keypointPlan.ts'
import { foldFolder } from '../runPlan.ts'
import { askedRun, type AskedRunDeps } from './askedRun.ts'
import type { Judge, Judgement, JudgeTask } from './judge.ts'
import { newestFirst } from './newestFirst.ts'
import { opinionOf } from './opinionOf.ts'

export interface OpinionDeps extends AskedRunDeps {
  dataset: Pick<DatasetRoom, 'summary' | 'frames' | 'sourceFrames' | 'classRows'>
  projectFolder: string
  judge: Judge
}

export interface Opinions {
  /** @throws HandloomError `not-found` for a sequence or run that is not there, `bad-request` for a run that sees pictures */
  opinion(input: { folder: string; runId?: number | undefined }): Promise<KeypointOpinion | null>
}

/** Answers that are kept. */
const mostKept = 32

/**
 * What keypoint runs say of sequences as they are now. One question is answered at a time, the newest first; one about a sequence that was edited meanwhile
 * is abandoned, and whoever asked it gets the answer to the newer one.
 */
export function createOpinions({ dataset, projectFolder, judge, ...deps }: OpinionDeps): Opinions {
  const kept = new Map<string, Judgement>()
  const underway = new Map<string, { key: string; judgement: Promise<Judgement>; stop: AbortController }>()
  const inTurn = newestFirst()

  async function judged(place: string, key: string, task: () => JudgeTask): Promise<Judgement> {
    const known = kept.get(key)
    if (known) {
      kept.delete(key)
      kept.set(key, known)
      return known
    }
    const before = underway.get(place)
    if (before?.key === key) return before.judgement
    const stop = new AbortController()
    const own = { key, stop, judgement: answered() }
    underway.set(place, own)
    before?.stop.abort()
    return own.judgement

    async function answered(): Promise<Judgement> {
      try {
        const judgement = await inTurn(async () => {
          if (stop.signal.aborted) throw new HandloomError('interrupted', 'The sequence was edited meanwhile.')
          return judge(task(), stop.signal)
        })
        kept.set(key, judgement)
        for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest)
        return judgement
      } catch (error) {
        const newer = underway.get(place)
        if (stop.signal.aborted && newer && newer !== own) return await newer.judgement
        throw error
      } finally {
        if (underway.get(place) === own) underway.delete(place)
      }
    }
  }

  return {
    async opinion({ folder, runId }) {
      dataset.summary(folder)
      const asked = await askedRun(deps, folder, runId)
      if (!asked) return null
      const { run, folds } = asked
      const checkpoints = await Promise.all(folds.map(async (fold) => ({ folder: foldFolder(projectFolder, run.id, fold), identity: await identityOf(foldFolder(projectFolder, run.id, fold)) })))
      // From here on nothing waits: the frames are those of this version.
      const summary = dataset.summary(folder)
      const answer = summary.poseId === null ? -1 : run.poseIds.indexOf(summary.poseId)
      const frames = framesOf(dataset, summary, 'now')
      const { config, outputs, flipTargets, poseIds } = run
      const key = JSON.stringify([run.id, checkpoints, folder, summary.version, answer])
      const judgement = await judged(`${run.id} ${folder}`, key, () => ({
        run: { config, outputs, flipTargets, poseIds }, folds: checkpoints, frames, before: summary.editedPoints > 0 ? framesOf(dataset, summary, 'file') : null, answer,
      }))
      return opinionOf({ run, folds, frames, answer, judgement, classRows: dataset.classRows() })
    },
  }
}

/** A sequence's frames as a keypoint model sees them: with all edits, or as in the file. */
function framesOf(dataset: OpinionDeps['dataset'], summary: SequenceSummary, of: 'now' | 'file'): KeypointFrame[] {
  const frames: OpinionDeps['dataset']['frames'] = of === 'now'
    ? dataset.frames
    : (folder) => dataset.frames(folder).map((frame) => {
        const points = frame.original ?? []
        return { ...frame, points, erased: points.flatMap(([x, y], row) => (Number.isFinite(x) && Number.isFinite(y) ? [] : row)) }
      })
  return plannedSequences({ summaries: () => [summary], frames, sourceFrames: dataset.sourceFrames }, summary.role, [])[0]?.frames ?? []
}

/** Another text when a fold's checkpoints are others. */
async function identityOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^(last-\d+|best)\.safetensors$/.test(name)).sort()
  return (await Promise.all(names.map(async (name) => `${name} ${(await stat(join(folder, name))).mtimeMs}`))).join(', ')
}
