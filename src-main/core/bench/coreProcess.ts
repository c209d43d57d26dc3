import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createTRPCClient, httpLink, type TRPCClient } from '@trpc/client'
import { HandloomError } from '../../contract/errors.ts'
import type { HandloomEvent } from '../../contract/events.ts'
import type { AppRouter } from '../../contract/router.ts'

/** `handloom serve` in a process of its own, asked over HTTP as a page asks it. */
export interface CoreProcess {
  readonly child: ChildProcess
  readonly address: string
  readonly api: TRPCClient<AppRouter>
  /** Calls the listener for every event until the process ends; resolves when the stream stands. */
  listen(listener: (event: HandloomEvent) => void): Promise<void>
  /** Ends it as Ctrl+C does, and waits for its end. */
  close(): Promise<void>
  /** kill -9, as a power cut would end it. */
  kill(): Promise<void>
}

export interface CoreProcessOptions {
  data: string
  project: string
  tokenFile: string
  env?: Readonly<Record<string, string>>
}

/** @throws HandloomError `internal` with its words when it ends before it serves */
export async function startCoreProcess({ data, project, tokenFile, env = {} }: CoreProcessOptions): Promise<CoreProcess> {
  const cli = fileURLToPath(new URL(`../cli${extname(import.meta.filename)}`, import.meta.url))
  const child = spawn(process.execPath, [cli, 'serve', data, '--project', project, '--token-file', tokenFile, '--json'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const address = await new Promise<string>((resolve, reject) => {
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line)
      const found = /"address":"([^"]+)"/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('error', reject)
    child.once('close', (code) => reject(new HandloomError('internal', `handloom serve ended with exit code ${code}. ${lines.join(' ')}`.trim())))
  })
  const headers = { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    child,
    address,
    api: createTRPCClient<AppRouter>({ links: [httpLink({ url: `${address}api`, headers, methodOverride: 'POST' })] }),
    async listen(listener) {
      const { body } = await fetch(`${address}events`, { headers })
      const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()).getReader()
      await reader.read()
      void readEvents(reader, listener)
    },
    close: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

async function readEvents(reader: ReadableStreamDefaultReader<string>, listener: (event: HandloomEvent) => void): Promise<void> {
  let text = ''
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const messages = (text + part.value).split('\n\n')
      text = messages.pop() ?? ''
      for (const message of messages) {
        const data = /^data: (\{"type".*)$/m.exec(message)?.[1]
        if (data !== undefined) listener(JSON.parse(data) as HandloomEvent)
      }
    }
  } catch {
    return // the process has ended
  }
}
