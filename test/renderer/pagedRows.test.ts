import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { usePagedRows, type PagedRows } from '../../src-renderer/composables/usePagedRows.ts'

const scopes: EffectScope[] = []
afterEach(() => {
  for (const scope of scopes.splice(0)) scope.stop()
})

function make(total: () => number) {
  const query = ref('')
  const asked: string[] = []
  let hold: Promise<void> = Promise.resolve()
  const scope = effectScope()
  scopes.push(scope)
  const rows = scope.run(() =>
    usePagedRows<string, string>({
      query: () => query.value,
      pageSize: 10,
      refreshEvery: 0,
      load: async (text, { offset, limit }, signal) => {
        asked.push(`${text}@${offset}`)
        await hold
        signal.throwIfAborted()
        return { total: total(), rows: Array.from({ length: Math.max(0, Math.min(limit, total() - offset)) }, (_, index) => `${text}${offset + index} of ${total()}`) }
      },
    }),
  ) as PagedRows<string>
  return { rows, query, asked, holdBack: () => { let release = (): void => undefined; hold = new Promise((resolve) => (release = resolve)); return release } }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

describe('rows by position', () => {
  it('asks only for the pages that are looked at, once', async () => {
    const { rows, asked } = make(() => 95)
    await settled()
    expect([rows.row(3), rows.row(42), rows.row(43), rows.total.value]).toEqual(['3 of 95', undefined, undefined, 95])
    await settled()
    expect([rows.row(42), rows.row(94), asked]).toEqual(['42 of 95', undefined, ['@0', '@40']])
  })

  it('keeps what is shown while it is asked again', async () => {
    let total = 12
    const { rows, holdBack } = make(() => total)
    await settled()
    total = 13
    const release = holdBack()
    rows.refresh()
    await settled()
    const before = rows.row(0)
    release()
    await settled()
    expect([before, rows.row(0), rows.total.value]).toEqual(['0 of 12', '0 of 13', 13])
  })

  it('never shows an answer to an older query', async () => {
    const { rows, query, holdBack } = make(() => 5)
    const release = holdBack()
    query.value = 'old '
    await nextTick()
    query.value = 'new '
    await nextTick()
    release()
    await settled()
    expect(rows.row(0)).toBe('new 0 of 5')
  })

  it('finds a row among those that are there', async () => {
    const { rows } = make(() => 30)
    await settled()
    expect([rows.indexOf((row) => row.startsWith('7 ')), rows.indexOf((row) => row.startsWith('25 '))]).toEqual([7, -1])
  })

  it('says what went wrong and tries again on refresh', async () => {
    const scope = effectScope()
    scopes.push(scope)
    let fails = true
    const load = async (): Promise<{ total: number; rows: string[] }> => {
      if (fails) throw new Error('broken')
      return { total: 1, rows: ['a'] }
    }
    const rows = scope.run(() => usePagedRows({ query: () => '', load, refreshEvery: 0 })) as PagedRows<string>
    await settled()
    const message = rows.error.value?.message
    fails = false
    rows.refresh()
    await settled()
    expect([message, rows.error.value, rows.row(0)]).toEqual(['broken', null, 'a'])
  })
})

describe('another query', () => {
  it('keeps the rows of the one before until its own are there', async () => {
    const { rows, query, holdBack } = make(() => 5)
    await settled()
    const release = holdBack()
    query.value = 'new '
    await settled()
    const meanwhile = [rows.row(0), rows.first.value, rows.answered.value]
    release()
    await settled()
    expect([meanwhile, rows.row(0), rows.first.value, rows.answered.value]).toEqual([['0 of 5', false, 1], 'new 0 of 5', false, 2])
  })

  it('shows nothing rather than old rows when its answer is slow', async () => {
    const { rows, query, holdBack } = make(() => 5)
    await settled()
    const release = holdBack()
    query.value = 'new '
    await vi.waitFor(() => expect([rows.row(0), rows.first.value]).toEqual([undefined, true]), 5000)
    release()
    await settled()
    expect(rows.row(0)).toBe('new 0 of 5')
  })

  it('says that it failed instead of showing the rows of the one before', async () => {
    const query = ref('good')
    const scope = effectScope()
    scopes.push(scope)
    const load = async (text: string): Promise<{ total: number; rows: string[] }> => {
      if (text === 'bad') throw new Error('broken')
      return { total: 1, rows: [text] }
    }
    const rows = scope.run(() => usePagedRows({ query: () => query.value, load })) as PagedRows<string>
    await settled()
    query.value = 'bad'
    await settled()
    expect([rows.row(0), rows.total.value, rows.error.value?.message]).toEqual([undefined, 0, 'broken'])
  })
})

describe('a list that is scrolled fast', () => {
  it('never asks for pages that were passed while others were on their way', async () => {
    const { rows, asked, holdBack } = make(() => 1000)
    await settled()
    const release = holdBack()
    for (let index = 0; index < 1000; index += 10) {
      rows.row(index)
      await nextTick()
    }
    release()
    await settled()
    expect([asked, rows.row(990)]).toEqual([['@0', '@10', '@20', '@990', '@980', '@970'], '990 of 1000'])
  })
})

describe('locating a row', () => {
  const numberOf = (row: string): number => Number.parseInt(row, 10)

  it('loads the few pages that lead to it, in a list of any length', async () => {
    const { rows, asked } = make(() => 100_000)
    const at = await rows.locate((row) => numberOf(row) - 77_777)
    expect([at, rows.row(77_777), asked.length < 16]).toEqual([77_777, '77777 of 100000', true])
  })

  it('says -1 for a row that is not in the list', async () => {
    const { rows } = make(() => 500)
    expect([await rows.locate((row) => numberOf(row) - 250.5), await rows.locate(() => -1), await rows.locate(() => 1)]).toEqual([-1, -1, -1])
  })

  it('goes on over a refresh and ends with another query', async () => {
    const { rows, query, holdBack } = make(() => 500)
    await settled()
    const release = holdBack()
    const found = rows.locate((row) => numberOf(row) - 321)
    rows.refresh()
    await settled()
    release()
    const given = await found
    const late = rows.locate((row) => numberOf(row) - 123)
    query.value = 'x'
    expect([given, await late]).toEqual([321, -1])
  })
})
