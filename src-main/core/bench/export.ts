import { join } from 'node:path'
import { modelFormats } from '../../contract/train.ts'
import { alternate, median, speedOf } from './alternate.ts'
import { ourProgram, startContestant, type Contestant, type Round } from './contestant.ts'
import { compared, type BenchOptions, type BenchResult, type BenchTools } from './measures.ts'
import { withTrainedProject } from './trainedProject.ts'

/** Exports of each format that are timed, checks of what was written included. */
const exports = 3

/**
 * Seconds that it takes to export a model in each format, and how fast the ONNX file is in onnxruntime (`onnxruntime`, from normalised pixels) beside our own prediction
 * (`images_per_second`, warp and normalisation included) and the peer.
 */
export async function benchExport(options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { model, size, batch, threads, roundSeconds, layout } = options
  return withTrainedProject({ ...options, precision: 'float32' }, tools, async (project, runId, scratch) => {
    const onnx = join(scratch, 'model.onnx')
    const places = { onnx, savedmodel: join(scratch, 'model'), safetensors: join(scratch, 'model.safetensors') }
    const formats: Record<string, unknown> = {}
    for (const format of modelFormats) {
      tools.progress(`${format}로 내보내는 중`, `Exporting ${format}`)
      const seconds: number[] = []
      for (let round = 0; round < exports; round++) {
        const began = performance.now()
        const { bytes, largestDifference, checkedWith } = await project.train.exportModel({ runId, format, out: places[format] })
        seconds.push((performance.now() - began) / 1000)
        formats[format] = { seconds: median(seconds), bytes, largest_difference: largestDifference, checked_with: checkedWith }
      }
    }
    const { length: classes } = project.dataset.poseIds()
    const task = { kind: 'infer', model, size, batch, classes, precision: 'float32', threads, roundSeconds } as const
    return compared(options, tools, `export ${model} ${size} px`, task, { script: 'torch_regnet.py', task: { ...task, layout } }, async (contestants) => {
      const runtime = await startOnnx({ file: onnx, size, batch, threads, roundSeconds }, tools)
      try {
        const sides = [contestants[0], runtime, contestants[1]]
        const there = sides.filter((side) => side !== null && side !== undefined)
        const rounds = await alternate(there, options.rounds)
        const [ours, theirs, rival] = sides.map((side) => (side ? inImages(side, rounds[there.indexOf(side)] as Round[]) : null))
        const ratio = (other: typeof ours): number | null => (other && ours ? ours.images_per_second / other.images_per_second : null)
        return { model, size, batch, precision: 'float32', threads, ...ours, ...formats, onnxruntime: theirs, onnxruntime_ratio: ratio(theirs), peer: rival, ratio: ratio(rival) }
      } finally {
        runtime?.close()
      }
    })
  })
}

function inImages({ facts }: Contestant, rounds: readonly Round[]) {
  const { perSecond, rounds: speeds, peakMemoryBytes } = speedOf(rounds)
  return { ...facts, images_per_second: perSecond, rounds: speeds, peak_memory_bytes: peakMemoryBytes }
}

/** null, with a line that says so, where onnxruntime is not installed. */
async function startOnnx(task: { file: string; size: number; batch: number; threads: number; roundSeconds: number }, { signal, note }: BenchTools): Promise<Contestant | null> {
  const contestant = await startContestant(ourProgram({ kind: 'onnx', ...task }), signal)
  const { missing } = contestant.facts
  if (typeof missing !== 'string') return contestant
  contestant.close()
  note(missing)
  return null
}
