import { describe, expect, it } from 'vitest'
import { collect } from '../../src-main/report/collect.ts'
import { niceTicks } from '../../src-main/report/figures/axes.ts'
import { meanCurve } from '../../src-main/report/figures/curves.ts'
import { html } from '../../src-main/report/html.ts'
import { reportPage } from '../../src-main/report/page.ts'
import { spread } from '../../src-main/report/pictures.ts'
import { foldCurves } from '../../src-main/report/sections/curves.ts'
import { settingsOf } from '../../src-main/report/sections/provenance.ts'
import { en } from '../../src-main/report/texts/en.ts'
import { ko } from '../../src-main/report/texts/ko.ts'
import { trainConfig } from '../../src-main/contract/train.ts'
import { hostileNames, reportSources, type MadeRun } from './standIns.ts'

const pageOf = async (made: MadeRun, language: 'ko' | 'en' = 'en') => reportPage(await collect(reportSources(made), { runId: 1, language, pictures: false, worst: 20 }), new Map(), { language, made: '2026-11-26T10:00:00Z' })

describe('html', () => {
  it('escapes every value in it, in text and in attributes, and leaves out what is not there', () => {
    expect(html`<p title="${'"\'<&>'}">${['a<', html`<b>${'&'}</b>`, null, false, undefined, 0]}${'\u0000\u0007\n'}</p>`.text).toBe('<p title="&quot;&#39;&lt;&amp;&gt;">a&lt;<b>&amp;</b>0\ufffd\ufffd\n</p>')
  })
})

describe('figures', () => {
  it('have round numbers that cover the range', () => {
    expect([niceTicks(0, 1), niceTicks(0.31, 4.4), niceTicks(1, 12), niceTicks(-3, 7), niceTicks(2, 2), niceTicks(0.0012, 0.0031)]).toEqual([
      [0, 0.2, 0.4, 0.6, 0.8, 1], [0, 1, 2, 3, 4, 5], [0, 5, 10, 15], [-4, -2, 0, 2, 4, 6, 8], [2, 2.5, 3, 3.5, 4], [0.001, 0.0015, 0.002, 0.0025, 0.003, 0.0035],
    ])
  })

  it('take the mean and the sample standard deviation over the folds that have an epoch', () => {
    const curves = [{ fold: 0, points: [{ epoch: 1, value: 1 }, { epoch: 2, value: 4 }, { epoch: 3, value: 9 }] }, { fold: 1, points: [{ epoch: 1, value: 3 }, { epoch: 2, value: 4 }] }]
    expect(meanCurve(curves)).toEqual([{ epoch: 1, value: 2, deviation: Math.SQRT2 }, { epoch: 2, value: 4, deviation: 0 }])
  })

  it('follow what was trained last where an epoch was trained twice, and leave out what is no number', () => {
    const metric = { kind: 'epoch', step: 1, learningRate: 1, gradientNorm: null, imagesPerSecond: null, trainAccuracy: null, validationAccuracy: null, validationLogLoss: null, load: null } as const
    expect(foldCurves([{ ...metric, fold: 2, epoch: 2, loss: 5 }, { ...metric, fold: 2, epoch: 1, loss: 7 }, { ...metric, fold: 2, epoch: 2, loss: 4 }, { ...metric, fold: 0, epoch: 1, loss: Number.NaN }], ({ loss }) => loss)).toEqual([
      { fold: 2, points: [{ epoch: 1, value: 7 }, { epoch: 2, value: 4 }] },
    ])
  })

  it('draw the matrix of 157 classes with the cells that are there alone', async () => {
    const page = await pageOf({ sequences: 649, classes: 157 })
    const svg = /<svg class="figure matrix".*?<\/svg>/s.exec(page)?.[0] ?? ''
    const { cells } = await reportSources({ sequences: 649, classes: 157 }).evaluate.confusion({ runId: 1, level: 'sequence', afterRules: false })
    expect([svg.match(/class="(?:right|wrong|alike)"/g)?.length, svg.match(/<title>/g)?.length, svg.length < 150_000]).toEqual([cells.length, cells.length + 2 * 157, true])
  })
})

