import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { HandloomError } from '../../contract/errors.ts'
import { saysOutOfMemory } from '../../train/outOfMemory.ts'
import type { WorkerTask } from './worker.ts'

/** A child process that works in rounds when it is told to, and rests between them. */
export interface Contestant {
  /** What it said when it was ready. */
  readonly facts: Readonly<Record<string, unknown>>
  round(): Promise<Round>
  /** Ends it at once. */
  close(): void
}

const round = z.object({ items: z.number().positive(), seconds: z.number().positive(), peak_memory_bytes: z.number().positive() })
/** A round's work, its time, and the most memory that the process has had resident until its end. */
export type Round = z.infer<typeof round>

export interface ContestantProgram {
  /** Who it is, for messages. */
  name: string
  program: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
}

const said = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('ready') }),
  round.extend({ type: z.literal('round') }),
  z.object({ type: z.literal('failed'), kind: z.string(), message: z.string() }),
])
type Said = z.infer<typeof said>

const keptLines = 12

/**
 * Starts a contestant and waits until it is ready; it is ended when the signal aborts.
 * @throws HandloomError `interrupted`; `out-of-memory`, `no-engine` or `internal` with its own words when it fails, now or in a round
 */
export async function startContestant({ name, program, args, env }: ContestantProgram, signal: AbortSignal): Promise<Contestant> {
  signal.throwIfAborted()
  // A group of its own, so that the processes it starts end with it.
  const grouped = process.platform !== 'win32'
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'pipe', detached: grouped })
  const close = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      process.kill(grouped ? -child.pid : child.pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // gone meanwhile
    }
  }
  signal.addEventListener('abort', close, { once: true })
  let waiting: PromiseWithResolvers<Said> | undefined
  let tail: string[] = []
  let failure: HandloomError | undefined
  const fail = (error: HandloomError): void => {
    failure ??= error
    waiting?.reject(failure)
  }
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail = [...tail, line].slice(-keptLines)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = parse(line)
    if (message?.type === 'failed') fail(new HandloomError(message.kind === 'no-engine' || message.kind === 'out-of-memory' ? message.kind : 'internal', message.message))
    else if (message) waiting?.resolve(message)
  })
  child.on('error', (error) => fail(new HandloomError('internal', `${name} did not start: ${error.message}`, { file: program, cause: error })))
  child.on('close', (code, killed) => {
    signal.removeEventListener('abort', close)
    const words = tail.filter(Boolean).join(' | ')
    if (signal.aborted) fail(new HandloomError('interrupted', 'Measuring was stopped.'))
    else if (killed === 'SIGKILL' || saysOutOfMemory(words)) fail(new HandloomError('out-of-memory', `${name} ran out of memory. ${words}`.trim()))
    else fail(new HandloomError('internal', `${name} ended with ${killed ?? `exit code ${code}`}. ${words}`.trim()))
  })
  const next = async <Type extends Said['type']>(type: Type): Promise<Extract<Said, { type: Type }>> => {
    if (failure) throw failure
    waiting = Promise.withResolvers()
    const message = await waiting.promise
    if (message.type !== type) throw new HandloomError('internal', `${name} said ${message.type} where ${type} was due.`)
    return message as Extract<Said, { type: Type }>
  }
  const { type: _, ...facts } = await next('ready')
  return {
    facts,
    async round() {
      const done = next('round')
      child.stdin.write('round\n')
      return done
    },
    close,
  }
}

/** Our own worker on a task. */
export function ourProgram(task: WorkerTask, env: Readonly<Record<string, string>> = {}): ContestantProgram {
  const worker = fileURLToPath(new URL(`worker${extname(import.meta.filename)}`, import.meta.url))
  // tfjs calls functions that Node 24 deprecates; what it says on standard error is for what went wrong.
  return { name: 'Handloom', program: process.execPath, args: ['--disable-warning=DEP0044', worker, JSON.stringify(task)], env }
}

function parse(line: string): Said | null {
  try {
    return said.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null // a library's own words
  }
}
