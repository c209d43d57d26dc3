import { readTensorFile, writeTensorFile, type HostTensor, type TensorMap } from '../tensorFile.ts'

/** Samples that go through a model together, by the names of its inputs, and the app's own logits of them. */
export interface ReferenceBatch {
  inputs: Record<string, HostTensor>
  logits: HostTensor
  /** Pictures or sequences. */
  samples: number
}

interface ReferenceNote {
  batches: { inputs: string[]; samples: number }[]
}

export async function writeReference(file: string, batches: readonly ReferenceBatch[]): Promise<void> {
  const tensors = batches.flatMap(({ inputs, logits }, number) => [...Object.entries(inputs), ['logits', logits] as const].map(([name, tensor]) => [`${name} ${number}`, tensor] as const))
  await writeTensorFile(file, new Map(tensors), { batches: batches.map(({ inputs, samples }) => ({ inputs: Object.keys(inputs), samples })) } satisfies ReferenceNote)
}

export async function readReference(file: string): Promise<ReferenceBatch[]> {
  const { tensors, note } = await readTensorFile(file)
  const of = (from: TensorMap, name: string): HostTensor => from.get(name) as HostTensor
  return (note as ReferenceNote).batches.map(({ inputs, samples }, number) => ({
    inputs: Object.fromEntries(inputs.map((name) => [name, of(tensors, `${name} ${number}`)])), logits: of(tensors, `logits ${number}`), samples,
  }))
}
