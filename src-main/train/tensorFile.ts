import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { HandloomError } from '../contract/errors.ts'
import { writeDurably } from '../crop/durableFile.ts'
import { sourceOfBytes } from '../model/byteSource.ts'
import { openSafetensors } from '../model/safetensors.ts'

/** A tensor on the host, row-major. */
export interface HostTensor {
  shape: number[]
  data: Float32Array
}

export type TensorMap = ReadonlyMap<string, HostTensor>

/** Named float32 tensors with a note, proved by a SHA-256 over all of them. */
export interface TensorFile {
  tensors: Map<string, HostTensor>
  /** JSON value stored with the tensors. */
  note: unknown
}

/**
 * Writes tensors as a safetensors file (github.com/huggingface/safetensors: 8 bytes header length, JSON header, data) whose metadata carry
 * a note and a SHA-256 over the note, the table and the data. The file is read back and proved before it takes its name; a crash leaves
 * the old file or the new one.
 * @throws HandloomError `storage` when what is read back differs; whatever the file system throws
 */
export async function writeTensorFile(file: string, tensors: TensorMap, note: unknown): Promise<void> {
  const names = [...tensors.keys()].sort()
  const table: Record<string, unknown> = {}
  let offset = 0
  const chunks: Uint8Array[] = []
  for (const name of names) {
    const { shape, data } = tensors.get(name) as HostTensor
    table[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  const text = JSON.stringify(note)
  const sha256 = digest(text, table, chunks)
  const header = Buffer.from(JSON.stringify({ __metadata__: { note: text, sha256 }, ...table }))
  const padded = Buffer.concat([header, Buffer.alloc((8 - (header.length % 8)) % 8, ' ')])
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  await writeDurably(file, [length, padded, ...chunks], async (_, temporary) => {
    await readTensorFile(temporary).catch((error: unknown) => {
      throw new HandloomError('storage', `${file} could not be read back as it was written. The disk may be failing; choose another folder with --project DIR.`, { file, cause: error })
    })
  })
}

/**
 * Reads a file of `writeTensorFile` and proves it.
 * @throws HandloomError `bad-input` when it is cut short, damaged or of another kind; `not-found`
 */
export async function readTensorFile(file: string): Promise<TensorFile> {
  const bytes = await readBytes(file)
  const { entries, metadata, read } = openSafetensors(sourceOfBytes(bytes), file)
  const begin = Math.min(bytes.byteLength, ...[...entries.values()].map((entry) => entry.begin))
  const table = Object.fromEntries(
    [...entries].map(([name, entry]) => [name, { dtype: entry.type, shape: entry.shape, data_offsets: [entry.begin - begin, entry.end - begin] }]),
  )
  const note = metadata.get('note') ?? ''
  if (digest(note, table, [bytes.subarray(begin)]) !== metadata.get('sha256'))
    throw new HandloomError('bad-input', `${file} is damaged: its checksum does not match.`, { file, place: 'sha256' })
  return { tensors: new Map([...entries].map(([name, { shape }]) => [name, { shape, data: read(name, shape) }])), note: JSON.parse(note) as unknown }
}

function digest(note: string, table: unknown, chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256').update(note).update('\n').update(JSON.stringify(table)).update('\n')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

async function readBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const bytes = new Uint8Array(size)
    for (let done = 0; done < size; ) {
      const { bytesRead } = await handle.read(bytes, done, Math.min(2 ** 30, size - done), done)
      if (bytesRead === 0) return bytes.slice(0, done)
      done += bytesRead
    }
    return bytes
  } finally {
    await handle.close()
  }
}
