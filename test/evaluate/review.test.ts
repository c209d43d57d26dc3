import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SequenceSummary } from '../../src-main/contract/dataset.ts'
import { groupQuery, type GroupQueryInput } from '../../src-main/contract/evaluate.ts'
import type { RulesRoom } from '../../src-main/contract/rooms.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

// Classes 0 and 10: number 1 with either hand (mirror images); 42: the finger wag, 0's moving twin; 110: another number 1.
const poseIds = [0, 10, 42, 110]
const made = () =>
  madeDataset({
    names: { 0: '숫자 1', 10: '숫자 1', 42: '부정(검지 흔들기)', 110: '숫자1', 7: '주먹' },
    sequences: [
      { folder: 'train/2', poseId: 0, actor: 'a2', hand: 'left' },
      { folder: 'train/10', poseId: 10, actor: 'a10', view: '3rd' },
      { folder: 'train/30', poseId: 42, hand: 'left', gesture: 'your_hand' },
      { folder: 'train/31', poseId: 110, actor: 'a2' },
      { folder: 'train/40', poseId: 110 },
      { folder: 'test/7', poseId: null },
    ],
  })

let project: ReturnType<typeof scratchProject>
let dataset: ReturnType<typeof made>
let evaluate: ReturnType<typeof createEvaluate>
const row = (folder: string, frame: number, ...probabilities: number[]) => ({ folder, frame, probabilities: Float32Array.from(probabilities) })
const ln = (probability: number): number => -Math.log(probability)
const zero = ln(2 ** -52)

beforeEach(() => {
  project = scratchProject()
  dataset = made()
  evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([1, 0, 2, -1]), emit: project.emit })
  evaluate.store({
    runId: 1, fold: 0, part: 'validation', poseIds,
    rows: [row('train/2', 0, 0.5, 0.25, 0.25, 0), row('train/2', 1, 0, 0.75, 0.25, 0), row('train/30', 4, 0.75, 0, 0.25, 0)],
  })
  // Means: train/2 (0.25, 0.5, 0.25, 0), train/10 (… 0.125 …), train/30 (0.75, 0, 0.25, 0), train/31 (… 0.75).
  evaluate.store({ runId: 1, fold: 1, part: 'validation', poseIds, rows: [row('train/10', 0, 0, 0.125, 0, 0.875), row('train/31', 0, 0.25, 0, 0, 0.75)] })
})
afterEach(() => project.close())

const page = (query: Omit<GroupQueryInput, 'runId'> = {}) => evaluate.groups(groupQuery.parse({ runId: 1, ...query }))
const groups = (query: Omit<GroupQueryInput, 'runId'>) => page(query).rows.map(({ group, frame }) => (frame === null ? group : `${group}/${frame}`))

/** Something is written, as with every change of labels and rules. */
const written = (): void => void project.db.prepare("INSERT INTO project (key, value) VALUES ('changed', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1").run()

/** Rules that put train/30's mass on its moving class, as the rules room would. */
const movingRule = (key = 'one'): Pick<RulesRoom, 'refine' | 'rulesKey'> => ({
  rulesKey: () => key,
  refine: (_runId, rows) => rows.filter(({ folder, probabilities }) => {
    if (folder !== 'train/30') return false
    probabilities.set([0.125, 0, 0.875, 0])
    return true
  }).map(({ folder }) => folder),
})

