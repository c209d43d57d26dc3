import { describe, expect, it } from 'vitest'
import { apply, betweenPixels, compose, eightNumbers, identity, invert, rotation, scaling, translation, unitToQuad, type Quad } from '../../src-main/augment/projective.ts'
import { rounded, sampled } from './sampling.ts'

describe('projective transforms', () => {
  it('the last factor of a product acts first', () => {
    expect(apply(compose(translation(10, 0), scaling(2, 3)), [1, 1])).toEqual([12, 3])
  })
  it('a quarter turn is clockwise on a screen', () => {
    expect(rounded(apply(rotation(90, [1, 1]), [2, 1]))).toEqual([1, 2])
  })
  it('a matrix and its inverse cancel, perspective and all', () => {
    const matrix = compose(unitToQuad([[0.1, 0.2], [0.9, 0.05], [1, 0.8], [0.15, 0.95]]), rotation(20, [0.5, 0.5]), translation(0.3, -0.2))
    const product = compose(matrix, invert(matrix))
    expect(rounded(product.map((value) => value / product[8]))).toEqual([...identity])
  })
  it('the unit square\'s corners go to the quadrilateral\'s', () => {
    const quad: Quad = [[3, 4], [20, 6], [25, 30], [1, 22]]
    const matrix = unitToQuad(quad)
    expect(([[0, 0], [1, 0], [1, 1], [0, 1]] as const).map((corner) => rounded(apply(matrix, corner)))).toEqual(quad.map((corner) => [...corner]))
  })
  it('turned by an angle and back about the same point, everything is where it was', () => {
    const about = [700, 300] as const
    for (const degrees of [-180, -30, 7.5, 90]) expect(rounded(apply(compose(rotation(degrees, about), rotation(-degrees, about)), [123, 456]))).toEqual([123, 456])
  })
  it('a matrix without an inverse is refused', () => {
    expect(() => invert(scaling(0, 1))).toThrow('cannot be inverted')
  })
  it('halving a picture takes pixel 0 from between pixels 0 and 1', () => {
    expect(sampled(eightNumbers(betweenPixels(scaling(2, 2))), [0, 3])).toEqual([0.5, 6.5])
  })
})
