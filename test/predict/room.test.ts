import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { PredictedSequence } from '../../src-main/contract/predict.ts'
import { openProject } from '../../src-main/core/project.ts'
import { predicted, trainedProject, type Trained } from './trained.ts'

let made: Trained
beforeAll(async () => {
  made = await trainedProject()
})
afterAll(async () => {
  await made.project.close()
  rmSync(made.root, { recursive: true, force: true })
})

let folders = 0
let folder = ''
const fresh = (): string => (folder = `new${folders++}`)
afterEach(() => rmSync(join(made.root, folder), { recursive: true, force: true }))
const at = (...names: string[]): string => join(made.root, folder, ...names)

async function predict(options: Partial<Parameters<Trained['project']['predict']['start']>[0]> = {}) {
  const session = await predicted(made.project, { folder: at(), runIds: [made.pictures], ...options })
  const { rows } = await made.project.predict.sequences({ id: session.id })
  return { session, rows }
}
const detail = (id: number, name: string) => made.project.predict.sequence({ id, name })
/** By pose id. */
const probabilities = async (id: number, name: string) => new Map((await detail(id, name)).all.map(({ poseId, probability }) => [poseId, probability]))
const short = ({ name, frames, keypoints, top, problems }: PredictedSequence) => [name, frames, keypoints, top.length > 0, problems.map(({ file, place, message }) => `${file} ${place} ${message}`)]

describe('a copied test sequence', () => {
  it.each(['pictures', 'keypoints'] as const)('is predicted as the run stored it for the data set’s own, to 1e-6 (%s)', async (sees) => {
    fresh()
    made.copy('test/8', join(folder, 'deep/er/8'))
    const { session, rows } = await predict({ runIds: [made[sees]] })
    const stored = made.project.evaluate.sequenceProbabilities(made[sees], 'test').find(({ folder: name }) => name === 'test/8')
    const found = await probabilities(session.id, 'deep/er/8')
    const poseIds = made.project.evaluate.runPoseIds(made[sees])
    expect({ session, rows: rows.map(short) }).toMatchObject({ session: { state: 'done', done: 1, total: 1, problems: 0, message: null }, rows: [['deep/er/8', 2, 'file', true, []]] })
    expect(poseIds.map((poseId, index) => Math.abs((found.get(poseId) ?? NaN) - (stored?.probabilities[index] ?? NaN)) < 1e-6)).toEqual([true, true])
  })

  it('of two runs is the mean of theirs, and its frames those of the frames', async () => {
    fresh()
    made.copy('train/3', join(folder, '3'))
    const of = async (...runIds: number[]) => {
      const { session } = await predict({ runIds })
      const { frameRows } = await detail(session.id, '3')
      return { whole: await probabilities(session.id, '3'), frame: new Map(frameRows[1]?.top.map(({ poseId, probability }) => [poseId, probability])), all: frameRows }
    }
    const [one, other, both] = [await of(made.pictures), await of(made.keypoints), await of(made.pictures, made.keypoints)]
    for (const poseId of [100, 110]) {
      expect(both.whole.get(poseId)).toBeCloseTo((one.whole.get(poseId)! + other.whole.get(poseId)!) / 2, 6)
      expect(both.frame.get(poseId)).toBeCloseTo((one.frame.get(poseId)! + other.frame.get(poseId)!) / 2, 6)
    }
    expect(both.all.map(({ frame, file, width, height, points }) => [frame, file, width, height, points.length, points[2]])).toEqual([[0, '0.png', 96, 54, 21, [32, 22]], [1, '1.png', 96, 54, 21, [33, 22]]])
  })

  it('says what class its JSON says, and nothing of one that the runs do not know', async () => {
    fresh()
    made.copy('train/3', join(folder, 'known'))
    made.copy('train/3', join(folder, 'unknown'))
    writeFileSync(at('unknown/3.json'), readFileSync(at('unknown/3.json'), 'utf8').replace('[110,', '[7,'))
    const { rows } = await predict()
    expect(rows.map(({ name, poseId }) => [name, poseId])).toEqual([['known', 110], ['unknown', null]])
  })
})

