import { openOnnx } from '../export/onnxRuntime.ts'
import { timed, type Workload } from './workload.ts'

export interface OnnxTask {
  kind: 'onnx'
  /** A RegNet that was exported. */
  file: string
  size: number
  batch: number
  threads: number
  /** How long a round should take about. */
  roundSeconds: number
}

/** Predictions in onnxruntime of one batch of normalised pixels that lies ready; `missing` says why there are none. */
export async function onnxWorkload({ file, size, batch, threads, roundSeconds }: OnnxTask): Promise<Workload> {
  const model = await openOnnx(file, threads)
  if ('missing' in model) return { facts: { missing: model.missing }, round: () => Promise.reject(new RangeError('Without onnxruntime there are no rounds')) }
  const shape = [batch, 3, size, size]
  const pixels = { shape, data: Float32Array.from({ length: batch * 3 * size * size }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >> 16) / 2 ** 15) }
  const step = async (): Promise<void> => void (await model.run({ pixels }))
  for (let call = 0; call < 2; call++) await step()
  const repeats = Math.max(2, Math.ceil(roundSeconds / (await timed(step))))
  return {
    facts: { program: model.name },
    async round() {
      const seconds = await timed(async () => {
        for (let call = 0; call < repeats; call++) await step()
      })
      return { items: batch * repeats, seconds }
    },
  }
}
