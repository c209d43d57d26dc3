import { alternate, speedOf } from './alternate.ts'
import type { Round } from './contestant.ts'
import { compared, withFrames, type BenchOptions, type BenchResult, type BenchTools } from './measures.ts'

/**
 * What it takes to feed a network with crops of 1080p frames, in one thread. Ours decode each frame once and store its region (`build_…`), then read the stored
 * crops anew in every epoch and give them the epoch's margins, transforms and colours (`samples_per_second`). The peer decodes, cuts and resizes every frame
 * in every epoch, and does no more than that. `ratio` compares repeated epochs, `build_ratio` the one that builds: its decoding and cutting alone.
 */
export async function benchCrop(options: BenchOptions, tools: BenchTools): Promise<BenchResult> {
  const { size, roundSeconds } = options
  return withFrames(options, tools, async ({ ours: frames, peer: list, frames: count }) => {
    const task = { kind: 'input', frames, threads: 1, roundSeconds } as const
    return compared({ ...options, threads: 1 }, tools, `crop ${size} px`, task, { script: 'crop.py', task: { frames: list, size, roundSeconds } }, async (contestants) => {
      const [ours, peer] = await alternate(contestants, options.rounds)
      const { perSecond, rounds, peakMemoryBytes } = speedOf(ours as Round[])
      const rival = peer && speedOf(peer)
      const build = count / Number(contestants[0]?.facts.cut_seconds)
      return {
        size,
        frames: count,
        threads: 1,
        samples_per_second: perSecond,
        build_frames_per_second: build,
        rounds,
        peak_memory_bytes: peakMemoryBytes,
        peer: rival ? { ...contestants[1]?.facts, samples_per_second: rival.perSecond, rounds: rival.rounds, peak_memory_bytes: rival.peakMemoryBytes } : null,
        ratio: rival ? perSecond / rival.perSecond : null,
        build_ratio: rival ? build / rival.perSecond : null,
      }
    })
  })
}
