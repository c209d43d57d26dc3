import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { PipelineStep, PipelineStepKind, PipelineSteps } from '../../contract/pipeline.ts'
import type { Project } from '../project.ts'
import type { Pipeline } from './readPipeline.ts'
import type { Step, StepContext, StepResult } from './stepContext.ts'
import { clean, edits, keypoints, labels, scan } from './steps/data.ts'
import { crop, split } from './steps/plan.ts'
import { exportStep, rules, submit, train } from './steps/runs.ts'

const steps: { [Kind in PipelineStepKind]: Step<Kind> } = { scan, clean, keypoints, edits, labels, crop, split, train, rules, submit, export: exportStep }

export interface DoneStep extends StepResult {
  kind: PipelineStepKind
  seconds: number
}

/**
 * Does the steps of a pipeline in their order, through the same rooms as the app's pages. What is done already (keypoints that are erased, a split
 * with the same folds, a finished run of the same config over the same data) is not done again, so a pipeline that was stopped goes on where it was.
 * @param deps `train`: brings a begun run to its end; `onStep`: told of each step as it begins and ends
 * @throws HandloomError what a step throws, with its number before the message; `interrupted`
 */
export async function runPipeline(
  project: Project,
  pipeline: Pipeline,
  deps: Pick<StepContext, 'signal' | 'train' | 'words'> & { onStep: (index: number, kind: PipelineStepKind, done: DoneStep | null) => void },
): Promise<DoneStep[]> {
  const context: StepContext = { project, file: pipeline.file, runs: new Map(), lastRun: null, splitId: null, signal: deps.signal, train: deps.train, words: deps.words }
  const done: DoneStep[] = []
  for (const [index, step] of pipeline.steps.entries()) {
    if (deps.signal.aborted) throw new HandloomError('interrupted', `The pipeline was stopped before step ${index + 1}.`)
    deps.onStep(index, step.kind, null)
    const from = performance.now()
    const result = await doStep(step, context).catch((error: unknown) => {
      const { kind, message, file, place } = toHandloomError(error)
      throw new HandloomError(kind, `Step ${index + 1} (${step.kind}): ${message}`, { file, place, cause: error })
    })
    const one = { kind: step.kind, ...result, seconds: (performance.now() - from) / 1000 }
    done.push(one)
    deps.onStep(index, step.kind, one)
  }
  return done
}

const doStep = <Kind extends PipelineStepKind>(step: PipelineStep & { kind: Kind }, context: StepContext): Promise<StepResult> => (steps[step.kind] as Step<Kind>)(step.value as PipelineSteps[Kind], context)