describe('rows', () => {
  it('lists the worst first and says what is alike', () => {
    const { rows, ...totals } = page()
    expect(rows.map(({ group, poseId, predictedPoseId, lookAlike }) => [group, poseId, predictedPoseId, lookAlike])).toEqual([
      ['train/10', 10, 110, 'same-name'],
      ['train/2', 0, 10, 'left-right'],
      ['train/30', 42, 0, 'still-moving'],
      ['train/31', 110, 110, null],
    ])
    const total = 2 * ln(0.25) + ln(0.125) + ln(0.75)
    expect(rows[1]).toEqual({
      group: 'train/2', frame: null, answerName: '숫자 1', poseId: 0, logLoss: ln(0.25), predictedPoseId: 10, predictedName: '숫자 1', confidence: 0.5, answerProbability: 0.25, frames: 2, fold: 0,
      actor: 'a2', hand: 'left', view: '1st', share: expect.closeTo(ln(0.25) / total, 12), lookAlike: 'left-right', afterRules: null,
      // Thresholds 0.25, 0.125, 0.25 and 0.75: it reaches the first three, most of all that of class 10.
      labelQuality: (0.25 - 0.5 + 1) / 2, labelIssue: true, suggestedPoseId: 10, suggestedName: '숫자 1', cause: null, note: '', unknown: false, against: null,
    })
    expect(totals).toEqual({ total: 4, logLoss: expect.closeTo(total / 4, 12), share: expect.closeTo(1, 12), mostShare: expect.closeTo(ln(0.125) / total, 12) })
  })

  it('lists frames too, with what is known of their sequence', () => {
    const { rows, ...totals } = page({ level: 'frame' })
    const total = ln(0.5) + zero + ln(0.25) + ln(0.125) + ln(0.75)
    expect(rows.map(({ group, frame, logLoss, predictedPoseId, fold, frames, suggestedPoseId }) => [group, frame, logLoss, predictedPoseId, fold, frames, suggestedPoseId])).toEqual([
      ['train/2', 1, zero, 10, 0, 1, 10],
      ['train/10', 0, ln(0.125), 110, 1, 1, 110],
      ['train/30', 4, ln(0.25), 0, 0, 1, 0],
      ['train/2', 0, ln(0.5), 0, 0, 1, 10],
      ['train/31', 0, ln(0.75), 110, 1, 1, null],
    ])
    expect(totals).toEqual({ total: 5, logLoss: expect.closeTo(total / 5, 12), share: expect.closeTo(1, 12), mostShare: expect.closeTo(zero / total, 12) })
  })

  it('gives pages, and figures of all that a query leaves', () => {
    const total = 2 * ln(0.25) + ln(0.125) + ln(0.75)
    const { rows, ...figures } = page({ fold: 0, offset: 1, limit: 1 })
    expect([rows.map(({ group }) => group), figures]).toEqual([['train/30'], { total: 2, logLoss: ln(0.25), share: expect.closeTo((2 * ln(0.25)) / total, 12), mostShare: expect.closeTo(ln(0.25) / total, 12) }])
    expect(page({ offset: 9 })).toMatchObject({ total: 4, rows: [] })
    expect(page({ search: '없는 말' })).toEqual({ total: 0, rows: [], logLoss: null, share: 0, mostShare: 0 })
  })
})

