import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { checkEngine, halfPrecision, parseGpus } from '../../src-main/engine/runtime/doctor.ts'
import type { MachineReport } from '../../src-main/engine/runtime/doctor.ts'
import { findEngine } from '../../src-main/engine/runtime/find.ts'
import { loadTensorFlow } from '../../src-main/engine/runtime/load.ts'
import { bindingPath, cacheFolder, engineFolder } from '../../src-main/engine/runtime/location.mjs'
import type { EngineKind } from '../../src-main/engine/runtime/location.mjs'

const loadModule = new URL('../../src-main/engine/runtime/load.ts', import.meta.url).href

/** Runs code in a fresh process with `loadTensorFlow` at hand; gives what it printed. */
async function inProcess(code: string, env: NodeJS.ProcessEnv = {}) {
  const script = `import { loadTensorFlow } from '${loadModule}'\n${code}`
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, HANDLOOM_ENGINE_BINDING: '', HANDLOOM_ENGINE: '', ...env } })
  return { stdout: stdout.trim(), stderr: stderr.trim() }
}

const newCache = () => ({ HANDLOOM_CACHE: mkdtempSync(join(tmpdir(), 'handloom-find-')), HANDLOOM_ENGINE: 'cpu', PATH: '' }) satisfies NodeJS.ProcessEnv

function writeEngine(env: NodeJS.ProcessEnv, kind: EngineKind) {
  const folder = engineFolder(kind, env)
  const binding = join(folder, bindingPath)
  mkdirSync(join(binding, '..'), { recursive: true })
  writeFileSync(binding, 'binding')
  writeFileSync(join(folder, 'engine.json'), JSON.stringify({ kind, tensorflow: '2.21.0', files: [{ path: bindingPath, bytes: statSync(binding).size }] }))
  return binding
}

describe('finding the engine', () => {
  it('takes the named binding before the cache, and the wanted kind before the other', () => {
    const env = newCache()
    const nothing = findEngine(env)
    const cuda = writeEngine(env, 'cuda')
    const other = findEngine(env)
    const cpu = writeEngine(env, 'cpu')
    const wanted = findEngine(env)
    const named = findEngine({ ...env, HANDLOOM_ENGINE_BINDING: cuda })
    expect([nothing, other, wanted, named].map((found) => found && [found.source, found.kind, found.binding])).toEqual([
      undefined,
      ['cache', 'cuda', cuda],
      ['cache', 'cpu', cpu],
      ['override', undefined, cuda],
    ])
  })

  it('does not take a named binding that is not there, nor one that was cut short', () => {
    const env = newCache()
    const binding = writeEngine(env, 'cpu')
    expect(findEngine({ ...env, HANDLOOM_ENGINE_BINDING: `${binding}.gone` })).toBeUndefined()
    writeFileSync(binding, '')
    expect(findEngine(env)).toBeUndefined()
  })

  it("keeps the cache in each platform's own place", () => {
    expect([
      cacheFolder({ HANDLOOM_CACHE: '/here' }, 'linux'),
      cacheFolder({ XDG_CACHE_HOME: '/xdg' }, 'linux'),
      cacheFolder({}, 'linux'),
      cacheFolder({ XDG_CACHE_HOME: '/xdg' }, 'darwin'),
      cacheFolder({ LOCALAPPDATA: '/local' }, 'win32'),
    ]).toEqual(['/here', '/xdg/handloom', join(homedir(), '.cache/handloom'), join(homedir(), 'Library/Caches/handloom'), '/local/handloom/Cache'])
  })
})

