import { readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { sourceOfBytes } from '../../src-main/model/byteSource.ts'
import { openWeightFile } from '../../src-main/model/weightFile.ts'
import type { WeightFile } from '../../src-main/model/weightFile.ts'
import { openZip } from '../../src-main/model/zip.ts'
import { goldenPath } from './tiny.ts'
import { pickledInteger, pickledTable, pickledTensor, pickledText, pickledTuple, pickleOf, torchFileOf, zipOf } from './torchWriter.ts'
import type { WrittenTensor, ZipEnd, ZipFile } from './torchWriter.ts'

const open = (bytes: Uint8Array): WeightFile => openWeightFile(sourceOfBytes(bytes), 'weights.pth')
const readGolden = (name: string): Uint8Array => Uint8Array.from(readFileSync(goldenPath(`weight-files/${name}`)))
const expected = (JSON.parse(readFileSync(goldenPath('weight-files/expected.json'), 'utf8')) as { tensors: Record<string, Record<string, { shape: number[]; values: number[] }>> }).tensors

function everyValue(file: WeightFile): Map<string, Float32Array> {
  const floats = new Set(['F64', 'F32', 'F16', 'BF16'])
  return new Map([...file.entries].filter(([, { type }]) => floats.has(type)).map(([name, { shape }]) => [name, file.read(name, shape)]))
}

function refusal(bytes: Uint8Array): string {
  try {
    everyValue(open(bytes))
  } catch (error) {
    if (error instanceof HandloomError && error.kind === 'bad-input' && error.file === 'weights.pth') return error.message
    throw error
  }
  return 'read'
}

describe('a file of torch.save', () => {
  it.each(Object.entries(expected))('has PyTorch’s values: %s', (name, tensors) => {
    const theirs = Object.entries(tensors).map(([key, { values }]) => [key, Float32Array.from(values)])
    expect([...everyValue(open(readGolden(name)))]).toEqual(theirs)
  })

  it('of a training script gives the averaged weights, and says where they were', () => {
    expect([open(readGolden('checkpoint.pth')).part, open(readGolden('checkpoint-model.pth')).part, open(readGolden('views.pth')).part]).toEqual(['state_dict_ema', 'model', undefined])
  })

  it.each([
    ['command.pth', 'it asks for posix.system'],
    ['evaluation.pth', 'it asks for __builtin__.eval'],
    ['whole-module.pth', 'it asks for torch.nn.modules.container.Sequential'],
    ['namespace.pth', 'it asks for argparse.Namespace'],
    ['no-tensors.pth', 'it holds no weights'],
    ['script.pt', 'as TorchScript programs are'],
    ['legacy.pth', 'is of the format of PyTorch before 1.6. In Python, torch.save('],
  ])('is refused with the reason: %s', (name, reason) => {
    expect(refusal(readGolden(name))).toContain(reason)
  })
})

describe('a pickle is refused, with what it asks for', () => {
  const os = 'cos\nsystem\n'
  it.each<[string, Uint8Array, string]>([
    ['a function', pickleOf(os), 'it asks for os.system'],
    ['a function, called', pickleOf(os, pickledTuple(pickledText('echo')), 'R'), 'it asks for os.system'],
    ['a function, named on the stack', pickleOf(pickledText('os'), pickledText('system'), 0x93), 'it asks for os.system'],
    ['a function, named by short texts', pickleOf(0x8c, 2, 'os', 0x8c, 6, 'system', 0x93), 'it asks for os.system'],
    ['an attribute below an allowed module', pickleOf('ctorch._utils\n_rebuild_tensor_v2.__globals__\n'), 'it asks for torch._utils._rebuild_tensor_v2.__globals__'],
    ['an allowed name by another way of cutting it', pickleOf('ctorch\n_utils._rebuild_device_tensor\n'), 'it asks for torch._utils._rebuild_device_tensor'],
    ['an instance', pickleOf('(', pickledText('echo'), 'ios\nsystem\n'), 'it asks for os.system'],
    ['control characters in a name', pickleOf('c\x1b[2J\n\xc2\x9b\n'), 'it asks for ?[2J.?,'],
    ['a storage that is called', pickleOf('ctorch\nFloatStorage\n', pickledTuple(), 'R'), 'it calls torch.FloatStorage'],
    ['an object (OBJ)', pickleOf('(ccollections\nOrderedDict\no'), 'an object (OBJ)'],
    ['an object (NEWOBJ)', pickleOf('ccollections\nOrderedDict\n)', 0x81), 'an object (NEWOBJ)'],
    ['an object (NEWOBJ_EX)', pickleOf('ccollections\nOrderedDict\n)}', 0x92), 'an object (NEWOBJ_EX)'],
    ['an object of a registry', pickleOf(0x82, 1), 'an object of a registry (EXT1)'],
    ['a state for a list', pickleOf(']}b'), 'sets the state'],
    ['a state that is no table', pickleOf('}', pickledText('x'), 'b'), 'sets the state'],
    ['a text id', pickleOf('P0\n'), 'PERSID'],
    ['an id of something else', pickleOf(pickledText('0'), 'Q'), 'something other than the values'],
    ['a table from pairs', pickleOf('ccollections\nOrderedDict\n', pickledTuple(pickleOf(']')), 'R'), 'made in an unusual way'],
    ['a name that stands twice', pickleOf('}(', pickledText('a'), 'N', pickledText('a'), 'Nu'), 'a stands in it twice'],
    ['an opcode of protocol 0', pickleOf('I1\n'), 'opcode 0x49'],
    ['a whole number of many bytes', pickleOf(0x8a, 200, new Uint8Array(200)), 'a whole number of 200 bytes'],
    ['a text longer than the file', pickleOf('X', Uint8Array.of(255, 255, 255, 255)), 'ends too early'],
    ['a text that is not UTF-8', pickleOf('X', Uint8Array.of(1, 0, 0, 0, 0xff)), 'not UTF-8'],
    ['a name without an end', pickleOf('c', 'a'.repeat(1000)), 'damaged'],
    ['a memo that is not there', pickleOf('h', 1), 'damaged'],
    ['nothing to append to', pickleOf('Na'), 'damaged'],
    ['a mark that is missing', pickleOf('t'), 'damaged'],
    ['a mark that is eaten', pickleOf('N(', 0x85), 'damaged'],
    ['a key without a value', pickleOf('}(Nu'), 'damaged'],
    ['values left over', pickleOf('NN'), 'damaged'],
    ['bytes left over', pickleOf('N.N'), 'damaged'],
    ['more steps than any model needs', pickleOf('}'.repeat(500_000)), 'more than 400000 steps'],
    ['more bytes than any model needs', pickleOf('N'.repeat(2 ** 24)), 'has 16777219 bytes'],
    ['a table that holds itself', pickleOf('}q', 0, pickledText('state_dict'), 'h', 0, 's'), 'holds no weights'],
    ['a nest of 100,000 lists', pickleOf(']'.repeat(100_000), 'a'.repeat(99_999)), 'holds no weights'],
  ])('%s', (_, pickle, reason) => {
    expect(refusal(torchFileOf(pickle))).toContain(reason)
  })

  it.each([
    ['no pickle', 'no pickle of protocol 2 to 5', 'hello'],
    ['protocol 1', 'no pickle of protocol 2 to 5', '\x80\x01N.'],
    ['nothing', 'ends too early', ''],
  ])('%s', (_, reason, text) => {
    expect(refusal(zipOf([{ name: 'a/data.pkl', bytes: pickleOf(text) }]))).toContain(reason)
  })
})

describe('a tensor is refused that', () => {
  const plain: WrittenTensor = { shape: [4n], strides: [1n] }
  it('is plain: it is read', () => {
    expect([...everyValue(open(torchFileOf(pickledTable(pickledTensor(plain)))))]).toEqual([['weight', Float32Array.of(1, 2, 3, 4)]])
  })

  it.each<[string, Partial<WrittenTensor>, string]>([
    ['reaches past its storage', { offset: 1n }, 'does not fit into its 4 values'],
    ['begins before its storage', { offset: -1n }, 'no valid shape'],
    ['has a negative length', { shape: [-4n] }, 'no valid shape'],
    ['has a negative stride', { strides: [-1n] }, 'no valid shape'],
    ['has a stride too few', { shape: [2n, 2n] }, 'no valid shape'],
    ['steps out of its storage', { shape: [2n], strides: [4n] }, 'does not fit'],
    ['repeats one value a billion times', { shape: [2n ** 30n], strides: [0n] }, 'does not fit'],
    ['has a size that overflows', { shape: [2n ** 52n, 2n ** 52n], strides: [0n, 0n] }, 'does not fit'],
    ['has many dimensions', { shape: Array<bigint>(9).fill(1n), strides: Array<bigint>(9).fill(1n) }, 'no valid shape'],
    ['claims more values than are stored', { length: 8n, shape: [8n] }, '16 bytes are stored for 8 values of torch.FloatStorage'],
    ['claims another type than is stored', { storage: 'DoubleStorage' }, '16 bytes are stored for 4 values of torch.DoubleStorage'],
    ['has no values', { key: '1' }, 'the values of one of its tensors are missing'],
    ['has values in another folder', { key: '../data.pkl' }, 'the values of one of its tensors are missing'],
    ['is of an unknown storage', { storage: 'QInt8Storage' }, 'it asks for torch.QInt8Storage'],
  ])('%s', (_, change, reason) => {
    expect(refusal(torchFileOf(pickledTable(pickledTensor({ ...plain, ...change }))))).toContain(reason)
  })

  it('is made of something else', () => {
    const called = (...args: Uint8Array[]): Uint8Array => pickleOf('ctorch._utils\n_rebuild_tensor_v2\n', pickledTuple(...args), 'R')
    expect([[], [pickledInteger(1n)]].map((args) => refusal(torchFileOf(called(...args))))).toEqual(Array(2).fill(expect.stringContaining('no valid shape')))
    const wrapped = (name: string): Uint8Array => torchFileOf(pickleOf(name, pickledTuple(pickleOf('N')), 'R'))
    expect([refusal(wrapped('ctorch._utils\n_rebuild_parameter\n')), refusal(wrapped('ctorch\nSize\n'))]).toEqual([expect.stringContaining('no tensor'), expect.stringContaining('no size')])
  })

  it('lies scattered over a large storage', () => {
    const length = 2 ** 24 + 2
    const tensor = pickledTensor({ key: '1', length: BigInt(length), shape: [2n], strides: [BigInt(length - 1)] })
    expect(refusal(torchFileOf(pickledTable(tensor), [{ name: 'weights/data/1', bytes: new Uint8Array(4 * length) }]))).toContain('lie scattered')
  })

  it('was written by a machine with the other byte order', () => {
    const order = (text: string): string => refusal(torchFileOf(pickledTable(pickledTensor(plain)), [{ name: 'weights/byteorder', bytes: Buffer.from(text) }]))
    expect([order('little'), order('big')]).toEqual(['read', expect.stringContaining('other byte order')])
  })

  it('holds a value that is not finite, when it is read', () => {
    const bytes = new Uint8Array(Float32Array.of(0, Number.POSITIVE_INFINITY).buffer)
    const tensor = pickledTensor({ key: '1', length: 2n, shape: [2n], strides: [1n] })
    expect(refusal(torchFileOf(pickledTable(tensor), [{ name: 'weights/data/1', bytes }]))).toContain('value 1 of weight is not finite')
  })
})

describe('an archive is refused that', () => {
  const first: ZipFile = { name: 'w/data.pkl', bytes: pickleOf(0x80, 2, pickledTable(pickledTensor({ shape: [4n], strides: [1n] })), '.') }
  const second: ZipFile = { name: 'w/data/0', bytes: new Uint8Array(16) }
  const archive = (change: Partial<ZipFile> = {}, end: Partial<ZipEnd> = {}, ...more: ZipFile[]): Uint8Array => zipOf([first, { ...second, ...change }, ...more], end)
  const zip64 = (...values: bigint[]): Uint8Array => {
    const extra = Buffer.alloc(4 + 8 * values.length)
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(8 * values.length, 2)
    values.forEach((value, index) => extra.writeBigUInt64LE(value, 4 + 8 * index))
    return extra
  }

  it('is plain: it is read, with sizes of 64 bits too', () => {
    expect([refusal(archive()), refusal(archive({ central: { size: 0xffffffff, packed: 0xffffffff, extra: zip64(16n, 16n) } }))]).toEqual(['read', 'read'])
  })

  it.each<[string, Uint8Array, string]>([
    ['has two files of one name', archive({}, {}, second), 'two of its files have the name w/data/0'],
    ['has two names that differ in case', archive({}, {}, { ...second, name: 'W/DATA/0' }), 'two of its files have the name'],
    ['has two roots', archive({}, {}, { ...first, name: 'x/data.pkl' }), 'not one of torch.save'],
    ['has no table', zipOf([second]), 'not one of torch.save'],
    ['is empty', archive().subarray(0, 30), 'does not end as a zip archive does'],
    ['is cut short', archive().subarray(0, -1), 'does not end as a zip archive does'],
    ['goes on after its end', Buffer.concat([archive(), Buffer.of(0)]), 'does not end as a zip archive does'],
    ['has a comment', archive({}, { comment: 'PK' }), 'does not end as a zip archive does'],
    ['is spread over disks', archive({}, { disk: 1 }), 'contradict each other'],
    ['counts differently', archive({}, { here: 1 }), 'contradict each other'],
    ['counts too many', archive({}, { here: 3, count: 3 }), 'its directory'],
    ['counts too few', archive({}, { here: 1, count: 1 }), 'holds more than it says'],
    ['counts 65,535', archive({}, { here: 0xffff, count: 0xffff }), 'its directory is not where'],
    ['has its directory elsewhere', archive({}, { begin: 0 }), 'its directory is not where'],
    ['compresses', archive({ central: { method: 8 } }), 'is compressed'],
    ['encrypts', archive({ central: { flags: 1 } }), 'is encrypted'],
    ['hides encryption in its header', archive({ local: { flags: 1 } }), 'contradict each other'],
    ['hides compression in its header', archive({ local: { method: 8 } }), 'contradict each other'],
    ['names a file in two ways', archive({ local: { name: 'w/data/1' } }), 'contradict each other'],
    ['has two sizes of a file', archive({ local: { size: 8 } }), 'contradict each other'],
    ['has two checksums of a file', archive({ local: { checksum: 1 } }), 'contradict each other'],
    ['has a wrong checksum', archive({ local: { checksum: 1 }, central: { checksum: 1 } }), 'the checksum of its file w/data/0 is wrong'],
    ['claims another packed size', archive({ central: { packed: 8 } }), 'is damaged'],
    ['claims a size past its end', archive({ local: { size: 999, packed: 999 }, central: { size: 999, packed: 999 } }), 'reaches past the end'],
    ['claims a size of 2^60', archive({ central: { size: 0xffffffff, packed: 0xffffffff, extra: zip64(2n ** 60n, 2n ** 60n) } }), 'contradict each other'],
    ['lacks a size of 64 bits', archive({ central: { size: 0xffffffff, packed: 0xffffffff, extra: zip64(16n) } }), 'is damaged'],
    ['has a damaged extra field', archive({ central: { extra: Uint8Array.of(1, 0, 200, 0) } }), 'is damaged'],
    ['comments a file', archive({ central: { comment: 'x' } }), 'is damaged'],
    ['puts a file on another disk', archive({ central: { disk: 1 } }), 'is damaged'],
    ['begins a file at another', archive({ local: { name: first.name }, central: { begin: 0 } }), 'overlaps another'],
    ['begins a file outside', archive({ central: { begin: 0xfffffff0 } }), 'lies outside'],
    ['has a file without a name', archive({ name: '' }), 'no readable name'],
  ])('%s', (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason)
  })
})

