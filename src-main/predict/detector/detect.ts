import { spawn } from 'node:child_process'
import { HandloomError } from '../../contract/errors.ts'
import type { GivenPoint } from '../readGiven.ts'
import { readAnswer } from './answer.ts'
import { words } from './words.ts'

/** Characters of one line that are taken: 42 keypoints are about 3,000. */
const longestLine = 1_000_000
/** Characters of what it says on stderr that are kept for the message. */
const keptErrors = 2000
/** Milliseconds it may take to end once its input is closed and its last answer there. */
const endMilliseconds = 5000

export interface Detection {
  /** By file. */
  points: Map<string, GivenPoint[]>
  /** Answers that could not be used, by file. */
  faults: Map<string, string>
  /** Why the detector ended before it had answered all; null: it answered. */
  failure: string | null
}

/**
 * Asks a hand detector about pictures: its process (no shell) gets `{"file": …}` lines and answers one line each. Whatever it does, it gives what it said until then.
 * @param command see `words`
 * @param seconds it is ended when no answer comes for so long
 * @throws HandloomError `interrupted` when aborted
 */
export async function detect(command: string, files: readonly string[], seconds: number, signal: AbortSignal): Promise<Detection> {
  const points = new Map<string, GivenPoint[]>()
  const faults = new Map<string, string>()
  const asked = new Set(files)
  let failure: string | null = null
  let said = ''
  let line = ''
  await new Promise<void>((resolve) => {
    let program: string
    let args: string[]
    try {
      ;[program, ...args] = words(command)
    } catch (error) {
      failure = (error as Error).message
      resolve()
      return
    }
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const end = (why: string): void => {
      failure ??= why
      child.kill('SIGKILL')
    }
    const silent = (): void => (asked.size > 0 ? end(`it gave no answer for ${seconds} seconds`) : void child.kill('SIGKILL'))
    let timer = setTimeout(silent, seconds * 1000)
    const stop = (): void => end('it was stopped')
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    function hear(text: string): void {
      const answer = readAnswer(text, asked)
      if (answer === null) {
        end(`it said what is no answer to a question: ${text.slice(0, 200)}`)
        return
      }
      asked.delete(answer.file)
      if ('fault' in answer) faults.set(answer.file, answer.fault)
      else points.set(answer.file, answer.points)
      clearTimeout(timer)
      timer = setTimeout(silent, asked.size > 0 ? seconds * 1000 : endMilliseconds)
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (line + text).split('\n')
      line = lines.pop() ?? ''
      if (line.length > longestLine) end(`it said a line of more than ${longestLine.toLocaleString('en')} characters`)
      for (const one of lines) if (failure === null && one.trim() !== '') hear(one)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-keptErrors)))
    // It may end, or close its input, before it has read all.
    child.stdin.on('error', () => undefined)
    child.stdin.end(files.map((file) => `${JSON.stringify({ file })}\n`).join(''))
    const over = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve()
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure ??= error.code === 'ENOENT' ? `there is no program ${program}` : `it cannot be started (${error.code ?? error.message})`
      if (child.pid === undefined) over()
    })
    // A killed one's own children may hold its pipes open.
    child.on('exit', () => {
      if (failure === null) return
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
      over()
    })
    child.on('close', (code, ending) => {
      if (failure === null && line.trim() !== '') hear(line)
      if (asked.size > 0) failure ??= `it ended (${ending ?? `exit code ${code}`}) with ${asked.size} of ${files.length} pictures unanswered`
      over()
    })
  })
  if (signal.aborted) throw new HandloomError('interrupted', 'The hand detector was stopped.')
  return { points, faults, failure: failure === null ? null : `${failure as string}${said.trim() === '' ? '' : `. It said: ${said.trim()}`}` }
}
