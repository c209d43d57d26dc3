import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadLast } from '../../src-main/train/checkpoint.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage, CoreMessage } from '../../src-main/train/messages.ts'
import { tinyJob } from './tinyJob.ts'

const program = join(import.meta.dirname, '../../src-main/train/compute.ts')
let root = ''
let child: ChildProcess | null = null
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-compute-'))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await rm(root, { recursive: true, force: true })
})

async function jobFile(changes: Partial<TrainJob> = {}): Promise<{ file: string; job: TrainJob }> {
  const job = { ...tinyJob(root, { epochs: 5000 }), ...changes }
  const file = join(root, 'job.json')
  await writeFile(file, JSON.stringify(job))
  return { file, job }
}

it('ends by itself, with a checkpoint, when the core is gone', async () => {
  const { file, job } = await jobFile()
  child = fork(program, [file], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  let said: ComputeMessage
  do [said] = (await once(child, 'message')) as [ComputeMessage]
  while (said.type !== 'metric')
  child.disconnect()
  const [code] = (await once(child, 'exit')) as [number | null]
  const { checkpoint } = await loadLast(job.folder)
  expect({ code, steps: (checkpoint?.progress.step ?? 0) > 0 }).toEqual({ code: 0, steps: true })
})

it('started by hand, prints its messages as lines and stops with a checkpoint when terminated', async () => {
  const { file, job } = await jobFile()
  child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'ignore'] })
  const said: ComputeMessage[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(JSON.parse(line) as ComputeMessage)
    if (said.at(-1)?.type === 'metric') child.kill('SIGTERM')
  }
  const stopped = said.at(-1)
  expect([stopped?.type, (await loadLast(job.folder)).checkpoint?.progress.step]).toEqual(['stopped', stopped?.type === 'stopped' ? stopped.step : -1])
})

it('takes the core’s message and the signals of one Ctrl+C for one wish to stop', async () => {
  const { file, job } = await jobFile()
  child = fork(program, [file], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const said: ComputeMessage[] = []
  child.on('message', (message) => {
    said.push(message as ComputeMessage)
    if (said.filter(({ type }) => type === 'metric').length !== 1 || said.at(-1)?.type !== 'metric') return
    child?.send({ type: 'stop' })
    child?.kill('SIGINT')
    child?.kill('SIGTERM')
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  const { checkpoint } = await loadLast(job.folder)
  expect({ code, stopped: said.some(({ type }) => type === 'stopped'), steps: (checkpoint?.progress.step ?? 0) > 0 }).toEqual({ code: 0, stopped: true, steps: true })
})

it('a shard that is too short fails with a sentence and exit code 1', async () => {
  const { file, job } = await jobFile()
  await writeFile(job.shards[0] ?? '', new Uint8Array(100))
  child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'ignore'] })
  const said: ComputeMessage[] = []
  for await (const line of createInterface({ input: child.stdout! })) said.push(JSON.parse(line) as ComputeMessage)
  expect({ failed: said.find(({ type }) => type === 'failed'), code: child.exitCode ?? (await once(child, 'exit'))[0] }).toMatchObject({ failed: { kind: 'storage' }, code: 1 })
})

/** Runs the process on a job, answering what it says, to its end. */
async function talk(file: string, answer: (message: ComputeMessage, send: (message: CoreMessage) => void) => void): Promise<ComputeMessage[]> {
  const compute = fork(program, [file], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  child = compute
  const said: ComputeMessage[] = []
  compute.on('message', (message: ComputeMessage) => {
    said.push(message)
    answer(message, (reply) => void compute.send(reply))
  })
  await once(compute, 'close')
  return said
}

it('shows the batch it is asked for, and stops when the epoch is over', async () => {
  const { file, job } = await jobFile()
  const said = await talk(file, (message, send) => {
    if (message.type === 'started') send({ type: 'show-batch' })
    if (message.type === 'batch') send({ type: 'stop', when: 'after-epoch' })
  })
  const [batch, ...others] = said.filter(({ type }) => type === 'batch')
  const stopped = said.at(-1)
  const metric = said.find((message) => message.type === 'metric')
  expect({ others, shown: batch?.type === 'batch' && (await stat(join(job.folder, batch.file))).size / batch.samples.length, stopped: stopped?.type === 'stopped' && stopped.step % 5, load: metric?.type === 'metric' && (metric.metric.load?.memoryBytes ?? 0) > 2 ** 24 }).toEqual({ others: [], shown: 32 * 32 * 3, stopped: 0, load: true })
})

it('a plain stop wins over one after the epoch, whichever comes first', async () => {
  for (const wishes of [['after-epoch', 'now'], ['now', 'after-epoch']] as const) {
    const { file, job } = await jobFile()
    // An epoch that takes minutes.
    await writeFile(file, JSON.stringify({ ...job, folder: join(root, wishes[0]), train: Array.from({ length: 5000 }, () => job.train).flat() }))
    const said = await talk(file, (message, send) => {
      if (message.type === 'metric') for (const when of wishes) send({ type: 'stop', when })
    })
    const stopped = said.at(-1)
    expect([stopped?.type === 'stopped' && stopped.epoch, said.some((message) => message.type === 'metric' && message.metric.kind === 'epoch')]).toEqual([0, false])
  }
})

it('tests learning rates', async () => {
  const { file, job } = await jobFile()
  await writeFile(file, JSON.stringify({ ...job, kind: 'rate', steps: 6, from: 1e-5, to: 1e-3 }))
  const said = await talk(file, () => undefined)
  expect([said.filter(({ type }) => type === 'rate').length, said.at(-1)?.type]).toEqual([6, 'done'])
})
