import { HandloomError } from '../../contract/errors.ts'
import { dataType } from '../ops/kernels.ts'
import type { OpAttribute, TensorFlow, TensorFlowBinding } from '../runtime/load.ts'
import type { GraphNode, NodeAttribute } from './graphDef.ts'
import { inferOutputs } from './shapes.ts'
import type { TracedTensor } from './shapes.ts'

/** A length that stands for the batch while tracing: a prime that no layer has. Where it turns up in a constant, the trace would only fit one batch size. */
export const batchMarker = 15_485_863

/** Types that feature maps may have in a trace. tfjs knows float32 only, so it is told that, and the recorder keeps the truth. */
const featureTypes: readonly number[] = [dataType.float32, dataType.bfloat16, dataType.float16]

const floatMarkers = [Math.fround(batchMarker), Math.fround(1 / batchMarker)]

/** Constants over this many bytes do not belong into a graph: they should be variables, feeds or computed. */
const largestConstant = 65_536

interface KnownTensor extends TracedTensor {
  /** Node output that has the value in the graph. */
  source: string
}

/**
 * Stands in for the native binding while a function runs: every op becomes a node of a graph, nothing is computed, tensors hold no values.
 */
export class Recorder {
  readonly nodes: GraphNode[] = []
  private readonly known = new Map<number, KnownTensor>()
  private readonly bySource = new Map<string, KnownTensor>()
  private readonly constants = new Map<string, string>()
  private readonly binding: TensorFlowBinding
  private readonly scope: string
  private nextId = 1
  private nextNode = 1

  private readonly native: boolean

  /** @param native whether the graph may use Handloom's own operations */
  constructor(binding: TensorFlowBinding, scope: string, native: boolean) {
    this.binding = binding
    this.scope = scope
    this.native = native
  }

  /** Registers a tensor that exists in the graph already; returns the number by which the binding knows it. */
  introduce(tensor: KnownTensor): number {
    const id = this.nextId++
    this.known.set(id, tensor)
    this.bySource.set(tensor.source, tensor)
    return id
  }

  /** What is known of the tensor of this number. */
  lookUp(id: number): KnownTensor {
    const tensor = this.known.get(id)
    if (!tensor) throw new HandloomError('internal', 'A trace uses a tensor from outside: pass it as a feed or a variable.')
    return tensor
  }

  /** What is known of a node's output, by its name in the graph. */
  outputOf(source: string): TracedTensor | undefined {
    return this.bySource.get(source)
  }

  private addNode(op: string, inputs: string[], attributes: Record<string, NodeAttribute>): string {
    const name = `${this.scope}/${op}_${this.nextNode++}`
    this.nodes.push({ name, op, inputs, attributes })
    return name
  }

  private createTensor(shape: number[], dtype: number, values: unknown): number {
    if (!ArrayBuffer.isView(values)) throw new HandloomError('internal', 'A trace holds a constant that is not numeric.')
    if (values.byteLength > largestConstant) {
      throw new HandloomError('internal', `A trace holds a constant of ${values.byteLength} bytes: make it a variable or a feed.`)
    }
    const content = Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    const integers = dtype === dataType.int32 ? [...(values as Int32Array)] : undefined
    const floats = dtype === dataType.float32 ? [...(values as Float32Array)] : []
    if (integers?.some((value) => value !== 0 && value % batchMarker === 0) || floats.some((value) => floatMarkers.includes(value))) {
      throw new HandloomError('internal', 'A traced constant depends on the batch size.')
    }
    const key = `${dtype}:${shape.join(',')}:${Buffer.from(content).toString('base64')}`
    let source = this.constants.get(key)
    if (source === undefined) {
      source = this.addNode('Const', [], { dtype: { kind: 'type', value: dtype }, value: { kind: 'tensor', dtype, shape, content } })
      this.constants.set(key, source)
    }
    return this.introduce({ shape, dtype, source, integers })
  }

  private executeOp(op: string, attributes: OpAttribute[], inputIds: number[], outputs: number): { id: number; shape: number[]; dtype: number }[] {
    const inputs = inputIds.map((id) => this.lookUp(id))
    const lookUp = (name: string): unknown => attributes.find((attribute) => attribute.name === name)?.value
    const results = inferOutputs(op, inputs, lookUp, outputs)
    const converted = Object.fromEntries(attributes.map((attribute) => [attribute.name, this.convert(attribute, inputs)]))
    const node = this.addNode(this.chosen(op, inputs), inputs.map((input) => input.source), converted)
    return results.map((result, index) => {
      const id = this.introduce({ ...result, source: index === 0 ? node : `${node}:${index}` })
      return { id, shape: [...result.shape], dtype: featureTypes.includes(result.dtype) ? dataType.float32 : result.dtype }
    })
  }

  /** tfjs adds up the gradients of a tensor that is used more than once; TensorFlow does that slowly for feature maps in bfloat16. */
  private chosen(op: string, [a, b]: readonly KnownTensor[]): string {
    const sum = (op === 'Add' || op === 'AddV2') && a?.shape.length === 4 && b !== undefined && a.shape.join() === b.shape.join()
    return sum && this.native && a.dtype !== dataType.float16 ? 'HandloomAdd' : op
  }

  /** An attribute as the graph has it; the type of feature maps, `T` or `SrcT`, is that of the inputs. */
  private convert({ name, type, value }: OpAttribute, inputs: readonly KnownTensor[]): NodeAttribute {
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING } = this.binding
    if (type === TF_ATTR_TYPE && Array.isArray(value)) return { kind: 'types', value: value.length ? value : inputs.map(({ dtype }) => dtype) }
    if (type === TF_ATTR_TYPE) {
      const follows = value === dataType.float32 && (name === 'T' || name === 'SrcT')
      return { kind: 'type', value: (follows ? inputs.find(({ dtype }) => featureTypes.includes(dtype))?.dtype : undefined) ?? (value as number) }
    }
    if (type === TF_ATTR_INT) return Array.isArray(value) ? { kind: 'ints', value } : { kind: 'int', value: value as number }
    if (type === TF_ATTR_FLOAT) return Array.isArray(value) ? { kind: 'floats', value } : { kind: 'float', value: value as number }
    if (type === TF_ATTR_BOOL) return { kind: 'bool', value: value as boolean }
    if (type === TF_ATTR_STRING) return { kind: 'string', value: value as string }
    throw new HandloomError('internal', `The attribute ${name} is of a kind that cannot be traced.`)
  }

  /** Runs `body` with this recorder in place of the native binding. All tensors made inside are gone afterwards. */
  record(tf: TensorFlow, body: () => void): void {
    const backend = tf.backend()
    const native = backend.binding
    const overrides: Partial<TensorFlowBinding> = {
      createTensor: (shape, dtype, values) => this.createTensor(shape, dtype, values),
      executeOp: (op, attributes, ids, outputs) => this.executeOp(op, attributes, ids, outputs),
      deleteTensor: () => undefined,
      tensorDataSync: () => {
        throw new HandloomError('internal', 'A traced function reads the values of a tensor.')
      },
    }
    backend.binding = new Proxy({} as TensorFlowBinding, { get: (_, key) => overrides[key as keyof TensorFlowBinding] ?? native[key as keyof TensorFlowBinding] })
    try {
      tf.tidy(body)
    } finally {
      backend.binding = native
    }
  }
}
