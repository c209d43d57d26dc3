import { setImmediate as breathe } from 'node:timers/promises'
import { HandloomError } from '../contract/errors.ts'
import { emptyBatch, evenBatches, prefetched, readCrops, setTestView } from './batches.ts'
import { loadBest, loadNewest } from './checkpoint.ts'
import type { Classifier } from './classifier.ts'
import { classifierOptions } from './classifierOptions.ts'
import { gatherExplanations, writeExplanations } from './explanations.ts'
import type { PredictJob, TrainJob } from './job.ts'
import type { PictureDeps } from './pictureTrainee.ts'
import { predictSamples, writePredictions, type Predictor } from './predictions.ts'
import { testViews, type TestView } from './testViews.ts'

/**
 * Predicts a fold's validation and test samples with the classifier's weights, and explains them: embeddings of all sequences, the training
 * ones as they are validated, and activation maps of the frames that the fold validates. A picture goes through the network once for both.
 * @throws HandloomError `interrupted` when a stop was wished
 */
export async function predictFold(job: TrainJob, classifier: Classifier, { crops, report, stopRequested }: Pick<PictureDeps, 'crops' | 'report' | 'stopRequested'>): Promise<void> {
  const validated = new Set(job.validation)
  const learnt = job.samples.flatMap(({ role, place }, position) => (role === 'validation' && place && !validated.has(position) ? position : []))
  const total = job.validation.length + job.test.length + learnt.length
  let before = 0
  const between = async (done: number): Promise<void> => {
    report({ type: 'predicting', done: before + done, total })
    await breathe()
    if (stopRequested() === 'now') throw new HandloomError('interrupted', 'Predicting was stopped.')
  }
  const views = testViews(job.config)
  const [plain] = views as [TestView, ...TestView[]]
  const explainer = classifier.explainer()
  const gathered = gatherExplanations(job)
  const parts = []
  for (const name of ['validation', 'test'] as const) {
    const positions = job[name]
    const predict: Predictor['predict'] = (batch, of, view) => {
      if (view !== plain) return classifier.predict(batch)
      const explained = explainer.explain(batch)
      gathered.add(of, explained, name === 'validation')
      return explained.logits
    }
    parts.push({ name, positions, probabilities: await predictSamples({ predict }, job, crops, positions, between, views) })
    before += positions.length
  }
  await writePredictions(job, parts)

  const buffers = [emptyBatch(job.config.batchSize, job.shardSize), emptyBatch(job.config.batchSize, job.shardSize)] as const
  let done = 0
  for await (const [batch, positions] of prefetched(evenBatches(learnt, job.config.batchSize), buffers, (buffer, part) => readCrops(buffer, job, crops, part))) {
    setTestView(batch, job, positions, plain)
    gathered.add(positions, explainer.explain(batch), false)
    await between((done += positions.length))
  }
  explainer.dispose()
  await writeExplanations(job.explanations, gathered.result())
}

/** Predicts all samples of the job with the weights of each fold that predict: the best, or the last where the run says so. */
export async function predictFolds(job: PredictJob, { createClassifier, crops, report, stopRequested }: PictureDeps): Promise<void> {
  const classifier = await createClassifier(classifierOptions(job, false))
  const wanted = new Set(classifier.state().keys())
  const lists = foldPositions(job, job.samples.length)
  const total = lists.reduce((sum, { length }) => sum + length, 0)
  let before = 0
  const load = job.config.predictWith === 'last' ? loadNewest : loadBest
  const notes: string[] = []
  const parts: { name: string; positions: number[]; probabilities: Float32Array }[] = []
  for (const [number, folder] of job.folders.entries()) {
    const { checkpoint, problems } = await load(folder)
    notes.push(...problems)
    classifier.restore(new Map([...checkpoint.state].filter(([name]) => wanted.has(name))) as ReturnType<Classifier['state']>)
    const positions = lists[number] ?? []
    const probabilities = await predictSamples(classifier, job, crops, positions, async (done) => {
      report({ type: 'predicting', done: before + done, total })
      await breathe()
      if (stopRequested()) throw new HandloomError('interrupted', 'Predicting was stopped.')
    }, testViews(job.config))
    parts.push({ name: `checkpoint ${number}`, positions, probabilities })
    before += positions.length
  }
  await writePredictions(job, parts)
  classifier.dispose()
  report({ type: 'done', notes })
}

/** Positions that each fold of a job predicts. @param count of what there is */
export function foldPositions({ folders, lists }: Pick<PredictJob, 'folders' | 'lists'>, count: number): number[][] {
  return lists ?? folders.map(() => Array.from({ length: count }, (_, position) => position))
}
