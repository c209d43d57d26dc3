import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import { openProject, type Project } from '../project.ts'
import { drawFrames } from './frames.ts'
import type { BenchOptions, BenchTools } from './measures.ts'

/**
 * Gives work a project over frames of the contest's size (or `folder`) with a run of which one fold is trained, for one epoch: how well it predicts does not
 * matter. All but the frames is gone afterwards.
 */
export async function withTrainedProject<T>(options: BenchOptions, { signal, progress }: BenchTools, work: (project: Project, runId: number, scratch: string) => Promise<T>): Promise<T> {
  const { model, size, batch, precision, threads, frames, folder = options.drawn } = options
  if (folder === options.drawn) await drawFrames(folder, frames, (done, total) => progress(`사진 그리는 중 ${done}/${total}`, `Drawing frames ${done}/${total}`), signal)
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  const project = openProject({ folder, project: join(scratch, 'project'), emit: () => undefined })
  try {
    await project.dataset.scan()
    progress('모델 학습 중', 'Training a model')
    const { id } = await project.train.start({ config: { model, imageSize: size, batchSize: batch, precision, threads, epochs: 1, folds: 2, seed: 1 }, folds: [0] })
    await project.train.idle()
    const { folds: [fold] } = await project.train.run({ id })
    if (fold?.state !== 'done') throw new HandloomError('internal', `The model to measure could not be trained: ${fold?.message ?? 'it has no fold'}`)
    signal.throwIfAborted()
    return await work(project, id, scratch)
  } finally {
    await project.close()
    await rm(scratch, { recursive: true, force: true })
  }
}
