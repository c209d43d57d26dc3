import { describe, expect, it } from 'vitest'
import { samplePixels } from '../../src-main/augment/samplePixels.ts'

describe('resampling a sample', () => {
  const source = { data: new Uint8ClampedArray([10, 20, 30, 255, 50, 60, 70, 255, 90, 100, 110, 255, 130, 140, 150, 255]), width: 2, height: 2 }
  const sampled = (transform: number[], size: number): number[] => [...samplePixels(source, transform, size)]

  it('leaves a picture as it is by the identity', () => {
    expect(sampled([1, 0, 0, 0, 1, 0, 0, 0], 2)).toEqual([...source.data])
  })

  it('reads stored crops, which have no fourth byte, alike', () => {
    const stored = { ...source, data: source.data.filter((_, at) => at % 4 < 3) }
    expect([...samplePixels(stored, [1, 0, 0.5, 0, 1, 0.5, 0, 0], 2)]).toEqual(sampled([1, 0, 0.5, 0, 1, 0.5, 0, 0], 2))
  })

  it('mixes neighbours between pixels and black beyond the border', () => {
    expect([sampled([1, 0, 0.5, 0, 1, 0.5, 0, 0], 1), sampled([1, 0, 1.5, 0, 1, 0, 0, 0], 1), sampled([1, 0, 9, 0, 1, 0, 0, 0], 1)]).toEqual([[70, 80, 90, 255], [25, 30, 35, 255], [0, 0, 0, 255]])
  })

  it('follows the projective part', () => {
    expect(sampled([2, 0, 0, 0, 2, 0, 1, 0], 2).slice(4, 7)).toEqual([50, 60, 70])
  })

  it('changes colours before it rounds, and cuts at black and white', () => {
    const bright = { gains: [1.05, 3, 0], offset: 0.1 } as const
    expect([...samplePixels(source, [1, 0, 0, 0, 1, 0, 0, 0], 1, bright)]).toEqual([Math.round(10 * 1.05 + 0.1), 60, 0, 255])
    expect([...samplePixels(source, [1, 0, 1, 0, 1, 1, 0, 0], 1, bright)]).toEqual([Math.round(130 * 1.05 + 0.1), 255, 0, 255])
  })
})
