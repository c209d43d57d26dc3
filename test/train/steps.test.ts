import { expect, it } from 'vitest'
import { createClassifier, type Batch, type Classifier, type ClassifierOptions, type ClassifierState } from '../../src-main/train/classifier.ts'
import { even, hashed } from './hashed.ts'
import { trainingGoldens, type GoldenSteps } from './trainingGoldens.ts'

const { steps: golden } = trainingGoldens
const { classes, size } = golden
const base: Omit<ClassifierOptions, 'optimizer'> = {
  architecture: { depth: 6, initialWidth: 16, slope: 14, multiplier: 1.8, groupWidth: 8, squeezeExcite: 0.25, stemWidth: 32, stemStride: 2, minimumWidthRatio: 0 },
  classes, sourceSize: size, imageSize: size, batchSize: 8, dropPath: 0, labelSmoothing: 0.1, ema: 0.9, seed: 1,
}

/** The weights of the recipe in place of our own, in the average too. */
function begin(classifier: Classifier): ClassifierState {
  const state: ClassifierState = new Map([...classifier.state()].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }]))
  const names = [...state.keys()].flatMap((name) => (name.startsWith('weights/') ? name.slice('weights/'.length) : [])).sort()
  for (const [index, name] of names.entries()) {
    const { shape, data } = state.get(`weights/${name}`)!
    // Filters [height, width, inputs, outputs]; the matrices of squeeze-and-excitation are filters there.
    const filter = shape.length === 4 || (shape.length === 2 && !name.startsWith('head'))
    const fanOut = data.length / (shape.at(-2) ?? 1)
    const reach = filter ? Math.sqrt(6 / fanOut) : 0.1
    const values = Float32Array.from(even(1000 + index, data.length, reach), (value) => value + (name.includes('.bn.weight') ? 1 : 0))
    for (const variable of ['weights', 'averageWeights']) state.get(`${variable}/${name}`)!.data.set(values)
  }
  classifier.restore(state)
  return state
}

function batchOf(step: number, count: number): Batch {
  const images = Uint8Array.from(hashed(500 + step, count * size * size * 3), (value) => Math.floor(value * 256))
  const labels = Int32Array.from(hashed(600 + step, count), (value) => Math.floor(value * classes))
  const row = size * 3
  labels.forEach((label, sample) => images.fill(255, (sample * size + 9 * label) * row, (sample * size + 9 * label + 9) * row))
  return { images, labels, transforms: Float32Array.from(Array.from({ length: count }, () => [1, 0, 0, 0, 1, 0, 0, 0]).flat()), count }
}

/** Tensors that moved otherwise than theirs, by more than a fiftieth of the way: length of the change, or its product with a hash. */
function unlike(before: ClassifierState, after: ClassifierState, variables: { weights: string; statistics: string }, theirs: GoldenSteps['state']): string[] {
  return Object.entries(theirs).flatMap(([name, [length, product]]) => {
    const variable = `${name.includes('.running_') ? variables.statistics : variables.weights}/${name}`
    const start = before.get(variable)!.data
    const change = Float64Array.from(after.get(variable)!.data, (value, index) => value - (start[index] as number))
    const direction = even(7, change.length)
    const off = Math.max(Math.abs(Math.hypot(...change) - length), Math.abs(change.reduce((sum, value, index) => sum + value * (direction[index] as number), 0) - product))
    return off <= 0.02 * length ? [] : [`${variable}: ${off} of ${length}`]
  })
}

it.each<[keyof typeof golden & ('lamb' | 'adamw' | 'sgd' | 'lamb_accumulated'), Partial<ClassifierOptions> & Pick<ClassifierOptions, 'optimizer'>]>([
  ['lamb', { optimizer: { name: 'lamb', weightDecay: 1, epsilon: 1e-3 } }],
  ['adamw', { optimizer: { name: 'adamw', weightDecay: 2, epsilon: 1e-3, gradientClip: 0.5 }, classWeights: golden.class_weights }],
  ['sgd', { optimizer: { name: 'sgd', weightDecay: 0.3 }, labelSmoothing: 0 }],
  ['lamb_accumulated', { optimizer: { name: 'lamb', weightDecay: 1, epsilon: 1e-3 }, classWeights: golden.class_weights, accumulate: 2 }],
])('five steps of a RegNetY are PyTorch’s, batch norm and moving average included: %s', async (name, changes) => {
  const { counts, curve, state, average } = golden[name]
  const classifier = await createClassifier({ ...base, ...changes })
  const begun = begin(classifier)
  const ours = counts.map((count, step) => {
    const { loss, gradientNorm } = classifier.step(batchOf(step, count), golden.learning_rate, step)
    return [loss, gradientNorm]
  })
  const ended = classifier.state()
  classifier.dispose()
  expect({
    curve: ours,
    unlike: [...unlike(begun, ended, { weights: 'weights', statistics: 'statistics' }, state), ...unlike(begun, ended, { weights: 'averageWeights', statistics: 'averageStatistics' }, average)],
  }).toEqual({ curve: curve.map(([loss, norm]) => [expect.closeTo(loss, 4), expect.closeTo(norm, 0)]), unlike: [] })
})
