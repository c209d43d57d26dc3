import { describe, expect, it } from 'vitest'
import { describeProof, judge } from '../../src-main/core/bench/proofs.ts'
import type { TrainingProof } from '../../src-main/train/throughput/proof.ts'
import { handloom } from './command.ts'

const sound: TrainingProof = { device: 'cpu', precision: 'float32', firstLoss: 1.6, lastLoss: 0.2, imagesPerSecond: 700, compileSeconds: 0.8, error: null }

describe('the doctor on training', () => {
  it('has the compiled step learn on this machine', async () => {
    const report = JSON.parse((await handloom(['doctor', '--json'])).out) as { training: TrainingProof[]; lines: string[] }
    const [first, ...others] = report.training
    expect(first).toMatchObject({ device: 'cpu', precision: 'float32', error: null })
    expect(judge(report.training)).toEqual([])
    expect(first?.imagesPerSecond).toBeGreaterThan(0)
    expect(report.lines.filter((line) => line.startsWith('Training on the'))).toHaveLength(others.length + 1)
  })

  it('takes GPU and half precision with the deviations that they must have', () => {
    expect(judge([sound, { ...sound, precision: 'bfloat16', firstLoss: 1.64 }, { ...sound, device: 'gpu', firstLoss: 1.605 }])).toEqual([])
  })

  it.each([
    { wrong: { error: 'CUDA_ERROR_NO_DEVICE', firstLoss: null, lastLoss: null }, message: 'The compiled step fails on the GPU in float32: CUDA_ERROR_NO_DEVICE' },
    { wrong: { lastLoss: 1.5 }, message: 'The compiled step does not learn on the GPU in float32: loss 1.600 → 1.500.' },
    { wrong: { firstLoss: 1.7 }, message: 'The compiled step computes another loss on the GPU in float32: 1.7000, where the CPU in float32 has 1.6000.' },
  ])('names what is wrong: $message', ({ wrong, message }) => {
    const problems = judge([sound, { ...sound, device: 'gpu', ...wrong }])
    expect(problems).toEqual([{ message, mend: 'HANDLOOM_ENGINE=cpu npm run setup' }])
    expect(describeProof({ model: 'regnety_nano', size: 32, batch: 16, training: [sound], problems }).at(-1)).toBe(`Problem: ${message}\n  To mend it: HANDLOOM_ENGINE=cpu npm run setup`)
  })

  it('sends to float32 where a half precision is wrong', () => {
    expect(judge([sound, { ...sound, precision: 'bfloat16', lastLoss: 3 }]).map(({ mend }) => mend)).toEqual(['train with precision float32'])
  })
})
