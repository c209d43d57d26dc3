import { describe, expect, test } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import { layOutKeypointNetwork } from '../../src-main/model/keypointNetwork.ts'
import { plainLogits } from '../../src-main/model/keypointPlain.ts'
import { createKeypointClassifier, type KeypointBatch, type KeypointClassifier, type KeypointClassifierOptions } from '../../src-main/train/keypoints/classifier.ts'
import { softmax } from '../../src-main/train/predictions.ts'
import type { TensorMap } from '../../src-main/train/tensorFile.ts'

const shape = { handFeatures: 7, sceneFeatures: 3, classes: 4 }
const frames = 5
const options: KeypointClassifierOptions = { model: 'keypoint_temporal', ...shape, frames, optimizer: { name: 'sgd', weightDecay: 0, momentum: 0 } as KeypointClassifierOptions['optimizer'], dropPath: 0, labelSmoothing: 0, ema: 0, seed: 3, threads: 1 }

/** Sequences of random features; what fills up is anything, since it must not matter. */
function someBatch(seed: number, lengths: readonly number[]): KeypointBatch {
  const stream = randomStream(seed)
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => stream.normal())
  return { hands: numbers(lengths.length * frames * 2 * shape.handFeatures), scene: numbers(lengths.length * frames * shape.sceneFeatures), lengths: Int32Array.from(lengths), labels: Int32Array.from(lengths, (_, row) => row % shape.classes), count: lengths.length }
}

/** Weights away from where they begin (much of which is zero), so that every path counts. */
function shaken(state: TensorMap, seed: number): TensorMap {
  const stream = randomStream(seed, 1)
  return new Map([...state].map(([name, tensor]) => [name, name.startsWith('weights/') ? { ...tensor, data: tensor.data.map((value) => value + 0.2 * stream.normal()) } : tensor]))
}

const made = async (more: Partial<KeypointClassifierOptions> = {}): Promise<KeypointClassifier> => {
  const classifier = await createKeypointClassifier({ ...options, ...more })
  classifier.restore(shaken(classifier.state(), 9))
  return classifier
}

const rowsOf = ({ logits }: { logits: Float32Array }, row: number, length: number): Float32Array => logits.slice(row * frames * shape.classes, (row * frames + length) * shape.classes)
/** The largest difference of two lists; infinite where their lengths differ. */
const furthest = (values: Float32Array, wanted: ArrayLike<number>): number => (values.length === wanted.length ? values.reduce((most, value, index) => Math.max(most, Math.abs(value - wanted[index]!)), 0) : Infinity)

describe.each(['keypoint_temporal', 'keypoint_linear'] as const)('%s', (model) => {
  test('TensorFlow and plain JavaScript say the same', async () => {
    const classifier = await made({ model })
    const batch = someBatch(1, [5, 1, 3])
    const predicted = classifier.predict(batch)
    const weights = new Map([...classifier.state()].map(([name, tensor]) => [name.replace('weights/', ''), tensor]))
    for (const [row, length] of batch.lengths.entries()) {
      const hands = batch.hands.slice(row * frames * 14, (row * frames + length) * 14)
      const scene = batch.scene.slice(row * frames * 3, (row * frames + length) * 3)
      expect(furthest(rowsOf(predicted, row, length), plainLogits(layOutKeypointNetwork(model, shape), weights, hands, scene))).toBeLessThan(1e-3)
    }
    classifier.dispose()
  })

  test('what fills a sequence up, and what else is in the batch, does not matter', async () => {
    const classifier = await made({ model })
    const [one, other] = [someBatch(1, [2, 5]), someBatch(2, [2, 4, 3])]
    other.hands.set(one.hands.subarray(0, 2 * 14), 0)
    other.scene.set(one.scene.subarray(0, 2 * 3), 0)
    expect(furthest(rowsOf(classifier.predict(other), 0, 2), rowsOf(classifier.predict(one), 0, 2))).toBeLessThan(1e-5)
    classifier.dispose()
  })

  test('the gradient is that of the loss: a mean over sequences of the mean over frames, as differences have it', async () => {
    const classifier = await made({ model })
    const batch = someBatch(4, [5, 1, 3, 2])
    const before = classifier.state()
    const lossAt = (state: TensorMap): number => {
      classifier.restore(state)
      const predicted = classifier.predict(batch)
      let sum = 0
      for (const [row, length] of batch.lengths.entries())
        for (let frame = 0; frame < length; frame++) sum -= Math.log(softmax(predicted.logits.subarray((row * frames + frame) * 4, (row * frames + frame + 1) * 4))[batch.labels[row]!]!) / length / batch.count
      return sum
    }
    const rate = 1e-2
    classifier.restore(before)
    const { loss } = classifier.step(batch, rate, 0)
    const after = classifier.state()
    expect(loss).toBeCloseTo(lossAt(before), 4)
    const stream = randomStream(6)
    const names = [...before.keys()].filter((name) => name.startsWith('weights/'))
    for (const name of names) {
      const { data, shape: own } = before.get(name)!
      const at = Math.floor(stream.uniform() * data.length)
      const gradient = (data[at]! - after.get(name)!.data[at]!) / rate
      const step = 1e-2
      const [up, down] = [step, -step].map((by) => lossAt(new Map(before).set(name, { shape: own, data: data.map((value, index) => (index === at ? value + by : value)) })))
      expect(gradient, `${name} ${at}`).toBeCloseTo((up! - down!) / (2 * step), 2)
    }
    classifier.dispose()
  })

  test('the same seed gives the same bits, and a state that was read goes on the same', async () => {
    const more: Partial<KeypointClassifierOptions> = { model, optimizer: { name: 'adamw', weightDecay: 0.1 }, dropPath: 0.3, ema: 0.9, labelSmoothing: 0.1 }
    const train = (classifier: KeypointClassifier, from: number, to: number): void => {
      for (let step = from; step < to; step++) classifier.step(someBatch(step, [3, 5, 1]), 1e-2, step)
    }
    const [whole, first, second] = [await createKeypointClassifier({ ...options, ...more }), await createKeypointClassifier({ ...options, ...more }), await createKeypointClassifier({ ...options, ...more, seed: 3 })]
    train(whole, 0, 6)
    train(first, 0, 3)
    second.restore(new Map([...first.state()].map(([name, { shape: own, data }]) => [name, { shape: own, data: data.slice() }])))
    train(second, 3, 6)
    expect(second.state()).toEqual(whole.state())
    for (const classifier of [whole, first, second]) classifier.dispose()
  })
})

test('counts sequences as right whose mean probability is largest at their label', async () => {
  const classifier = await made()
  const batch = someBatch(8, [5, 4, 3, 2, 1, 5, 5])
  const predicted = classifier.predict(batch)
  let right = 0
  for (const [row, length] of batch.lengths.entries()) {
    const mean = new Float64Array(4)
    for (let frame = 0; frame < length; frame++) for (const [index, value] of softmax(predicted.logits.subarray((row * frames + frame) * 4, (row * frames + frame + 1) * 4)).entries()) mean[index]! += value
    if (mean.indexOf(Math.max(...mean)) === batch.labels[row]) right++
  }
  expect(classifier.step(batch, 1e-3, 0).correct).toBe(right)
  classifier.dispose()
})

test('a loss beyond all bounds names the step', async () => {
  const classifier = await made()
  const batch = someBatch(1, [2])
  batch.hands.fill(Number.NaN)
  expect(() => classifier.step(batch, 1e-3, 12)).toThrow(/step 12/)
  classifier.dispose()
})
