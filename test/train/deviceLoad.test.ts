import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { deviceLoad, gpuFacts, useGpu, visibleGpu } from '../../src-main/train/deviceLoad.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const gib = 2 ** 30
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('without a GPU tells of processor and memory', () => {
  const load = deviceLoad(null)
  vi.advanceTimersByTime(1000)
  const { cpu, memoryBytes, ...gpu } = load()
  expect({ share: cpu >= 0 && cpu <= 1, memory: memoryBytes > 2 ** 24, gpu }).toEqual({ share: true, memory: true, gpu: { gpu: null, gpuMemoryBytes: null } })
})

it('asks the GPU beside the work, at most every five seconds', async () => {
  const answers = [{ busy: 0.4, usedBytes: gib, totalBytes: 8 * gib }, { busy: null, usedBytes: 2 * gib, totalBytes: 8 * gib }]
  const asked: string[] = []
  const load = deviceLoad('1', async (gpu) => (asked.push(gpu), answers[asked.length - 1] ?? null))
  const told = []
  for (let second = 0; second < 8; second++) {
    vi.advanceTimersByTime(1000)
    const { gpu, gpuMemoryBytes } = load()
    told.push([gpu, gpuMemoryBytes])
    await settled()
  }
  expect({ asked, told }).toEqual({ asked: ['1', '1'], told: [[null, null], ...Array.from({ length: 4 }, () => [0.4, gib]), ...Array.from({ length: 3 }, () => [null, 2 * gib])] })
})

it('does not ask again where nothing answers', async () => {
  let asked = 0
  const load = deviceLoad('0', async () => (asked++, null))
  for (let second = 0; second < 30; second++) {
    vi.advanceTimersByTime(1000)
    load()
    await settled()
  }
  expect(asked).toBe(1)
})

it.each([
  ['35, 2048, 81559\n', { busy: 0.35, usedBytes: 2 * gib, totalBytes: 81559 * 2 ** 20 }],
  ['[N/A], 100, 4864', { busy: null, usedBytes: 100 * 2 ** 20, totalBytes: 4864 * 2 ** 20 }],
  ['0, [N/A], [N/A]', null],
  ['No devices were found', null],
  ['', null],
])('reads %j', (line, facts) => expect(gpuFacts(line)).toEqual(facts))

it('a process is shown one GPU, counted as the driver does unless the user chose', () => {
  const before = { ...process.env }
  try {
    for (const name of ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER', 'TF_FORCE_GPU_ALLOW_GROWTH']) delete process.env[name]
    expect(visibleGpu()).toBe('0')
    useGpu(3)
    const alone = [visibleGpu(), process.env.CUDA_DEVICE_ORDER, process.env.TF_FORCE_GPU_ALLOW_GROWTH]
    delete process.env.CUDA_DEVICE_ORDER
    Object.assign(process.env, { CUDA_VISIBLE_DEVICES: '2,5', TF_FORCE_GPU_ALLOW_GROWTH: 'false' })
    const first = visibleGpu()
    useGpu(5)
    expect([alone, first, [visibleGpu(), process.env.CUDA_DEVICE_ORDER, process.env.TF_FORCE_GPU_ALLOW_GROWTH]]).toEqual([['3', 'PCI_BUS_ID', 'true'], '2', ['5', undefined, 'false']])
  } finally {
    process.env = before
  }
})
