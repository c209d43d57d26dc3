import { describe, expect, it } from 'vitest'
import { colourNumbers, drawColour } from '../../src-main/augment/colour.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import type { Tensor } from '../../src-main/engine/runtime/load.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import type { RegNetConfig } from '../../src-main/model/regnet.ts'
import { createClassifier, NotFiniteError } from '../../src-main/train/classifier.ts'
import type { Batch, Classifier, ClassifierOptions, ClassifierState } from '../../src-main/train/classifier.ts'
import { flatStateOf, namedStateOf, stateLayout } from '../../src-main/train/classifierState.ts'
import { trainEntry } from '../../src-main/train/classifierSteps.ts'
import { createOptimizer } from '../../src-main/train/optimizers/index.ts'
import { dropRates, pathFactors } from '../../src-main/train/pathFactors.ts'

const size = 32
/** Three blocks: all a RegNetY is made of, and quick. Its 8 channels once made oneDNN's gradient of a strided 1×1 filter crash. */
const micro: RegNetConfig = { depth: 3, initialWidth: 8, slope: 12, multiplier: 2, groupWidth: 8, squeezeExcite: 0.25, stemWidth: 8, stemStride: 2, minimumWidthRatio: 0 }
const options: ClassifierOptions = {
  architecture: micro,
  classes: 5,
  sourceSize: size,
  imageSize: size,
  batchSize: 8,
  optimizer: { name: 'lamb', weightDecay: 1e-3 },
  dropPath: 0.1,
  labelSmoothing: 0.1,
  ema: 0.99,
  seed: 1,
}

/** Pictures whose class is the place of a bright square, with noise; each batch is one of a seed. */
function pictures(seed: number, count = 8): Batch {
  const stream = randomStream(9, seed)
  const labels = Int32Array.from({ length: count }, () => stream.integer(5))
  const images = new Uint8Array(count * size * size * 3)
  const transforms = new Float32Array(count * 8)
  for (let b = 0; b < count; b++) {
    transforms.set([1, 0.05 * stream.normal(), stream.normal(), 0.05 * stream.normal(), 1, stream.normal(), 0, 0], b * 8)
    const [left, top] = ([[4, 4], [20, 4], [4, 20], [20, 20], [12, 12]] as const)[labels[b] ?? 0] ?? [0, 0]
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let c = 0; c < 3; c++) {
          const bright = x >= left && x < left + 8 && y >= top && y < top + 8
          images[((b * size + y) * size + x) * 3 + c] = stream.integer(100) + (bright ? 120 : 0)
        }
  }
  return { images, transforms, labels, count }
}

const copyOf = (state: ClassifierState): ClassifierState => new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
const sample = (state: ClassifierState): Float32Array[] => [...state.values()].map(({ data }) => data)

/** How far each tensor is from the other's of the same name: length of the difference by length, at least 1. */
const distances = (ours: ReadonlyMap<string, { data: Float32Array }>, theirs: ReadonlyMap<string, { data: Float32Array }>): [string, number][] =>
  [...ours].map(([name, { data }]) => [name, Math.hypot(...data.map((value, index) => value - (theirs.get(name)!.data[index] as number))) / Math.max(1, Math.hypot(...data))])