describe('filters', () => {
  it('leave what is asked for', () => {
    evaluate.setTriage({ folders: ['train/2'], cause: 'crop', note: '가장자리 Cut' })
    expect({
      wrong: groups({ wrongOnly: true }),
      fold: groups({ fold: 1 }),
      answer: groups({ poseId: 42 }),
      predicted: groups({ predictedPoseId: 110 }),
      actor: groups({ actor: 'a2' }),
      noActor: groups({ actor: '' }),
      hand: groups({ hand: 'left' }),
      view: groups({ view: '3rd' }),
      cause: groups({ cause: 'crop' }),
      otherCause: groups({ cause: 'hard' }),
      anyCause: groups({ cause: 'any' }),
      noCause: groups({ cause: 'none' }),
      mirrored: groups({ lookAlike: 'left-right' }),
      twins: groups({ lookAlike: 'still-moving' }),
      namesakes: groups({ lookAlike: 'same-name' }),
      anyTwin: groups({ lookAlike: 'any' }),
      issues: groups({ issuesOnly: true }),
      lasso: groups({ groups: ['train/31', 'train/30', 'train/999'] }),
      none: groups({ groups: [] }),
      changed: groups({ changedByRules: true }),
      both: groups({ fold: 0, hand: 'left', predictedPoseId: 0 }),
      words: groups({ search: 'A2 숫자' }),
      wordsOfPrediction: groups({ search: 'left 숫자' }),
      note: groups({ search: 'cut' }),
      folder: groups({ search: 'train/3' }),
      decomposed: groups({ search: '부정'.normalize('NFD') }),
    }).toEqual({
      wrong: ['train/10', 'train/2', 'train/30'],
      fold: ['train/10', 'train/31'],
      answer: ['train/30'],
      predicted: ['train/10', 'train/31'],
      actor: ['train/2', 'train/31'],
      noActor: ['train/30'],
      hand: ['train/2', 'train/30'],
      view: ['train/10'],
      cause: ['train/2'],
      otherCause: [],
      anyCause: ['train/2'],
      noCause: ['train/10', 'train/30', 'train/31'],
      mirrored: ['train/2'],
      twins: ['train/30'],
      namesakes: ['train/10'],
      anyTwin: ['train/10', 'train/2', 'train/30'],
      issues: ['train/10', 'train/2', 'train/30'],
      lasso: ['train/30', 'train/31'],
      none: [],
      changed: [],
      both: ['train/30'],
      words: ['train/2', 'train/31'],
      wordsOfPrediction: ['train/2', 'train/30'],
      note: ['train/2'],
      folder: ['train/30', 'train/31'],
      decomposed: ['train/30'],
    })
  })

  it('look at frames by themselves, and at what is known of their sequence', () => {
    evaluate.setTriage({ folders: ['train/2'], cause: 'hard' })
    const frames = (query: object) => groups({ level: 'frame', sort: 'group', descending: false, ...query })
    expect({ wrong: frames({ wrongOnly: true }), predicted: frames({ predictedPoseId: 0 }), alike: frames({ lookAlike: 'left-right' }), cause: frames({ cause: 'hard' }), word: frames({ search: 'a2' }), issues: frames({ issuesOnly: true, fold: 0 }) }).toEqual({
      wrong: ['train/2/1', 'train/10/0', 'train/30/4'],
      predicted: ['train/2/0', 'train/30/4'],
      alike: ['train/2/1'],
      cause: ['train/2/0', 'train/2/1'],
      word: ['train/2/0', 'train/2/1', 'train/31/0'],
      issues: ['train/2/0', 'train/2/1', 'train/30/4'],
    })
  })

  it('of a bin of confidence, its upper edge with it, as the reliability diagram counts them', () => {
    const { bins } = evaluate.calibration({ runId: 1, level: 'frame', bins: 7 })
    const listed = bins.map(({ from, to }) => groups({ level: 'frame', confidenceFrom: from, confidenceTo: to }).length)
    expect({ listed, all: listed.reduce((sum, count) => sum + count, 0) }).toEqual({ listed: bins.map(({ count }) => count), all: 5 })
    const { confidence } = evaluate.groups(groupQuery.parse({ runId: 1, sort: 'confidence' })).rows[0] ?? { confidence: -1 }
    expect([groups({ confidenceTo: confidence }).length, groups({ confidenceFrom: confidence })]).toEqual([4, []])
  })

  it('sort by every column, equal ones in folder order, without a value last', () => {
    evaluate.setTriage({ folders: ['train/30'], cause: 'wrong-label' })
    evaluate.setTriage({ folders: ['train/2', 'train/31'], cause: 'hard' })
    const both = (sort: GroupQueryInput['sort']) => [groups({ sort, descending: false }), groups({ sort })]
    expect({ logLoss: both('logLoss'), group: both('group'), answer: both('answer'), predicted: both('predicted'), confidence: both('confidence'), fold: both('fold'), quality: both('labelQuality'), actor: both('actor'), cause: both('cause') }).toEqual({
      logLoss: [['train/31', 'train/2', 'train/30', 'train/10'], ['train/10', 'train/2', 'train/30', 'train/31']],
      group: [['train/2', 'train/10', 'train/30', 'train/31'], ['train/31', 'train/30', 'train/10', 'train/2']],
      answer: [['train/2', 'train/10', 'train/30', 'train/31'], ['train/31', 'train/30', 'train/10', 'train/2']],
      predicted: [['train/30', 'train/2', 'train/10', 'train/31'], ['train/10', 'train/31', 'train/2', 'train/30']],
      confidence: [['train/2', 'train/30', 'train/31', 'train/10'], ['train/10', 'train/30', 'train/31', 'train/2']],
      fold: [['train/2', 'train/30', 'train/10', 'train/31'], ['train/10', 'train/31', 'train/2', 'train/30']],
      // (p(label) − largest other + 1) / 2: 0.375, 0.125, 0.25, 0.75.
      quality: [['train/10', 'train/30', 'train/2', 'train/31'], ['train/31', 'train/2', 'train/30', 'train/10']],
      actor: [['train/2', 'train/31', 'train/10', 'train/30'], ['train/10', 'train/2', 'train/31', 'train/30']],
      cause: [['train/30', 'train/2', 'train/31', 'train/10'], ['train/2', 'train/31', 'train/30', 'train/10']],
    })
    expect(groups({ level: 'frame', sort: 'group' })).toEqual(['train/31/0', 'train/30/4', 'train/10/0', 'train/2/0', 'train/2/1'])
  })
})

