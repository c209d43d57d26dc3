import { expect, it } from 'vitest'
import { colourNumbers, colourTables, drawColour } from '../../src-main/augment/colour.ts'
import { changeColours } from '../../src-main/engine/ops/colour.ts'
import { kernelsOf } from '../../src-main/engine/ops/kernels.ts'
import { imageNetDeviation, imageNetMean } from '../../src-main/engine/ops/imageNet.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'

it('the step changes colours as the tables of the preview do, to half a byte', async () => {
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
      const tables = colourTables(colour)
      return everyValue.flatMap((value) => tables.map((table, channel) => Math.abs((ours[(sample * 256 + value) * 3 + channel] as number) - (table[value] as number))))
    }))
  })
  expect(off).toBeLessThan(0.501)
})
