import { expect, it } from 'vitest'
import { colourNumbers, drawColour } from '../../src-main/augment/colour.ts'
import { sampleValues } from '../../src-main/augment/samplePixels.ts'
import { changeColours } from '../../src-main/engine/ops/colour.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { imageNetDeviation, imageNetMean } from '../../src-main/engine/ops/imageNet.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'

it('the step changes colours as the preview does', async () => {
  const tf = await loadTensorFlow()
  const colours = Array.from({ length: 20 }, (_, sample) => drawColour(randomStream(4, sample), 0.6))
  const everyValue = Array.from({ length: 256 }, (_, value) => value)
  const off = tf.tidy(() => {
    const pixels = tf.tensor4d(colours.flatMap(() => everyValue.flatMap((value) => [value, value, value])), [20, 16, 16, 3])
    const [mean, deviation] = [tf.tensor1d([...imageNetMean]), tf.tensor1d([...imageNetDeviation])]
    const normalised = tf.div(tf.sub(tf.div(pixels, 255), mean), deviation)
    const changed = changeColours(kernelsOf(tf), normalised as never, tf.tensor2d(colours.map(colourNumbers)))
    const ours = tf.mul(tf.add(tf.mul(changed, deviation), mean), 255).dataSync()
    return Math.max(...colours.flatMap((colour, sample) => {
      const previewed = sampleValues({ data: Uint8Array.from(everyValue.flatMap((value) => [value, value, value])), width: 16, height: 16 }, [1, 0, 0, 0, 1, 0, 0, 0], 16, colour)
      return Array.from(previewed, (value, at) => Math.abs((ours[sample * previewed.length + at] as number) - value))
    }))
  })
  expect(off).toBeLessThan(0.001)
})
