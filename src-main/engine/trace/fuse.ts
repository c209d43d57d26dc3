import { dataType, sizeOf } from '../ops/kernels.ts'
import type { GraphNode } from './graphDef.ts'
import type { TracedTensor } from './shapes.ts'

/** TensorFlow's elementwise ops and their names in a program of `HandloomElementwise` (`engine/native/fused_elementwise.h`). */
const names: Readonly<Record<string, string>> = {
  Add: 'add', AddV2: 'add', Sub: 'sub', Mul: 'mul', RealDiv: 'div', Maximum: 'max', Minimum: 'min', Sqrt: 'sqrt', Rsqrt: 'rsqrt', Square: 'square', Neg: 'neg', HandloomPrefix: 'prefix',
}

/** Shorter vectors are not worth it. */
const shortest = 4096

interface Member {
  node: GraphNode
  group: string
}

/**
 * Joins elementwise operations on long float32 vectors, such as those of an optimiser, into operations that go through memory once. The
 * results are the same bit for bit.
 *
 * Operations on vectors of one length belong together when as many other kinds of operations lie before them on the way from the inputs:
 * nothing outside such a group can then depend on one of its members and be needed by another.
 *
 * @param nodes in an order in which each comes after its inputs
 * @param outputOf what is known of the first output of a node, by the node's name
 */
export function fuseElementwise(nodes: readonly GraphNode[], outputOf: (name: string) => TracedTensor | undefined): GraphNode[] {
  const barriers = new Map<string, number>()
  const members = new Map<string, Member>()
  for (const node of nodes) {
    const inputs = node.inputs.map(producer)
    const length = fusedLength(node, outputOf)
    const before = Math.max(0, ...inputs.map((input) => (barriers.get(input) ?? 0) + (length === undefined && members.has(input) ? 1 : 0)))
    barriers.set(node.name, before)
    if (length !== undefined) members.set(node.name, { node, group: `${length}:${before}` })
  }
  const groups = Map.groupBy(members.values(), ({ group }) => group)
  for (const [group, list] of groups) {
    if (list.length > 1) continue
    groups.delete(group)
    for (const { node } of list) members.delete(node.name)
  }
  const renamed = new Map<string, string>()
  const fused = [...groups.values()].map((list, index) => joined(`${scopeOf(list)}/Fused_${index}`, list.map(({ node }) => node), nodes, renamed))
  const rest = nodes.filter(({ name }) => !members.has(name))
  return [...rest, ...fused].map((node) => ({ ...node, inputs: node.inputs.map((input) => renamed.get(input) ?? input) }))
}

const producer = (input: string): string => input.replace(/^\^/, '').replace(/:\d+$/, '')
const scopeOf = ([first]: readonly Member[]): string => first?.node.name.split('/')[0] ?? ''

/** The length of the vectors of an operation that can be fused; undefined for all others. */
function fusedLength({ op, inputs, name }: GraphNode, outputOf: (name: string) => TracedTensor | undefined): number | undefined {
  const output = outputOf(name)
  if (!(op in names) || !output || output.dtype !== dataType.float32 || output.shape.length !== 1) return undefined
  const length = sizeOf(output.shape)
  const fits = (input: string): boolean => {
    const tensor = outputOf(input)
    return tensor !== undefined && tensor.dtype === dataType.float32 && (tensor.shape.length === 0 || (tensor.shape.length === 1 && tensor.shape[0] === length))
  }
  return length >= shortest && inputs.every(fits) ? length : undefined
}

/** One operation in place of several; `renamed` learns where its outputs are found. */
function joined(name: string, list: readonly GraphNode[], nodes: readonly GraphNode[], renamed: Map<string, string>): GraphNode {
  const inside = new Set(list.map((node) => node.name))
  const inputs = [...new Set(list.flatMap((node) => node.inputs))].filter((input) => !inside.has(input))
  const registers = new Map(inputs.map((input, register) => [input, register]))
  const lines = list.map(({ name, op, inputs: operands, attributes: { length } }) => {
    registers.set(name, registers.size)
    const words = [names[op], registers.get(name), ...operands.map((operand) => registers.get(operand))]
    return [...words, ...(length?.kind === 'int' ? [length.value] : [])].join(' ')
  })
  const readOutside = new Set(nodes.filter((node) => !inside.has(node.name)).flatMap((node) => node.inputs).filter((input) => inside.has(input)))
  const outputs = [...readOutside]
  outputs.forEach((output, index) => renamed.set(output, index === 0 ? name : `${name}:${index}`))
  lines.push(['output', ...outputs.map((output) => registers.get(output))].join(' '))
  return {
    name,
    op: 'HandloomElementwise',
    inputs,
    attributes: { program: { kind: 'string', value: lines.join(';') }, N: { kind: 'int', value: inputs.length }, M: { kind: 'int', value: outputs.length } },
  }
}