describe('what is not as it should be', () => {
  it('without keypoints whole frames are looked at, and a run that sees keypoints says so', async () => {
    fresh()
    made.copy('test/8', join(folder, 'bare'))
    rmSync(at('bare/8.json'))
    made.copy('test/8', join(folder, 'broken'))
    writeFileSync(at('broken/8.json'), '{"annotations": [')
    made.copy('test/8', join(folder, 'with'))
    const broken = expect.stringMatching(/^broken\/8.json line 1, column 18 The file is not JSON/) as string
    const silent = (name: string, more = '') => expect.stringMatching(new RegExp(`^${name}  Run ${made.keypoints} says nothing: it sees keypoints.*${more}$`)) as string
    expect((await predict()).rows.map(short)).toEqual([['bare', 2, 'none', true, []], ['broken', 2, 'none', true, [broken]], ['with', 2, 'file', true, []]])
    const { session, rows } = await predict({ runIds: [made.keypoints] })
    expect([session.problems, ...rows.map(short)]).toEqual([2, ['bare', 2, 'none', false, [silent('bare')]], ['broken', 2, 'none', false, [broken, silent('broken')]], ['with', 2, 'file', true, []]])
    const both = await predict({ runIds: [made.keypoints, made.pictures] })
    expect(both.rows.map(short)).toEqual([['bare', 2, 'none', true, [silent('bare', 'The other runs answer for it.')]], ['broken', 2, 'none', true, [broken, silent('broken', 'The other runs answer for it.')]], ['with', 2, 'file', true, []]])
    const only = await predict()
    expect(await probabilities(both.session.id, 'bare')).toEqual(await probabilities(only.session.id, 'bare'))
  })

  it('a picture that cannot be read is left out with its reason, at its head or further in', async () => {
    fresh()
    for (const name of ['head', 'inside', 'all']) made.copy('test/8', join(folder, name))
    writeFileSync(at('head/0.png'), 'no picture')
    await sharp({ create: { width: 600, height: 400, channels: 3, background: '#123', noise: { type: 'gaussian', mean: 128, sigma: 40 } } }).png().toFile(at('inside/1.png'))
    writeFileSync(at('inside/1.png'), readFileSync(at('inside/1.png')).subarray(0, 5000))
    for (const frame of [0, 1]) writeFileSync(at(`all/${frame}.png`), '')
    const { session, rows } = await predict()
    expect(rows.map(short)).toEqual([
      ['all', 2, 'file', false, ['all/0.png  The picture is empty (0 bytes). The frame is not looked at.', 'all/1.png  The picture is empty (0 bytes). The frame is not looked at.', `all  Run ${made.pictures} says nothing: it sees pictures, and there is none that can be read.`]],
      ['head', 2, 'file', true, [expect.stringMatching(/^head\/0.png {2}The picture cannot be read/)]],
      ['inside', 2, 'file', true, [expect.stringMatching(/^inside\/1.png {2}The picture cannot be read/)]],
    ])
    expect((await detail(session.id, 'inside')).frameRows.map(({ frame, top }) => [frame, top.length])).toEqual([[0, 2], [1, 0]])
    // The keypoints are there all the same.
    expect((await predict({ runIds: [made.keypoints] })).rows.map(({ top }) => top.length)).toEqual([2, 2, 2])
  })

  it('a JSON alone, an empty folder, one of other files', async () => {
    fresh()
    made.copy('test/8', join(folder, '8'))
    for (const frame of [0, 1]) rmSync(at(`8/${frame}.png`))
    mkdirSync(at('empty'))
    const own = made.project.evaluate.sequenceProbabilities(made.keypoints, 'test')[0]
    const { session, rows } = await predict({ runIds: [made.keypoints] })
    expect(rows.map(short)).toEqual([['8', 2, 'file', true, []]])
    expect([...(await probabilities(session.id, '8')).values()].sort()).toEqual([...(own?.probabilities ?? [])].sort().map((value) => expect.closeTo(value, 6) as number))
    expect((await predict()).rows.map(short)).toEqual([['8', 2, 'file', false, [`8  Run ${made.pictures} says nothing: it sees pictures, and there is none that can be read.`]]])
    rmSync(at('8'), { recursive: true })
    expect((await predict()).session).toMatchObject({ state: 'failed', message: expect.stringContaining('There is no sequence in') })
  })

  it('is refused before anything begins', async () => {
    fresh()
    made.copy('test/8', folder)
    const refused = (options: object) => made.project.predict.start({ folder: at(), runIds: [made.pictures], ...options })
    const count = (await made.project.predict.sessions()).length
    await expect(refused({ folder: at('no') })).rejects.toMatchObject({ kind: 'not-found' })
    await expect(refused({ folder: at('0.png') })).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('is a file') })
    await expect(refused({ folder: made.data })).rejects.toMatchObject({ kind: 'bad-request', message: expect.stringContaining('is the data folder') })
    symlinkSync(made.data, at('link'))
    await expect(refused({ folder: at('link') })).rejects.toMatchObject({ kind: 'bad-request' })
    await expect(refused({ runIds: [99] })).rejects.toMatchObject({ kind: 'not-found' })
    expect((await made.project.predict.sessions()).length).toBe(count)
    await expect((async () => made.project.predict.goOn({ id: 999 }))()).rejects.toMatchObject({ kind: 'not-found' })
  })
})

