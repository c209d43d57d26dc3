import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadLast } from '../../src-main/train/checkpoint.ts'
import type { TrainJob } from '../../src-main/train/job.ts'
import type { ComputeMessage } from '../../src-main/train/messages.ts'
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
