import { expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { skeletonShapes } from '../../src-renderer/components/skeletonShapes.ts'
import { cardPaths } from '../../src-renderer/pages/browse/cardPaths.ts'
import { useUnhurried } from '../../src-renderer/pages/browse/useUnhurried.ts'

it('draws each mark of a frame once, by its side and state, and each bone once', () => {
  const points = Array.from({ length: 42 }, (_, row): [number, number, number] => [row, 2 * row, 0])
  const state = { erased: [4, 30], hidden: [8, 31, 40], moved: [12, 40] }
  const paths = cardPaths(skeletonShapes(points, { ...state, hand: 'both', view: '1st', sides: ['left', 'right'] }), 1)
  const count = (path: string): number => path.split('M').length - 1
  expect(Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, count(path)]))).toEqual({
    left: 21 - 3, right: 21 - 3, leftHidden: 1, rightHidden: 2, moved: 1, erased: 2,
    // The tip of the left thumb has one bone, the knuckle of the right middle finger three.
    edge: 42 - 4, leftBones: 21 - 1, rightBones: 21 - 3, erasedBones: 4,
  })
  expect([paths.left.startsWith('M-1 -1h2v2h-2z'), paths.erased.startsWith('M3 7l2 2m0 -2l-2 2')]).toEqual([true, true])
})

it('shows pictures at rest and in slow motion, and none of what flies past', async () => {
  const [key, flying] = [ref<string | null>('a'), ref(false)]
  const scope = effectScope()
  const pictured = scope.run(() => useUnhurried(() => key.value, () => flying.value))
  const seen: unknown[] = []
  const then = async (change: () => void): Promise<void> => {
    change()
    await nextTick()
    seen.push(pictured?.value)
  }
  await then(() => (key.value = 'b'))
  await then(() => (flying.value = true))
  await then(() => (key.value = 'c'))
  await then(() => (key.value = 'd'))
  await then(() => (flying.value = false))
  scope.stop()
  expect(seen).toEqual([true, true, false, false, true])
})
