import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import { join } from 'node:path'

/** Memory of the machine, or of the part of it that this process may use, and what of it is free; bytes. */
export function machineMemory(): { totalBytes: number; freeBytes: number } {
  const limit = process.constrainedMemory()
  const limited = limit > 0 && limit < totalmem()
  return { totalBytes: limited ? limit : totalmem(), freeBytes: limited ? Math.min(freemem(), process.availableMemory() + droppableBytes()) : freemem() }
}

/** Files that the system keeps in memory, counted against a container's limit, and drops when memory is wanted. */
function droppableBytes(): number {
  try {
    const group = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
    return Number(/^inactive_file (\d+)$/m.exec(readFileSync(join('/sys/fs/cgroup', group, 'memory.stat'), 'utf8'))?.[1] ?? 0)
  } catch {
    // Not Linux, or groups of the older kind: what they hold is not free then.
    return 0
  }
}
