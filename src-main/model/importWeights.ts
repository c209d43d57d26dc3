import { HandloomError } from '../contract/errors.ts'
import type { Network, Parameter } from './network.ts'
import type { StoredTensors } from './storedTensors.ts'
import { statisticsLayout } from './weights.ts'
import type { WeightArray } from './weights.ts'

export interface ImportReport {
  /** Our names of what was loaded. */
  loaded: string[]
  /** What the file holds and the network does not use, by the file's names. */
  skipped: { name: string; reason: string }[]
  /** Our names of what the file lacks; these keep their initial values. */
  missing: string[]
}

export interface ImportedWeights {
  /** By our names, in our layout. */
  weights: Map<string, WeightArray>
  report: ImportReport
}

/** torchvision's name of a tensor in timm's words, without the prefixes that wrappers add; other names unchanged. */
export function canonicalName(name: string): string {
  const plain = name.replace(/^(?:(?:module|model|_orig_mod)\.){1,3}/, '')
  return plain
    .replace(/^stem\.0\./, 'stem.conv.')
    .replace(/^stem\.1\./, 'stem.bn.')
    .replace(/^fc\./, 'head.fc.')
    .replace(/^trunk_output\.block(\d+)\.block\d+-(\d+)\.(.*)$/, (_, stage: string, block: string, rest: string) => {
      const inside = rest
        .replace(/^proj\.0\./, 'downsample.conv.')
        .replace(/^proj\.1\./, 'downsample.bn.')
        .replace(/^f\.se\./, 'se.')
        .replace(/^f\.([abc])\.([01])\./, (_, part: string, layer: string) => `conv${'abc'.indexOf(part) + 1}.${layer === '0' ? 'conv' : 'bn'}.`)
      return `s${stage}.b${Number(block) + 1}.${inside}`
    })
}

/** The shape that timm and torchvision give a parameter: filters [out, in, height, width], matrices [out, in], gates as 1×1 filters. */
function foreignShape({ name, shape }: Pick<Parameter, 'name' | 'shape'>): number[] {
  if (shape.length === 4) return [3, 2, 0, 1].map((axis) => shape[axis] as number)
  if (shape.length === 2) return [shape[1] as number, shape[0] as number, ...(name.includes('.se.') ? [1, 1] : [])]
  return [...shape]
}

/** Reorders [outputs, inputs, area] to [area, inputs, outputs], or back. */
export function turn(data: Float32Array, first: number, middle: number, last: number): Float32Array {
  const turned = new Float32Array(data.length)
  for (let a = 0; a < first; a++) {
    for (let b = 0; b < middle; b++) {
      for (let c = 0; c < last; c++) turned[(c * middle + b) * first + a] = data[(a * middle + b) * last + c] as number
    }
  }
  return turned
}

function areaOf(shape: readonly number[]): [area: number, inputs: number, outputs: number] {
  if (shape.length === 4) return [(shape[0] as number) * (shape[1] as number), shape[2] as number, shape[3] as number]
  return [1, shape[0] as number, shape[1] as number]
}

function wantedTensors(network: Network): { name: string; shape: number[] }[] {
  return [...network.parameters.map(({ name, shape }) => ({ name, shape })), ...statisticsLayout(network)]
}

const headName = 'head.fc.weight'

/** The number of classes that the head in a file of weights is for; undefined when it has none. */
export function classesOf(tensors: StoredTensors): number | undefined {
  const [, head] = [...tensors.entries].find(([name]) => canonicalName(name) === headName) ?? []
  return head?.shape.length === 2 ? head.shape[0] : undefined
}

/**
 * Takes the weights of a network from a file of timm or torchvision. A head for another number of classes is left out.
 * @throws HandloomError `bad-input` when a tensor of the body has another shape, a value is not finite, two tensors are for one place, or the
 * file has nothing for this network
 */
export function importWeights(network: Network, tensors: StoredTensors): ImportedWeights {
  const names = new Map<string, string>()
  const weights = new Map<string, WeightArray>()
  const report: ImportReport = { loaded: [], skipped: [], missing: [] }
  const wanted = wantedTensors(network)
  const own = new Set(wanted.map(({ name }) => name))
  for (const foreign of tensors.entries.keys()) {
    const name = canonicalName(foreign)
    const other = names.get(name)
    if (!own.has(name)) report.skipped.push({ name: foreign, reason: name.endsWith('num_batches_tracked') ? 'not needed' : 'not part of this model' })
    else if (other === undefined) names.set(name, foreign)
    else throw new HandloomError('bad-input', `The file holds ${name} twice, as ${other} and as ${foreign}. Use the weights of a single model.`, { place: foreign })
  }
  for (const { name, shape } of wanted) {
    const foreign = names.get(name)
    const entry = foreign === undefined ? undefined : tensors.entries.get(foreign)
    if (foreign === undefined || !entry) {
      report.missing.push(name)
      continue
    }
    if (name.startsWith('head.') && entry.shape[0] !== network.head.outputs) {
      report.skipped.push({ name: foreign, reason: `made for ${entry.shape[0] ?? 0} classes, not ${network.head.outputs}` })
      report.missing.push(name)
      continue
    }
    const data = tensors.read(foreign, foreignShape({ name, shape }))
    if (shape.length === 1) weights.set(name, { shape, data })
    else {
      const [area, inputs, outputs] = areaOf(shape)
      weights.set(name, { shape, data: turn(data, outputs, inputs, area) })
    }
    report.loaded.push(name)
  }
  if (report.loaded.length === 0) {
    throw new HandloomError('bad-input', 'The file holds no weights of this model. Use weights of the same RegNet from timm or torchvision.')
  }
  return { weights, report }
}

/** What a person should know of an import, as sentences: how much was loaded, a head that begins afresh, what is missing and left over. */
export function describeImport({ loaded, skipped, missing }: ImportReport, part?: string): string[] {
  const listed = (names: readonly string[]): string => (names.length > 3 ? `${names.slice(0, 3).join(', ')} …` : names.join(', '))
  const head = skipped.find(({ name }) => canonicalName(name) === headName)
  const body = missing.filter((name) => !(head && name.startsWith('head.')))
  const left = skipped.filter(({ reason }) => reason === 'not part of this model').map(({ name }) => name)
  return [
    `${loaded.length} of ${loaded.length + missing.length} tensors were loaded${part === undefined ? '' : ` from the checkpoint's ${part}`}.`,
    ...(head ? [`The head was ${head.reason}: it begins at random.`] : []),
    ...(body.length ? [`The weights lack ${body.length} tensors, which begin at random: ${listed(body)}.`] : []),
    ...(left.length ? [`${left.length} tensors of the file are not part of this model: ${listed(left)}.`] : []),
  ]
}

/** Weights and running statistics, by our names and in our layout, as timm names and lays them out. */
export function exportWeights(network: Network, weights: ReadonlyMap<string, WeightArray>): Map<string, WeightArray> {
  return new Map(
    wantedTensors(network).map(({ name, shape }) => {
      const own = weights.get(name)
      if (!own) throw new HandloomError('internal', `There are no values for ${name}.`)
      if (shape.length === 1) return [name, { shape: [...shape], data: own.data }]
      const [area, inputs, outputs] = areaOf(shape)
      return [name, { shape: foreignShape({ name, shape }), data: turn(own.data, area, inputs, outputs) }]
    }),
  )
}