describe('after the rules', () => {
  it('shows what the rules change beside what was predicted, and looks at either', () => {
    evaluate.setRules(movingRule())
    const after = { logLoss: ln(0.875), predictedPoseId: 42, predictedName: '부정(검지 흔들기)', answerProbability: 0.875 }
    const before = page({ changedByRules: true })
    expect(before.rows).toMatchObject([{ group: 'train/30', logLoss: ln(0.25), predictedPoseId: 0, lookAlike: 'still-moving', afterRules: after }])
    expect(page({ fold: 1 }).rows.map(({ afterRules }) => afterRules)).toEqual([null, null])
    const total = ln(0.25) + ln(0.125) + ln(0.75) + ln(0.875)
    const view = page({ afterRules: true })
    expect([view.rows.map(({ group }) => group), view.logLoss, view.mostShare]).toEqual([['train/10', 'train/2', 'train/31', 'train/30'], expect.closeTo(total / 4, 12), expect.closeTo(ln(0.125) / total, 12)])
    expect(view.rows[3]).toMatchObject({ logLoss: ln(0.25), predictedPoseId: 0, confidence: 0.75, share: expect.closeTo(ln(0.875) / total, 12), lookAlike: null, afterRules: after })
    expect([groups({ afterRules: true, wrongOnly: true }), groups({ afterRules: true, predictedPoseId: 42 }), groups({ afterRules: true, lookAlike: 'still-moving' }), groups({ level: 'frame', changedByRules: true })]).toEqual([
      ['train/10', 'train/2'], ['train/30'], [], ['train/30/4'],
    ])
    expect(page({ level: 'frame', afterRules: true })).toEqual(page({ level: 'frame' }))
    expect(evaluate.summary({ runId: 1 }).afterRules).toEqual({ logLoss: expect.closeTo(total / 4, 12), accuracy: 0.5, count: 4 })
    expect(evaluate.confusion({ runId: 1, level: 'sequence', afterRules: true }).cells).toContainEqual({ answer: 42, predicted: 42, count: 1, logLoss: ln(0.875), lookAlike: null })
    expect(evaluate.breakdown({ runId: 1, by: 'fold', level: 'sequence', afterRules: true }).find(({ key }) => key === '0')).toMatchObject({ logLoss: expect.closeTo((ln(0.25) + ln(0.875)) / 2, 12), accuracy: 0.5 })
  })

  it('follows the rules: other ones, none, and rules that change nothing', () => {
    let rules = movingRule()
    evaluate.setRules({ rulesKey: (runId) => rules.rulesKey(runId), refine: (...given) => rules.refine(...given) })
    const loss = () => evaluate.summary({ runId: 1 }).afterRules?.logLoss ?? null
    const first = loss()
    const idle = { rulesKey: () => 'two', refine: () => [] }
    rules = idle
    written()
    const second = loss()
    rules = { ...idle, rulesKey: () => '' }
    written()
    expect([first, second, loss(), evaluate.summary({ runId: 1 }).sequence.logLoss]).toEqual([expect.closeTo((ln(0.25) + ln(0.125) + ln(0.75) + ln(0.875)) / 4, 12), second, null, second])
  })
})

