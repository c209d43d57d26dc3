import { describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter, type LocationQuery } from 'vue-router'
import { frameUrl } from '../../src-renderer/api/images.ts'
import { frameOfProblem } from '../../src-renderer/pages/browse/frameOfProblem.ts'
import { breadcrumb } from '../../src-renderer/pages/open/breadcrumb.ts'
import { followNavigation, patchQuery } from '../../src-renderer/stores/address.ts'
import { readFilter } from '../../src-renderer/stores/browse.ts'
import { readSelection } from '../../src-renderer/stores/selection.ts'

describe('what an address selects', () => {
  it('reads a sequence and a frame, and nothing that is not one', () => {
    expect([{ s: 'train/475', f: '3' }, { s: 'test/649' }, { s: '../etc', f: '3' }, { s: ['train/1', 'train/2'] }, { s: 'train/1', f: '-2' }, {}].map((query) => readSelection(query as LocationQuery))).toEqual([
      { folder: 'train/475', frame: 3 }, { folder: 'test/649', frame: null }, { folder: null, frame: null }, { folder: null, frame: null }, { folder: 'train/1', frame: null }, { folder: null, frame: null },
    ])
  })

  it('reads filters, and drops what is none', () => {
    expect([readFilter({ q: '손', role: 'train', hand: 'left', flag: 'edited', class: '167,42' }), readFilter({ role: 'both', hand: 'third', flag: 'x', class: 'a,-1,7' })]).toEqual([
      { search: '손', role: 'train', hand: 'left', flag: 'edited', poseIds: [167, 42] }, { search: '', role: null, hand: null, flag: null, poseIds: [7] },
    ])
  })
})

describe('parameters of the address', () => {
  it('are set together, and do not call off a page that is being opened', async () => {
    const { promise: chunk, resolve: arrived } = Promise.withResolvers<object>()
    const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/browse', component: {} }, { path: '/folds', component: () => chunk }] })
    followNavigation(router)
    await router.push('/browse?q=a')
    patchQuery(router, { s: 'train/1' })
    patchQuery(router, { f: '2', q: null })
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/browse?s=train/1&f=2')
    // What the page before still writes neither calls the next one off nor changes its address.
    const opening = router.push('/folds?s=train/9&f=4')
    patchQuery(router, { s: 'train/7', f: null })
    await new Promise((resolve) => setTimeout(resolve, 30))
    patchQuery(router, { f: '3' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    arrived({})
    await opening
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(router.currentRoute.value.fullPath).toBe('/folds?s=train/9&f=4')
    patchQuery(router, { f: '5' })
    await expect.poll(() => router.currentRoute.value.fullPath).toBe('/folds?s=train/9&f=5')
  })
})

describe('places', () => {
  it('writes a picture’s address with its width and version', () => {
    expect([frameUrl('train/475', 3), frameUrl('test/649', 0, { width: 320, version: 'a b' })]).toEqual(['./image/train/475/3', './image/test/649/0?width=320&v=a+b'])
  })

  it('takes a path apart on both kinds of system', () => {
    expect([breadcrumb('/data/ego vision'), breadcrumb('/'), breadcrumb('C:\\data\\set'), breadcrumb('\\\\server\\share')]).toEqual([
      [{ name: '/', path: '/' }, { name: 'data', path: '/data' }, { name: 'ego vision', path: '/data/ego vision' }],
      [{ name: '/', path: '/' }],
      [{ name: 'C:', path: 'C:\\' }, { name: 'data', path: 'C:\\data' }, { name: 'set', path: 'C:\\data\\set' }],
      [{ name: 'server', path: '\\\\server' }, { name: 'share', path: '\\\\server\\share' }],
    ])
  })

  it('finds the frame a problem is about', () => {
    expect([{ file: 'train/3/7.png', folder: 'train/3' }, { file: 'train/3/3.json', folder: 'train/3' }, { file: 'hand_gesture_pose.csv', folder: null }, { file: 'train/33/7.png', folder: 'train/3' }].map(frameOfProblem)).toEqual([7, null, null, null])
  })
})
