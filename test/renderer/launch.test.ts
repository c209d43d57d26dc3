import { describe, expect, it } from 'vitest'
import { defaultCropSettings } from '../../src-main/contract/crop.ts'
import { resumeChanges, trainConfigKeys, type Run, type RunChangesSince } from '../../src-main/contract/train.ts'
import { presets } from '../../src-main/train/presets.ts'
import { runSettings } from '../../src-main/train/settings.ts'
import { en } from '../../src-renderer/i18n/en.ts'
import { draftOf, type Draft } from '../../src-renderer/pages/train/draft.ts'
import { helpOf } from '../../src-renderer/pages/train/launch/fieldHelp.ts'
import { keypointInputDefaults } from '../../src-main/contract/keypoints.ts'
import { advancedFields, cropFields, decayFields, flipField, foldFields, learningRate, regularFields, stepFields } from '../../src-renderer/pages/train/launch/fields.ts'
import { finishTime, memoryTone } from '../../src-renderer/pages/train/launch/finishTime.ts'
import { nameOfKey, numberAt, valueAt, withValue, type KeypointKey, type OwnKey } from '../../src-renderer/pages/train/launch/keyPath.ts'
import { ratePath, rateScale } from '../../src-renderer/pages/train/launch/rateScale.ts'
import { withModel } from '../../src-renderer/pages/train/launch/switchModel.ts'
import { readRow, sweepCost, sweepKeys, sweepRuns } from '../../src-renderer/pages/train/launch/sweep.ts'
import { concerns, modelParts } from '../../src-renderer/pages/train/modelKinds.ts'
import { moved } from '../../src-renderer/pages/train/queue/order.ts'
import { anyChange, retrainChoice } from '../../src-renderer/pages/train/retrain/changeWords.ts'
import { listRows, matches, shownScore } from '../../src-renderer/pages/train/run/listRows.ts'
import { sweepValueText } from '../../src-renderer/pages/train/run/sweepText.ts'

const models = [{ name: 'small', flops: 1e8, imageSize: 100 }, { name: 'large', flops: 4e8, imageSize: 100 }, { name: 'keypoint_temporal', flops: 3e5, imageSize: 0 }, { name: 'keypoint_linear', flops: 1e5, imageSize: 0 }]
const draft = draftOf({ model: 'small', epochs: 10, imageSize: 64 })
const read = (key: (typeof sweepKeys)[number], text: string) => readRow({ key, text }, draft, models)

describe('a sweep', () => {
  it('takes values as people write lists, each once', () => {
    expect([read('flipRatio', '0.1, 0.2,0.3 0.1'), read('crop.margin', '50; 100'), read('model', 'small large'), read('optimizer', 'lamb,sgd'), read('learningRate', '1e-3 3e-3')].map(({ values }) => values)).toEqual([
      [0.1, 0.2, 0.3], [50, 100], ['small', 'large'], ['lamb', 'sgd'], [0.001, 0.003],
    ])
  })

  it('says which value a config cannot have, and what would do', () => {
    const problems = [read('flipRatio', ''), read('flipRatio', '0.1, 1.5'), read('epochs', '0'), read('epochs', '2.5'), read('seed', 'seven'), read('crop.margin', '-1'), read('optimizer', 'adam'), read('model', 'huge'), read('seed', Array.from({ length: 65 }, (_, index) => index).join())]
    expect(problems.map(({ values, problem }) => [values.length, problem?.kind, problem?.value, problem?.limit])).toEqual([
      [0, 'empty', '', ''], [0, 'high', '1.5', '1'], [0, 'low', '0', '1'], [0, 'whole', '2.5', ''], [0, 'number', 'seven', ''], [0, 'low', '-1', '0'], [0, 'word', 'adam', 'lamb, adamw, sgd'], [0, 'model', 'huge', ''], [0, 'many', '65', '64'],
    ])
  })

  it('makes a run of each combination, and takes the time that its epochs, sizes and models take', () => {
    const vary = [{ key: 'flipRatio', values: [0.1, 0.2, 0.3] }, { key: 'epochs', values: [10, 30] }, { key: 'imageSize', values: [64, 128] }, { key: 'model', values: ['small', 'large'] }]
    expect([sweepRuns(vary), sweepRuns([]), sweepCost(vary, draft, models), sweepCost([{ key: 'seed', values: [1, 2] }], draft, models)]).toEqual([24, 1, 2 * 2.5 * 2.5, 1])
  })

  it('varies what a keypoint model is shown, by words for on and off, and its size by its work', () => {
    const hands = draftOf({ model: 'keypoint_temporal' })
    const of = (key: (typeof sweepKeys)[number], text: string) => readRow({ key, text }, hands, models)
    expect([of('keypoints.place', 'on, off'), of('keypoints.frames', '16 32'), of('augment.strayHands', '0, 0.1'), of('model', 'keypoint_temporal keypoint_linear')].map(({ values }) => values)).toEqual([[true, false], [16, 32], [0, 0.1], ['keypoint_temporal', 'keypoint_linear']])
    expect([of('keypoints.place', 'maybe'), of('keypoints.frames', '0'), of('model', 'small'), read('model', 'keypoint_linear')].map(({ problem }) => [problem?.kind, problem?.value])).toEqual([['switch', 'maybe'], ['low', '0'], ['otherKind', 'small'], ['otherKind', 'keypoint_linear']])
    expect(sweepCost([{ key: 'model', values: ['keypoint_temporal', 'keypoint_linear'] }], hands, models)).toBeCloseTo(2 / 3, 12)
    expect(sweepValueText(false, (key) => key)).toBe('train.sweep.off')
  })

  it('can vary nothing that the contract does not have', () => {
    expect(sweepKeys.filter((key) => withValue(draftOf({}), key, {}).error?.issues.some(({ code }) => code === 'unrecognized_keys'))).toEqual([])
  })
})

