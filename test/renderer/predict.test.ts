import { describe, expect, it } from 'vitest'
import type { PredictionSession } from '../../src-main/contract/predict.ts'
import { frameOfFile } from '../../src-renderer/pages/predict/frameFiles.ts'
import { framePoints } from '../../src-renderer/pages/predict/framePoints.ts'
import { labelledScore, verdictOf } from '../../src-renderer/pages/predict/labelled.ts'
import { classLanes, laneAt, lanePath } from '../../src-renderer/pages/predict/lanes.ts'
import { predictedUrl } from '../../src-renderer/pages/predict/predictedUrl.ts'
import { folderName, isActive, putSession } from '../../src-renderer/pages/predict/sessions.ts'

const session = (id: number, state: PredictionSession['state'], done = 0): PredictionSession => ({
  id, state, done, total: 3, created: '2026-01-01T00:00:00.000Z', secondsLeft: null, problems: 0, message: null, options: { folder: '/data/new', runIds: [1], pooling: 'mean', rules: false, watch: false },
})
const guess = (poseId: number, probability: number) => ({ poseId, name: `class ${poseId}`, probability })

describe('sessions of prediction', () => {
  it('takes what a session is now in the place of what it was, newest first', () => {
    const list = [session(3, 'watching'), session(1, 'done')]
    const put = putSession(putSession(list, session(2, 'running')), session(3, 'stopped', 2))
    expect(put.map(({ id, state, done }) => [id, state, done])).toEqual([[3, 'stopped', 2], [2, 'running', 0], [1, 'done', 0]])
    expect(put.map(isActive)).toEqual([false, true, false])
  })

  it('calls a folder by its last part, on any system', () => {
    expect(['/data/새 촬영/', 'C:\\takes\\walk', '/', 'takes'].map(folderName)).toEqual(['새 촬영', 'walk', '/', 'takes'])
  })

  it('asks for the pictures of sequences whatever they are called', () => {
    const address = new URL(predictedUrl(4, 'walk/3 & 4?', 17, '2026-01-01', 960), 'http://handloom/')
    expect([address.pathname, Object.fromEntries(address.searchParams)]).toEqual(['/predicted/4/17', { name: 'walk/3 & 4?', v: '2026-01-01', width: '960' }])
  })
})

describe('predictions and labels', () => {
  it('counts those that have both, and those that agree', () => {
    const rows = [{ poseId: 1, top: [guess(1, 0.9), guess(2, 0.1)] }, { poseId: 2, top: [guess(1, 0.6), guess(2, 0.4)] }, { poseId: null, top: [guess(1, 0.5)] }, { poseId: 1, top: [] }]
    expect([rows.map(verdictOf), labelledScore(rows), labelledScore([])]).toEqual([[true, false, null, null], { labelled: 2, right: 1 }, { labelled: 0, right: 0 }])
  })
})

describe('the lanes of a sequence', () => {
  const frames = [{ top: [guess(1, 0.75), guess(2, 0.25)] }, { top: [] }, { top: [guess(2, 0.5), guess(3, 0.5)] }, { top: [guess(1, 1)] }]

  it('are the classes with the most probability over all frames, 0 where a frame does not name them', () => {
    expect(classLanes(frames, 2)).toEqual([{ poseId: 1, name: 'class 1', values: [0.75, 0, 0, 1] }, { poseId: 2, name: 'class 2', values: [0.25, 0, 0.5, 0] }])
    expect(classLanes([{ top: [] }], 4)).toEqual([])
  })

  it('step once a frame over the whole width, as high as the probability, and are pointed at in the same places', () => {
    expect(lanePath([0.75, 0, 1], 90, 20)).toBe('M0 20V5.0H30.0V20.0H60.0V0.0H90.0V20Z')
    expect([-5, 0, 29.9, 30, 89, 200].map((x) => laneAt(x, 90, 3))).toEqual([0, 0, 0, 1, 2, 2])
  })
})

it('draws the keypoints that have a place, and keeps the others’ rows', () => {
  expect(framePoints({ points: [[3, 4], null, [5, 6]] })).toEqual({ points: [[3, 4, 0], [Number.NaN, Number.NaN, 0], [5, 6, 0]], erased: [1], moved: [] })
})

it('knows which frame a problem’s file is, and none by half a name', () => {
  const frames = [{ file: '11.png' }, { file: '1.png' }, { file: '' }]
  expect(['walk/1.png', '11.png', 'walk/walk.json', 'walk/21.png'].map((path) => frameOfFile(frames, path))).toEqual([1, 0, -1, -1])
})
