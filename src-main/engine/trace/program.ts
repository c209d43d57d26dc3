import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import { dataType, sizeOf } from '../ops/kernels.ts'
import type { DataTypeName } from '../ops/kernels.ts'
import type { Tensor, TensorFlow } from '../runtime/load.ts'
import { savedModelBytes } from './graphDef.ts'
import type { GraphNode, NodeAttribute } from './graphDef.ts'
import { fuseElementwise } from './fuse.ts'
import { batchMarker, Recorder } from './recorder.ts'

/** What is fed at each run. `'batch'` is a length that may differ from run to run, the same for all feeds of one run. */
export interface FeedSpecification {
  shape: readonly (number | 'batch')[]
  dtype: Extract<DataTypeName, 'float32' | 'int32' | 'uint8'>
}

export type FeedValues = Float32Array | Int32Array | Uint8Array
export type OutputValues = Float32Array | Int32Array | Uint8Array

/** A function to compile: from the values of variables and feeds to outputs and new values of variables. */
export interface Entry {
  feeds: Readonly<Record<string, FeedSpecification>>
  body(variables: Readonly<Record<string, Tensor>>, feeds: Readonly<Record<string, Tensor>>): {
    outputs: Readonly<Record<string, Tensor>>
    assign?: Readonly<Record<string, Tensor>>
  }
}

/** Compiled functions over float32 variables that live in one TensorFlow session. */
export interface Program {
  /** Runs an entry. @throws HandloomError `internal` when a feed is missing or of the wrong length or TensorFlow reports an error. */
  run(entry: string, feeds: Readonly<Record<string, FeedValues>>): Record<string, OutputValues>
  /** A copy of a variable's values. */
  read(variable: string): Float32Array
  write(variable: string, values: Float32Array): void
  dispose(): void
}

const typed = (value: number): NodeAttribute => ({ kind: 'type', value })
const float32 = typed(dataType.float32)

/**
 * Compiles functions written with tfjs and `Kernels` into one TensorFlow graph, so that each run of an entry is one native call on an
 * optimised graph and the variables stay on the device. Each body is run once, symbolically: nothing is computed.
 *
 * The graph goes to TensorFlow as a SavedModel in a temporary folder, which is removed at once.
 *
 * @param native use Handloom's own operations where tfjs would take slower ones
 * @param variables shapes of the variables, all float32; write them before the first run
 */
export function compile(
  tf: TensorFlow,
  variables: Readonly<Record<string, readonly number[]>>,
  entries: Readonly<Record<string, Entry>>,
  { native = false } = {},
): Program {
  const nodes: GraphNode[] = []
  for (const [name, shape] of Object.entries(variables)) nodes.push(...variableNodes(name, shape))
  const outputsOf = new Map<string, string[]>()
  for (const [name, entry] of Object.entries(entries)) {
    const traced = traceEntry(tf, name, entry, variables, native)
    nodes.push(...traced.nodes)
    outputsOf.set(name, traced.outputs)
  }
  const { binding } = tf.backend()
  const session = loadSession(binding, nodes)
  const call = (inputs: { node: string; shape: number[]; dtype: number; values: FeedValues }[], outputs: string[]): OutputValues[] => {
    const ids = inputs.map(({ shape, dtype, values }) => binding.createTensor(shape, dtype, values))
    try {
      const results = binding.runSavedModel(session, ids, inputs.map(({ node }) => `${node}:0`).join(), outputs.map((node) => `${node}:0`).join())
      try {
        return results.map(({ id }) => binding.tensorDataSync(id))
      } finally {
        for (const { id } of results) binding.deleteTensor(id)
      }
    } catch (error) {
      throw asHandloomError(error)
    } finally {
      for (const id of ids) binding.deleteTensor(id)
    }
  }
  let open = true
  const shapeOf = (variable: string): readonly number[] => {
    const shape = variables[variable]
    if (!shape) throw new HandloomError('internal', `There is no variable ${variable}.`)
    return shape
  }
  return {
    run(name, feeds) {
      const entry = entries[name]
      if (!entry) throw new HandloomError('internal', `There is no compiled function ${name}.`)
      const outputs = outputsOf.get(name) as string[]
      const values = call(feedInputs(name, entry, feeds), outputs.map((output) => `${name}/${output}`))
      return Object.fromEntries(outputs.map((output, index) => [output, values[index] as OutputValues]))
    },
    read(variable) {
      shapeOf(variable)
      return call([], [`${variable}/read`])[0] as Float32Array
    },
    write(variable, values) {
      const shape = [...shapeOf(variable)]
      if (values.length !== sizeOf(shape)) throw new HandloomError('internal', `${variable} holds ${sizeOf(shape)} values, not ${values.length}.`)
      call([{ node: `${variable}/new`, shape, dtype: dataType.float32, values }], [`${variable}/written`])
    },
    dispose() {
      if (open) binding.deleteSavedModel(session)
      open = false
    },
  }
}

