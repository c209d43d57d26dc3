import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serve, type Served } from '../../src-main/core/serve.ts'
import { cutFrame } from '../../src-main/crop/cutFrame.ts'
import { generateSample } from '../../src-main/sample/generate.ts'

let root = ''
let served: Served
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-stored-crop-'))
  process.env.HANDLOOM_DATA = join(root, 'projects')
  await generateSample({ folder: join(root, 'data'), sequences: 8, width: 320, height: 180, seed: 3 })
  served = await serve({ rendererFolder: join(root, 'renderer') })
  await served.app.api.project.open({ folder: join(root, 'data') })
  await served.app.project().dataset.scan()
})
afterAll(async () => {
  await served.close()
  delete process.env.HANDLOOM_DATA
  await rm(root, { recursive: true, force: true })
})

const ask = (path: string): Promise<Response> => fetch(new URL(path, served.address), { headers: { authorization: `Bearer ${served.auth.token}` } })

it('gives the bytes that training stores, also beyond the border', async () => {
  const { folder, coverFrame } = served.app.project().dataset.summaries()[0] as { folder: string; coverFrame: number }
  const region = { x0: -20, y0: 30, x1: 250, y1: 200 }
  const answer = await ask(`/stored-crop/${folder}/${coverFrame}?cut=-20,30,250,200,80`)
  const { data, info } = await sharp(Buffer.from(await answer.arrayBuffer())).raw().toBuffer({ resolveWithObject: true })
  const stored = await cutFrame(join(root, 'data', folder, `${coverFrame}.png`), region, 80)
  expect({ status: answer.status, type: answer.headers.get('content-type'), size: [info.width, info.height, info.channels], same: Buffer.compare(data, Buffer.from(stored)) }).toEqual({ status: 200, type: 'image/png', size: [80, 80, 3], same: 0 })
})

it.each(['', 'cut=1,2,3', 'cut=0,0,10,10,4', 'cut=0,0,10,10,5000', 'cut=10,10,0,0,80', 'cut=-99999,-99999,99999,99999,80', 'cut=0,0,1e3,10,80', 'cut=0,0,10,10,80,9', 'cut=a,b,c,d,e'])('refuses %j', async (query) => {
  const answer = await ask(`/stored-crop/train/0/0?${query}`)
  expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([422, expect.stringContaining('whole pixels')])
})

it('says so where there is no such frame', async () => {
  expect((await ask('/stored-crop/train/0/99999?cut=0,0,10,10,80')).status).toBe(404)
})