describe('a session', () => {
  it('tells of results as they come, goes on with what changed only, and is forgotten', async () => {
    fresh()
    for (const name of ['a', 'b', 'c', 'd', 'e']) made.copy('test/8', join(folder, name))
    made.events.length = 0
    const { session, rows } = await predict({ runIds: [made.keypoints] })
    const told = made.events.flatMap((event) => (event.type === 'prediction' && event.session.id === session.id ? [event] : []))
    expect(told.flatMap(({ names }) => names)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(told.findIndex(({ names }) => names.length > 0)).toBeLessThan(told.findIndex(({ session: { done } }) => done === 5))
    expect(told.at(-1)?.session).toEqual(session)
    appendFileSync(at('b/8.json'), ' ')
    rmSync(at('d'), { recursive: true })
    made.events.length = 0
    await made.project.predict.goOn({ id: session.id })
    const after = await made.project.predict.settled(session.id)
    const again = (await made.project.predict.sequences({ id: session.id })).rows
    expect(made.events.flatMap((event) => (event.type === 'prediction' ? event.names : []))).toEqual(['b'])
    expect([after.state, after.done, after.total, ...again.map(({ name }) => name)]).toEqual(['done', 4, 4, 'a', 'b', 'c', 'd', 'e'])
    expect(again.filter((row, index) => row.predicted !== rows[index]?.predicted).map(({ name }) => name)).toEqual(['b'])
    expect((await made.project.predict.remove({ id: session.id })).map(({ id }) => id)).not.toContain(session.id)
    await expect((async () => detail(session.id, 'a'))()).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('is searched, sorted and cut into pages', async () => {
    fresh()
    made.copy('train/0', join(folder, 'take 10'))
    made.copy('train/1', join(folder, 'take 2'))
    made.copy('test/8', join(folder, 'other'))
    rmSync(at('other/8.json'))
    const { session: { id } } = await predict({ runIds: [made.keypoints] })
    const names = async (query: object) => {
      const { total, rows } = await made.project.predict.sequences({ id, ...query })
      return [total, ...rows.map(({ name }) => name)]
    }
    expect([await names({}), await names({ search: 'TAKE' }), await names({ search: 'take 총' }), await names({ problemsOnly: true }), await names({ offset: 1, limit: 1 }), (await names({ sort: 'confidence' }))[1]]).toEqual([
      [3, 'other', 'take 2', 'take 10'], [2, 'take 2', 'take 10'], [2, 'take 2', 'take 10'], [1, 'other'], [3, 'take 2'], 'other',
    ])
  })

  it('is written as CSV that no spreadsheet takes for formulas, and as JSON with the frames', async () => {
    fresh()
    made.copy('test/8', join(folder, '=1+1, "x"'))
    made.copy('test/8', join(folder, 'nothing'))
    rmSync(at('nothing/8.json'))
    const { session: { id } } = await predict({ runIds: [made.keypoints] })
    const { name, text } = await made.project.predict.results({ id, format: 'csv' })
    const json = JSON.parse((await made.project.predict.results({ id, format: 'json' })).text) as { pose_ids: number[]; sequences: { folder: string; predicted: number | null; probabilities: Record<string, number> }[]; frames: { folder: string; frame: number }[] }
    const [header, first, second] = text.split('\r\n')
    const { predicted: best, probabilities: values } = json.sequences[0]!
    expect([name, header, second]).toEqual([`prediction-${id}.csv`, '\uFEFFname,frames,keypoints,predicted,predicted_name,probability,100,110', 'nothing,2,none,,,,,'])
    expect(first).toBe(`"'=1+1, ""x""",2,file,${best},총,${values[String(best)]},${values['100']},${values['110']}`)
    expect([json.pose_ids, json.sequences.map((one) => [one.folder, one.predicted === null]), json.frames.map(({ folder: of, frame }) => [of, frame])]).toEqual([[100, 110], [['=1+1, "x"', false], ['nothing', true]], [['=1+1, "x"', 0], ['=1+1, "x"', 1]]])
  })

  it('gives the pictures of its sequences, and no other file', async () => {
    fresh()
    made.copy('test/8', join(folder, 'a'))
    const { session: { id } } = await predict({ runIds: [made.keypoints] })
    const { predict: room } = made.project
    expect(room.imagePath(id, 'a', 1)).toBe(at('a/1.png'))
    for (const [name, frame] of [['a', 2], ['../data/test/8', 0], ['b', 0]] as const) expect(() => room.imagePath(id, name, frame)).toThrow(expect.objectContaining({ kind: 'not-found' }))
    rmSync(at('a/1.png'))
    symlinkSync(join(made.data, 'test/8/1.png'), at('a/1.png'))
    expect(() => room.imagePath(id, 'a', 1)).toThrow(expect.objectContaining({ kind: 'not-found' }))
  })

  it('pools its frames as asked', async () => {
    fresh()
    mkdirSync(at())
    cpSync(join(made.data, 'train/0/0.png'), at('0.png'))
    cpSync(join(made.data, 'train/1/0.png'), at('1.png'))
    cpSync(join(made.data, 'train/3/0.png'), at('2.png'))
    const whole = async (pooling: 'mean' | 'median') => {
      const { session: { id } } = await predict({ pooling })
      const { frameRows, all } = await detail(id, '.')
      return { of: frameRows.map(({ top }) => top.find(({ poseId }) => poseId === 100)?.probability ?? NaN), is: all.find(({ poseId }) => poseId === 100)?.probability }
    }
    const [mean, median] = [await whole('mean'), await whole('median')]
    expect(mean.is).toBeCloseTo((mean.of[0]! + mean.of[1]! + mean.of[2]!) / 3, 6)
    expect(median.is).toBeCloseTo(median.of.toSorted((a, b) => a - b)[1]!, 6)
  })

  it('JPEG and WebP are looked at as PNG are', async () => {
    fresh()
    mkdirSync(at())
    const png = join(made.data, 'train/0/0.png')
    await sharp(png).webp({ lossless: true }).toFile(at('frame_2.webp'))
    await sharp(png).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toFile(at('frame_1.jpg'))
    cpSync(png, at('frame_0.png'))
    const { session: { id }, rows } = await predict()
    const { frameRows } = await detail(id, '.')
    const [first, second, third] = frameRows.map(({ top }) => top.find(({ poseId }) => poseId === 100)?.probability ?? NaN)
    expect(rows.map(short)).toEqual([['.', 3, 'none', true, []]])
    expect([second, third]).toEqual([expect.closeTo(first!, 2), expect.closeTo(first!, 6)])
  })
})

it('another window looks at sessions and starts none', async () => {
  fresh()
  made.copy('test/8', join(folder, 'a'))
  const { session } = await predict({ runIds: [made.keypoints] })
  const other = openProject({ folder: made.data, project: made.projectFolder, emit: () => undefined })
  try {
    expect(other.readOnly).toBe(true)
    expect((await other.predict.sessions()).find(({ id }) => id === session.id)).toEqual(session)
    expect((await other.predict.sequences({ id: session.id })).rows.map(({ name }) => name)).toEqual(['a'])
    await expect((async () => other.predict.start({ folder: at(), runIds: [made.keypoints] }))()).rejects.toMatchObject({ kind: 'conflict' })
    await expect((async () => other.predict.goOn({ id: session.id }))()).rejects.toMatchObject({ kind: 'conflict' })
  } finally {
    await other.close()
  }
})

it('a folder that is renamed away ends the session with a message, and its results stay', async () => {
  fresh()
  made.copy('test/8', join(folder, 'a'))
  const { session } = await predict({ runIds: [made.keypoints] })
  renameSync(at(), at('../moved'))
  await expect((async () => made.project.predict.goOn({ id: session.id }))()).rejects.toMatchObject({ kind: 'not-found' })
  expect((await made.project.predict.sequences({ id: session.id })).total).toBe(1)
  rmSync(at('../moved'), { recursive: true })
})