describe('the form', () => {
  it('has every setting of the contract, each with its name and what it does', () => {
    const elsewhere = ['name', 'model', 'split', 'splitter', 'optimizer', 'schedule', 'classWeights', 'precision', 'pretrained', 'predictWith', 'testFlip', 'testMargins', 'deterministic']
    const numbers = [...stepFields, learningRate, ...decayFields, ...regularFields, ...foldFields, ...advancedFields, { name: 'imageSize' }].map(({ name }) => name)
    const own: (OwnKey | KeypointKey)[] = [...[flipField, ...cropFields].map(({ key }) => key), ...Object.keys(keypointInputDefaults).map((name) => `keypoints.${name}` as KeypointKey)]
    expect([...numbers, ...elsewhere, ...own.map((key) => key.split('.')[0] ?? '')].filter((name, index, all) => all.indexOf(name) === index).sort()).toEqual(Object.keys(trainConfigKeys.shape).sort())
    const words: Record<string, unknown> = en.train.form
    const names = [...numbers, ...elsewhere.filter((name) => name !== 'model'), ...own.map((key) => nameOfKey(key))]
    expect(names.filter((name) => typeof words[name] !== 'string' || words[`${name}Help`] === undefined)).toEqual([])
    expect(Object.keys(keypointInputDefaults).sort()).toEqual(Object.keys(trainConfigKeys.shape.keypoints.unwrap().shape).sort())
    expect(Object.keys(resumeChanges.shape).filter((name) => words[`${name}Help`] === undefined)).toEqual([])
  })

  it('has each crop setting that a run may have of its own', () => {
    const inside = (config: object | undefined, prefix: string): string[] => Object.keys(config ?? {}).map((name) => `${prefix}.${name}`)
    const { crop, augment } = trainConfigKeys.shape
    expect(cropFields.map(({ key }) => key).sort()).toEqual([...inside(crop.unwrap().shape, 'crop'), ...inside(augment.unwrap().shape, 'augment')].sort())
  })

  it('reads and writes what is inside crop and augmentation; four equal sides are one number', () => {
    const margin = withValue(draftOf({}), 'crop.margin', 80).data ?? draftOf({})
    expect([numberAt(margin, 'crop.margin'), valueAt(margin, 'crop.margin'), numberAt(draftOf({ crop: { margin: { left: 1, top: 2, right: 1, bottom: 1 } } }), 'crop.margin'), numberAt(margin, 'epochs'), numberAt(margin, 'crop.wristExtra')]).toEqual([80, { left: 80, top: 80, right: 80, bottom: 80 }, null, 40, null])
    expect(withValue(margin, 'crop.margin', undefined).data).toEqual(draftOf({}))
  })
})

