import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { PointChange, RegionRule } from '../../src-main/contract/annotation.ts'
import type { Point } from '../../src-main/contract/dataset.ts'
import { createMachine, type Step } from './fuzzMachine.ts'
import { changingDataset } from './fuzzRoom.ts'
import { temporaryFolder } from './openRoom.ts'

const rows: Point[] = [[10, 20, 1], [30, 40, 2], [50, 60, 3]]
const sequences = { 'train/0': [rows, rows], 'train/1': [rows, rows], 'test/2': [rows, []] }
const folder = fc.constantFrom(...Object.keys(sequences))
const visibility = fc.constantFrom('visible' as const, 'hidden' as const, 'erased' as const)

const change: fc.Arbitrary<PointChange> = fc.record(
  {
    folder,
    frame: fc.integer({ min: 0, max: 1 }),
    index: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 2 }) }, { weight: 1, arbitrary: fc.constantFrom(3, 25, 42) }),
    to: fc.oneof(
      fc.constant({ erased: true as const }),
      fc.constant({ original: true as const }),
      fc.record({ hidden: fc.boolean() }),
      fc.record({ x: fc.constantFrom(10, -5, 0.1 + 0.2, 1e-7), y: fc.constantFrom(20, 3, 1 / 3, 1e9), z: fc.constantFrom(1, -2.5), visibility }, { requiredKeys: ['x', 'y'] }),
    ) as fc.Arbitrary<PointChange['to']>,
    was: fc.record({ x: fc.constantFrom(10, 30, -5), y: fc.constantFrom(20, 40, 3), visibility }),
  },
  { requiredKeys: ['folder', 'frame', 'index', 'to'] },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('apply' as const), changes: fc.array(change, { minLength: 1, maxLength: 5 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'undo' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'redo' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revert' as const), back: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rule' as const), terms: fc.constant<RegionRule['terms']>([[{ axis: 'x', relation: '>', value: 20 }]]) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('write' as const), folder, frames: fc.constantFrom([rows, rows], [rows.with(0, [11, 20, 1]), rows.slice(1)], [rows]) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resolve' as const), folder, keep: fc.constantFrom('edits' as const, 'file' as const) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
)

// The long run is fuzz.test.ts; what fails here is made as short as it can be.
it('edits, undoes, redoes, settles and restarts as a list of states would, for any steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), async (steps) => {
      const temporary = temporaryFolder()
      const machine = createMachine(changingDataset(sequences), temporary.path)
      try {
        for (const current of steps) await machine.perform(current)
        expect(await machine.expectThereAndBack()).toBeLessThanOrEqual(steps.length)
      } finally {
        machine.close()
        temporary.remove()
      }
    }),
    { numRuns: 40, seed: 20261123 },
  )
})