describe('whatever is changed, a file is read rightly or refused', () => {
  const names = readdirSync(goldenPath('weight-files')).filter((name) => /\.pth?$/.test(name))

  it('any bytes of a file (seed 1)', () => {
    const stream = randomStream(1)
    const outcomes = new Set<string>()
    for (const name of names) {
      const bytes = readGolden(name)
      const original = name in expected ? everyValue(open(bytes)) : undefined
      for (let trial = 0; trial < 400; trial++) {
        const changed = bytes.slice(0, stream.uniform() < 0.1 ? stream.integer(bytes.length) : bytes.length)
        for (let change = stream.integer(2); change >= 0; change--) if (changed.length) changed[stream.integer(changed.length)] = stream.integer(256)
        // Checksums leave room for changes only where nothing is read: in gaps and times.
        if (refusal(changed) !== 'read') outcomes.add('refused')
        else outcomes.add(isDeepStrictEqual(everyValue(open(changed)), original) ? 'read' : `${name} was read wrongly`)
      }
    }
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })

  it('any bytes of a pickle, its checksum put right (seed 2)', () => {
    const stream = randomStream(2)
    const outcomes = new Set<string>()
    for (const name of names.filter((entry) => !['legacy.pth', 'script.pt'].includes(entry))) {
      const archive = openZip(sourceOfBytes(readGolden(name)), (_, what) => new HandloomError('internal', what))
      const files = [...archive].map(([entry, source]) => ({ name: entry, bytes: source.read(0, source.length) }))
      for (let trial = 0; trial < 400; trial++) {
        const changed = files.map(({ name: entry, bytes }) => {
          if (!entry.endsWith('data.pkl')) return { name: entry, bytes }
          const pickle = bytes.slice()
          for (let change = stream.integer(3); change >= 0; change--) pickle[stream.integer(pickle.length)] = stream.integer(256)
          return { name: entry, bytes: pickle }
        })
        outcomes.add(refusal(zipOf(changed)) === 'read' ? 'read' : 'refused')
      }
    }
    expect(outcomes).toEqual(new Set(['read', 'refused']))
  })

  it('any sequence of opcodes', () => {
    const opcodes = fc.constantFrom<Uint8Array>(
      ...[...'(.N])}atsueRbQ0'].map((code) => pickleOf(code)),
      ...[0x85, 0x86, 0x87, 0x88, 0x89, 0x93, 0x94, 0x81, 0x92].map((code) => pickleOf(code)),
      ...['q\x00', 'q\x01', 'h\x00', 'h\x01', 'K\x03', 'M\xff\xff', 'J\xff\xff\xff\xff', '\x8a\x01\xff'].map((code) => pickleOf(code)),
      ...['ctorch._utils\n_rebuild_tensor_v2\n', 'ctorch._utils\n_rebuild_parameter\n', 'ctorch\nSize\n', 'ctorch\nFloatStorage\n', 'ccollections\nOrderedDict\n', 'cos\nsystem\n'].map((code) => pickleOf(code)),
      pickledText('weight'),
      pickledText('state_dict'),
      pickledTuple(pickledText('storage'), pickleOf('ctorch\nFloatStorage\n'), pickledText('0'), pickledText('cpu'), pickledInteger(4n)),
      pickledTensor({ shape: [2n, 2n], strides: [1n, 2n] }),
      pickledTuple(pickledInteger(2n), pickledInteger(2n)),
    )
    fc.assert(
      fc.property(fc.array(opcodes, { maxLength: 30 }), (parts) => {
        const told = refusal(torchFileOf(pickleOf(...parts)))
        if (told === 'read') return
        expect(told).toMatch(/^weights\.pth cannot be read: /)
      }),
      { numRuns: 3000, seed: 3 },
    )
  })
})

describe('a weight file of no known kind is refused', () => {
  it.each([
    ['nothing', ''],
    ['a page of a web site', '<!DOCTYPE html><html>'],
    ['a pickle by itself', '\x80\x04N.'],
    ['two letters', 'PK'],
  ])('%s', (_, text) => {
    expect(refusal(Buffer.from(text, 'latin1'))).toContain('is neither a .safetensors file nor one of torch.save')
  })
})
