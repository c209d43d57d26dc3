import type * as Runtime from 'onnxruntime-node'
import { HandloomError } from '../../contract/errors.ts'
import type { HostTensor } from '../tensorFile.ts'

/** An ONNX file that runs. */
export interface OnnxModel {
  /** `onnxruntime 1.30.0` */
  name: string
  run(inputs: Readonly<Record<string, HostTensor>>): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * Opens an ONNX file in onnxruntime, which is an optional dependency.
 * @returns why onnxruntime is not there, where it is not
 * @throws HandloomError `internal` when it does not take the file
 */
export async function openOnnx(file: string, threads = 0): Promise<OnnxModel | { missing: string }> {
  let runtime: typeof Runtime
  try {
    runtime = await import('onnxruntime-node')
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]
    return { missing: `not run: onnxruntime-node does not load here (${reason})` }
  }
  const { InferenceSession: Sessions, Tensor, env } = runtime
  let session: Runtime.InferenceSession
  try {
    session = await Sessions.create(file, { logSeverityLevel: 3, ...(threads > 0 ? { intraOpNumThreads: threads } : {}) })
  } catch (error) {
    throw new HandloomError('internal', `onnxruntime does not take what was written: ${error instanceof Error ? error.message : String(error)}`, { file, cause: error })
  }
  return {
    name: `onnxruntime ${env.versions.node ?? env.versions.common}`,
    async run(inputs) {
      const results = await session.run(Object.fromEntries(Object.entries(inputs).map(([name, { shape, data }]) => [name, new Tensor('float32', data, shape)])))
      return results.logits?.data as Float32Array
    },
    close: () => session.release(),
  }
}

/** Pictures [N, height, width, 3] as [N, 3, height, width]. */
export function channelsFirst({ shape, data }: HostTensor): HostTensor {
  const [count, height, width, channels] = shape as [number, number, number, number]
  const area = height * width
  const turned = new Float32Array(data.length)
  for (let picture = 0; picture < count; picture++)
    for (let pixel = 0; pixel < area; pixel++)
      for (let channel = 0; channel < channels; channel++) turned[(picture * channels + channel) * area + pixel] = data[(picture * area + pixel) * channels + channel]!
  return { shape: [count, channels, height, width], data: turned }
}
