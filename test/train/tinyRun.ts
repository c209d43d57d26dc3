import type { Metric } from '../../src-main/contract/train.ts'
import { createClassifier, NotFiniteError, type Classifier, type ClassifierOptions, type ClassifierState } from '../../src-main/train/classifier.ts'
import { openCrops } from '../../src-main/train/cropReader.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import { trainFold, type LoopDeps } from '../../src-main/train/loop.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
import { createPictureTrainee } from '../../src-main/train/pictureTrainee.ts'

export type Create = (options: ClassifierOptions) => Promise<Classifier>

/** Runs the loop and returns what it said; stops when `stopAfter` says so of the steps done in this call, or as `deps` say. */
export async function run(job: TrainJob, { create = createClassifier as Create, stopAfter = Infinity, ...deps }: { create?: Create; stopAfter?: number } & Partial<LoopDeps> = {}): Promise<ComputeMessage[]> {
  const said: ComputeMessage[] = []
  let steps = 0
  const counted: Create = async (options) => {
    const classifier = await create(options)
    return { ...classifier, step: (...input) => (steps++, classifier.step(...input)) }
  }
  const crops = openCrops(job.shards, job.shardSize)
  try {
    const loop: LoopDeps = { report: (message) => void said.push(message), stopRequested: () => (steps >= stopAfter ? 'now' : null), batchWanted: () => false, measureLoad: async () => () => null, ...deps }
    await trainFold(job, await createPictureTrainee(job, { ...loop, createClassifier: counted, crops }), loop)
  } finally {
    crops.close()
  }
  return said
}

export const epochs = (said: readonly ComputeMessage[]): Pick<Metric, 'step' | 'epoch' | 'loss' | 'trainAccuracy' | 'validationLogLoss' | 'validationAccuracy' | 'learningRate'>[] =>
  said.flatMap((message) => {
    if (message.type !== 'metric' || message.metric.kind !== 'epoch') return []
    const { step, epoch, loss, trainAccuracy, validationLogLoss, validationAccuracy, learningRate } = message.metric
    return [{ step, epoch, loss, trainAccuracy, validationLogLoss, validationAccuracy, learningRate }]
  })
export const last = (said: readonly ComputeMessage[]) => said.at(-1)?.type

/** A quick stand-in: one weight, whose value is the sum of the labels it saw; says the same logits for each sample. */
export function countingClassifier(logits: (weight: number) => number[], lossAt: (step: number) => number = () => 1): Create {
  return async () => {
    let weight = 0
    const predict: Classifier['predict'] = ({ count }) => Float32Array.from(Array.from({ length: count }, () => logits(weight)).flat())
    return {
      parameterCount: 1,
      compileSeconds: 0,
      step(batch, _, step) {
        weight += batch.labels.subarray(0, batch.count).reduce((a, b) => a + b, 0)
        const loss = lossAt(step)
        if (!Number.isFinite(loss)) throw new NotFiniteError('internal', 'The loss is not finite.')
        return { loss, correct: 0, gradientNorm: 1 }
      },
      predict,
      explainer: () => ({ explain: (batch) => ({ logits: predict(batch), embeddings: new Float32Array(batch.count), maps: new Float32Array(batch.count * logits(weight).length), side: 1 }), dispose: () => undefined }),
      state: (): ClassifierState => new Map([['weights/w', { shape: [1], data: Float32Array.of(weight) }]]),
      restore(state) {
        weight = state.get('weights/w')?.data[0] ?? NaN
      },
      dispose: () => undefined,
    }
  }
}