/** `pictures` with changed colours. */
function coloured(seed: number, count: number): Batch & { colours: Float32Array } {
  const batch = pictures(seed, count)
  return { ...batch, colours: Float32Array.from(Array.from({ length: count }, (_, index) => colourNumbers(drawColour(randomStream(seed, index), 0.3))).flat()) }
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

async function using<T>(changes: Partial<ClassifierOptions>, work: (classifier: Classifier) => T): Promise<T> {
  const classifier = await createClassifier({ ...options, ...changes })
  try {
    return work(classifier)
  } finally {
    classifier.dispose()
  }
}

describe('a classifier', () => {
  it.each(['float32', 'bfloat16'] as const)('learns in %s', async (precision) => {
    const { losses, right } = await using({ architecture: 'regnety_nano', labelSmoothing: 0, dropPath: 0, precision }, (classifier) => {
      const losses = Array.from({ length: 80 }, (_, step) => classifier.step(pictures(step), 2e-2, step).loss)
      let right = 0
      for (let batch = 0; batch < 5; batch++) {
        const held = pictures(1000 + batch)
        const logits = classifier.predict(held)
        held.labels.forEach((label, row) => {
          const scores = [...logits.subarray(row * 5, row * 5 + 5)]
          if (scores.indexOf(Math.max(...scores)) === label) right++
        })
      }
      return { losses, right }
    })
    expect(losses[0]).toBeCloseTo(Math.log(5), 1)
    expect(Math.max(...losses.slice(-10))).toBeLessThan(0.5)
    expect(right).toBeGreaterThan(36)
  })

  it('refuses float16 on a processor', async () => {
    await expect(createClassifier({ ...options, precision: 'float16' })).rejects.toThrow('float16 needs an NVIDIA GPU')
  })

  it('begins in bfloat16 as in float32, but for rounding', async () => {
    const first = (precision: 'float32' | 'bfloat16'): Promise<ReturnType<Classifier['step']>> =>
      using({ architecture: 'regnety_nano', precision }, (classifier) => classifier.step(pictures(1), 1e-3, 0))
    const [exact, rounded] = [await first('float32'), await first('bfloat16')]
    expect(Math.abs(rounded.loss / exact.loss - 1)).toBeLessThan(5e-3)
    expect(Math.abs((rounded.gradientNorm as number) / (exact.gradientNorm as number) - 1)).toBeLessThan(5e-2)
    expect(rounded.loss).not.toBe(exact.loss)
  })

  it.each(['float32', 'bfloat16'] as const)('is bitwise the same in a second run and after a resume in the middle in %s, last batches of any length included', async (precision) => {
    const run = async (resumeAt?: number): Promise<unknown[]> => {
      let classifier = await createClassifier({ ...options, precision })
      const results: unknown[] = []
      for (let step = 0; step < 8; step++) {
        if (step === resumeAt) {
          const state = copyOf(classifier.state())
          classifier.dispose()
          classifier = await createClassifier({ ...options, precision })
          classifier.restore(state)
        }
        results.push(classifier.step(pictures(step, step % 3 === 2 ? 3 : 8), 5e-3, step))
      }
      results.push(classifier.predict(pictures(50)), ...sample(classifier.state()))
      classifier.dispose()
      return results
    }
    const uninterrupted = await run()
    expect(await run()).toEqual(uninterrupted)
    expect(await run(5)).toEqual(uninterrupted)
  })

  it('ignores what lies past the count', async () => {
    const short = pictures(3, 3)
    const padded: Batch = {
      images: Uint8Array.from([...short.images, ...pictures(4, 5).images]),
      transforms: Float32Array.from([...short.transforms, ...pictures(4, 5).transforms]),
      labels: Int32Array.from([...short.labels, 4, 4, 4, 4, 4]),
      count: 3,
    }
    const results = (batch: Batch): Promise<unknown> => using({}, (classifier) => [classifier.step(batch, 5e-3, 0), classifier.predict(batch), sample(classifier.state())])
    expect(await results(padded)).toEqual(await results(short))
  })

  it('predicts a picture the same in any company', async () => {
    await using({}, (classifier) => {
      for (let step = 0; step < 3; step++) classifier.step(pictures(step), 5e-3, step)
      const together = pictures(7)
      const logits = classifier.predict(together)
      const alone = classifier.predict({ images: together.images.subarray(2 * size * size * 3), transforms: together.transforms.subarray(16), labels: together.labels, count: 1 })
      expect([...alone]).toEqual([...logits.subarray(10, 15)].map((value) => expect.closeTo(value, 4)))
    })
  })

  it.each(['lamb', 'adamw', 'sgd'] as const)('compiled does what the same step does eagerly, 20 steps of %s with all that a step can have, batches of two lengths', async (name) => {
    const tf = await loadTensorFlow()
    const kernels = kernelsOf(tf)
    // A large epsilon: with the usual one Adam turns gradients that are rounding errors around zero into whole steps of either sign.
    const settings = { name, weightDecay: 1e-3, gradientClip: 1, epsilon: 1e-3 }
    const changes = { optimizer: settings, dropPath: 0.2, colour: true, classWeights: [1, 2, 0.5, 1, 1.5], ema: 0.99, labelSmoothing: 0.1 }
    const optimizer = createOptimizer(settings)
    const network = layOutNetwork(micro, options.classes)
    const layout = stateLayout(network, optimizer.slots, true)
    const train = trainEntry(kernels, { ...changes, network, optimizer, layout, sourceSize: size, imageSize: size, gradientClip: 1, precision: 'float32', lossScaling: false })
    const rate = 1e-3
    await using(changes, (classifier) => {
      const initial = flatStateOf(layout, classifier.state())
      let variables = Object.fromEntries([...initial].map(([variable, flat]): [string, Tensor] => [variable, tf.tensor1d(flat)]))
      const bytesTensor = ({ images, count }: Batch): Tensor => {
        const { binding } = tf.backend()
        const [shape, dtype] = [[count, size, size, 3], binding.TF_UINT8]
        return tf.backend().createOutputTensor({ id: binding.createTensor(shape, dtype, images), shape, dtype })
      }
      for (let step = 0; step < 20; step++) {
        const batch = coloured(step, step % 3 === 2 ? 5 : 8)
        const { count, labels } = batch
        const compiled = classifier.step(batch, rate, step)
        const eager = tf.tidy(() => {
          const scalars = { ...optimizer.scalars(step), learningRate: rate, emaDecay: Math.min(0.99, (1 + step) / (10 + step)) }
          const share = 1 / labels.reduce((sum, label) => sum + (changes.classWeights[label] ?? 0), 0)
          const { outputs, assign } = train.body(variables, {
            images: bytesTensor(batch),
            transforms: tf.tensor2d(batch.transforms, [count, 8]),
            colours: tf.tensor2d(batch.colours, [count, 4]),
            labels: tf.tensor1d(labels, 'int32'),
            sampleWeights: tf.mul(tf.ones([count]), share),
            pathFactors: tf.tensor2d(pathFactors(dropRates(network.blocks.length, 0.2), options.seed, step, count)),
            ...Object.fromEntries(Object.entries(scalars).map(([key, value]) => [key, tf.scalar(value)])),
          })
          return { loss: outputs.loss!, ...assign }
        })
        expect(Math.abs(compiled.loss - (eager.loss.dataSync()[0] as number))).toBeLessThan(1e-5 * compiled.loss)
        eager.loss.dispose()
        tf.dispose(variables)
        variables = Object.fromEntries(Object.entries(eager).filter(([variable]) => variable !== 'loss'))
      }
      const far = distances(classifier.state(), namedStateOf(layout, (variable) => variables[variable]!.dataSync() as Float32Array))
      tf.dispose(variables)
      expect(far.filter(([, distance]) => !(distance <= 1e-5))).toEqual([])
    })
  })

  it.each([
    { what: 'Lamb, with the moving average', changes: {} },
    { what: 'SGD with class weights', changes: { optimizer: { name: 'sgd', weightDecay: 1e-2 }, classWeights: [1, 2, 0.5, 1, 1.5], ema: 0 } },
  ] as const)('by accumulated gradients takes the same steps where batch norm sees the same: $what', async ({ changes }) => {
    // Each half of the batch has the same four pictures, so its statistics are those of the whole.
    const twice = (seed: number): Batch => {
      const half = pictures(seed, 4)
      const double = <T extends Uint8Array | Float32Array | Int32Array>(values: T): T => {
        const both = new (values.constructor as new (length: number) => T)(2 * values.length)
        both.set(values)
        both.set(values, values.length)
        return both
      }
      return { images: double(half.images), transforms: double(half.transforms), labels: double(half.labels), count: 8 }
    }
    const run = (accumulate: number) => using({ ...changes, dropPath: 0, accumulate }, (classifier) => {
      const results = Array.from({ length: 5 }, (_, step) => classifier.step(twice(step), 1e-2, step))
      return { results, weights: new Map([...copyOf(classifier.state())].filter(([name]) => !/statistics/i.test(name))) }
    })
    const [whole, halves] = [await run(1), await run(2)]
    expect(halves.results).toEqual(whole.results.map(({ loss, correct, gradientNorm }) => ({ loss: expect.closeTo(loss, 4), correct, gradientNorm: expect.closeTo(gradientNorm ?? NaN, 3) })))
    expect(distances(halves.weights, whole.weights).filter(([, distance]) => !(distance <= 1e-4))).toEqual([])
  })

  it('keeps no accumulated rest of a step that failed', async () => {
    const failures: unknown[] = []
    const results = (fail: boolean) => using({ accumulate: 2, ema: 0 }, (classifier) => {
      const good = copyOf(classifier.state())
      if (fail) {
        const bad = copyOf(good)
        bad.get('weights/head.fc.weight')!.data.fill(3e38)
        classifier.restore(bad)
        failures.push(thrownBy(() => classifier.step(pictures(0), 1e-3, 0)))
        classifier.restore(good)
      }
      return [classifier.step(pictures(1), 1e-3, 0), sample(copyOf(classifier.state()))]
    })
    expect(await results(true)).toEqual(await results(false))
    expect(failures).toEqual([expect.any(NotFiniteError)])
  })

  it.each([1, 2])('with a scaled loss skips a step whose gradient overflows, and goes on as if it had not been (%d parts)', async (accumulate) => {
    const plain = { ema: 0, dropPath: 0, accumulate }
    const scaleOf = (state: ClassifierState) => ['scale', 'goodSteps', 'skippedSteps'].map((part) => state.get(`lossScale/${part}`)!.data[0])
    // Weights of the head that are large enough for a gradient that overflows under the largest scale.
    const begin = (classifier: Classifier): ClassifierState => {
      const state = copyOf(classifier.state())
      state.get('weights/head.fc.weight')!.data.forEach((value, index, data) => (data[index] = 300 * value))
      classifier.restore(state)
      return state
    }
    const expected = await using(plain, (classifier) => {
      begin(classifier)
      const { loss, gradientNorm } = classifier.step(pictures(1), 1e-3, 0)
      return { loss, gradientNorm, state: copyOf(classifier.state()) }
    })
    await using({ ...plain, lossScaling: true }, (classifier) => {
      const before = begin(classifier)
      const begun = scaleOf(before)
      before.get('lossScale/scale')!.data[0] = 2 ** 127
      before.get('lossScale/goodSteps')!.data[0] = 7
      classifier.restore(before)
      const skipped = classifier.step(pictures(0), 1e-3, 0)
      const after = copyOf(classifier.state())
      const untouched = ([name]: [string, unknown]): boolean => !name.startsWith('lossScale/')
      expect({ begun, norm: skipped.gradientNorm, finite: Number.isFinite(skipped.loss), scale: scaleOf(after), rest: [...after].filter(untouched) }).toEqual({
        begun: [65_536, 0, 0], norm: null, finite: true, scale: [2 ** 126, 0, 1], rest: [...before].filter(untouched),
      })
      after.get('lossScale/scale')!.data[0] = 1024
      after.get('lossScale/goodSteps')!.data[0] = 1999
      classifier.restore(after)
      const { loss, gradientNorm } = classifier.step(pictures(1), 1e-3, 1)
      const end = classifier.state()
      expect({ loss, gradientNorm, scale: scaleOf(end) }).toEqual({ loss: expect.closeTo(expected.loss, 5), gradientNorm: expect.closeTo(expected.gradientNorm ?? NaN, 4), scale: [2048, 0, 1] })
      expect(distances(expected.state, end).filter(([, distance]) => !(distance <= 1e-5))).toEqual([])
    })
  })

  it('keeps the moving average of weights and statistics as ModelEmaV2 does, with a decay that begins small', async () => {
    await using({ ema: 0.5 }, (classifier) => {
      const averages = (state: ClassifierState) => new Map([...state].flatMap(([name, tensor]) => (name.startsWith('average') ? [[name, tensor] as const] : [])))
      let expected = averages(copyOf(classifier.state()))
      for (let step = 0; step < 12; step++) {
        classifier.step(pictures(step), 5e-3, step)
        const state = classifier.state()
        const decay = Math.min(0.5, (1 + step) / (10 + step))
        expected = new Map([...expected].map(([name, { shape, data }]) => {
          const value = state.get(name.replace('averageWeights', 'weights').replace('averageStatistics', 'statistics'))!.data
          return [name, { shape, data: data.map((old, index) => decay * old + (1 - decay) * (value[index] as number)) }]
        }))
      }
      expect(distances(expected, averages(classifier.state())).filter(([, distance]) => !(distance <= 1e-5))).toEqual([])
    })
  })

  it('leaves no tensors behind', async () => {
    const tf = await loadTensorFlow()
    const before = [tf.memory().numTensors, tf.backend().binding.getNumOfTensors(), tf.backend().binding.getNumOfSavedModels()]
    await using({}, (classifier) => {
      classifier.step(pictures(0), 1e-3, 0)
      classifier.restore(copyOf(classifier.state()))
      classifier.predict(pictures(1))
    })
    expect([tf.memory().numTensors, tf.backend().binding.getNumOfTensors(), tf.backend().binding.getNumOfSavedModels()]).toEqual(before)
  })

  it('without training keeps no optimiser state, predicts the same and does not step', async () => {
    const trained = await using({}, (classifier) => {
      for (let step = 0; step < 3; step++) classifier.step(pictures(step), 5e-3, step)
      return { logits: classifier.predict(pictures(9)), state: copyOf(classifier.state()) }
    })
    await using({ training: false }, (classifier) => {
      const own = new Map([...trained.state].filter(([name]) => !name.startsWith('optimizer.')))
      classifier.restore(own)
      expect([...classifier.state().keys()]).toEqual([...own.keys()])
      expect(classifier.predict(pictures(9))).toEqual(trained.logits)
      expect(() => classifier.step(pictures(0), 1e-3, 0)).toThrow('no compiled function train')
    })
  })

  it('refuses a state that does not fit, and keeps its own', async () => {
    await using({}, (classifier) => {
      const before = sample(copyOf(classifier.state()))
      const spoilt = (change: (state: ClassifierState) => void): (() => void) => () => {
        const state = copyOf(classifier.state())
        change(state)
        classifier.restore(state)
      }
      const bias = 'weights/head.fc.bias'
      expect(spoilt((state) => state.delete(bias))).toThrow('weights/head.fc.bias is missing')
      expect(spoilt((state) => state.set(bias, { shape: [6], data: new Float32Array(6) }))).toThrow('is [6] where [5] is wanted')
      expect(spoilt((state) => state.set(bias, { shape: [5], data: new Float32Array(4) }))).toThrow('weights/head.fc.bias is')
      expect(spoilt((state) => state.set('weights/other', { shape: [1], data: new Float32Array(1) }))).toThrow('weights/other is not part of')
      expect(spoilt((state) => state.get(bias)!.data.fill(Number.NaN))).toThrow('not finite')
      expect(sample(classifier.state())).toEqual(before)
    })
  })

  it('names the step whose loss is not finite', async () => {
    await using({ ema: 0 }, (classifier) => {
      const state = copyOf(classifier.state())
      state.get('weights/head.fc.weight')!.data.fill(3e38)
      classifier.restore(state)
      expect(() => classifier.step(pictures(0), 1e-3, 41)).toThrow(/step 41 is not finite/)
    })
  })

  it('refuses a batch that is too long or empty', async () => {
    await using({}, (classifier) => {
      expect(() => classifier.step(pictures(0, 9), 1e-3, 0)).toThrow('batch of 9')
      expect(() => classifier.predict({ ...pictures(0), count: 0 })).toThrow('batch of 0')
    })
  })
})
