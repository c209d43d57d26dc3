import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const patience = 120_000

/**
 * Sees that this process alone trains a fold: where the core was killed, the process before may still be at its last step and checkpoint, and
 * holds the device's memory. Waits for its end, at most two minutes, and writes down who trains now.
 * @param folder the fold's
 */
export async function becomeTrainer(folder: string, most = patience): Promise<void> {
  const file = join(folder, 'trainer.pid')
  const before = Number(await readFile(file, 'utf8').catch(() => ''))
  if (before > 0 && before !== process.pid) await ended(before, performance.now() + most)
  await mkdir(folder, { recursive: true })
  await writeFile(file, String(process.pid))
}

async function ended(pid: number, until: number): Promise<void> {
  while (performance.now() < until && (await isTrainer(pid))) await sleep(100)
}

/** Whether a process runs and may be one of ours: numbers are given again. */
async function isTrainer(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as { code?: string }).code === 'ESRCH') return false
  }
  if (process.platform !== 'linux') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.includes('compute.')
}