describe('breakdown', () => {
  it('scores by what is known of the sequences, highest share first', () => {
    evaluate.setTriage({ folders: ['train/10', 'train/31'], cause: 'crop' })
    const total = 2 * ln(0.25) + ln(0.125) + ln(0.75)
    const by = (property: Parameters<typeof evaluate.breakdown>[0]['by'], level: 'sequence' | 'frame' = 'sequence') =>
      evaluate.breakdown({ runId: 1, by: property, level, afterRules: false }).map(({ key, count, logLoss, accuracy, worst }) => [key, count, logLoss, accuracy, worst])
    const mean = (...losses: number[]) => expect.closeTo(losses.reduce((a, b) => a + b) / losses.length, 12) as number
    expect(evaluate.breakdown({ runId: 1, by: 'class', level: 'sequence', afterRules: false })[1]).toEqual({ key: '0', poseId: 0, name: '숫자 1', count: 1, logLoss: ln(0.25), accuracy: 0, share: expect.closeTo(ln(0.25) / total, 12), worst: 'train/2' })
    expect({ classes: by('class').map(([key]) => key), hand: by('hand'), actor: by('actor'), view: by('view'), gesture: by('gesture'), fold: by('fold'), cause: by('cause'), frames: by('actor', 'frame') }).toEqual({
      classes: ['10', '0', '42', '110'],
      hand: [['left', 2, ln(0.25), 0, 'train/2'], ['right', 2, mean(ln(0.125), ln(0.75)), 0.5, 'train/10']],
      actor: [['a10', 1, ln(0.125), 0, 'train/10'], ['a2', 2, mean(ln(0.25), ln(0.75)), 0.5, 'train/2'], ['', 1, ln(0.25), 0, 'train/30']],
      view: [['1st', 3, mean(ln(0.25), ln(0.25), ln(0.75)), expect.closeTo(1 / 3, 12), 'train/2'], ['3rd', 1, ln(0.125), 0, 'train/10']],
      gesture: [['my_hand', 3, mean(ln(0.25), ln(0.125), ln(0.75)), expect.closeTo(1 / 3, 12), 'train/10'], ['your_hand', 1, ln(0.25), 0, 'train/30']],
      fold: [['0', 2, ln(0.25), 0, 'train/2'], ['1', 2, mean(ln(0.125), ln(0.75)), 0.5, 'train/10']],
      cause: [['', 2, ln(0.25), 0, 'train/2'], ['crop', 2, mean(ln(0.125), ln(0.75)), 0.5, 'train/10']],
      frames: [['a2', 3, mean(ln(0.5), zero, ln(0.75)), expect.closeTo(2 / 3, 12), 'train/2'], ['a10', 1, ln(0.125), 0, 'train/10'], ['', 1, ln(0.25), 0, 'train/30']],
    })
  })
})

describe('one group', () => {
  it('opens frame by frame, with sequences of the class it is taken for', () => {
    const { frameRows, top, examples, ...whole } = evaluate.group({ runId: 1, group: 'train/10' })
    expect(whole).toEqual(page().rows[0])
    expect(top.map(({ poseId, probability }) => [poseId, probability])).toEqual([[110, 0.875], [10, 0.125], [0, 0], [42, 0]])
    // train/40 is of the class too, but its fold is not trained.
    expect(examples).toEqual({ poseId: 110, name: '숫자1', folders: ['train/31', 'train/40'] })
    expect(evaluate.group({ runId: 1, group: 'train/31' }).examples.folders).toEqual(['train/40'])
    expect(evaluate.group({ runId: 1, group: 'train/2' }).frameRows).toEqual([
      { frame: 0, logLoss: ln(0.5), answerProbability: 0.5, top: [{ poseId: 0, name: '숫자 1', probability: 0.5 }, { poseId: 10, name: '숫자 1', probability: 0.25 }, { poseId: 42, name: '부정(검지 흔들기)', probability: 0.25 }, { poseId: 110, name: '숫자1', probability: 0 }] },
      { frame: 1, logLoss: zero, answerProbability: 0, top: [{ poseId: 10, name: '숫자 1', probability: 0.75 }, { poseId: 42, name: '부정(검지 흔들기)', probability: 0.25 }, { poseId: 0, name: '숫자 1', probability: 0 }, { poseId: 110, name: '숫자1', probability: 0 }] },
    ])
    expect(frameRows).toHaveLength(1)
    expect(() => evaluate.group({ runId: 1, group: 'train/40' })).toThrow(/Run 1 has no out-of-fold predictions for train\/40/)
  })
})

