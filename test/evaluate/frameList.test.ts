import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { frameListText, readFrameList } from '../../src-main/evaluate/frameList.ts'

it('reads what was written, and numbers the sequences as they are met', () => {
  const row = fc.record({ folder: fc.tuple(fc.constantFrom('train', 'test'), fc.integer({ min: 0, max: 12 })).map((parts) => parts.join('/')), frame: fc.nat(1_000_000_000) })
  fc.assert(
    fc.property(fc.array(row), fc.boolean(), (rows, known) => {
      const met = new Map(known ? [['train/7', 0]] : [])
      const list = readFrameList(frameListText(rows), met)
      const names = [...met.keys()]
      expect(Array.from(list?.frame ?? [], (frame, index) => ({ folder: names[list?.sequence[index] ?? -1], frame }))).toEqual(rows)
      expect([...met.values()]).toEqual([...names.keys()])
    }),
  )
})

it.each(['', '[', '[[', '{}', '[[]]', '[["train/1"]]', '[["train/1",]]', '[["train/1",0]', '[["train/1",0]]]', '[["train/1",0],]', '[["train/1",0]["train/2",0]]', '[["train/1", 0]]', '[["train/1","0"]]', '[["train/1",1.5]]', '[["train/1",-1]]', '[["train/1,0]]', 'x[["train/1",0]]', ' ["train/1",0]]'])('takes %j for no list', (text) => {
  expect(readFrameList(text, new Map())).toBeNull()
})
