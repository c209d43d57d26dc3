import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { getCookie, setCookie } from 'hono/cookie'
import { streamSSE } from 'hono/streaming'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import sharp from 'sharp'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { router } from '../contract/router.ts'
import { cutFrame } from '../crop/cutFrame.ts'
import { readFrameImage } from '../dataset/image.ts'
import { isInside } from '../files/place.ts'
import { isPng, readOtherPicture } from '../predict/picture.ts'
import type { App } from './app.ts'
import type { Auth } from './auth.ts'
import type { EventHub, NumberedEvent } from './eventHub.ts'

export interface HandlerOptions {
  app: App
  hub: EventHub
  auth: Auth
  /** Built renderer. */
  rendererFolder: string
  /** Host header values that are ours (`127.0.0.1:8080`); another is a rebinding attack and is refused. */
  hosts: ReadonlySet<string>
}

const cookieName = 'handloom'
/** Events that wait for one listener; more than the hub remembers. */
const mostWaiting = 5000
/** An edit of 200,000 points, the largest call there is, takes about 20 MB. */
const mostBody = 64 * 2 ** 20
/** Pixels of a frame's region, border beyond the frame included. */
const largestRegion = 64_000_000
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.json': 'application/json', '.map': 'application/json',
}
/** `style-src` needs unsafe-inline for the component library's style tags; nothing else is loosened. */
const policy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ')

const atMost = (maxSize: number) => bodyLimit({ maxSize, onError: (c) => c.json({ kind: 'bad-request', message: `More than ${maxSize} bytes were sent at once.` }, 413) })

