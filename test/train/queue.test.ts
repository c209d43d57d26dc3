import { describe, expect, it } from 'vitest'
import { trainConfig } from '../../src-main/contract/train.ts'
import { keypointDevices, trainingDevices } from '../../src-main/train/devices.ts'
import { createQueue, type FoldEnd, type FoldKey } from '../../src-main/train/queue.ts'
import { queueState } from '../../src-main/train/queueState.ts'
import type { QueueStore } from '../../src-main/train/queueStore.ts'
import { newFold } from '../../src-main/train/runStore.ts'

const keys = (...folds: number[]): FoldKey[] => folds.map((fold) => ({ runId: 1, fold }))
const task = () => new Promise((resolve) => setTimeout(resolve, 0))

/** What the table would hold, and folds that end when the test says so. */
function setUp({ devices = 1, entries = [] as FoldKey[], keypoints = [] as number[] } = {}) {
  const values = new Map<string, unknown>()
  const kept = { entries }
  const store: QueueStore = {
    entries: () => kept.entries,
    setEntries: (list) => void (kept.entries = [...list]),
    value: <T>(key: string) => (values.get(key) as T | undefined) ?? null,
    setValue: (key, value) => void values.set(key, value),
  }
  const log: string[] = []
  const ends = new Map<number, (end: FoldEnd) => void>()
  const open = () =>
    createQueue({
      devices: () => [...Array.from({ length: devices }, (_, gpu) => ({ name: `GPU ${gpu}`, takes: 'pictures' as const, gpu })), ...keypointDevices(1)],
      laneOf: ({ fold }) => (keypoints.includes(fold) ? 'keypoints' : 'pictures'),
      store,
      changed: () => undefined,
      run: ({ fold }, device) => {
        log.push(`${fold} on ${device.name}`)
        return new Promise((resolve) => ends.set(fold, resolve))
      },
    })
  const end = async (fold: number, how: FoldEnd = 'over') => {
    ends.get(fold)?.(how)
    await task()
  }
  return { open, end, log, kept: () => kept.entries.map(({ fold }) => fold) }
}

describe('the queue', () => {
  it('runs one fold for each device, in order, and keeps what runs and waits', async () => {
    const { open, end, log, kept } = setUp({ devices: 2 })
    const queue = open()
    queue.add(keys(0, 1, 2, 3))
    await task()
    const atFirst = kept()
    await end(1)
    expect({ log, atFirst, now: kept() }).toEqual({ log: ['0 on GPU 0', '1 on GPU 1', '2 on GPU 1'], atFirst: [0, 1, 2, 3], now: [0, 2, 3] })
  })

  it('takes another order, lets folds go, and puts one that goes on later first', async () => {
    const { open, end, log, kept } = setUp()
    const queue = open()
    queue.add(keys(0, 1, 2, 3, 4))
    await task()
    queue.arrange(keys(4, 2))
    queue.remove(keys(3))
    await end(0, 'again')
    const afterwards = kept()
    for (const fold of [0, 4, 2, 1]) await end(fold)
    await queue.idle()
    expect({ afterwards, log: log.map((line) => Number(line[0])), now: kept() }).toEqual({ afterwards: [0, 4, 2, 1], log: [0, 0, 4, 2, 1], now: [] })
  })

  it('paused, starts nothing; a restart of Handloom keeps the pause and the order, and nothing begins before it is told', async () => {
    const { open, end, log, kept } = setUp()
    const first = open()
    first.add(keys(0, 1))
    await task()
    first.pause()
    await end(0, 'again')
    first.close()

    const second = open()
    await second.idle()
    second.goOn()
    await second.idle()
    const before = { paused: second.paused, kept: kept(), log: [...log] }
    second.continue()
    await task()
    await end(0)
    expect({ before, log }).toEqual({ before: { paused: true, kept: [0, 1], log: ['0 on GPU 0'] }, log: ['0 on GPU 0', '0 on GPU 0', '1 on GPU 0'] })
  })

  it('starts what is asked for in this process, and leaves what an earlier one left', async () => {
    const { open, log, end, kept } = setUp({ entries: keys(7, 8) })
    const queue = open()
    queue.add(keys(3, 8))
    await task()
    await end(3)
    await end(8)
    await queue.idle()
    expect({ log, kept: kept() }).toEqual({ log: ['3 on GPU 0', '8 on GPU 0'], kept: [7] })
  })

  it('lets other work in before folds, or refuses it while all devices are busy', async () => {
    const { open, end, log } = setUp()
    const queue = open()
    queue.add(keys(0, 1))
    await task()
    const predicted = queue.use('predict', (device) => Promise.resolve(log.push(`predict on ${device.name}`)), { wait: true, lane: 'pictures' })
    await expect(queue.use('trial', () => Promise.resolve(1), { wait: false, lane: 'pictures' })).rejects.toMatchObject({ kind: 'conflict' })
    await end(0)
    await predicted
    await task()
    expect(log).toEqual(['0 on GPU 0', 'predict on GPU 0', '1 on GPU 0'])
    const never = queue.use('predict', () => Promise.resolve(1), { wait: true, lane: 'pictures' })
    queue.close()
    await expect(never).rejects.toMatchObject({ kind: 'interrupted' })
  })
})