/** A variable's handle, with functions to read and to write it. A written value is copied: it must not share memory with JavaScript. */
function variableNodes(name: string, shape: readonly number[]): GraphNode[] {
  const shaped: NodeAttribute = { kind: 'shape', value: shape }
  const empty: NodeAttribute = { kind: 'string', value: '' }
  return [
    { name, op: 'VarHandleOp', inputs: [], attributes: { dtype: float32, shape: shaped, shared_name: { kind: 'string', value: name }, container: empty } },
    { name: `${name}/read`, op: 'ReadVariableOp', inputs: [name], attributes: { dtype: float32 } },
    { name: `${name}/new`, op: 'Placeholder', inputs: [], attributes: { dtype: float32, shape: shaped } },
    { name: `${name}/copy`, op: 'DeepCopy', inputs: [`${name}/new`], attributes: { T: float32 } },
    { name: `${name}/write`, op: 'AssignVariableOp', inputs: [name, `${name}/copy`], attributes: { dtype: float32 } },
    constantZero(`${name}/zero`),
    { name: `${name}/written`, op: 'Identity', inputs: [`${name}/zero`, `^${name}/write`], attributes: { T: float32 } },
  ]
}

function constantZero(name: string): GraphNode {
  const value: NodeAttribute = { kind: 'tensor', dtype: dataType.float32, shape: [], content: new Uint8Array(4) }
  return { name, op: 'Const', inputs: [], attributes: { dtype: float32, value } }
}

function traceEntry(
  tf: TensorFlow,
  name: string,
  entry: Entry,
  variables: Readonly<Record<string, readonly number[]>>,
  native: boolean,
): { nodes: GraphNode[]; outputs: string[] } {
  const backend = tf.backend()
  const recorder = new Recorder(backend.binding, name, native)
  const nodes: GraphNode[] = []
  const present = (node: GraphNode, shape: readonly number[], dtype: number): Tensor => {
    nodes.push(node)
    return backend.createOutputTensor({ id: recorder.introduce({ shape, dtype, source: node.name }), shape: [...shape], dtype })
  }
  let outputs: string[] = []
  recorder.record(tf, () => {
    const reads = mapValues(variables, (shape, variable) =>
      present({ name: `${name}/${variable}/value`, op: 'ReadVariableOp', inputs: [variable], attributes: { dtype: float32 } }, shape, dataType.float32))
    const feeds = mapValues(entry.feeds, ({ shape, dtype }, feed) => {
      const declared: NodeAttribute = { kind: 'shape', value: shape.map((length) => (length === 'batch' ? -1 : length)) }
      const traced = shape.map((length) => (length === 'batch' ? batchMarker : length))
      const node = { name: `${name}/feed/${feed}`, op: 'Placeholder', inputs: [], attributes: { dtype: typed(dataType[dtype]), shape: declared } }
      return present(node, traced, dataType[dtype])
    })
    const result = entry.body(reads, feeds)
    const sourceOf = (tensor: Tensor): string => {
      const { source, dtype } = recorder.lookUp(backend.getInputTensorIds([tensor])[0] as number)
      if (dtype === dataType.bfloat16 || dtype === dataType.float16) throw new HandloomError('internal', 'Outputs and variables are float32: cast what is computed in less.')
      return source
    }
    const controls: string[] = []
    for (const [variable, tensor] of Object.entries(result.assign ?? {})) {
      const assign = `${name}/${variable}/assign`
      // After the read, whether or not the new value depends on it.
      nodes.push({ name: assign, op: 'AssignVariableOp', inputs: [variable, sourceOf(tensor), `^${name}/${variable}/value`], attributes: { dtype: float32 } })
      controls.push(`^${assign}`)
    }
    outputs = Object.keys(result.outputs)
    for (const [output, tensor] of Object.entries(result.outputs)) {
      const { dtype } = tensor
      nodes.push({ name: `${name}/${output}`, op: 'Identity', inputs: [sourceOf(tensor), ...controls], attributes: { T: typed(dataType[dtype as 'float32' | 'int32']) } })
    }
  })
  const all = [...recorder.nodes, ...nodes]
  return { nodes: native ? fuseElementwise(all, (source) => recorder.outputOf(source)) : all, outputs }
}

function loadSession(binding: ReturnType<TensorFlow['backend']>['binding'], nodes: GraphNode[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-graph-'))
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(nodes))
    return binding.loadSavedModel(folder, 'serve')
  } catch (error) {
    throw asHandloomError(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function feedInputs(name: string, entry: Entry, feeds: Readonly<Record<string, FeedValues>>): { node: string; shape: number[]; dtype: number; values: FeedValues }[] {
  let batch: number | undefined
  return Object.entries(entry.feeds).map(([feed, { shape, dtype }]) => {
    const values = feeds[feed]
    if (!values) throw new HandloomError('internal', `${name} was run without its feed ${feed}.`)
    const perSample = sizeOf(shape.filter((length) => length !== 'batch'))
    if (shape.includes('batch')) batch ??= values.length / perSample
    const concrete = shape.map((length) => (length === 'batch' ? (batch as number) : length))
    if (values.length !== sizeOf(concrete)) {
      throw new HandloomError('internal', `${name}: the feed ${feed} holds ${values.length} values where [${concrete.join(', ')}] are wanted.`)
    }
    return { node: `${name}/feed/${feed}`, shape: concrete, dtype: dataType[dtype], values }
  })
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, convert: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value, key)]))
}

function asHandloomError(error: unknown): HandloomError {
  if (error instanceof HandloomError) return error
  const message = error instanceof Error ? error.message : String(error)
  const exhausted = /\bOOM\b|out of memory|RESOURCE_EXHAUSTED|failed to allocate/i.test(message)
  return exhausted
    ? new HandloomError('out-of-memory', 'The model and this batch do not fit into memory. Use a smaller batch, image or model.', { cause: error })
    : new HandloomError('internal', `TensorFlow reported an error: ${message}`, { cause: error })
}