/** The core as one `fetch` handler: the API under /api, events, pictures, downloads, and the renderer's own files. */
export function createHandler({ app, hub, auth, rendererFolder, hosts }: HandlerOptions): Hono {
  const http = new Hono()

  http.use(async (c, next) => {
    if (!hosts.has(c.req.header('host') ?? '')) return c.text('This address is not ours.', 421)
    const origin = c.req.header('origin')
    if (origin !== undefined && !isOwnOrigin(origin, hosts)) return c.text('Requests from other pages are refused.', 403)
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && c.req.header('sec-fetch-mode') !== 'navigate') return c.text('Requests from other pages are refused.', 403)
    await next()
    c.header('Content-Security-Policy', policy)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'no-referrer')
    c.header('Cross-Origin-Resource-Policy', 'same-origin')
    c.header('Cross-Origin-Opener-Policy', 'same-origin')
  })

  http.post('/login', atMost(10_000), async (c) => {
    const body = (await c.req.json().catch(() => ({}))) as { token?: unknown; ticket?: unknown }
    const known = (typeof body.token === 'string' && auth.accepts(body.token)) || (typeof body.ticket === 'string' && auth.redeem(body.ticket))
    if (!known) return c.json({ kind: 'bad-request', message: 'The token is not the one of this Handloom, or the ticket was used or is too old.' }, 401)
    setCookie(c, cookieName, auth.token, { httpOnly: true, sameSite: 'Strict', path: '/' })
    return c.json({ ok: true })
  })

  const signedIn = async (c: Context, next: () => Promise<void>) => {
    const bearer = c.req.header('authorization')?.replace(/^Bearer /, '')
    if (!auth.accepts(bearer) && !auth.accepts(getCookie(c, cookieName))) return c.json({ kind: 'bad-request', message: 'Sign in with the token first.' }, 401)
    return next()
  }
  for (const path of ['/api/*', '/events', '/image/*', '/stored-crop/*', '/fed/*', '/batch/*', '/predicted/*', '/download/*']) http.use(path, signedIn)

  http.all('/api/*', atMost(mostBody), (c) =>
    fetchRequestHandler({
      endpoint: '/api', req: c.req.raw, router, maxBatchSize: 100, allowMethodOverride: true,
      createContext: () => ({ api: app.api, requireWritable: app.requireWritable }),
    }),
  )

  http.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const after = c.req.header('last-event-id')
      const queue: NumberedEvent[] = []
      // A number from before the core was started again says nothing here.
      const from = after !== undefined && /^\d{1,15}$/.test(after) ? Math.min(Number(after), hub.lastId()) : hub.lastId()
      let wake: () => void = () => undefined
      const stop = hub.subscribe((event) => {
        queue.push(event)
        // Whoever does not read gets no more; it may come back and ask from where it stood.
        if (queue.length > mostWaiting) stream.abort()
        wake()
      }, from)
      stream.onAbort(() => {
        stop()
        queue.length = 0
        wake()
      })
      // Where this stream begins, not where the events stand: what is still to be sent must be asked for again if the connection breaks now.
      await stream.writeSSE({ event: 'hello', id: String(from), data: '{}' })
      while (!stream.aborted) {
        for (const { id, event } of queue.splice(0)) await stream.writeSSE({ id: String(id), data: JSON.stringify(event) })
        const timer = setTimeout(() => wake(), 15_000)
        await new Promise<void>((resolve) => {
          wake = resolve
          if (queue.length > 0 || stream.aborted) resolve()
        })
        clearTimeout(timer)
        if (queue.length === 0 && !stream.aborted) await stream.writeSSE({ event: 'still', data: '{}' })
      }
      stop()
    }),
  )

  http.get('/image/:role{train|test}/:number{[0-9]{1,9}}/:frame{[0-9]{1,9}}', async (c) => {
    const { role, number, frame } = c.req.param()
    const width = Number(c.req.query('width') ?? 0)
    try {
      const project = app.project()
      const path = project.dataset.imagePath(`${role}/${number}`, Number(frame))
      // An address with a version names one state of the picture for good.
      const cache = c.req.query('v') === undefined ? 'no-cache' : 'private, max-age=86400'
      if (width > 0) {
        const { data, type } = await project.thumbnails.get(path, Math.min(2000, Math.ceil(width)))
        return c.body(new Uint8Array(data), 200, { 'Content-Type': type, 'Cache-Control': cache })
      }
      const data = await readFrameImage(path, { format: 'webp' })
      return c.body(new Uint8Array(data), 200, { 'Content-Type': 'image/webp', 'Cache-Control': cache })
    } catch (error) {
      return noPicture(c, error)
    }
  })

  // A region of a frame as training stores it, byte for byte: what previews of samples are drawn from.
  http.get('/stored-crop/:role{train|test}/:number{[0-9]{1,9}}/:frame{[0-9]{1,9}}', async (c) => {
    const { role, number, frame } = c.req.param()
    try {
      const [x0, y0, x1, y1, size, ...rest] = (c.req.query('cut') ?? '').split(',').map((text) => (/^-?\d{1,5}$/.test(text) ? Number(text) : NaN)) as [number, number, number, number, number, ...number[]]
      if (rest.length > 0 || !(x1 > x0 && y1 > y0 && (x1 - x0) * (y1 - y0) <= largestRegion && size >= 8 && size <= 1280))
        throw new HandloomError('bad-request', 'A stored crop is asked for by cut=left,top,right,bottom,size in whole pixels.')
      const crop = await cutFrame(app.project().dataset.imagePath(`${role}/${number}`, Number(frame)), { x0, y0, x1, y1 }, size)
      return await pngOf(c, { width: size, height: size, pixels: crop }, c.req.query('v') === undefined ? 'no-cache' : 'private, max-age=86400')
    } catch (error) {
      return noPicture(c, error)
    }
  })

  // A validated frame as a run's network got it.
  http.get('/fed/:run{[0-9]{1,9}}/:role{train|test}/:number{[0-9]{1,9}}/:frame{[0-9]{1,9}}', async (c) => {
    const { run, role, number, frame } = c.req.param()
    const hand = c.req.query('hand')
    try {
      if (hand !== undefined && hand !== '0' && hand !== '1') throw new HandloomError('bad-request', 'A hand is 0 or 1.')
      const { size, pixels } = await app.project().train.fedCrop({ runId: Number(run), folder: `${role}/${number}`, frame: Number(frame), hand: hand === undefined ? null : Number(hand) })
      return await pngOf(c, { width: size, height: size, pixels }, 'private, max-age=3600')
    } catch (error) {
      return noPicture(c, error)
    }
  })

  // The pictures of a batch that training asked about, side by side.
  http.get('/batch/:run{[0-9]{1,9}}/:fold{[0-9]{1,3}}/:step{[0-9]{1,9}}', async (c) => {
    const { run, fold, step } = c.req.param()
    try {
      return await pngOf(c, await app.project().train.batchPictures({ runId: Number(run), fold: Number(fold), step: Number(step) }), 'no-store')
    } catch (error) {
      return noPicture(c, error)
    }
  })

  // A frame of a predicted folder.
  http.get('/predicted/:id{[0-9]{1,9}}/:frame{[0-9]{1,10}}', async (c) => {
    const { id, frame } = c.req.param()
    const width = Number(c.req.query('width') ?? 0)
    try {
      const project = app.project()
      const path = project.predict.imagePath(Number(id), c.req.query('name') ?? '', Number(frame))
      const cache = c.req.query('v') === undefined ? 'no-cache' : 'private, max-age=86400'
      const asked = width > 0 ? Math.min(2000, Math.ceil(width)) : undefined
      if (!(await isPng(path))) return c.body(new Uint8Array(await readOtherPicture(path, asked)), 200, { 'Content-Type': 'image/webp', 'Cache-Control': cache })
      const data = asked === undefined ? await readFrameImage(path, { format: 'webp' }) : (await project.thumbnails.get(path, asked)).data
      return c.body(new Uint8Array(data), 200, { 'Content-Type': 'image/webp', 'Cache-Control': cache })
    } catch (error) {
      return noPicture(c, error)
    }
  })

  http.get('/download/submission/:id{[0-9]{1,9}}', async (c) => {
    const submissions = await app.project().ensemble.submissions()
    const submission = submissions.find((entry) => entry.id === Number(c.req.param('id')))
    if (!submission) return c.json({ kind: 'not-found', message: 'There is no such submission.' }, 404)
    return c.body(await readFile(submission.path, 'utf8'), 200, { 'Content-Type': 'text/csv; charset=utf-8', 'Content-Disposition': `attachment; filename="submission-${submission.id}.csv"` })
  })

  http.get('/download/report/:name{run-[0-9]{1,9}\\.html}', async (c) => {
    try {
      const name = c.req.param('name')
      return c.body(await readFile(app.project().report.reportPath(name), 'utf8'), 200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Disposition': `${c.req.query('open') === undefined ? 'attachment' : 'inline'}; filename="${name}"` })
    } catch (error) {
      return noPicture(c, error)
    }
  })

  http.get('*', async (c) => {
    const wanted = c.req.path === '/' ? '/index.html' : (decodedPath(c.req.path) ?? '')
    const file = normalize(join(rendererFolder, wanted))
    const type = types[extname(file)]
    if (!isInside(file, rendererFolder) || !type || wanted.includes('\0')) return c.text('Not found', 404)
    const data = await readFile(file).catch(() => null)
    if (!data) return wanted === '/index.html' ? c.text('The user interface is not built yet: run npm start once, or npx electron-vite build.', 503) : c.text('Not found', 404)
    return c.body(new Uint8Array(data), 200, { 'Content-Type': type, 'Cache-Control': wanted.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' })
  })

  http.onError((error, c) => {
    const { kind, message } = toHandloomError(error)
    return c.json({ kind, message }, kind === 'not-found' || kind === 'conflict' ? 404 : 500)
  })

  return http
}

async function pngOf(c: Context, { width, height, pixels }: { width: number; height: number; pixels: Uint8Array }, cache: string): Promise<Response> {
  const data = await sharp(pixels, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 3 }).toBuffer()
  return c.body(new Uint8Array(data), 200, { 'Content-Type': 'image/png', 'Cache-Control': cache })
}

/** Why a picture or a report cannot be given: it is not there, or it cannot be read. */
function noPicture(c: Context, error: unknown): Response {
  const { kind, message } = toHandloomError(error)
  return c.json({ kind, message }, kind === 'not-found' || kind === 'conflict' ? 404 : 422)
}

/** null for a path that is not well percent-encoded. */
function decodedPath(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

function isOwnOrigin(origin: string, hosts: ReadonlySet<string>): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host } = new URL(origin)
  return (protocol === 'http:' || protocol === 'app:') && hosts.has(host)
}
