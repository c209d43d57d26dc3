import { describe, expect, it } from 'vitest'
import { randomStream } from '../../src-main/engine/random.ts'
import type { RegNetConfig } from '../../src-main/model/regnet.ts'
import { createClassifier, type Batch, type ClassifierOptions } from '../../src-main/train/classifier.ts'

const size = 64
const micro = (squeezeExcite: number): RegNetConfig => ({ depth: 3, initialWidth: 8, slope: 12, multiplier: 2, groupWidth: 8, squeezeExcite, stemWidth: 8, stemStride: 2, minimumWidthRatio: 0 })

function noise(seed: number, count: number, classes: number): Batch {
  const stream = randomStream(3, seed)
  return {
    images: Uint8Array.from({ length: count * size * size * 3 }, (_, at) => (stream.integer(200) * (1 + (at % 7))) / 8),
    transforms: Float32Array.from(Array.from({ length: count }, () => [1, 0.1 * stream.normal(), stream.normal(), 0.1 * stream.normal(), 1, stream.normal(), 0, 0]).flat()),
    labels: Int32Array.from({ length: count }, (_, sample) => sample % classes),
    count,
  }
}

describe.each<[string, Partial<ClassifierOptions>]>([
  ['RegNetX', { architecture: micro(0) }],
  ['RegNetY with averaged weights', { architecture: micro(0.25), ema: 0.9 }],
  ['a batch in parts, few outputs', { architecture: micro(0.25), accumulate: 2, classes: 2 }],
  ['bfloat16', { architecture: micro(0.25), ema: 0.9, precision: 'bfloat16' }],
  ['group norms of the zoo', { architecture: 'regnety_nano' }],
])('the explanation of %s', (_, changes) => {
  it('has the logits of the prediction, and maps and features that they come from', async () => {
    const options: ClassifierOptions = { architecture: '', classes: 5, sourceSize: size, imageSize: size, batchSize: 8, optimizer: { name: 'adamw', weightDecay: 1e-3 }, dropPath: 0, labelSmoothing: 0, ema: 0, seed: 1, ...changes }
    const { classes } = options
    const classifier = await createClassifier(options)
    for (let step = 0; step < 8; step++) classifier.step(noise(step, 8, classes), 0.02, step)
    const batch = noise(99, 7, classes)
    const predicted = classifier.predict(batch)
    const explainer = classifier.explainer()
    const { logits, embeddings, maps, side } = explainer.explain(batch)
    const state = classifier.state()
    const head = (name: string): Float32Array => (state.get(`${options.ema > 0 ? 'averageWeights' : 'weights'}/head.fc.${name}`) as { data: Float32Array }).data.slice()
    const [weight, bias] = [head('weight'), head('bias')]
    // What the classifier learns afterwards is nothing to it.
    classifier.step(noise(50, 8, classes), 0.02, 8)
    const again = explainer.explain(batch)
    explainer.dispose()
    classifier.dispose()

    const channels = embeddings.length / 7
    const meanOfMap = (sample: number, output: number): number => {
      let sum = 0
      for (let place = 0; place < side * side; place++) sum += maps[(sample * side * side + place) * classes + output] as number
      return sum / (side * side)
    }
    const fromFeatures = (sample: number, output: number): number => {
      let sum = 0
      for (let channel = 0; channel < channels; channel++) sum += (embeddings[sample * channels + channel] as number) * (weight[channel * classes + output] as number)
      return sum
    }
    const errors = [0, 0]
    for (let sample = 0; sample < 7; sample++)
      for (let output = 0; output < classes; output++) {
        const logit = (predicted[sample * classes + output] as number) - (bias[output] as number)
        errors[0] = Math.max(errors[0] as number, Math.abs(meanOfMap(sample, output) - logit))
        errors[1] = Math.max(errors[1] as number, Math.abs(fromFeatures(sample, output) - logit))
      }
    expect({ logits, again, side, channels, spread: Math.max(...predicted) - Math.min(...predicted) > 0.05 }).toEqual({
      logits: predicted, again: { logits, embeddings, maps, side }, side, channels: weight.length / classes, spread: true,
    })
    expect(side).toBeGreaterThan(1)
    expect(errors).toEqual([expect.closeTo(0, 4), expect.closeTo(0, 4)])
  })
})