describe('confusion', () => {
  it('counts cells, names what is alike, and puts together classes that are taken for each other', () => {
    expect(evaluate.confusion({ runId: 1, level: 'sequence', afterRules: false })).toEqual({
      cells: [
        { answer: 0, predicted: 10, count: 1, logLoss: ln(0.25), lookAlike: 'left-right' },
        { answer: 10, predicted: 110, count: 1, logLoss: ln(0.125), lookAlike: 'same-name' },
        { answer: 42, predicted: 0, count: 1, logLoss: ln(0.25), lookAlike: 'still-moving' },
        { answer: 110, predicted: 110, count: 1, logLoss: ln(0.75), lookAlike: null },
      ],
      classes: [
        { poseId: 0, name: '숫자 1', hand: 'right', count: 1 },
        { poseId: 10, name: '숫자 1', hand: 'right', count: 1 },
        { poseId: 42, name: '부정(검지 흔들기)', hand: 'right', count: 1 },
        { poseId: 110, name: '숫자1', hand: 'right', count: 1 },
      ],
      // What they give each other: 0–42 (0.25 + 0.75) / 2, 10–110 0.875 / 2, 0–10 0.25, 0–110 0.125. 10 and 42, the ends that touch, give each other nothing either way round, 0 and 10 most.
      order: [42, 0, 10, 110],
      clusters: [[42, 0], [10, 110]],
    })
    expect(evaluate.confusion({ runId: 1, level: 'frame', afterRules: false }).cells.map(({ answer, predicted, count }) => [answer, predicted, count])).toEqual([[0, 0, 1], [0, 10, 1], [10, 110, 1], [42, 0, 1], [110, 110, 1]])
  })
})

