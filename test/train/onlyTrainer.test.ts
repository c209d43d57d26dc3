import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { becomeTrainer } from '../../src-main/train/onlyTrainer.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handloom-trainer-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const pid = async (): Promise<number> => Number(await readFile(join(folder, 'trainer.pid'), 'utf8'))

describe('who trains a fold', () => {
  it('waits for the process before, and is written down', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', 'compute.ts'])
    await once(child, 'spawn')
    await writeFile(join(folder, 'trainer.pid'), String(child.pid))
    const order: string[] = []
    const become = becomeTrainer(folder).then(() => order.push('trains'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.once('exit', () => order.push('ended'))
    child.kill('SIGKILL')
    await become
    expect([order, await pid()]).toEqual([['ended', 'trains'], process.pid])
  })

  it('waits for nobody that is gone, nor for ever, nor for a file that says nothing', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', 'compute.ts'])
    await once(child, 'spawn')
    await writeFile(join(folder, 'trainer.pid'), String(child.pid))
    await becomeTrainer(folder, 150)
    child.kill('SIGKILL')
    await once(child, 'exit')
    for (const text of [String(child.pid), 'nobody', '']) {
      await writeFile(join(folder, 'trainer.pid'), text)
      await becomeTrainer(join(folder))
      expect(await pid()).toBe(process.pid)
    }
  })
})
