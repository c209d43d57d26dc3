import { expect, it } from 'vitest'
import { classProbabilities, mergedOutputs, outputCount, outputOf, outputTargets } from '../../src-main/train/outputs.ts'

const poseIds = [10, 20, 30, 40, 50]

it('merged classes share an output, and its probability by how many frames each has', () => {
  const outputs = mergedOutputs(poseIds, [[40, 20], [50, 99]], [5, 3, 5, 9, 5])
  expect(outputs).toEqual({ of: [0, 1, 2, 1, 3], share: [1, 0.25, 1, 0.75, 1] })
  const values = classProbabilities(outputs, Float32Array.of(0.25, 0.5, 0.125, 0.125))
  expect([...values]).toEqual([0.25, 0.125, 0.125, 0.375, 0.125])
  expect([outputCount(outputs, 5), outputOf(outputs, 3), outputOf(outputs, -1), outputOf(null, 3), outputCount(null, 5)]).toEqual([4, 1, -1, 3, 5])
})

it('without frames it is shared evenly; without lists there is nothing to merge', () => {
  expect([mergedOutputs(poseIds, [[10, 20]], [0, 0, 1, 1, 1])?.share, mergedOutputs(poseIds, [[10, 99]], [1, 1, 1, 1, 1]), classProbabilities(null, Float32Array.of(1))]).toEqual([[0.5, 0.5, 1, 1, 1], null, Float32Array.of(1)])
})

it('an output is mirrored where its classes are mirrored to one output, and not at all where they part', () => {
  const outputs = mergedOutputs(poseIds, [[10, 20]], [1, 1, 1, 1, 1])
  expect(outputTargets(outputs, { horizontal: [2, 2, 0, 4, 3], vertical: [] })).toEqual([1, 0, 3, 2])
  expect(outputTargets(outputs, { horizontal: [2, -1, 0, 4, 3], vertical: [] })).toEqual([-1, 0, 3, 2])
})
