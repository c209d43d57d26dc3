import { effectScope } from 'vue'
import { expect, it } from 'vitest'
import { useQuery } from '../../src-renderer/composables/useQuery.ts'

it('reload resolves when the newest question is answered, also when a later one called its own off', async () => {
  const answers: ((value: number) => void)[] = []
  const scope = effectScope()
  const query = scope.run(() => useQuery({ key: () => ['counted'], load: (signal) => new Promise<number>((resolve, reject) => {
    answers.push(resolve)
    signal.addEventListener('abort', () => reject(new DOMException('called off', 'AbortError')))
  }) }))
  const seen: (number | null)[] = []
  const first = query?.reload().then(() => seen.push(query.data.value))
  const second = query?.reload().then(() => seen.push(query.data.value))
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(seen).toEqual([])
  answers.at(-1)?.(7)
  await Promise.all([first, second])
  expect(seen).toEqual([7, 7])
  scope.stop()
})