describe('odd input', () => {
  const withAnswers = (answers: Record<string, number | null>) => {
    const { summaries } = dataset
    dataset.summaries = (role) => summaries(role).map((summary): SequenceSummary => ({ ...summary, poseId: Object.hasOwn(answers, summary.folder) ? (answers[summary.folder] as number | null) : summary.poseId }))
    written()
  }

  it('scores a class that the run does not know as probability 0', () => {
    withAnswers({ 'train/31': 7 })
    const [worst] = page().rows
    expect(worst).toMatchObject({ group: 'train/31', poseId: 7, answerName: '주먹', logLoss: zero, answerProbability: 0, confidence: 0.75, labelQuality: 0.125, labelIssue: false })
    expect(evaluate.confusion({ runId: 1, level: 'sequence', afterRules: false })).toMatchObject({ classes: [{ poseId: 0 }, { poseId: 7, count: 1 }, { poseId: 10 }, { poseId: 42 }, { poseId: 110, count: 0 }] })
    // (0.25² + 0.75² + 1, as its own class got nothing) of four rows.
    const others = [0.75 ** 2 + 0.5 ** 2 + 0.25 ** 2, 0.875 ** 2 + 0.875 ** 2, 0.75 ** 2 + 0.75 ** 2]
    expect(evaluate.calibration({ runId: 1, level: 'sequence', bins: 10 }).brier).toBeCloseTo((0.25 ** 2 + 0.75 ** 2 + 1 + others.reduce((a, b) => a + b)) / 4, 12)
    expect(evaluate.breakdown({ runId: 1, by: 'class', level: 'frame', afterRules: false })[0]).toMatchObject({ key: '0', accuracy: 0.5 })
  })

  it('leaves out a sequence that has no answer any more, and comes back when it has one', () => {
    expect(page().total).toBe(4)
    withAnswers({ 'train/2': null })
    expect([page().total, page({ level: 'frame' }).total, evaluate.summary({ runId: 1 }).folds.map(({ sequence }) => sequence.count)]).toEqual([3, 3, [1, 2]])
    expect(() => evaluate.group({ runId: 1, group: 'train/2' })).toThrow(/no out-of-fold predictions for train\/2/)
    withAnswers({ 'train/2': 10 })
    expect(page().rows.at(-2)).toMatchObject({ group: 'train/2', poseId: 10, logLoss: ln(0.5) })
  })

  it('has nothing to show of a run without predictions', () => {
    const missing = /Run 9 has no out-of-fold predictions yet/
    expect(() => evaluate.groups(groupQuery.parse({ runId: 9 }))).toThrow(missing)
    expect(() => evaluate.group({ runId: 9, group: 'train/2' })).toThrow(missing)
    expect(() => evaluate.breakdown({ runId: 9, by: 'hand', level: 'sequence', afterRules: false })).toThrow(missing)
    expect(() => evaluate.confusion({ runId: 9, level: 'sequence', afterRules: false })).toThrow(missing)
    expect(() => evaluate.calibration({ runId: 9, level: 'frame', bins: 10 })).toThrow(missing)
    expect(() => evaluate.exportTriage({ runId: 9, format: 'csv' })).toThrow(missing)
    evaluate.store({ runId: 9, fold: 0, part: 'test', poseIds, rows: [row('test/7', 0, 1, 0, 0, 0)] })
    expect(() => evaluate.summary({ runId: 9 })).toThrow(missing)
  })
})

describe('triage', () => {
  it('is told in rows and counted, and exported with what the run says', () => {
    evaluate.setTriage({ folders: ['train/30', 'train/40'], cause: 'ambiguous', note: '같은 손' })
    expect(page({ cause: 'any' }).rows).toMatchObject([{ group: 'train/30', cause: 'ambiguous', note: '같은 손' }])
    // train/40 has a cause but no prediction in this run.
    expect(evaluate.summary({ runId: 1 })).toMatchObject({ triaged: 1, labelIssues: 3 })
    const { name, text } = evaluate.exportTriage({ runId: 1, format: 'json' })
    expect([name, JSON.parse(text)]).toEqual(['triage-run-1.json', [
      expect.objectContaining({ folder: 'train/30', cause: 'ambiguous', note: '같은 손', pose_id: 42, predicted_pose_id: 0, log_loss: ln(0.25), fold: 0 }),
      expect.objectContaining({ folder: 'train/40', pose_id: null, log_loss: null }),
    ]])
  })
})

describe('confident learning', () => {
  it('does not doubt labels for a class whose single sequence is itself hardly believed', () => {
    const few = madeDataset({ sequences: [0, 0, 0, 10].map((poseId, number) => ({ folder: `train/${number}`, poseId })) })
    const room = createEvaluate({ db: project.db, dataset: few, crop: madeCrop([]), emit: project.emit })
    // The threshold of class 10 is 0.0625, its only sequence's own probability; train/2 reaches it and, by its 0.25, not that of class 0.
    room.store({
      runId: 4, fold: 0, part: 'validation', poseIds: [0, 10, 42],
      rows: [row('train/0', 0, 1, 0, 0), row('train/1', 0, 1, 0, 0), row('train/2', 0, 0.25, 0.125, 0.625), row('train/3', 0, 0.9375, 0.0625, 0)],
    })
    const { rows } = room.groups(groupQuery.parse({ runId: 4, sort: 'group', descending: false }))
    expect(rows.map(({ group, labelIssue, suggestedPoseId }) => [group, labelIssue, suggestedPoseId])).toEqual([['train/0', false, null], ['train/1', false, null], ['train/2', false, null], ['train/3', true, 0]])
  })
})
