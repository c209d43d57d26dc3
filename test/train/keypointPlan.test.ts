import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openProject, type Project } from '../../src-main/core/project.ts'
import { foldSequences, keypointNotes } from '../../src-main/train/keypointLists.ts'
import { planKeypoints } from '../../src-main/train/keypointPlan.ts'
import type { RunPlan } from '../../src-main/train/runPlan.ts'
import { makeTinyData } from './tinyData.ts'

type Planned = Awaited<ReturnType<typeof planKeypoints>>

const row = (point: number, frame: number): [number, number, number] => [30 + point + frame, 20 + (point % 7), 0]
const rows = (count: number, frame = 0): unknown[] => Array.from({ length: count }, (_, point) => row(point, frame))

/** What the tiny data set is, but for: two hands, rows without a place, none at all, three hands, a torn picture, and erased, moved and labelled by hand. */
async function oddData(folder: string): Promise<void> {
  await makeTinyData(folder)
  const write = (path: string, number: number, first: unknown[], second: unknown[], action?: [number, string]) =>
    writeFile(join(folder, path, `${number}.json`), JSON.stringify({ actor: {}, image: {}, ...(action ? { action } : {}), annotations: [{ image_id: 0, data: first }, { image_id: 1, data: second }] }))
  await write('train/1', 1, rows(42), rows(21), [110, '총'])
  await write('train/2', 2, [[null, 5, 0], ['a', 4, 0], ...rows(21).slice(2)], rows(21), [100, '총'])
  await write('train/3', 3, [], [], [110, '총'])
  await write('train/4', 4, rows(63), rows(5), [100, '총'])
  await truncate(join(folder, 'train/5/1.png'), 90)
  await write('train/7', 7, rows(21), [], [110, '총'])
  await truncate(join(folder, 'train/7/1.png'), 90)
  await write('test/8', 8, [], [])
}

let root = ''
let project: Project
let plan: Planned
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'handloom-keypoint-plan-'))
  await oddData(join(root, 'data'))
  project = openProject({ folder: join(root, 'data'), project: join(root, 'project'), emit: () => undefined })
  await project.dataset.scan()
  await project.annotation.apply({ label: '', changes: [{ folder: 'train/0', frame: 0, index: 3, to: { erased: true } }, { folder: 'train/0', frame: 1, index: 0, to: { x: 7, y: 9 } }, { folder: 'train/2', frame: 0, index: 1, to: { x: 1, y: 2 } }] })
  await project.annotation.setLabels({ label: '', changes: [{ folder: 'train/6', poseId: 110 }] })
  await project.crop.setDerived({ derivations: [{ parent: 'train/0', transform: { kind: 'mirror' } }, { parent: 'train/0', transform: { kind: 'rotate', degrees: 90 } }, { parent: 'train/3', transform: { kind: 'mirror' } }] })
  plan = await planKeypoints(project.dataset, project.crop, project.dataset.poseIds())
})
afterAll(async () => {
  await project.close()
  await rm(root, { recursive: true, force: true })
})

const framesOf = (folder: string, kind: string | null = null) => plan.sequences.find((sequence) => sequence.folder === folder && (sequence.transform?.kind ?? null) === kind)?.frames ?? []

