import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { detect } from '../../src-main/annotation/detectors/detect.ts'
import type { FrameRecord, Point } from '../../src-main/contract/dataset.ts'
import { benchDetection } from '../../src-main/core/bench/detection.ts'
import { openProject } from '../../src-main/core/project.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import { planSample } from '../../src-main/sample/plan.ts'
import { stageSequence } from '../../src-main/sample/sequence.ts'

const strayRows = Array.from({ length: 21 }, (_, row) => row + 21)

/** What the detectors say of a whole sample, drawn without its pictures. */
function judge({ sequences, width, height, seed }: { sequences: number; width: number; height: number; seed: number }) {
  const outcome = { frames: 0, planted: 0, named: 0, wrong: 0 }
  for (const sequence of planSample({ sequences, seed }).sequences) {
    const frames = stageSequence(sequence, { width, height, seed }).map(({ rows }, index): FrameRecord => {
      const points: Point[] = rows ?? []
      const { number } = sequence.frames[index]!
      return { number, file: `${number}.png`, width, height, original: points, points, erased: [], hidden: [], moved: [], conflicts: [], unreadable: null }
    })
    const found = detect(frames, { hand: sequence.role === 'train' ? sequence.row.handType : 'unknown', width, height })
    for (const { number, detection } of sequence.frames) {
      const here = found.filter(({ frame }) => frame === number)
      const named = new Set(here.flatMap(({ indices }) => indices))
      const isNamed = detection === 'stray' && strayRows.every((row) => named.has(row)) && named.size === strayRows.length
      outcome.frames++
      outcome.planted += detection === 'stray' ? 1 : 0
      outcome.named += isNamed ? 1 : 0
      // In a few frames of two-hand classes the sample leaves one hand out: that this is said is right.
      outcome.wrong += here.filter(({ kind }) => !isNamed && !(detection === 'one-hand' && kind === 'count-mismatch')).length
    }
  }
  return outcome
}

describe('detectors on the sample', () => {
  it.each([
    { sequences: 866, width: 1920, height: 1080, seed: 1 },
    { sequences: 866, width: 480, height: 270, seed: 2 },
    { sequences: 60, width: 1280, height: 720, seed: 3 },
    { sequences: 60, width: 640, height: 480, seed: 4 },
  ])('name the planted strays and little else: $sequences sequences of $width × $height, seed $seed', (sample) => {
    const { frames, planted, named, wrong } = judge(sample)
    expect(planted).toBeGreaterThan(2)
    expect(named / planted).toBeGreaterThanOrEqual(0.95)
    expect(wrong / frames).toBeLessThanOrEqual(0.05)
  })

  it('find the same from the files on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'handloom-sample-'))
    const options = { folder: join(folder, 'data'), sequences: 8, width: 160, height: 90, seed: 5 }
    await generateSample(options)
    const project = openProject({ folder: options.folder, project: join(folder, 'project'), emit: () => undefined })
    try {
      await project.dataset.scan()
      const { findings, total, sequencesDone, sequencesTotal } = await project.annotation.findings({ limit: 1000, wait: true })
      const planted = planSample(options).sequences.flatMap(({ role, number, frames }) => frames.filter(({ detection }) => detection === 'stray').map((frame) => `${role}/${number} ${frame.number}`))
      const second = findings.filter(({ kind, indices }) => kind === 'second-hand' && indices.join() === strayRows.join())
      expect([second.map((finding) => `${finding.folder} ${finding.frame}`).toSorted(), findings.length - second.length, total, sequencesDone, sequencesTotal]).toEqual([planted.toSorted(), 0, findings.length, 8, 8])
    } finally {
      await project.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('are measured from the database on', async () => {
    const told: string[] = []
    const { frames_per_second: rate, ...rest } = await benchDetection({ signal: new AbortController().signal, progress: (_, english) => told.push(english) }, 30)
    const number = expect.any(Number) as number
    expect([rest, Number(rate) > 0, told]).toEqual([
      { sequences: 30, frames: 204, findings: number, first_list_ms: number, longest_block_ms: number, peak_memory_bytes: number, relist_ms: number }, true, ['Making sequences 0/30', 'Looking for strays'],
    ])
    await expect(benchDetection({ signal: AbortSignal.abort(), progress: () => undefined }, 30)).rejects.toThrow('aborted')
  })
})