describe('loading TensorFlow', () => {
  it('computes values and gradients natively', async () => {
    const tf = await loadTensorFlow()
    const matrix = tf.tensor2d([1, 2, 3, 4], [2, 2])
    // The derivative of the sum of X·X is 1·Xᵀ + Xᵀ·1.
    const gradient = tf.grad((x) => x.matMul(x).relu().sum())(matrix)
    const backend = tf.backend()
    const type = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT }
    const native = backend.executeSingleOutput('Softplus', [type], [tf.tensor1d([0])])
    expect([tf.getBackend(), [...gradient.dataSync()], native.dataSync()[0]]).toEqual(['tensorflow', [3 + 4, 7 + 4, 3 + 6, 7 + 6], expect.closeTo(Math.log(2), 6)])
    expect(await loadTensorFlow()).toBe(tf)
  })

  it('prints nothing, keeps to the threads it is given, and lets later errors through', async () => {
    const code = `
      const tf = await loadTensorFlow({ threads: 1 })
      tf.ones([8, 8]).matMul(tf.ones([8, 8])).dataSync()
      console.log(process.env.TF_NUM_INTRAOP_THREADS, process.env.TF_NUM_INTEROP_THREADS)
      console.error('heard')`
    expect(await inProcess(code)).toEqual({ stdout: '1 1', stderr: 'heard' })
  })

  it('names the command that mends a missing or broken engine', async () => {
    const code = `await loadTensorFlow().catch((error) => console.log(error.kind, error.message.split(' (')[0], '…', error.message.split('. ').pop()))`
    const env = { ...newCache(), PATH: process.env.PATH }
    const broken = join(env.HANDLOOM_CACHE, 'broken.node')
    writeFileSync(broken, 'no library')
    expect([
      (await inProcess(code, env)).stdout,
      (await inProcess(code, { HANDLOOM_ENGINE_BINDING: '/nowhere.node' })).stdout,
      (await inProcess(code, { HANDLOOM_ENGINE_BINDING: broken })).stdout,
    ]).toEqual([
      'no-engine TensorFlow is not set up on this machine. Run: npm run setup … Run: npm run setup',
      'no-engine HANDLOOM_ENGINE_BINDING names /nowhere.node, which does not exist. Correct it or unset it. … Correct it or unset it.',
      'no-engine TensorFlow did not load … Run: npm run setup',
    ])
  })
})

describe('the doctor', () => {
  it('has the engine prove its gradients', async () => {
    const report = await checkEngine()
    expect(report).toMatchObject({ machine: { platform: process.platform, node: process.versions.node }, engine: { tensorflow: expect.any(String) }, selfTest: { passed: true } })
    expect(report.selfTest?.worstDifference).toBeLessThan(3e-3)
    expect(report.lines.filter((line) => line.startsWith('Self-test: passed'))).toHaveLength(1)
    expect(report.problems.filter((problem) => !problem.message.includes('GPU'))).toEqual([])
  })

  it('names what mends a missing engine', async () => {
    const code = `
      const { checkEngine } = await import('${new URL('../../src-main/engine/runtime/doctor.ts', import.meta.url).href}')
      const { ok, engine, problems } = await checkEngine()
      console.log(JSON.stringify({ ok, engine, problems }))`
    const env = newCache()
    const withTools = await inProcess(code, { ...env, PATH: process.env.PATH })
    const bare = await inProcess(code, env)
    expect([JSON.parse(withTools.stdout), JSON.parse(bare.stdout)]).toEqual([
      { ok: false, problems: [{ message: 'TensorFlow is not set up on this machine.', mend: 'npm run setup' }] },
      {
        ok: false,
        problems: [
          {
            message: 'TensorFlow is not set up on this machine, and for that Python 3 with pip and a C++ compiler are missing.',
            mend: expect.stringMatching(/, then: npm run setup$/),
          },
        ],
      },
    ])
  })

  it('reads what nvidia-smi lists', () => {
    expect(parseGpus('NVIDIA H200, 143771, 570.86.15, 9.0\nNVIDIA RTX A4000, 16376, 470.1\n')).toEqual([
      { name: 'NVIDIA H200', memoryBytes: 143771 * 2 ** 20, driver: '570.86.15', computeCapability: 9 },
      { name: 'NVIDIA RTX A4000', memoryBytes: 16376 * 2 ** 20, driver: '470.1', computeCapability: null },
    ])
    expect(parseGpus('')).toEqual([])
  })

  it('knows which half precision a device computes with', () => {
    const cpu = (instructions: string[]) => halfPrecision('cpu', { machine: { instructions } as MachineReport, gpus: [] })
    const gpu = (csv: string) => halfPrecision('gpu', { machine: { instructions: [] as string[] } as MachineReport, gpus: parseGpus(csv) })
    expect([cpu(['avx2', 'avx512f']), cpu(['avx512f', 'avx512_bf16']), cpu(['amx_bf16'])]).toEqual([null, 'bfloat16', 'bfloat16'])
    expect([gpu('NVIDIA H200, 143771, 570.86.15, 9.0'), gpu('Tesla T4, 15360, 570.86.15, 7.5'), gpu('Tesla V100, 16160, 470.1')]).toEqual(['bfloat16', 'float16', 'float16'])
  })
})
