import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alternate, median, speedOf } from '../../src-main/core/bench/alternate.ts'
import { startContestant, type Round } from '../../src-main/core/bench/contestant.ts'
import { writeFrames } from '../../src-main/core/bench/frames.ts'
import { findPeer } from '../../src-main/core/bench/peer.ts'
import { generateSample } from '../../src-main/sample/generate.ts'
import type { FrameSet } from '../../src-main/train/throughput/frames.ts'
import { handloom, handloomJson } from './command.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'handloom-bench-test-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const never = new AbortController().signal

/** A Python that has PyTorch, seen from outside: eight things a round in half a second. */
function standInPeer(): string {
  const file = join(root, 'python')
  const lines = ['#!/bin/sh', `[ "$1" = -c ] && exit 0`, `echo 'a word of a library'`, `echo '{"type":"ready","torch":"stand-in"}'`,
    `while read -r line; do echo '{"type":"round","items":8,"seconds":0.5,"peak_memory_bytes":1000}'; done`]
  writeFileSync(file, `${lines.join('\n')}\n`)
  chmodSync(file, 0o755)
  return file
}

/** A contestant that Node plays. */
const played = (code: string, signal = never) => startContestant({ name: 'Player', program: process.execPath, args: ['-e', code] }, signal)

describe('in turn', () => {
  it('each works alone, and who begins changes', async () => {
    const order: string[] = []
    const contestant = (name: string, seconds: number[]) => ({
      async round(): Promise<Round> {
        order.push(`${name} begins`)
        await wait(1)
        order.push(`${name} ends`)
        return { items: 12, seconds: seconds.shift() ?? 0, peak_memory_bytes: 100 * seconds.length }
      },
    })
    const [ours = [], peer = []] = await alternate([contestant('ours', [2, 12, 3]), contestant('peer', [4, 6, 4])], 3)
    expect(order.filter((line) => line.endsWith('begins')).map((line) => line.split(' ')[0])).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer'])
    expect(order.filter((_, index) => index % 2).every((line, pair) => line === order[2 * pair]?.replace('begins', 'ends'))).toBe(true)
    expect([speedOf(ours), speedOf(peer)]).toEqual([
      { perSecond: 4, rounds: [6, 1, 4], peakMemoryBytes: 200 },
      { perSecond: 3, rounds: [3, 2, 3], peakMemoryBytes: 200 },
    ])
  })

  it('the median of an even count lies between', () => {
    expect([median([4, 1, 3, 2]), median([7])]).toEqual([2.5, 7])
  })
})

describe('a contestant', () => {
  it('says what it is, works when told and keeps other words to itself', async () => {
    const contestant = await played(`
      console.log('[note]'); console.log('{"type":"ready","torch":"2.0"}')
      process.stdin.on('data', () => console.log('{"type":"round","items":3,"seconds":0.5,"peak_memory_bytes":7}'))`)
    expect([contestant.facts, await contestant.round(), await contestant.round()]).toEqual([
      { torch: '2.0' }, ...Array.from({ length: 2 }, () => expect.objectContaining({ items: 3, seconds: 0.5, peak_memory_bytes: 7 })),
    ])
    contestant.close()
  })

  it('that fails is heard, in its own words or in its last lines', async () => {
    await expect(played(`console.log('{"type":"failed","kind":"no-engine","message":"There is no TensorFlow."}')`)).rejects.toMatchObject({ kind: 'no-engine', message: 'There is no TensorFlow.' })
    await expect(played(`console.error('Traceback'); console.error('ModuleNotFoundError: timm'); process.exitCode = 1`)).rejects.toMatchObject({ kind: 'internal', message: 'Player ended with exit code 1. Traceback | ModuleNotFoundError: timm' })
    await expect(startContestant({ name: 'Player', program: join(root, 'nobody'), args: [] }, never)).rejects.toMatchObject({ kind: 'internal', message: expect.stringContaining('Player did not start') })
    const killed = await played(`console.log('{"type":"ready"}'); process.stdin.on('data', () => process.kill(process.pid, 'SIGKILL'))`)
    await expect(killed.round()).rejects.toMatchObject({ kind: 'out-of-memory' })
  })

  it.skipIf(process.platform !== 'linux')('ends with the processes it started when measuring is stopped', async () => {
    const stop = new AbortController()
    const contestant = await played(
      `const child = require('node:child_process').spawn('sleep', ['100']); console.log(JSON.stringify({ type: 'ready', child: child.pid })); process.stdin.resume()`, stop.signal)
    const round = contestant.round()
    stop.abort()
    await expect(round).rejects.toMatchObject({ kind: 'interrupted' })
    // Whoever adopts the process may take a moment to notice; until then it is there, but dead.
    const child = Number(contestant.facts.child)
    const gone = (): boolean => !existsSync(`/proc/${child}`) || /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8'))
    for (let tries = 0; tries < 100 && !gone(); tries++) await wait(20)
    expect(gone()).toBe(true)
  })

  it("speaks the words of the peer's scripts", async () => {
    const code = `import sys; sys.path.insert(0, ${JSON.stringify(join(import.meta.dirname, '../../bench/peer'))}); import rounds; rounds.serve({'steps': rounds.repeats_for(lambda: None, 0)}, lambda: 5)`
    const contestant = await startContestant({ name: 'Python', program: 'python3', args: ['-B', '-c', code] }, never)
    expect([contestant.facts, await contestant.round()]).toMatchObject([{ steps: 2 }, { items: 5 }])
    contestant.close()
  })
})

