import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { stableOrder } from '../../src-main/evaluate/order.ts'

it.each([false, true])('sorts as a stable comparing sort does, without a key last (descending: %s)', (descending) => {
  const key = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, Number.MAX_VALUE, -5e-324))
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const sign = descending ? -1 : 1
      const compared = [...keys.keys()].sort((a, b) => {
        const [left, right] = [keys[a] as number, keys[b] as number]
        if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
        return left === right ? 0 : sign * (left < right ? -1 : 1)
      })
      expect([...stableOrder(keys, descending)]).toEqual(compared)
    }),
  )
})