describe('what a model has a use for', () => {
  const keys = Object.entries(trainConfigKeys.shape).flatMap(([key, shape]) => (['crop', 'augment', 'keypoints'].includes(key) ? Object.keys((shape as typeof trainConfigKeys.shape.crop).unwrap().shape).map((inner) => `${key}.${inner}`) : [key]))

  it('is shown in its form: pictures, or hands', () => {
    expect(keys.filter((key) => !concerns('keypoint_linear', key))).toEqual(['imageSize', 'accumulate', 'crop.margin', 'crop.randomMargin', 'crop.randomProbability', 'crop.wristExtra', 'augment.colour', 'precision', 'pretrained', 'testMargins'])
    expect(keys.filter((key) => !concerns('regnety_nano', key))).toEqual(['augment.scale', 'augment.keypointJitter', 'augment.keypointDrop', 'augment.frameDrop', 'augment.frameRepeat', 'augment.strayHands', 'keypoints.normaliseRotation', 'keypoints.place', 'keypoints.frames'])
  })

  it('a hand model is usually shown what the core shows it where a config says nothing', () => {
    expect(runSettings(draftOf({ model: 'keypoint_temporal' }), defaultCropSettings).config.keypoints).toEqual(keypointInputDefaults)
  })

  it('is said in sequences where these are learnt', () => {
    expect([helpOf('batchSize', 'keypoint_linear'), helpOf('batchSize', 'regnety_nano'), helpOf('ema', 'keypoint_linear')]).toEqual(['train.form.ofKeypoints.batchSizeHelp', 'train.form.batchSizeHelp', 'train.form.emaHelp'])
    expect([modelParts({ model: 'keypoint_linear', imageSize: 64 }), modelParts({ model: 'regnety_nano', imageSize: 64 })]).toEqual([['keypoint_linear'], ['regnety_nano', '64 px']])
  })
})

describe('another model', () => {
  const winner = presets.find(({ id }) => id === 'winner')?.config ?? {}
  const to = (draft: Draft, model: string, before: Draft | null = null): Draft => withModel(draft, model, presets, before)

  it('that sees the same changes nothing else', () => {
    expect(to(draftOf({ epochs: 3, imageSize: 96 }), 'regnety_004')).toEqual(draftOf({ epochs: 3, imageSize: 96, model: 'regnety_004' }))
    expect(to(draftOf({ model: 'keypoint_temporal', epochs: 3 }), 'keypoint_linear')).toEqual(draftOf({ model: 'keypoint_linear', epochs: 3 }))
  })

  it('that sees keypoints begins with its own defaults, from any preset, and keeps the folds', () => {
    expect([draftOf({}), draftOf(winner)].map((draft) => to({ ...draft, folds: 3, seed: 7, name: 'mine' }, 'keypoint_temporal'))).toEqual(Array.from({ length: 2 }, () => draftOf({ model: 'keypoint_temporal', folds: 3, seed: 7, name: 'mine' })))
  })

  it('takes along what a person set and it can use; rate and batch were found for the model before', () => {
    const mine = draftOf({ epochs: 3, batchSize: 8, learningRate: 0.02, imageSize: 96, flipRatio: 0.4, classWeights: 'balanced', split: 2, crop: { margin: { left: 9, top: 9, right: 9, bottom: 9 } }, augment: { rotateDegrees: 45, colour: 0.9 } })
    expect(to(mine, 'keypoint_temporal')).toEqual(draftOf({ model: 'keypoint_temporal', epochs: 3, flipRatio: 0.4, classWeights: 'balanced', split: 2, augment: { rotateDegrees: 45 } }))
  })

  it('and back: what was hidden is there again, with what was set meanwhile', () => {
    const mine = draftOf({ ...winner, imageSize: 96, learningRate: 0.02 })
    const hands = to(mine, 'keypoint_temporal')
    expect(to(hands, 'regnety_040', mine)).toEqual(mine)
    expect(to({ ...hands, labelSmoothing: 0.3, keypoints: { place: true }, split: undefined }, 'regnety_004', { ...mine, split: 4 })).toEqual({ ...mine, labelSmoothing: 0.3, model: 'regnety_004', split: undefined })
  })
})

describe('the preflight', () => {
  it('says when it is done as people say it today', () => {
    const now = new Date(2026, 10, 27, 15, 48)
    expect([3840, 12 * 3600, 8 * 86_400].map((seconds) => finishTime(seconds, now, 'en'))).toEqual(['16:52', 'Sat 03:48', 'Dec 5 15:48'])
    expect(finishTime(12 * 3600, now, 'ko')).toBe('토 03:48')
  })

  it('warns before memory runs out', () => {
    const tone = (peakBytes: number | null, freeMemoryBytes: number): string => memoryTone({ peakBytes, memoryBytes: 24, freeMemoryBytes })
    expect([tone(10, 24), tone(19, 24), tone(20, 24), tone(23.5, 24), tone(10, 10.2), tone(null, 24)]).toEqual(['good', 'good', 'warn', 'bad', 'bad', 'good'])
  })
})

