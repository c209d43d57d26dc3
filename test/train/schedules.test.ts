import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { constant, cosine, learningRateSchedule, multiStep, oneCycle, withWarmUp } from '../../src-main/train/schedules.ts'
import type { LearningRateOptions, Schedule } from '../../src-main/train/schedules.ts'
import { trainingGoldens } from './trainingGoldens.ts'

const golden = JSON.parse(readFileSync(new URL('../goldens/schedules.json', import.meta.url), 'utf8')) as Record<string, number[]>

const largestRelativeError = (schedule: Schedule, theirs: number[]): number => Math.max(...theirs.map((rate, step) => Math.abs(schedule(step) - rate) / rate))

describe('schedules equal PyTorch’s:', () => {
  it.each<[string, Schedule]>([
    ['one_cycle', oneCycle({ maximum: 1e-3, totalSteps: 100 })],
    ['one_cycle_pct', oneCycle({ maximum: 2e-3, totalSteps: 57, rise: 0.1, initialDivisor: 200, finalDivisor: 10, anneal: 'linear' })],
    ['cosine', cosine({ maximum: 1e-3, totalSteps: 45, minimum: 5e-6 })],
    ['multi_step', multiStep({ maximum: 1e-3, milestones: [10, 30] })],
  ])('%s', (name, schedule) => {
    expect(largestRelativeError(schedule, golden[name] ?? [])).toBeLessThan(1e-9)
  })
})

describe('the schedule of a run', () => {
  it.each<[LearningRateOptions['schedule'], keyof typeof trainingGoldens.schedules]>([
    ['one-cycle', 'one_cycle'],
    ['cosine', 'cosine'],
    ['multi-step', 'multi_step'],
    ['constant', 'constant'],
  ])('%s with warm-up equals PyTorch’s', (schedule, name) => {
    expect(largestRelativeError(learningRateSchedule({ schedule, learningRate: 1e-3, totalSteps: 120, warmupSteps: 20 }), trainingGoldens.schedules[name])).toBeLessThan(1e-9)
  })

  const rates = (options: Partial<Parameters<typeof learningRateSchedule>[0]>, ...steps: number[]): number[] => {
    const schedule = learningRateSchedule({ schedule: 'one-cycle', learningRate: 1e-3, totalSteps: 500, warmupSteps: 50, ...options })
    return steps.map(schedule)
  }

  it('of the reference recipe rises from 5e-6 during five of fifty epochs, peaks, and falls to nothing', () => {
    const [first, beforePeak, peak, afterPeak, last] = rates({}, 0, 48, 49, 50, 499) as [number, number, number, number, number]
    expect([first, peak]).toEqual([expect.closeTo(5e-6, 12), expect.closeTo(1e-3, 12)])
    expect(beforePeak < peak && afterPeak < peak && last < 1e-8).toBe(true)
  })

  it('without warm-up is PyTorch’s default cycle', () => {
    expect(rates({ warmupSteps: 0 }, 0, 149)).toEqual([expect.closeTo(4e-5, 12), expect.closeTo(1e-3, 12)])
  })

  it('of the other kinds warms up in a straight line and then begins', () => {
    expect(rates({ schedule: 'cosine' }, 0, 25, 50, 275)).toEqual([5e-6, (5e-6 + 1e-3) / 2, 1e-3, 5e-4].map((rate) => expect.closeTo(rate, 12)))
    expect(rates({ schedule: 'multi-step', totalSteps: 1050 }, 50, 649, 650, 900)).toEqual([1e-3, 1e-3, 1e-4, 1e-5].map((rate) => expect.closeTo(rate, 12)))
    expect(rates({ schedule: 'constant' }, 0, 60)).toEqual([5e-6, 1e-3])
  })

  it('is finite and positive in tiny runs', () => {
    const all = (['one-cycle', 'cosine', 'multi-step', 'constant'] as const).flatMap((schedule) =>
      [1, 2, 3].flatMap((totalSteps) => [0, 1, 5].flatMap((warmupSteps) => rates({ schedule, totalSteps, warmupSteps }, ...Array.from({ length: totalSteps }, (_, step) => step)))))
    expect(all.filter((rate) => !Number.isFinite(rate) || rate < 0 || rate > 1e-3 + 1e-12)).toEqual([])
  })

  it('warm-up meets the schedule it leads to', () => {
    const schedule = withWarmUp(constant(2), { steps: 4, from: 0 })
    expect([0, 1, 2, 3, 4, 5].map(schedule)).toEqual([0, 0.5, 1, 1.5, 2, 2])
  })
})