describe('the sequences of a keypoint run', () => {
  it('are those with a class and those to test, in their order, then the derived ones that have keypoints', () => {
    expect(plan.sequences.map(({ folder, role, label, transform, frames }) => [folder, role, label, transform?.kind ?? null, frames.map(({ frame, points }) => [frame, points.length])])).toEqual([
      ['train/0', 'train', 0, null, [[0, 21], [1, 21]]],
      ['train/1', 'train', 1, null, [[0, 42], [1, 21]]],
      ['train/2', 'train', 0, null, [[0, 21], [1, 21]]],
      ['train/3', 'train', 1, null, [[0, 0], [1, 0]]],
      ['train/4', 'train', 0, null, [[0, 42], [1, 5]]],
      ['train/5', 'train', 1, null, [[0, 21], [1, 21]]],
      ['train/6', 'train', 1, null, [[0, 21], [1, 21]]],
      ['train/7', 'train', 1, null, [[0, 21]]],
      ['test/8', 'test', -1, null, [[0, 0], [1, 0]]],
      ['train/0', 'train', 1, 'mirror', [[0, 21], [1, 21]]],
      ['train/0', 'train', 0, 'rotate', [[0, 21], [1, 21]]],
    ])
  })

  it('have their edits, and null for what is erased or has no place', () => {
    const [first, second] = framesOf('train/0')
    const [odd] = framesOf('train/2')
    expect([first?.points.slice(2, 5), second?.points.slice(0, 2), odd?.points.slice(0, 3)]).toEqual([
      [row(2, 0), null, row(4, 0)],
      [[7, 9, 0], row(1, 1)],
      [null, [1, 2, 0], row(2, 0)],
    ])
  })

  it('take the size of the sequence where a picture cannot be read', () => {
    expect(framesOf('train/5').map(({ width, height }) => [width, height])).toEqual([[96, 54], [96, 54]])
  })

  it('derived, are what the picture would show: mirrored, or turned about the middle of the keypoints', () => {
    const own = framesOf('train/0')
    const all = own.flatMap(({ points }) => points.flatMap((point) => (point ? [point] : [])))
    const middle = [0, 1].map((axis) => (Math.min(...all.map((point) => point[axis] as number)) + Math.max(...all.map((point) => point[axis] as number))) / 2) as [number, number]
    const rounded = (frames: typeof own, moved: (x: number, y: number) => [number, number] = (x, y) => [x, y]) =>
      frames.map(({ points }) => points.map((point) => point && [...moved(point[0], point[1]).map((value) => Math.round(value * 1e9) / 1e9), point[2]]))
    expect(rounded(framesOf('train/0', 'mirror'))).toEqual(rounded(own, (x, y) => [96 - x, y]))
    // A quarter turn clockwise on the screen.
    expect(rounded(framesOf('train/0', 'rotate'))).toEqual(rounded(own, (x, y) => [middle[0] - (y - middle[1]), middle[1] + (x - middle[0])]))
  })

  it('what is odd is listed with its reason', () => {
    const none = 'No frame of the sequence has a keypoint.'
    expect({ skipped: plan.skipped, partial: plan.partial }).toEqual({
      skipped: [
        { folder: 'train/3', frame: 0, reason: none },
        { folder: 'train/3', frame: 1, reason: none },
        { folder: 'train/7', frame: 1, reason: expect.stringMatching(/It has no keypoints either\.$/) as string },
        { folder: 'test/8', frame: 0, reason: none },
        { folder: 'test/8', frame: 1, reason: none },
      ],
      partial: [
        { folder: 'train/2', frame: 0, reason: '1 of its 21 keypoints has no place in the file and counts as missing.' },
        { folder: 'train/4', frame: 0, reason: 'It has 63 keypoints, and two hands have 42: the others are left out.' },
      ],
    })
  })
})

describe('a fold of sequences', () => {
  const folds: RunPlan['folds'] = { 'train/0': 0, 'train/1': 1, 'train/2': 1, 'train/3': 0, 'train/4': null, 'train/5': 0, 'train/6': 1 }
  const named = ({ sequences, train, validation, test }: ReturnType<typeof foldSequences>) =>
    [train, validation, test].map((list) => list.map((position) => `${sequences[position]?.folder}${sequences[position]?.transform ? ` ${sequences[position].transform.kind}` : ''} ${sequences[position]?.frames.map(({ frame }) => frame).join()}`))

  it('learns what it does not validate, derived sequences where it does not validate their parent, and none without keypoints', () => {
    const lists = [0, 1].map((fold) => named(foldSequences(plan.sequences, { folds, frameFolds: null }, fold)))
    expect(lists).toEqual([
      [['train/1 0,1', 'train/2 0,1', 'train/4 0,1', 'train/6 0,1'], ['train/0 0,1', 'train/3 0,1', 'train/5 0,1'], ['test/8 0,1']],
      [['train/0 0,1', 'train/4 0,1', 'train/5 0,1', 'train/0 mirror 0,1', 'train/0 rotate 0,1'], ['train/1 0,1', 'train/2 0,1', 'train/6 0,1'], ['test/8 0,1']],
    ])
  })

  it('split by frames, learns the other frames of a sequence that it validates', () => {
    const frameFolds = { 'train/0': { 0: 0, 1: 1 }, 'train/1': { 0: 1, 1: 1 }, 'train/3': { 0: 0, 1: 1 } }
    expect(named(foldSequences(plan.sequences, { folds: {}, frameFolds }, 0))).toEqual([['train/0 1', 'train/1 0,1', 'train/0 mirror 1', 'train/0 rotate 1'], ['train/0 0', 'train/3 0'], ['test/8 0,1']])
  })

  it('names sequences of which it can say nothing, and those that it cannot learn from', () => {
    const notes = (fold: number) => keypointNotes(foldSequences(plan.sequences, { folds, frameFolds: null }, fold))
    expect([notes(0), notes(1)]).toEqual([
      ['2 sequences have no keypoints, so all classes get the same probability: train/3, test/8.'],
      ['1 sequence has no keypoints, so all classes get the same probability: test/8.', '1 sequence has no keypoints and is not learnt: train/3.'],
    ])
  })
})
