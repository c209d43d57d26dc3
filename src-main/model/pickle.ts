import { viewOf } from './byteSource.ts'
import type { Refuse } from './byteSource.ts'

/**
 * Python's pickles, read as data. A pickle is a program: it can name any function of Python and call it. Here it can name only what a list
 * allows, and "calling" makes a plain record, so nothing that a pickle holds is ever run. Opcodes: CPython Lib/pickletools.py.
 */

/** A Python tuple; lists are arrays, dicts maps, None is null. */
export class Tuple {
  readonly items: readonly unknown[]

  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

/** A function or class that the pickle names. */
export class Global {
  /** With its module: `collections.OrderedDict`. */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

export interface PickleRules {
  /** What may be named. Those with a function may be called: it gets the arguments and gives the record that stands for the result. */
  globals: ReadonlyMap<string, ((args: readonly unknown[]) => unknown) | undefined>
  /** The record for something that is stored outside the pickle. */
  persistent(id: unknown): unknown
}

/** Bounds what a pickle can take: each opcode makes at most one value. A training checkpoint of the largest RegNet has 60,000. */
const mostOpcodes = 400_000
const largestPickle = 2 ** 24
const longestLine = 512

const trusted = 'If you trust where it comes from, save its weights alone in Python: torch.save(model.state_dict(), …).'

/**
 * The value that a pickle of protocol 2 to 5 describes. Values may be shared and may hold themselves, as in Python.
 * @throws what `refuse` makes, for anything the rules do not allow and for damage
 */
export function readPickle(bytes: Uint8Array, rules: PickleRules, refuse: Refuse): unknown {
  if (bytes.length > largestPickle) throw refuse('pickle', `its table of contents has ${bytes.length} bytes`)
  const input = reader(bytes, refuse)
  const stack: unknown[] = []
  const marks: number[] = []
  const memo = new Map<number, unknown>()
  const damaged = (): Error => refuse(`byte ${input.place()} of the pickle`, 'its table of contents is damaged')

  const pop = (): unknown => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw damaged()
    return stack.pop()
  }
  const top = (): unknown => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw damaged()
    return stack.at(-1)
  }
  const sinceMark = (): unknown[] => {
    const mark = marks.pop()
    if (mark === undefined) throw damaged()
    return stack.splice(mark)
  }
  const last = (count: number): Tuple => {
    const items = Array.from({ length: count }, pop)
    return new Tuple(items.reverse())
  }
  const append = (items: unknown[]): void => {
    const list = top()
    if (!Array.isArray(list)) throw damaged()
    for (const item of items) list.push(item)
  }
  const setItems = (items: unknown[]): void => {
    const table = top()
    if (!(table instanceof Map) || items.length % 2) throw damaged()
    for (let index = 0; index < items.length; index += 2) {
      if (table.has(items[index])) throw refuse(`byte ${input.place()} of the pickle`, `${describe(items[index])} stands in it twice`)
      table.set(items[index], items[index + 1])
    }
  }
  const remembered = (index: number): unknown => {
    if (!memo.has(index)) throw damaged()
    return memo.get(index)
  }
  const named = (module: unknown, name: unknown): Global => {
    if (typeof module !== 'string' || typeof name !== 'string') throw damaged()
    const full = `${module}.${name}`
    if (!rules.globals.has(full)) throw refuse(`byte ${input.place()} of the pickle`, `it asks for ${printable(full)}, and only tensors in plain tables are read`, trusted)
    return new Global(full)
  }
  const reduce = (): unknown => {
    const args = pop()
    const called = pop()
    if (!(called instanceof Global) || !(args instanceof Tuple)) throw damaged()
    const make = rules.globals.get(called.name)
    if (!make) throw refuse(`byte ${input.place()} of the pickle`, `it calls ${called.name}, and only tensors in plain tables are read`, trusted)
    return make(args.items)
  }
  /** torch keeps a version table of a model's modules as an attribute of the state dict: nothing that is needed. */
  const build = (): void => {
    const state = pop()
    if (!(top() instanceof Map) || !(state instanceof Map)) throw refuse(`byte ${input.place()} of the pickle`, 'it sets the state of an object, and only tensors in plain tables are read', trusted)
  }

