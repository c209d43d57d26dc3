import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitters, type SplitRequest } from '../../src-main/contract/split.ts'
import { HandloomError } from '../../src-main/contract/errors.ts'
import { openSplitRoom, stagedDataset, type StagedSequence } from './splitRoom.ts'

const sequences = fc
  .array(fc.record({ poseId: fc.integer({ min: 0, max: 5 }), frames: fc.integer({ min: 1, max: 6 }), actor: fc.constantFrom('a', 'b', 'c', 'd', null) }), { minLength: 4, maxLength: 24 })
  .map((list) => list.map((entry, number): StagedSequence => ({ ...entry, number })))
const request = fc.record({
  splitter: fc.constantFrom(...splitters), folds: fc.integer({ min: 2, max: 4 }), seed: fc.integer({ min: 0, max: 1000 }), shuffle: fc.boolean(),
  unit: fc.constantFrom('sequence', 'frame'), group: fc.constantFrom('sequence', 'actor'), always: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
  merge: fc.constantFrom<number[][]>([], [[3, 4]], [[5, 3, 4]]),
}) as fc.Arbitrary<Required<Omit<SplitRequest, 'name'>>>

/** Whether there is too little to split, which is refused. */
function planned<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof HandloomError && error.kind === 'bad-request') return null
    throw error
  }
}

it('every sequence is in one fold, or always trained by choice; groups stay whole; the hash does not know the name', () => {
  fc.assert(
    fc.property(sequences, request, (of, options) => {
      const { room } = openSplitRoom(stagedDataset(of))
      const split = planned(() => room.plan(options))
      if (!split) return
      const always = new Set(options.always)
      const grouped = options.splitter.endsWith('GroupKFold')
      const validated = split.folds.filter(({ fold }) => fold !== null)
      const foldsOfGroups = Map.groupBy(validated, ({ group }) => group).values().map((members) => new Set(members.map(({ fold }) => fold)).size)
      const framesOf = (folder: string) => split.frameFolds?.[folder]
      expect({
        folders: split.folds.map(({ folder }) => folder),
        always: split.folds.filter(({ fold }) => fold === null).map(({ poseId }) => always.has(poseId)).includes(false),
        validatedAlways: validated.some(({ poseId }) => always.has(poseId)),
        inRange: validated.every(({ fold }) => fold! >= 0 && fold! < options.folds),
        torn: grouped && foldsOfGroups.some((folds) => folds > 1),
        frames: split.frames.reduce((sum, count) => sum + count, 0),
        byFrame: of.every(({ number, frames, poseId }) => split.frameFolds === null || always.has(poseId) || framesOf(`train/${number}`)?.length === frames),
        sequences: split.classes.reduce((sum, { counts, always }) => counts.reduce((a, b) => a + b, sum + always), 0),
        hash: room.plan({ ...options, name: 'another' }).hash,
      }).toEqual({
        folders: of.map(({ number }) => `train/${number}`), always: false, validatedAlways: false, inRange: true, torn: false,
        frames: of.reduce((sum, { frames, poseId }) => sum + (always.has(poseId) ? 0 : frames), 0), byFrame: true, sequences: of.length, hash: split.hash,
      })
    }),
    { seed: 6, numRuns: 150 },
  )
})

it('a move changes the folds that were asked for and no others, and moving back gives the same folds again', async () => {
  const moves = fc.dictionary(fc.integer({ min: 0, max: 23 }).map((number) => `train/${number}`), fc.option(fc.integer({ min: 0, max: 1 })), { minKeys: 1, maxKeys: 6 })
  await fc.assert(
    fc.asyncProperty(sequences, moves, async (of, asked) => {
      const { room } = openSplitRoom(stagedDataset(of))
      const before = await room.make({ folds: 2, splitter: 'KFold' })
      const targets = Object.entries(asked).filter(([folder, fold]) => before.folds.some((sequence) => sequence.folder === folder && sequence.fold !== fold))
      if (targets.length === 0) return
      const after = await room.move({ id: before.id, moves: targets.map(([folder, fold]) => ({ folder, fold })) })
      const back = await room.move({ id: after.id, moves: after.moved.map(({ folder, from }) => ({ folder, fold: from })) })
      const { id, version, created, parent, ...restored } = back
      const { id: _id, version: _version, created: _created, parent: _parent, ...original } = before
      expect([
        after.folds, after.moved.map(({ folder, to }) => [folder, to]).sort(), restored, [id, version, parent, typeof created],
      ]).toEqual([
        before.folds.map((sequence) => ({ ...sequence, fold: targets.find(([folder]) => folder === sequence.folder) ? asked[sequence.folder] : sequence.fold })), targets.sort(), original,
        [before.id + 2, before.version + 2, after.id, 'string'],
      ])
    }),
    { seed: 6, numRuns: 60 },
  )
})
