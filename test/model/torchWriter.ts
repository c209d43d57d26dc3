import { crc32 } from 'node:zlib'

/** What a zip says of a file in one of its two places; 0 or the truth where nothing else is asked for. */
interface Header {
  name: string
  flags: number
  method: number
  checksum: number
  packed: number
  size: number
}

export interface ZipFile {
  name: string
  bytes: Uint8Array
  /** What its own header says wrongly. */
  local?: Partial<Header>
  /** What the directory says wrongly, with the place of the header. */
  central?: Partial<Header & { begin: number; extra: Uint8Array; comment: string; disk: number }>
}

export interface ZipEnd {
  disk: number
  here: number
  count: number
  size: number
  begin: number
  comment: string
}

function record(length: number, fields: readonly [offset: number, bytes: 2 | 4, value: number][], ...rest: Uint8Array[]): Uint8Array {
  const head = new Uint8Array(length)
  const view = new DataView(head.buffer)
  for (const [offset, bytes, value] of fields) {
    if (bytes === 2) view.setUint16(offset, value, true)
    else view.setUint32(offset, value, true)
  }
  return Buffer.concat([head, ...rest])
}

/** A zip archive of stored files, with whatever lies one asks for. */
export function zipOf(files: readonly ZipFile[], end: Partial<ZipEnd> = {}): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let length = 0
  for (const { name, bytes, local, central } of files) {
    const truth: Header = { name, flags: 0, method: 0, checksum: crc32(bytes), packed: bytes.length, size: bytes.length }
    const own = { ...truth, ...local }
    const ownName = Buffer.from(own.name)
    const header = record(30, [[0, 4, 0x04034b50], [6, 2, own.flags], [8, 2, own.method], [14, 4, own.checksum], [18, 4, own.packed], [22, 4, own.size], [26, 2, ownName.length]], ownName)
    const listed = { ...truth, begin: length, extra: new Uint8Array(0), comment: '', disk: 0, ...central }
    const listedName = Buffer.from(listed.name)
    directory.push(
      record(
        46,
        [[0, 4, 0x02014b50], [8, 2, listed.flags], [10, 2, listed.method], [16, 4, listed.checksum], [20, 4, listed.packed], [24, 4, listed.size], [28, 2, listedName.length], [30, 2, listed.extra.length], [32, 2, listed.comment.length], [34, 2, listed.disk], [42, 4, listed.begin]],
        listedName,
        listed.extra,
        Buffer.from(listed.comment),
      ),
    )
    parts.push(header, bytes)
    length += header.length + bytes.length
  }
  const listing = Buffer.concat(directory)
  const last: ZipEnd = { disk: 0, here: files.length, count: files.length, size: listing.length, begin: length, comment: '', ...end }
  const closing = record(22, [[0, 4, 0x06054b50], [4, 2, last.disk], [8, 2, last.here], [10, 2, last.count], [12, 4, last.size], [16, 4, last.begin], [20, 2, last.comment.length]], Buffer.from(last.comment))
  return Buffer.concat([...parts, listing, closing])
}

/** Bytes of a pickle from opcodes and texts: numbers are bytes, strings are taken as they are (latin1). */
export function pickleOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
}

/** Pickled: a text. */
export function pickledText(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return pickleOf('X', Uint8Array.of(bytes.length & 255, bytes.length >> 8, 0, 0), bytes)
}

/** Pickled: a whole number of eight bytes. */
export function pickledInteger(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return pickleOf(0x8a, 8, bytes)
}

export function pickledTuple(...items: readonly Uint8Array[]): Uint8Array {
  return pickleOf('(', ...items, 't')
}

export interface WrittenTensor {
  storage?: string
  key?: string
  /** Values that the storage claims to hold. */
  length?: bigint
  offset?: bigint
  shape: readonly bigint[]
  strides: readonly bigint[]
}

/** Pickled: a tensor on a storage. */
export function pickledTensor({ storage = 'FloatStorage', key = '0', length = 4n, offset = 0n, shape, strides }: WrittenTensor): Uint8Array {
  const id = pickledTuple(pickledText('storage'), pickleOf(`ctorch\n${storage}\n`), pickledText(key), pickledText('cpu'), pickledInteger(length))
  const sizes = (values: readonly bigint[]): Uint8Array => pickledTuple(...values.map(pickledInteger))
  const hooks = pickleOf('ccollections\nOrderedDict\n)R')
  return pickleOf('ctorch._utils\n_rebuild_tensor_v2\n', pickledTuple(pickleOf(id, 'Q'), pickledInteger(offset), sizes(shape), sizes(strides), pickleOf(0x89), hooks), 'R')
}

/** A file of torch.save with this pickle (without its head and its end) and one storage of four float32 values, 1 to 4. */
export function torchFileOf(pickle: Uint8Array, others: readonly ZipFile[] = []): Uint8Array {
  return zipOf([
    { name: 'weights/data.pkl', bytes: pickleOf(0x80, 2, pickle, '.') },
    { name: 'weights/data/0', bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) },
    ...others,
  ])
}

/** Pickled: a table with one entry, `weight`. */
export function pickledTable(value: Uint8Array): Uint8Array {
  return pickleOf('}', pickledText('weight'), value, 's')
}
