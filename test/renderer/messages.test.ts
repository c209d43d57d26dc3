import { describe, expect, it } from 'vitest'
import { i18n, translate, type MessageKey } from '../../src-renderer/i18n/index.ts'
import { en } from '../../src-renderer/i18n/en.ts'
import { ko } from '../../src-renderer/i18n/ko.ts'

type Table = { [key: string]: string | Table }

function leaves(table: Table, prefix = ''): [key: string, text: string][] {
  return Object.entries(table).flatMap(([key, value]) => (typeof value === 'string' ? [[`${prefix}${key}`, value] as [string, string]] : leaves(value, `${prefix}${key}.`)))
}

const english = leaves(en)
const korean = new Map(leaves(ko))
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort()

describe('the words', () => {
  it('are the same keys in both languages', () => {
    expect([...korean.keys()].sort()).toEqual(english.map(([key]) => key).sort())
  })

  it('hold the same values in both languages', () => {
    const different = english.filter(([key, text]) => placeholders(text).join() !== placeholders(korean.get(key) ?? '').join())
    expect(different).toEqual([])
  })

  it('are never empty and never the English left over', () => {
    // Terms such as img/s or one-cycle and names in capitals are the same everywhere; a word like Cancel or a phrase is not.
    const isEnglish = (text: string): boolean => /^[A-Z]?[a-z]{3,}( |$)/.test(text) || / [a-z]{3,} /.test(text)
    const left = english.filter(([key, text]) => (korean.get(key) ?? '').trim() === '' || (text === korean.get(key) && isEnglish(text.replaceAll(/\{\w+\}/g, ''))))
    // Languages are named in themselves.
    expect(left.filter(([key]) => key !== 'app.name' && key !== 'report.english')).toEqual([])
  })

  it('all compile and show every value', () => {
    const bad: string[] = []
    for (const language of ['en', 'ko'] as const) {
      i18n.global.locale.value = language
      for (const [key, text] of english) {
        const values = Object.fromEntries(placeholders(text).map((name) => [name, name === 'n' ? 7 : `«${name}»`]))
        const shown = translate(key as MessageKey, values)
        if (shown === key || /[{}]/.test(shown) || Object.values(values).some((value) => !shown.includes(String(value)))) bad.push(`${language} ${key}: ${shown}`)
      }
    }
    expect(bad).toEqual([])
  })

  it('choose the form by the number and write it with separators', () => {
    i18n.global.locale.value = 'en'
    const english = [0, 1, 2, 5888].map((n) => translate('data.frames', { n }))
    i18n.global.locale.value = 'ko'
    expect([english, translate('data.frames', { n: 5888 })]).toEqual([['0 frames', '1 frame', '2 frames', '5,888 frames'], '프레임 5,888개'])
  })
})
