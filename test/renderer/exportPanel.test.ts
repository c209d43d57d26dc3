import { describe, expect, it } from 'vitest'
import { modelFormats, type RunFold } from '../../src-main/contract/train.ts'
import { exportFolds, verdictOf } from '../../src-renderer/pages/train/export/exportChoice.ts'
import { usageExample } from '../../src-renderer/pages/train/export/usageExample.ts'

const fold = (number: number, state: RunFold['state'], bestLogLoss: number | null): RunFold => ({ fold: number, state, bestLogLoss }) as RunFold

describe('an export', () => {
  it('offers the finished folds, the best by log loss first', () => {
    const folds = [fold(0, 'done', 0.4), fold(1, 'failed', 0.1), fold(2, 'done', 0.3), fold(3, 'done', null), fold(4, 'training', 0.2)]
    expect(exportFolds({ folds }).map(({ fold: number }) => number)).toEqual([2, 0, 3])
  })

  it('is the same up to 1e-4, far beyond, and says when it was not run', () => {
    expect([0, 3e-6, 1e-4, 2e-4, null].map(verdictOf)).toEqual(['same', 'same', 'same', 'far', 'unchecked'])
  })

  it('comes with a Python example that names the file, for both kinds of model', () => {
    const path = '/data/my "best" model.onnx'
    for (const format of modelFormats) for (const keypoints of [false, true]) expect(usageExample(format, path, keypoints)).toContain(JSON.stringify(path))
    expect([usageExample('onnx', path, false).includes('"pixels"'), usageExample('onnx', path, true).includes('"hands"')]).toEqual([true, true])
  })
})
