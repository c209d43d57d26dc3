import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serve, type Served } from '../../src-main/core/serve.ts'
import { makeTinyData, tinyConfig } from '../train/tinyData.ts'

let root: string
let served: Served
let id: number
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'handloom-predicted-'))
  process.env.HANDLOOM_DATA = join(root, 'projects')
  const data = join(root, 'data')
  await makeTinyData(data)
  served = await serve({ rendererFolder: join(root, 'renderer') })
  await served.app.api.project.open({ folder: data })
  const { dataset, train, predict } = served.app.project()
  await dataset.scan()
  const run = await train.start({ config: { ...tinyConfig, epochs: 1 }, folds: [0] })
  await train.idle()
  const folder = join(root, 'new')
  mkdirSync(join(folder, 'a b'), { recursive: true })
  const picture = () => sharp({ create: { width: 96, height: 54, channels: 3, background: '#468' } })
  await picture().png().toFile(join(folder, 'a b/0.png'))
  await picture().jpeg().toFile(join(folder, 'a b/1.jpg'))
  await picture().webp().toFile(join(folder, 'a b/2.webp'))
  writeFileSync(join(folder, 'a b/3.png'), 'no picture')
  writeFileSync(join(folder, 'a b/secret.txt'), 'no frame')
  id = (await predict.start({ folder, runIds: [run.id] })).id
  await predict.settled(id)
})
afterAll(async () => {
  await served.close()
  delete process.env.HANDLOOM_DATA
  rmSync(root, { recursive: true, force: true })
})

const ask = (path: string, signedIn = true): Promise<Response> => fetch(new URL(path, served.address), signedIn ? { headers: { authorization: `Bearer ${served.auth.token}` } } : {})

it.each([0, 1, 2])('a frame of a predicted folder comes as WebP, whole or smaller (%i)', async (frame) => {
  const widths = []
  for (const query of ['', '&width=40', '&width=40&v=1']) {
    const answer = await ask(`/predicted/${id}/${frame}?name=a%20b${query}`)
    const { width, format } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata()
    widths.push([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control'), format, width !== undefined && width <= 96])
  }
  expect(widths).toEqual([[200, 'image/webp', 'no-cache', 'webp', true], [200, 'image/webp', 'no-cache', 'webp', true], [200, 'image/webp', 'private, max-age=86400', 'webp', true]])
})

it('only those of the session, that can be read, to who is signed in', async () => {
  const status = async (path: string, signedIn?: boolean) => (await ask(path, signedIn)).status
  expect([
    await status(`/predicted/${id}/3?name=a%20b`), await status(`/predicted/${id}/4?name=a%20b`), await status(`/predicted/${id}/0?name=..%2Fdata%2Ftest%2F8`), await status(`/predicted/${id}/0`),
    await status(`/predicted/99/0?name=a%20b`), await status(`/predicted/${id}/0?name=a%20b`, false), await status(`/predicted/${id}/x?name=a%20b`),
  ]).toEqual([422, 404, 404, 404, 404, 401, 404])
})