  if (input.uint8() !== 0x80 || !within(input.uint8(), 2, 5)) throw refuse('pickle', 'its table of contents is no pickle of protocol 2 to 5')
  for (let count = 0; count < mostOpcodes; count++) {
    const opcode = input.uint8()
    switch (opcode) {
      case 0x95: // FRAME
        input.take(8)
        break
      case 0x2e: { // STOP
        const value = pop()
        if (stack.length || marks.length || !input.atEnd()) throw damaged()
        return value
      }
      case 0x28: // MARK
        marks.push(stack.length)
        break
      case 0x4e: // NONE
        stack.push(null)
        break
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88)
        break
      case 0x4b: // BININT1
        stack.push(input.uint8())
        break
      case 0x4d: // BININT2
        stack.push(input.uint16())
        break
      case 0x4a: // BININT
        stack.push(input.int32())
        break
      case 0x8a: // LONG1
        stack.push(input.long(input.uint8()))
        break
      case 0x47: // BINFLOAT
        stack.push(input.float())
        break
      case 0x8c: // SHORT_BINUNICODE
        stack.push(input.text(input.uint8()))
        break
      case 0x58: // BINUNICODE
        stack.push(input.text(input.uint32()))
        break
      case 0x5d: // EMPTY_LIST
        stack.push([])
        break
      case 0x61: // APPEND
        append([pop()])
        break
      case 0x65: // APPENDS
        append(sinceMark())
        break
      case 0x29: // EMPTY_TUPLE
        stack.push(new Tuple([]))
        break
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(last(opcode - 0x84))
        break
      case 0x74: // TUPLE
        stack.push(new Tuple(sinceMark()))
        break
      case 0x7d: // EMPTY_DICT
        stack.push(new Map())
        break
      case 0x73: // SETITEM
        setItems([...last(2).items])
        break
      case 0x75: // SETITEMS
        setItems(sinceMark())
        break
      case 0x71: // BINPUT
        memo.set(input.uint8(), top())
        break
      case 0x72: // LONG_BINPUT
        memo.set(input.uint32(), top())
        break
      case 0x94: // MEMOIZE
        memo.set(memo.size, top())
        break
      case 0x68: // BINGET
        stack.push(remembered(input.uint8()))
        break
      case 0x6a: // LONG_BINGET
        stack.push(remembered(input.uint32()))
        break
      case 0x63: // GLOBAL
        stack.push(named(input.line(), input.line()))
        break
      case 0x93: { // STACK_GLOBAL
        const name = pop()
        stack.push(named(pop(), name))
        break
      }
      case 0x52: // REDUCE
        stack.push(reduce())
        break
      case 0x62: // BUILD
        build()
        break
      case 0x51: // BINPERSID
        stack.push(rules.persistent(pop()))
        break
      case 0x69: // INST
        throw refuse(`byte ${input.place()} of the pickle`, `it asks for ${printable(`${input.line()}.${input.line()}`)}, and only tensors in plain tables are read`, trusted)
      default:
        throw refuse(`byte ${input.place()} of the pickle`, `${otherOpcodes.get(opcode) ?? `opcode 0x${opcode.toString(16)}`} stands in it, and only tensors in plain tables are read`, trusted)
    }
  }
  throw refuse('pickle', `its table of contents has more than ${mostOpcodes} steps`)
}

/** Opcodes that would make objects: named when they are refused. */
const otherOpcodes: ReadonlyMap<number, string> = new Map([
  [0x6f, 'an object (OBJ)'],
  [0x81, 'an object (NEWOBJ)'],
  [0x92, 'an object (NEWOBJ_EX)'],
  [0x82, 'an object of a registry (EXT1)'],
  [0x83, 'an object of a registry (EXT2)'],
  [0x84, 'an object of a registry (EXT4)'],
  [0x50, 'a reference to something outside (PERSID)'],
])

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

/** Names from a file, fit for a terminal. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}

function describe(key: unknown): string {
  return typeof key === 'string' || typeof key === 'number' ? printable(String(key)) : 'a name'
}

function reader(bytes: Uint8Array, refuse: Refuse) {
  const view = viewOf(bytes)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let at = 0
  const take = (count: number): number => {
    if (at + count > bytes.length) throw refuse('pickle', 'its table of contents ends too early')
    const begin = at
    at += count
    return begin
  }
  const decode = (begin: number, end: number): string => {
    try {
      return decoder.decode(bytes.subarray(begin, end))
    } catch {
      throw refuse(`byte ${begin} of the pickle`, 'a text in it is not UTF-8')
    }
  }
  return {
    take,
    place: (): number => at - 1,
    atEnd: (): boolean => at === bytes.length,
    uint8: (): number => view.getUint8(take(1)),
    uint16: (): number => view.getUint16(take(2), true),
    uint32: (): number => view.getUint32(take(4), true),
    int32: (): number => view.getInt32(take(4), true),
    float: (): number => view.getFloat64(take(8)),
    /** A whole number of up to eight bytes; those beyond 2⁵³ lose their last digits, and no size is that large. */
    long(count: number): number {
      if (count > 8) throw refuse(`byte ${at} of the pickle`, `a whole number of ${count} bytes stands in it`)
      const begin = take(count)
      let value = 0n
      for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[begin + index] as number)
      return Number(BigInt.asIntN(8 * count, value))
    },
    text(length: number): string {
      const begin = take(length)
      return decode(begin, begin + length)
    },
    line(): string {
      const end = bytes.subarray(at, at + longestLine).indexOf(0x0a)
      if (end < 0) throw refuse(`byte ${at} of the pickle`, 'its table of contents is damaged')
      const begin = take(end + 1)
      return decode(begin, begin + end)
    },
  }
}