describe('folds that see keypoints', () => {
  it('have a device of their own: they do not wait for pictures, nor these for them, each in order', async () => {
    const { open, end, log, kept } = setUp({ keypoints: [1, 3] })
    const queue = open()
    queue.add(keys(0, 1, 2, 3))
    await task()
    const atFirst = [...log]
    await end(1)
    await end(0)
    const waiting = queue.waiting()
    await end(3)
    await end(2)
    await queue.idle()
    expect({ atFirst, log, waiting, kept: kept() }).toEqual({ atFirst: ['0 on GPU 0', '1 on Keypoints'], log: ['0 on GPU 0', '1 on Keypoints', '3 on Keypoints', '2 on GPU 0'], waiting: [], kept: [] })
  })

  it('predict where they train, before folds that wait, whatever trains on pictures', async () => {
    const { open, end, log } = setUp({ keypoints: [1, 2] })
    const queue = open()
    queue.add(keys(0, 1, 2))
    await task()
    const predicted = queue.use('predict', (device) => Promise.resolve(log.push(`predict on ${device.name}`)), { wait: true, lane: 'keypoints' })
    await expect(queue.use('predict', () => Promise.resolve(1), { wait: false, lane: 'pictures' })).rejects.toMatchObject({ kind: 'conflict' })
    await end(1)
    await predicted
    await task()
    expect(log).toEqual(['0 on GPU 0', '1 on Keypoints', 'predict on Keypoints', '2 on Keypoints'])
  })

  it('are told of while there are any; the time left is that of the lane that takes longest', async () => {
    const { open, end } = setUp({ keypoints: [1, 2] })
    const queue = open()
    const fold = (number: number, secondsLeft: number) => ({ ...newFold(number, 10), secondsLeft })
    const runs = { ids: () => [1, 2], run: (id: number) => ({ name: `run ${id}`, config: trainConfig.parse({ model: id === 1 ? 'regnety_nano' : 'keypoint_temporal' }) }), folds: (id: number) => (id === 1 ? [fold(0, 100)] : [fold(1, 5), fold(2, 7)]) }
    const shown = () => {
      const { devices, waiting, secondsLeft } = queueState(queue, runs)
      return [devices.map(({ name, running }) => [name, running?.fold ?? null]), waiting.map((entry) => entry.fold), secondsLeft]
    }
    const before = shown()
    queue.add([{ runId: 1, fold: 0 }, { runId: 2, fold: 1 }, { runId: 2, fold: 2 }])
    await task()
    const during = shown()
    await end(0)
    const alone = shown()
    await end(1)
    await end(2)
    expect({ before, during, alone, after: shown() }).toEqual({
      before: [[['GPU 0', null]], [], 0],
      during: [[['GPU 0', 0], ['Keypoints', 1]], [2], 100],
      alone: [[['GPU 0', null], ['Keypoints', 1]], [2], 12],
      after: [[['GPU 0', null]], [], 0],
    })
  })
})

it('devices can be named; else they are the GPUs that may be used, or the CPU', () => {
  expect([trainingDevices({ HANDLOOM_DEVICES: '0, 2' }), trainingDevices({ HANDLOOM_DEVICES: 'cpu,cpu' })]).toEqual([
    [{ name: 'GPU 0', takes: 'pictures', gpu: 0 }, { name: 'GPU 2', takes: 'pictures', gpu: 2 }],
    [{ name: 'CPU', takes: 'pictures', gpu: null }, { name: 'CPU 2', takes: 'pictures', gpu: null }],
  ])
})
