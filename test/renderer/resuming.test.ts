import { describe, expect, it } from 'vitest'
import { draftOf } from '../../src-renderer/pages/train/draft.ts'
import { readMargins } from '../../src-renderer/pages/train/launch/fields.ts'
import { changesOf, proposedChanges } from '../../src-renderer/pages/train/run/resuming.ts'

describe('what a failed fold proposes to go on with', () => {
  it('is read from the sentence it stands in', () => {
    const folds = [
      { message: null },
      { message: 'The loss of step 31 is not finite at a learning rate of 0.01. Resume from the last checkpoint with a lower learning rate: train FOLDER --resume --set learningRate=0.003. Frames of that batch: train/7/0.' },
      { message: 'By estimate training takes about 3.1 GiB for 8 pictures at once, about 2.2 GiB for 4 pictures at once: train FOLDER --resume --set accumulate=4 computes each batch in 4 parts.' },
    ]
    expect(proposedChanges(folds)).toEqual({ learningRate: 0.003, accumulate: 4 })
    expect(proposedChanges([{ message: 'Try --set learningRate=3e-7.' }])).toEqual({ learningRate: 3e-7 })
  })

  it('is nothing where the contract does not take it', () => {
    expect(proposedChanges([{ message: '--set learningRate=0 --set accumulate=1.5 --set epochs=3 --set threads=lots --set __proto__=1' }])).toEqual({})
  })
})

describe('what a run goes on with', () => {
  it('is what may change and did', () => {
    const config = draftOf({ learningRate: 0.01, gradientClip: 1 })
    expect(changesOf(config, { ...config, learningRate: 0.003, gradientClip: 0, epochs: 3 })).toEqual({ learningRate: 0.003, gradientClip: 0 })
    expect(changesOf(config, config)).toEqual({})
  })
})

describe('margins of more views', () => {
  it('are read as people write lists, within the limits', () => {
    expect(['', '20, 40', ' -20;40 ', '1 2 3 4 5 6 7 8', '20, wide', '2001', '1 2 3 4 5 6 7 8 9'].map(readMargins)).toEqual([[], [20, 40], [-20, 40], [1, 2, 3, 4, 5, 6, 7, 8], null, null, null])
  })
})