describe('the peer', () => {
  it('is left away with what would bring it', async () => {
    const bare = join(root, 'bare-python')
    writeFileSync(bare, '#!/bin/sh\necho timm cv2\n', { mode: 0o755 })
    const missing = await findPeer('seed_epoch.py', {}, { HANDLOOM_PEER_PYTHON: bare })
    expect(missing).toEqual({ missing: `${bare} has no timm, cv2. To compare with PyTorch: ${bare} -m pip install torch timm torchvision opencv-python-headless scikit-learn pandas numpy tensorboard` })
    expect(await findPeer('torch_regnet.py', {}, { HANDLOOM_PEER_PYTHON: join(root, 'nobody') })).toEqual({ missing: expect.stringContaining('HANDLOOM_PEER_PYTHON') })
  })

  it('is started on the task where it is there', async () => {
    const python = standInPeer()
    expect(await findPeer('torch_regnet.py', { kind: 'train' }, { HANDLOOM_PEER_PYTHON: python })).toMatchObject({ program: python, args: ['-u', expect.stringMatching(/torch_regnet\.py$/), '{"kind":"train"}'] })
  })
})

describe('handloom bench', () => {
  const tiny = ['--model', 'regnety_nano', '--size', '32', '--batch', '2', '--threads', '1', '--rounds', '1']

  it('trains side by side with the peer', async () => {
    const result = await handloomJson<Record<string, number>>(['bench', 'train', ...tiny], { HANDLOOM_PEER_PYTHON: standInPeer() })
    expect(result).toEqual({
      bench: 'train', model: 'regnety_nano', size: 32, batch: 2, precision: 'float32', threads: 1, device: expect.stringMatching(/^[cg]pu$/), tensorflow: expect.any(String), operations: expect.any(Boolean), parameters: expect.any(Number),
      images_per_second: expect.any(Number), compile_seconds: expect.any(Number), rounds: [expect.any(Number)], peak_memory_bytes: expect.any(Number),
      peer: { torch: 'stand-in', images_per_second: 16, rounds: [16], peak_memory_bytes: 1000 }, ratio: expect.any(Number),
    })
    expect(result.ratio).toBeCloseTo((result.images_per_second ?? 0) / 16, 9)
  })

  it('predicts alone where there is no peer, and says so', async () => {
    const { code, out, err } = await handloom(['bench', 'infer', ...tiny, '--json'], { HANDLOOM_PEER_PYTHON: join(root, 'nobody') })
    expect({ code, result: JSON.parse(out) }).toMatchObject({ code: 0, result: { bench: 'infer', images_per_second: expect.any(Number), peer: null, ratio: null } })
    expect(err).toContain('Measured without a peer')
    const wanted = await handloom(['bench', 'infer', ...tiny, '--no-peer', '--json'], { HANDLOOM_PEER_PYTHON: join(root, 'nobody') })
    expect([wanted.code, wanted.err]).toEqual([0, expect.not.stringContaining('Measured without a peer')])
  })

  it('goes on after one that fails, each on a line of its own', async () => {
    const { code, out, err } = await handloom(['bench', 'scan', 'infer', ...tiny, '--no-peer', '--folder', join(root, 'nowhere')])
    expect({ code, lines: out.trim().split('\n').map((line) => JSON.parse(line) as unknown) }).toMatchObject({
      code: 1,
      lines: [{ bench: 'scan', error: { message: expect.any(String) } }, { bench: 'infer', images_per_second: expect.any(Number) }],
    })
    expect(err).toContain('1 of 2 benchmarks failed')
  })

  it('wants names and values that it knows', async () => {
    const codes = [['bench', 'walk'], ['bench', 'train', '--precision', 'float8'], ['bench', 'train', '--size', 'large'], ['bench', 'train', '--peer-layout', 'nchwc']].map((args) => handloom(args))
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect((await handloom(['bench', 'train', '--model', 'resnet50'])).code).toBe(1)
  })
})

