import { HandloomError } from '../contract/errors.ts'
import { sizeOf } from '../engine/ops/kernels.ts'
import type { ByteSource, Refuse } from './byteSource.ts'
import { Global, readPickle, Tuple } from './pickle.ts'
import type { PickleRules } from './pickle.ts'
import { bytesPerValue, highestRank, storedTensors, toFloat32 } from './storedTensors.ts'
import type { StoredTensor, StoredTensors, ValueType } from './storedTensors.ts'
import { openZip } from './zip.ts'

/**
 * Files of torch.save since PyTorch 1.6 (.pth, .pt): a zip archive with `data.pkl`, a pickle of tables and tensors, and the values of each
 * storage in `data/KEY`. Format: PyTorch torch/serialization.py and torch/_utils.py.
 */

export interface TorchFile extends StoredTensors {
  /** The key of the checkpoint under which the weights were found; undefined when the file holds nothing else. */
  readonly part: string | undefined
}

/** A tensor's values as PyTorch keeps them: shared, in any order. */
class Storage {
  readonly type: ValueType
  readonly length: number
  readonly bytes: ByteSource

  constructor(type: ValueType, length: number, bytes: ByteSource) {
    this.type = type
    this.length = length
    this.bytes = bytes
  }
}

class TorchTensor implements StoredTensor {
  readonly type: ValueType
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly storage: Storage

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.type = storage.type
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}

const storageTypes: ReadonlyMap<string, ValueType> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
])

const largestSpan = 2 ** 24

/** Where training scripts keep the weights in their checkpoints; averaged ones first, as timm's `load_checkpoint` does. */
const parts = ['state_dict_ema', 'model_ema', 'state_dict', 'model']

/**
 * Reads the table of contents of a file of torch.save; the values are read one tensor at a time, when their shape is the wanted one.
 * @param file its name, for messages
 * @throws HandloomError `bad-input` with the place, for anything but tensors in plain tables
 */
export function openTorchFile(source: ByteSource, file?: string): TorchFile {
  const refuse: Refuse = (place, what, remedy = 'Use an undamaged file of torch.save(model.state_dict(), …) or a .safetensors file.') =>
    new HandloomError('bad-input', `${file ?? 'The weights'} cannot be read: ${what}. ${remedy}`, { file, place })
  const archive = openZip(source, refuse)
  const root = findRoot(archive, refuse)
  const order = archive.get(`${root}/byteorder`)
  if (order && new TextDecoder().decode(order.read(0, Math.min(order.length, 16))) !== 'little') {
    throw refuse('byteorder', 'it was written by a machine with the other byte order: save it anew on an ordinary one')
  }
  const table = archive.get(`${root}/data.pkl`) as ByteSource
  const value = readPickle(table.read(0, table.length), torchRules((key) => archive.get(`${root}/data/${key}`), refuse), refuse)
  const { entries, part } = findTensors(value, refuse)
  return { ...storedTensors(entries, refuse, readTensor), part }
}