describe('the curve of a learning-rate test', () => {
  it('has a logarithmic axis with powers of ten, and lets a loss that blows up leave at the top', () => {
    const points = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1].map((learningRate, index) => ({ learningRate, loss: [3, 2.5, 1, 2, 90][index] ?? 0 }))
    const scale = rateScale(points, 400, 100)
    expect([scale.ticks.map((tick) => Number(tick.toPrecision(6))), scale.lossRange, points.map(({ learningRate }) => Math.round(scale.x(learningRate))), points.map(({ loss }) => Math.round(scale.y(loss)))]).toEqual([[1e-5, 1e-4, 1e-3, 1e-2, 1e-1], [1, 5], [0, 100, 200, 300, 400], [50, 63, 100, 75, -100]])
    expect(ratePath([...points, { learningRate: 1, loss: Number.NaN }], scale)).toBe('M0.0 50.0L100.0 62.5L200.0 100.0L300.0 75.0L400.0 -100.0')
  })
})

describe('the queue', () => {
  it('moves an entry, and nothing where there is no place', () => {
    const list = ['a', 'b', 'c']
    expect([moved(list, 0, 2), moved(list, 2, 1), moved(list, 0, -1), moved(list, 3, 0), moved(list, 1, 1)]).toEqual([['b', 'c', 'a'], ['a', 'c', 'b'], list, list, list])
  })
})

describe('retraining', () => {
  const nothing: RunChangesSince = { folders: [], added: [], removed: [], recipes: false, folds: [] }
  const folds = [0, 1, 2].map((fold) => ({ fold, state: fold === 1 ? ('failed' as const) : ('done' as const) }))

  it('tells folds whose predictions are old from those that only learnt', () => {
    const edited: RunChangesSince = { ...nothing, folders: ['train/3'], folds: [{ fold: 0, validates: [], trains: ['train/3'] }, { fold: 1, validates: [], trains: ['train/3'] }, { fold: 2, validates: ['train/3'], trains: [] }] }
    expect([retrainChoice(edited, folds), anyChange(edited)]).toEqual([{ validating: [2], affected: [0, 2] }, true])
  })

  it('concerns every finished fold where recipes or the set of sequences changed, and none where nothing did', () => {
    expect([retrainChoice({ ...nothing, recipes: true }, folds), retrainChoice({ ...nothing, removed: ['train/9'] }, folds), retrainChoice(nothing, folds), anyChange(nothing)]).toEqual([{ validating: [], affected: [0, 2] }, { validating: [], affected: [0, 2] }, { validating: [], affected: [] }, false])
  })
})

describe('the run list', () => {
  const run = (id: number, sweep: Run['sweep'], name = '', madeFrom: Run['madeFrom'] = null): Run => ({ id, name, sweep, madeFrom, state: 'done', config: draftOf({ model: 'regnety_004', imageSize: 96 }), folds: [] as Run['folds'] }) as Run
  const runs = [run(5, null, '약속 첫 실행'), run(4, { id: 's', values: { flipRatio: 0.3 } }), run(3, null), run(2, { id: 's', values: { flipRatio: 0.1 } })]

  it('keeps the runs of a sweep together; one that repeats a run of it stands by itself', () => {
    const again = run(6, { id: 's', values: { flipRatio: 0.1 } }, '', { runId: 2, how: 'again' })
    expect(listRows([again, ...runs]).map((row) => (row.kind === 'run' ? [row.run.id, row.swept] : [row.id, row.keys, row.runs]))).toEqual([[6, false], [5, false], ['s', ['flipRatio'], 2], [4, true], [2, true], [3, false]])
  })

  it('finds runs by all words of name, model, size, state and swept values', () => {
    expect(['0.3 flip', 'REGNETY 96', '약속'.normalize('NFD'), 'failed'].map((words) => runs.filter((one) => matches(one, words)).map(({ id }) => id))).toEqual([[4], [5, 4, 3, 2], [5], []])
  })

  it('tells a run by its out-of-fold loss, else by what its folds have reached', () => {
    const folds = [0.5, null, 0.3].map((bestLogLoss) => ({ bestLogLoss })) as Run['folds']
    expect([shownScore({ id: 1, folds }, [{ runId: 1, sequence: { logLoss: 0.2, accuracy: 1, count: 9 } }]), shownScore({ id: 2, folds }, []), shownScore({ id: 3, folds: [] }, [])]).toEqual([{ logLoss: 0.2, outOfFold: true }, { logLoss: 0.4, outOfFold: false }, null])
  })
})
