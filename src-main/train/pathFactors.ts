import { randomStream } from '../engine/random.ts'

const purposeDropPath = 0x64726f70

/**
 * Factors of drop path for each sample of a step's batch, [block][sample]: 0 where the block's branch is dropped, else 1 / (1 − rate).
 * @param rates probability of dropping, by block
 */
export function pathFactors(rates: readonly number[], seed: number, stepIndex: number, count: number): number[][] {
  const stream = randomStream(seed, purposeDropPath, stepIndex)
  return rates.map((rate) => Array.from({ length: count }, () => (stream.uniform() < rate ? 0 : 1 / (1 - rate))))
}

/** Rates that grow from none at the first block to `last` at the last (Huang et al., 2016, "linear decay"). */
export const dropRates = (blocks: number, last: number): number[] => Array.from({ length: blocks }, (_, block) => (last * block) / Math.max(1, blocks - 1))
