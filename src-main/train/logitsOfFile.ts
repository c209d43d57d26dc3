import { HandloomError } from '../contract/errors.ts'
import { readArchitecture } from '../model/architecture.ts'
import { classesOf, describeImport, importWeights } from '../model/importWeights.ts'
import type { ImportedWeights } from '../model/importWeights.ts'
import { layOutNetwork } from '../model/network.ts'
import type { Network } from '../model/network.ts'
import { openNpy } from '../model/npy.ts'
import type { NpyArray } from '../model/npy.ts'
import { compileEvaluation } from '../model/run.ts'
import { openWeightFile } from '../model/weightFile.ts'
import { withFile } from './fileSource.ts'

export interface LogitsRequest {
  /** A name of the zoo or a config as JSON. */
  architecture: string
  /** A .safetensors or .pth file. With a name, its head says how many classes there are. */
  weights: string
  /** A .npy file of normalised pictures [N, height, width, 3]. */
  input: string
  signal?: AbortSignal
}

/** Bounds the memory for activations: about 400 bytes a pixel for the widest models. */
const pixelsAtOnce = 2 ** 20
const longestSide = 4096
const mostClasses = 100_000

/**
 * Logits of a model with given weights for pictures that are already normalised.
 * @returns logits [N][classes], and sentences on what was loaded from the file of weights and what it lacked
 * @throws HandloomError `not-found`, `bad-request`, `bad-input`, `no-engine`, `out-of-memory`, `interrupted`
 */
export async function logitsOfFile({ architecture, weights, input, signal }: LogitsRequest): Promise<{ logits: number[][]; sentences: string[] }> {
  const { config, classes } = readArchitecture(architecture)
  return await withFile(input, async (source) => {
    const pictures = openPictures(openNpy(source, input), input)
    const { network, imported, part } = await withFile(weights, (bytes) => {
      const tensors = openWeightFile(bytes, weights)
      const laidOut = layOutNetwork(config, classes ?? requireClasses(classesOf(tensors), weights))
      return { network: laidOut, imported: importWeights(laidOut, tensors), part: tensors.part }
    })
    return { logits: await compute(network, imported, pictures, signal), sentences: describeImport(imported.report, part) }
  })
}

function requireClasses(classes: number | undefined, file: string): number {
  if (classes === undefined || classes < 1 || classes > mostClasses) {
    throw new HandloomError('bad-input', `${file} holds no head that says the number of classes. Give the architecture as JSON, with its classes.`, { file })
  }
  return classes
}

function openPictures(array: NpyArray, file: string): NpyArray {
  const [count = 0, height = 0, width = 0, channels] = array.shape
  const fits = array.shape.length === 4 && channels === 3 && count > 0 && height > 0 && width > 0 && Math.max(height, width) <= longestSide
  if (!fits) {
    throw new HandloomError('bad-input', `${file} holds [${array.shape.join(', ')}] where pictures [N, height, width, 3] of at most ${longestSide} pixels are wanted.`, { file, place: 'shape' })
  }
  return array
}

async function compute(network: Network, { weights }: ImportedWeights, pictures: NpyArray, signal: AbortSignal | undefined): Promise<number[][]> {
  const [count, height, width] = pictures.shape as [number, number, number]
  const evaluation = await compileEvaluation(network, weights, height, width)
  const batch = Math.max(1, Math.floor(pixelsAtOnce / (height * width)))
  const logits: number[][] = []
  try {
    for (let begin = 0; begin < count; begin += batch) {
      if (signal?.aborted) throw new HandloomError('interrupted', 'The computation was stopped.')
      const flat = evaluation.logits(pictures.rows(begin, Math.min(count, begin + batch)))
      for (let row = 0; row < flat.length; row += network.head.outputs) logits.push([...flat.subarray(row, row + network.head.outputs)])
    }
  } finally {
    evaluation.dispose()
  }
  return logits
}
