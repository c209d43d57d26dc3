import { link, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GivenSequence } from '../../contract/rooms.ts'
import { seatBox } from '../../crop/geometry.ts'
import { planSamples } from '../../train/samples.ts'
import type { Project } from '../project.ts'
import { alternate, median, speedOf } from './alternate.ts'
import { startContestant, type Contestant } from './contestant.ts'
import type { BenchOptions, BenchResult, BenchTools } from './measures.ts'
import { findPeer } from './peer.ts'
import { withTrainedProject } from './trainedProject.ts'

/** How often each frame lies in the folder, under a name of its own, so that the work outweighs the start. */
const copies = 8

/**
 * Images per second from a folder of 1080p frames with keypoints to class probabilities: decoding, cutting, the network; the start of the process and compiling included
 * (`start_seconds`, which a single picture takes). The peer decodes the same files with OpenCV in a DataLoader; its model is loaded and warm before.
 */
export async function benchPredict(options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { model, size, batch, precision, threads, layout } = options
  return withTrainedProject(options, tools, async (project, runId, scratch) => {
    const { sequences, list } = await folderOf(project, options, join(scratch, 'frames'))
    const images = list.length
    const predict = async (given: readonly GivenSequence[]): Promise<number> => {
      const began = performance.now()
      await project.train.predict({ runId, part: 'sequences', sequences: given, signal: tools.signal })
      return (performance.now() - began) / 1000
    }
    const [first] = sequences as [GivenSequence, ...GivenSequence[]]
    const starts = [await predict([{ ...first, frames: first.frames.slice(0, 1) }]), await predict([{ ...first, frames: first.frames.slice(0, 1) }])]
    const listFile = join(scratch, 'peer.json')
    await writeFile(listFile, JSON.stringify(list))
    const peer = options.peer ? await startPeer({ frames: listFile, model, size, batch, classes: project.dataset.poseIds().length, precision, threads, layout }, tools) : null
    try {
      tools.progress(`predict ${model} ${size} px 재는 중`, `predict ${model} ${size} px, measuring`)
      const ours = { round: async () => ({ items: images, seconds: await predict(sequences), peak_memory_bytes: process.resourceUsage().maxRSS * 1024 }) }
      const [own = [], theirs = []] = await alternate(peer ? [ours, peer] : [ours], options.rounds)
      const speed = speedOf(own)
      const rival = peer && speedOf(theirs)
      return {
        model, size, batch, precision, threads, images, images_per_second: speed.perSecond, start_seconds: median(starts), rounds: speed.rounds,
        peer: rival ? { ...peer.facts, images_per_second: rival.perSecond, rounds: rival.rounds } : null,
        ratio: rival ? speed.perSecond / rival.perSecond : null,
      }
    } finally {
      peer?.close()
    }
  })
}

/** Training frames of the data set as a folder of sequences of their own (hard links), and the same with their boxes for the peer. */
async function folderOf({ dataset, crop }: Project, { frames: most }: BenchOptions, folder: string): Promise<{ sequences: GivenSequence[]; list: { file: string; box: number[] }[] }> {
  const recipe = crop.recipe('test')
  const samples = planSamples(dataset, crop.cropFrames('train', recipe), 'test', [recipe], dataset.poseIds()).samples.slice(0, most)
  const sequences: GivenSequence[] = []
  const list: { file: string; box: number[] }[] = []
  for (let copy = 0; copy < copies; copy++)
    for (const [name, own] of Map.groupBy(samples, (sample) => sample.folder)) {
      const place = join(folder, String(copy), name)
      await mkdir(place, { recursive: true })
      const points = new Map(dataset.frames(name).map((record) => [record.number, record.points]))
      const frames = await Promise.all(own.map(async (sample) => {
        const file = join(place, sample.file)
        await link(join(dataset.folder, name, sample.file), file)
        const { size: bytes, mtimeMs: modified } = await stat(file)
        const { box } = seatBox(sample, recipe, sample)
        list.push({ file, box: [Math.max(0, box.x0), Math.max(0, box.y0), Math.min(sample.width, box.x1), Math.min(sample.height, box.y1)].map(Math.round) })
        return { number: sample.frame, file, bytes, modified, width: sample.width, height: sample.height, points: points.get(sample.frame) ?? [] }
      }))
      sequences.push({ name: `${copy}/${name}`, frames })
    }
  return { sequences, list }
}

async function startPeer(task: Record<string, unknown>, { signal, note, progress }: BenchTools): Promise<Contestant | null> {
  const program = await findPeer('predict.py', task)
  if ('missing' in program) {
    note(program.missing)
    return null
  }
  progress(`${program.name} 준비`, `Making ${program.name} ready`)
  return startContestant(program, signal)
}
