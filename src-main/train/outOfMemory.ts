import { readFileSync } from 'node:fs'

/** What TensorFlow, the C++ library, Node and CUDA say when memory runs out. */
const memoryWords = /\bOOM\b|resource exhausted|out of memory|bad_alloc|cannot allocate memory|failed to allocate|array buffer allocation failed|JavaScript heap/i

export const saysOutOfMemory = (text: string): boolean => memoryWords.test(text)

/** How many processes Linux ended for want of memory since it started, on the machine and in our group; 0 elsewhere. */
export function outOfMemoryKills(): number {
  if (process.platform !== 'linux') return 0
  return ['/proc/vmstat', '/sys/fs/cgroup/memory.events'].reduce((sum, file) => {
    try {
      return sum + Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
    } catch {
      return sum
    }
  }, 0)
}
