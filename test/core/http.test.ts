import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve, type Served } from '../../src-main/core/serve.ts'

let served: Served
let folder: string
let port: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handloom-http-'))
  process.env.HANDLOOM_DATA = join(folder, 'data')
  served = await serve({ rendererFolder: join(folder, 'renderer') })
  port = Number(new URL(served.address).port)
})
afterAll(async () => {
  await served.close()
  delete process.env.HANDLOOM_DATA
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A raw request, so that Host and Origin can be anything. */
function ask(path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const bearer = () => ({ authorization: `Bearer ${served.auth.token}` })

describe('who may talk to the core', () => {
  it('refuses every hostile Host × Origin × method before anything is dispatched', async () => {
    const own = `127.0.0.1:${port}`
    const hosts = ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port + 1}`, `0.0.0.0:${port}`]
    const origins = ['http://evil.example', `http://evil.example:${port}`, 'null', `https://127.0.0.1:${port}`, `http://127.0.0.1:${port + 1}`, 'file://', 'app://evil']
    const cases = [
      ...hosts.map((host) => ({ host, origin: undefined })),
      ...origins.map((origin) => ({ host: own, origin })),
      ...hosts.map((host) => ({ host, origin: `http://${own}` })),
    ].flatMap((entry) => ['GET', 'POST', 'OPTIONS'].map((method) => ({ ...entry, method })))
    expect(cases.length).toBeGreaterThan(50)
    const accepted = []
    for (const { host, origin, method } of cases) {
      const headers = { host, ...(origin === undefined ? {} : { origin }), ...bearer() }
      const { status } = await ask('/api/project.info', { method, headers })
      if (status < 400) accepted.push({ host, origin, method, status })
    }
    expect(accepted).toEqual([])
  })

  it('refuses requests that a browser says come from another site', async () => {
    const { status } = await ask('/api/project.info', { headers: { ...bearer(), 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' } })
    expect(status).toBe(403)
  })

  it('wants the token for API, events, pictures and downloads', async () => {
    const paths = ['/api/project.info', '/events', '/image/train/0/0', '/stored-crop/train/0/0', '/download/submission/1']
    expect(await Promise.all(paths.map(async (path) => (await ask(path)).status))).toEqual(paths.map(() => 401))
    expect((await ask('/api/project.info', { headers: bearer() })).status).toBe(200)
  })

  it('signs a browser in with a ticket once, by an http-only same-site cookie', async () => {
    const body = JSON.stringify({ ticket: served.auth.makeTicket() })
    const headers = { 'content-type': 'application/json' }
    const first = await ask('/login', { method: 'POST', headers, body })
    const cookie = String(first.headers['set-cookie'])
    expect([first.status, /HttpOnly/.test(cookie), /SameSite=Strict/.test(cookie)]).toEqual([200, true, true])
    expect((await ask('/login', { method: 'POST', headers, body })).status).toBe(401)
    expect((await ask('/api/project.info', { headers: { cookie: cookie.split(';')[0] ?? '' } })).status).toBe(200)
  })

  it('sends a policy that lets in no script but its own', async () => {
    const { headers } = await ask('/')
    expect(String(headers['content-security-policy'])).toMatch(/default-src 'none'; script-src 'self';/)
    expect(String(headers['content-security-policy'])).not.toContain('unsafe-eval')
  })

  it('serves nothing outside the renderer folder', async () => {
    const paths = ['/../package.json', '/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/package.json', '/assets/..%5c..%5cpackage.json', '/index.html%00.png', '//etc/passwd']
    expect(await Promise.all(paths.map(async (path) => (await ask(path)).status))).toEqual(paths.map(() => expect.toSatisfy((status: number) => status >= 400)))
  })
})

describe('errors', () => {
  it('carry their kind: no project open, bad arguments, no such folder', async () => {
    const call = async (path: string, body?: unknown) => {
      const answer = await ask(path, body === undefined ? { headers: bearer() } : { method: 'POST', headers: { ...bearer(), 'content-type': 'application/json' }, body: JSON.stringify(body) })
      return (JSON.parse(answer.body) as { error: { data: { kind: string } } }).error.data.kind
    }
    expect([await call('/api/dataset.status'), await call('/api/dataset.sequence?input=%7B%22folder%22%3A%22..%2Fetc%22%7D'), await call('/api/project.open', { folder: join(folder, 'nowhere') })]).toEqual([
      'conflict', 'bad-request', 'not-found',
    ])
  })
})