/** The one folder of the archive. */
function findRoot(archive: ReadonlyMap<string, ByteSource>, refuse: Refuse): string {
  const tables = [...archive.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  const [table] = tables
  if (table === undefined || tables.length > 1) throw refuse('archive', 'it is a zip archive, but not one of torch.save')
  return table.slice(0, table.indexOf('/'))
}

const isLength = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function lengthsOf(value: unknown): number[] | undefined {
  if (!(value instanceof Tuple) || value.items.length > highestRank || !value.items.every(isLength)) return undefined
  return [...(value.items as number[])]
}

/** All that a pickle may name: storages, tensors, parameters, and tables. */
function torchRules(bytesOf: (key: string) => ByteSource | undefined, refuse: Refuse): PickleRules {
  const tensor = (args: readonly unknown[]): TorchTensor => {
    const [storage, offset, size, stride, , , metadata] = args
    const shape = lengthsOf(size)
    const strides = lengthsOf(stride)
    const plain = metadata === undefined || metadata === null || (metadata instanceof Map && metadata.size === 0)
    if (!(storage instanceof Storage) || !isLength(offset) || !shape || strides?.length !== shape.length || !plain) throw refuse('pickle', 'a tensor in it has no valid shape')
    const count = sizeOf(shape)
    const end = count === 0 ? offset : offset + lastIndex(shape, strides) + 1
    // More values than the storage has would be one value many times over; no model's weights are stored so.
    if (count > storage.length || end > storage.length) throw refuse('pickle', `a tensor [${shape.join(', ')}] in it does not fit into its ${storage.length} values`)
    // What lies between its values is read with them.
    if (end - offset > Math.max(largestSpan, 64 * count)) throw refuse('pickle', `the ${count} values of a tensor in it lie scattered over ${end - offset}: save its .contiguous()`)
    return new TorchTensor(storage, offset, shape, strides)
  }
  return {
    globals: new Map<string, ((args: readonly unknown[]) => unknown) | undefined>([
      ...[...storageTypes.keys()].map((name) => [name, undefined] as const),
      ['torch._utils._rebuild_tensor_v2', tensor],
      [
        'torch._utils._rebuild_parameter',
        ([data]) => {
          if (!(data instanceof TorchTensor)) throw refuse('pickle', 'a parameter in it is no tensor')
          return data
        },
      ],
      [
        'torch.Size',
        ([items]) => {
          if (!(items instanceof Tuple)) throw refuse('pickle', 'a size in it is no size')
          return items
        },
      ],
      [
        'collections.OrderedDict',
        (args) => {
          if (args.length) throw refuse('pickle', 'a table in it is made in an unusual way')
          return new Map()
        },
      ],
    ]),
    persistent(id) {
      const [kind, storage, key, , length] = id instanceof Tuple ? id.items : []
      const type = storage instanceof Global ? storageTypes.get(storage.name) : undefined
      if (kind !== 'storage' || !type || typeof key !== 'string' || !isLength(length)) throw refuse('pickle', 'it refers to something other than the values of a tensor')
      const bytes = bytesOf(key)
      if (!bytes) throw refuse('pickle', 'the values of one of its tensors are missing')
      if (bytes.length !== length * bytesPerValue[type]) throw refuse(`data/${key}`, `${bytes.length} bytes are stored for ${length} values of ${storage instanceof Global ? storage.name : type}`)
      return new Storage(type, length, bytes)
    },
  }
}

function lastIndex(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, length, axis) => sum + (length - 1) * (strides[axis] as number), 0)
}

/** The tensors of a state dict: the value itself, or a part of a training script's checkpoint. */
function findTensors(value: unknown, refuse: Refuse): { entries: Map<string, TorchTensor>; part: string | undefined } {
  for (const part of parts) {
    const inside = tensorsOf(value instanceof Map ? value.get(part) : undefined)
    if (inside.size) return { entries: inside, part }
  }
  const entries = tensorsOf(value)
  if (entries.size) return { entries, part: undefined }
  throw refuse('pickle', `it holds no weights, neither by themselves nor under ${parts.join(', ')}`)
}

function tensorsOf(value: unknown): Map<string, TorchTensor> {
  const entries = new Map<string, TorchTensor>()
  if (value instanceof Map) {
    for (const [name, tensor] of value) if (typeof name === 'string' && tensor instanceof TorchTensor) entries.set(name, tensor)
  }
  return entries
}

/** A tensor's values in row-major order, whatever the order they are stored in; undefined when they are not floating-point. */
function readTensor({ storage, offset, shape, strides, type }: TorchTensor): Float32Array | undefined {
  const count = sizeOf(shape)
  if (count === 0) return toFloat32(type, new Uint8Array(0))
  const width = bytesPerValue[type]
  const span = toFloat32(type, storage.bytes.read(offset * width, (offset + lastIndex(shape, strides) + 1) * width))
  if (!span || isContiguous(shape, strides)) return span
  const values = new Float32Array(count)
  const index = shape.map(() => 0)
  let place = 0
  for (let position = 0; position < count; position++) {
    values[position] = span[place] as number
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis] as number
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (shape[axis] as number)) break
      place -= (shape[axis] as number) * (strides[axis] as number)
      index[axis] = 0
    }
  }
  return values
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] as number
    if (length !== 1 && strides[axis] !== expected) return false
    expected *= length
  }
  return true
}