describe('on frames', () => {
  let folder = ''
  beforeAll(async () => {
    folder = join(root, 'sample')
    await generateSample({ folder, sequences: 8, width: 320, height: 180, seed: 3 })
  })

  it('the peer gets the same frames, with boxes inside them', async () => {
    const scratch = mkdtempSync(join(root, 'frames-'))
    const written = await writeFrames({ folder, frames: 5, model: 'regnety_nano', size: 32, batch: 2, precision: 'float32' }, scratch)
    const ours = JSON.parse(readFileSync(written.ours, 'utf8')) as FrameSet
    const peer = JSON.parse(readFileSync(written.peer, 'utf8')) as { file: string; box: [number, number, number, number]; label: number }[]
    expect([written.frames, ours.job.train, peer.map(({ file }) => file)]).toEqual([5, [0, 1, 2, 3, 4], ours.requests.map(({ file }) => file)])
    expect(peer.map(({ label }) => label)).toEqual(ours.job.samples.map(({ label }) => label))
    for (const { file, box: [x0, y0, x1, y1] } of peer) expect(existsSync(file) && 0 <= x0 && x0 < x1 && x1 <= 320 && 0 <= y0 && y0 < y1 && y1 <= 180).toBe(true)
  })

  it('measures the input path and whole epochs', async () => {
    const { code, out } = await handloom(
      ['bench', 'input', 'epoch', '--folder', folder, '--frames', '5', '--model', 'regnety_nano', '--size', '32', '--batch', '2', '--threads', '1', '--rounds', '1', '--json'],
      { HANDLOOM_PEER_PYTHON: standInPeer() },
    )
    const [input, epoch] = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, number>)
    expect({ code, input, epoch }).toMatchObject({
      code: 0,
      input: { bench: 'input', frames: 5, threads: 1, size: 32, peer: { samples_per_second: 16 } },
      epoch: { bench: 'epoch', frames: 5, compile_seconds: expect.any(Number), peer: { epoch_seconds: 0.5, images_per_second: 10 } },
    })
    expect(input?.ratio).toBeCloseTo((input?.samples_per_second ?? 0) / 16, 9)
    // The first epoch pays for cutting, the later ones do not.
    expect(1 / (input?.first_epoch_samples_per_second ?? 0)).toBeCloseTo(1 / (input?.samples_per_second ?? 0) + (input?.cut_milliseconds_per_sample ?? 0) / 1000, 9)
    expect(epoch?.ratio).toBeCloseTo(0.5 / (epoch?.epoch_seconds ?? 0), 9)
    expect(epoch?.first_epoch_ratio).toBeCloseTo(0.5 / ((epoch?.first_epoch_seconds ?? 0) + (epoch?.compile_seconds ?? 0)), 9)
  })

  it('measures prediction of a folder and exported models', { timeout: 120_000 }, async () => {
    const { code, out } = await handloom(
      ['bench', 'predict', 'export', '--folder', folder, '--frames', '5', '--model', 'regnety_nano', '--size', '32', '--batch', '2', '--threads', '1', '--rounds', '1', '--json'],
      { HANDLOOM_PEER_PYTHON: standInPeer() },
    )
    const [predict, exported] = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, number>)
    const written = { seconds: expect.any(Number), bytes: expect.any(Number), largest_difference: expect.any(Number), checked_with: expect.any(String) }
    expect({ code, predict, exported }).toMatchObject({
      code: 0,
      predict: { bench: 'predict', images: 40, start_seconds: expect.any(Number), peer: { images_per_second: 16 } },
      exported: { bench: 'export', onnx: written, savedmodel: written, safetensors: written, onnxruntime: { program: expect.stringContaining('onnxruntime'), images_per_second: expect.any(Number) }, peer: { images_per_second: 16 } },
    })
    expect([predict?.ratio, exported?.ratio]).toEqual([expect.closeTo((predict?.images_per_second ?? 0) / 16, 9), expect.closeTo((exported?.images_per_second ?? 0) / 16, 9)])
  })
})