describe('the page', () => {
  it('says the scores as they are', async () => {
    const made = { sequences: 60, classes: 12 }
    const { sequence, chance } = await reportSources(made).evaluate.summary({ runId: 1 })
    const page = await pageOf(made)
    expect([sequence.logLoss.toFixed(4), chance.toFixed(4), '31.85 px'].map((text) => page.includes(text))).toEqual([true, true, true])
  })

  it('keeps paths and the name of the machine at home', async () => {
    const page = await pageOf({ sequences: 20, classes: 5 })
    expect(['somebody', 'private', 'weights', 'secret-host'].filter((secret) => page.includes(secret))).toEqual([])
    expect(page).toContain('regnet.pth')
  })

  it('has no other elements, scripts or addresses when every name is hostile', async () => {
    const tags = (page: string) => page.match(/<\/?[a-z!][^>]*?(?=[\s>])/gi)?.map((tag) => tag.toLowerCase()).sort()
    const [kind, hostile] = [await pageOf({ sequences: 60, classes: 12, names: hostileNames.map((_, index) => `name ${index}`) }), await pageOf({ sequences: 60, classes: 12, names: hostileNames })]
    expect(tags(hostile)).toEqual(tags(kind))
    expect(hostile.match(/(?:href|src)="(?!#)[^"]*"/g)).toBeNull()
  })

  it('is the same in both languages but for the words', async () => {
    const ids = (page: string) => page.match(/ id="[a-z-]+"/g)
    const shape = (texts: object): unknown => Object.entries(texts).map(([key, value]) => [key, typeof value === 'object' ? shape(value as object) : typeof value])
    expect(shape(ko)).toEqual(shape(en))
    expect(ids(await pageOf({ sequences: 20, classes: 5 }, 'ko'))).toEqual(ids(await pageOf({ sequences: 20, classes: 5 })))
  })

  it('can be made of a run that has neither finished epochs nor anything else to tell', async () => {
    const sources = reportSources({ sequences: 1, classes: 1, folds: 1, epochs: 0 })
    const nothing = { ...sources, rules: { state: () => ({ runId: 1, version: 0, rules: [], logLossBefore: 0, logLossAfter: 0, logLossAfterInFold: 0 }) }, evaluate: { ...sources.evaluate, triage: () => [], breakdown: () => [] } }
    const page = await reportPage(await collect(nothing, { runId: 1, language: 'en', pictures: true, worst: 20 }), new Map([['train/0', null]]), { language: 'en', made: '2026-11-26T10:00:00Z' })
    expect([en.curves.none, en.rules.none, en.triage.none, en.worst.gone].filter((text) => !page.includes(text))).toEqual([])
  })
})

it('spreads the frames that are shown from the first to the last', () => {
  expect([spread([1, 2, 3], 6), spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 6), spread([], 6)]).toEqual([[1, 2, 3], [0, 2, 4, 6, 8, 10], []])
})

it('tells of a run only the settings that are of any effect on what it sees', () => {
  const keys = (model: string): string[] => settingsOf({ ...trainConfig.parse({ model, crop: { randomMargin: 5 }, augment: { rotateDegrees: 5, colour: 0.1, scale: 0.2 } }), keypoints: { frames: 32 } }).map(([key]) => key)
  const [pictures, points] = [keys('regnety_nano'), keys('keypoint_linear')]
  expect({ pictures: pictures.filter((key) => !points.includes(key)), points: points.filter((key) => !pictures.includes(key)), both: pictures.includes('augment.rotateDegrees') && points.includes('augment.rotateDegrees') }).toEqual({
    pictures: ['imageSize', 'accumulate', 'crop.randomMargin', 'augment.colour', 'precision', 'testMargins', 'deterministic'], points: ['augment.scale', 'keypoints.frames'], both: true,
  })
})

it('names settings as a config file does, and of a weight file only its name', () => {
  const settings = Object.fromEntries(settingsOf(trainConfig.parse({ pretrained: 'C:\\Users\\kim\\a.pth', testMargins: [10, -5], crop: { margin: 100 } })))
  const uneven = Object.fromEntries(settingsOf(trainConfig.parse({ crop: { margin: { left: 1, right: 2, top: 3, bottom: 4 } } })))
  expect([settings['pretrained'], settings['testMargins'], settings['crop.margin'], settings['name'], uneven['crop.margin.left']]).toEqual(['a.pth', '10, -5', '100', undefined, '1'])
})
