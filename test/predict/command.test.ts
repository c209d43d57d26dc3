import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openProject } from '../../src-main/core/project.ts'
import { handloom, handloomJson } from '../core/command.ts'
import { trainedProject, type Trained } from './trained.ts'

interface Document {
  run: number
  runs: number[]
  pose_ids: number[]
  sequences: { folder: string; frames: number; predicted: number | null; confidence: number | null; probabilities: Record<string, number>; keypoints: string; problems: unknown[] }[]
  frames: { folder: string; frame: number; probabilities: Record<string, number> }[]
}

const cli = join(import.meta.dirname, '../../src-main/core/cli.ts')
let made: Trained
let project: string[]
beforeAll(async () => {
  made = await trainedProject()
  await made.project.close()
  project = ['--data', made.data, '--project', made.projectFolder]
})
afterAll(() => rmSync(made.root, { recursive: true, force: true }))

const folderOf = (name: string, count: number): string => {
  for (let number = 0; number < count; number++) made.copy('test/8', join(name, `take ${number}`))
  return join(made.root, name)
}

/** A `predict --watch` in a process of its own, and the lines that it says. */
function watching(folder: string, runId: number) {
  const child = spawn(process.execPath, [cli, 'predict', folder, ...project, '--run', String(runId), '--watch', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const lines: { folder: string; predicted: number }[] = []
  const first = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line) as (typeof lines)[number])
      resolve()
    })
  })
  return { child, lines, first, ended: once(child, 'close') as Promise<[number | null, string | null]> }
}

it('predicts a new folder with the keys of predict FOLDER, keypoints and problems besides, and writes files', async () => {
  const folder = folderOf('new', 2)
  rmSync(join(folder, 'take 1/8.json'))
  const own = await handloomJson<Document>(['predict', made.data, '--project', made.projectFolder, '--run', String(made.pictures)])
  const csv = join(made.root, 'out.csv')
  const found = await handloomJson<Document>(['predict', folder, ...project, '--run', String(made.pictures), '--out', csv])
  expect(Object.keys(own).sort()).toEqual(['frames', 'pose_ids', 'run', 'runs', 'sequences'])
  expect(own.sequences.map((sequence) => Object.keys(sequence))).toEqual([['folder', 'frames', 'predicted', 'confidence', 'probabilities']])
  expect(found).toMatchObject({
    run: made.pictures, runs: [made.pictures], pose_ids: [100, 110],
    sequences: [{ folder: 'take 0', frames: 2, keypoints: 'file', problems: [], predicted: own.sequences[0]?.predicted }, { folder: 'take 1', frames: 2, keypoints: 'none', problems: [] }],
    frames: [{ folder: 'take 0', frame: 0 }, { folder: 'take 0', frame: 1 }, { folder: 'take 1', frame: 0 }, { folder: 'take 1', frame: 1 }],
  })
  for (const [poseId, probability] of Object.entries(own.sequences[0]?.probabilities ?? {})) expect(found.sequences[0]?.probabilities[poseId]).toBeCloseTo(probability, 6)
  expect(readFileSync(csv, 'utf8').split('\r\n').map((line) => line.split(',').slice(0, 3).join())).toEqual(['\uFEFFname,frames,keypoints', 'take 0,2,file', 'take 1,2,none', ''])
})

it('says what it could not do: exit code 1, and 2 for what makes no sense', async () => {
  const folder = folderOf('bare', 1)
  rmSync(join(folder, 'take 0/8.json'))
  const failure = async (...args: string[]) => {
    const { code, out } = await handloom(['predict', ...args, '--json'])
    return [code, (JSON.parse(out) as { error: { message: string } }).error.message]
  }
  expect([
    await failure(folder, ...project, '--run', String(made.keypoints)),
    await failure(join(made.root, 'project/runs/1/fold-0'), ...project, '--run', String(made.keypoints)),
    await failure(folder, ...project, '--out', join(made.data, 'out.csv')),
    await failure(folder, ...project, '--out', 'out.txt'),
    await failure(folder, ...project, '--pooling', 'best'),
    await failure(made.data, '--project', made.projectFolder, '--watch'),
  ]).toEqual([
    [1, expect.stringContaining('Nothing in')],
    [1, expect.stringContaining('There is no sequence in')],
    [1, expect.stringContaining('never written to')],
    [2, expect.stringContaining('FILE.csv or FILE.json')],
    [2, expect.stringContaining('mean, median, geometric, trimmed, quality')],
    [2, expect.stringContaining('predict NEWFOLDER --data FOLDER')],
  ])
})

it('asks the detector of the command line', async () => {
  const folder = folderOf('detected', 1)
  rmSync(join(folder, 'take 0/8.json'))
  const { sequences } = await handloomJson<Document>(['predict', folder, ...project, '--run', String(made.keypoints), '--detector', `"${process.execPath}" "${join(import.meta.dirname, 'keypointWriter.ts')}" works`])
  expect(sequences).toMatchObject([{ folder: 'take 0', keypoints: 'detector', problems: [] }])
})

it('watching, says a line a sequence until it is interrupted, and the same command goes on with the others', async () => {
  const folder = folderOf('watched', 3)
  const first = watching(folder, made.keypoints)
  await first.first
  first.child.kill('SIGINT')
  const [code] = await first.ended
  const told = first.lines.filter((line) => 'folder' in line).map((line) => line.folder)
  cpSync(join(folder, 'take 0'), join(folder, 'take 3'), { recursive: true })
  const second = watching(folder, made.keypoints)
  await second.first
  while (second.lines.length < 4 - told.length) await new Promise((resolve) => setTimeout(resolve, 100))
  second.child.kill('SIGINT')
  await second.ended
  expect(code).toBe(130)
  expect([...told, ...second.lines.filter((line) => 'folder' in line).map((line) => line.folder)].sort()).toEqual(['take 0', 'take 1', 'take 2', 'take 3'])
})

it('killed at any moment, what was told is kept, the session is stopped, and it goes on with the rest', async () => {
  const folder = folderOf('killed', 40)
  const { child, lines, first, ended } = watching(folder, made.keypoints)
  await first
  child.kill('SIGKILL')
  await ended
  const opened = openProject({ folder: made.data, project: made.projectFolder, emit: () => undefined })
  try {
    await opened.dataset.scan()
    const [session] = await opened.predict.sessions()
    const { rows } = await opened.predict.sequences({ id: session!.id })
    expect([session!.state, session!.done === rows.length, rows.length < 40]).toEqual(['stopped', true, true])
    expect(rows.map(({ name, top }) => [name, top[0]?.poseId])).toEqual(expect.arrayContaining(lines.map(({ folder: name, predicted }) => [name, predicted])))
    await opened.predict.goOn({ id: session!.id })
    while ((await opened.predict.sessions())[0]?.done !== 40) await new Promise((resolve) => setTimeout(resolve, 100))
    await opened.predict.stop({ id: session!.id })
    const kept = new Map((await opened.predict.sequences({ id: session!.id })).rows.map((row) => [row.name, row]))
    expect([kept.size, rows.every((row) => kept.get(row.name)?.predicted === row.predicted)]).toEqual([40, true])
  } finally {
    await opened.close()
  }
})
