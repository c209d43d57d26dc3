import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../../contract/errors.ts'
import type { KeypointFrame } from '../../keypoints/sequence.ts'
import type { KeypointPredictor } from '../keypoints/predictor.ts'
import type { StoredRun } from '../runStore.ts'
import { argMax } from '../predictions.ts'
import { influencesOf, type Influence } from './influences.ts'
import { removalsOf, type Removal } from './removals.ts'
import { createScreen } from './screen.ts'
import { predictRows, type PredictFrames, type SequenceRows } from './sequenceRows.ts'

/** What is asked of a run about a sequence. All plain data: it goes to a thread. */
export interface JudgeTask {
  run: Pick<StoredRun, 'config' | 'outputs' | 'flipTargets' | 'poseIds'>
  /** Folders of the folds' checkpoints, and a text that is another when these are. */
  folds: { folder: string; identity: string }[]
  frames: KeypointFrame[]
  /** The same with the keypoints as in the file; null where none was edited. */
  before: KeypointFrame[] | null
  /** Class index of the label; −1 where there is none. */
  answer: number
}

/** The answer, classes by index. */
export interface Judgement extends SequenceRows {
  before: SequenceRows | null
  influences: Influence[]
}

export type Judge = (task: JudgeTask, signal: AbortSignal) => Promise<Judgement>

export type OpenPredictor = (folder: string, run: JudgeTask['run']) => Promise<Pick<KeypointPredictor, 'predict'>>

/** Opened folds that are kept; one takes about a megabyte. */
const mostOpen = 24
/** What is asked for may be abandoned as often (milliseconds). */
const sliceMilliseconds = 20
/** Frames (of each fold) that may be predicted to look at every keypoint in the whole sequence; beyond, unlikely ones are sorted out first. */
const mostFrames = 1000

/** Asks the folds of keypoint runs about sequences, in this thread. Opened folds are kept. */
export function createJudge(open: OpenPredictor): Judge {
  const opened = new Map<string, ReturnType<OpenPredictor>>()

  function predictorOf(run: JudgeTask['run'], { folder, identity }: JudgeTask['folds'][number]): ReturnType<OpenPredictor> {
    const key = `${folder} ${identity} ${run.config.testFlip}`
    const predictor = opened.get(key) ?? open(folder, run)
    opened.delete(key)
    opened.set(key, predictor)
    predictor.catch(() => opened.delete(key))
    for (const oldest of [...opened.keys()].slice(0, -mostOpen)) opened.delete(oldest)
    return predictor
  }

  async function predictFrames(run: JudgeTask['run'], folds: JudgeTask['folds']): Promise<PredictFrames> {
    const predictors = await Promise.all(folds.map((fold) => predictorOf(run, fold)))
    return (frames) => predictRows(predictors, frames, run.poseIds.length)
  }

  return async ({ run, folds, frames, before, answer }, signal) => {
    const predict = await predictFrames(run, folds)
    const whole = predict(frames)
    let sliceEnds = performance.now() + sliceMilliseconds
    const between = async (): Promise<void> => {
      if (performance.now() < sliceEnds) return
      await breathe()
      if (signal.aborted) throw new HandloomError('interrupted', 'The opinion is no longer asked for.')
      sliceEnds = performance.now() + sliceMilliseconds
    }
    const all = frames.flatMap(removalsOf)
    const removals = all.length * frames.length * folds.length <= mostFrames ? all : await likely(all)
    const influences = await influencesOf({ frames, whole, predict, removals, target: answer < 0 ? argMax(whole.mean) : answer, between })
    return { ...whole, before: before && predict(before), influences }

    /** Whole hands, and keypoints that one fold finds likely without looking at the mirror image. */
    async function likely(given: readonly Removal[]): Promise<Removal[]> {
      const mayChange = createScreen(frames, await predictFrames({ ...run, config: { ...run.config, testFlip: false } }, folds.slice(0, 1)), whole)
      const found: Removal[] = []
      for (const removal of given) {
        if (removal.rows.length > 1 || mayChange(removal)) found.push(removal)
        await between()
      }
      return found
    }
  }
}
