import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { importWeights } from '../../src-main/model/importWeights.ts'
import { requireModel } from '../../src-main/model/info.ts'
import { layOutNetwork } from '../../src-main/model/network.ts'
import { compileEvaluation } from '../../src-main/model/run.ts'
import { formula, formulaFile } from './formula.ts'
import { goldenPath } from './tiny.ts'

interface FullSizeGolden {
  family: string
  name: string
  size: number
  classes: number
  keys: Record<string, number[]>
  logits: number[][]
}
const { cases } = JSON.parse(readFileSync(goldenPath('full_size.json'), 'utf8')) as { cases: FullSizeGolden[] }

describe.each(cases)('$family’s $name', ({ name, size, classes, keys, logits }) => {
  const network = layOutNetwork(requireModel(name).config, classes)
  const { weights, report } = importWeights(network, formulaFile(keys))

  it('takes every weight', () => {
    expect([report.loaded.length, report.skipped, report.missing]).toEqual([Object.keys(keys).length, [], []])
  })

  it('has PyTorch’s logits', async () => {
    const evaluation = await compileEvaluation(network, weights, size, size)
    const ours = evaluation.logits(formula('input', [logits.length, size, size, 3]))
    evaluation.dispose()
    const theirs = logits.flat()
    const largest = Math.max(...theirs.map(Math.abs))
    expect(ours).toHaveLength(theirs.length)
    expect(Math.max(...theirs.map((value, index) => Math.abs((ours[index] as number) - value))) / largest).toBeLessThan(1e-4)
  })
})
