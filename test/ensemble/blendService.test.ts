import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HandloomError } from '../../src-main/contract/errors.ts'
import type { PredictionRow } from '../../src-main/contract/rooms.ts'
import { randomStream } from '../../src-main/engine/random.ts'
import { scratchProject, type MadeSequence } from '../evaluate/standIns.ts'
import { madeRooms, madeRun, row } from './madeRooms.ts'

const classes = [5, 100, 142]
const trained = Array.from({ length: 60 }, (_, number): MadeSequence => ({ folder: `train/${number}`, poseId: classes[number % 3] as number, travel: [800, number % 3 === 2 ? 900 : 810] }))
const sequences: MadeSequence[] = [...trained, { folder: 'test/90', poseId: null, travel: [800, 900] }, { folder: 'test/91', poseId: null }]
const silent = [1 / 3, 1 / 3, 1 / 3]

let project: ReturnType<typeof scratchProject>
let data: string
beforeEach(() => {
  project = scratchProject()
  data = join(project.folder, 'data')
  mkdirSync(data)
})
afterEach(() => project.close())

type Evaluate = ReturnType<typeof madeRooms>['evaluate']

/** A run whose logits are noise and `edge` for the answer (as sure as they should be at `over` = `edge`), times `over`; it says nothing of `without`. */
function storeRun(evaluate: Evaluate, runId: number, { edge, over = 1, poseIds = classes, foldOf = (number) => Math.floor(number / 3) % 3, without = [] }: { edge: number; over?: number; poseIds?: number[]; foldOf?: (number: number) => number; without?: number[] }): void {
  const predicted = trained.map(({ folder, poseId }, number): { fold: number; row: PredictionRow } => {
    const random = randomStream(runId, number)
    const powers = poseIds.map((id) => Math.exp(over * (random.normal() + (id === poseId ? edge : 0))))
    const sum = powers.reduce((whole, power) => whole + power, 0)
    return { fold: foldOf(number), row: row(folder, ...(without.includes(number) ? poseIds.map(() => 1 / poseIds.length) : powers.map((power) => power / sum))) }
  })
  for (const [fold, rows] of Map.groupBy(predicted, (entry) => entry.fold)) evaluate.store({ runId, fold, part: 'validation', poseIds, rows: rows.map((entry) => entry.row) })
}

const storeTest = (evaluate: Evaluate, runId: number, first: number[], second: number[]): void => evaluate.store({ runId, fold: 0, part: 'test', poseIds: classes, rows: [row('test/90', ...first), row('test/91', ...second)] })

const open = (ids: number[]) => madeRooms(project, data, { sequences, runs: ids.map((id) => madeRun(id)) })

describe('blend', () => {
  it('says what each run has of it and what it brings, with an interval', async () => {
    const { evaluate, ensemble } = open([1, 2])
    storeRun(evaluate, 1, { edge: 1.2, over: 4 })
    storeRun(evaluate, 2, { edge: 1.2 })
    const blend = await ensemble.blend({ runIds: [1, 2, 1] })
    const [sure, fair] = blend.members
    expect(blend).toMatchObject({
      members: [{ runId: 1, name: 'run 1', model: 'regnety_nano' }, { runId: 2 }], sequences: 60, perClass: [], caveats: [], unknown: 0, best: { runId: 2, logLoss: fair?.logLoss, accuracy: fair?.accuracy },
    })
    // Four times too sure is taken back; together they are better than each alone.
    expect([(sure?.temperature ?? 0) > 2, (sure?.temperature ?? 0) > 2 * (fair?.temperature ?? 0), (sure?.logLossCalibrated ?? 0) < (sure?.logLoss ?? 0), blend.logLoss < blend.best.logLoss, (sure?.weight ?? 0) + (fair?.weight ?? 0)]).toEqual([true, true, true, true, expect.closeTo(1, 10)])
    expect([blend.overBest.gain, blend.overEqual.gain]).toEqual([expect.closeTo(blend.best.logLoss - blend.logLoss, 10), expect.closeTo(blend.equal.logLoss - blend.logLoss, 10)])
    for (const { gain, low, high } of [blend.overBest, blend.overEqual]) expect(low < gain && gain < high).toBe(true)
    const turned = await ensemble.blend({ runIds: [2, 1] })
    expect([turned.logLoss, turned.members.map(({ weight }) => weight)]).toEqual([expect.closeTo(blend.logLoss, 8), [fair, sure].map((member) => expect.closeTo(member?.weight ?? 0, 8))])
  })

  it('asks the others where a run says nothing, and does not fit it on these', async () => {
    const { evaluate, ensemble } = open([1, 2, 3])
    storeRun(evaluate, 1, { edge: 3 })
    storeRun(evaluate, 2, { edge: 3 })
    storeRun(evaluate, 3, { edge: 3, without: [0, 7, 8, 9, 10, 30] })
    const all = await ensemble.blend({ runIds: [1, 2] })
    const some = await ensemble.blend({ runIds: [1, 3] })
    expect([all.unknown, all.caveats, some.unknown, some.caveats]).toEqual([0, [], 6, ['unknown-sequences']])
    // Those six rows count ln 3 for the run alone, whatever its temperature, but not in the blend.
    expect(some.members[1]?.logLossCalibrated).toBeGreaterThan((6 / 60) * Math.log(3))
    expect(some.logLoss).toBeLessThan(some.equal.logLoss)
  })

  it('matches different classes by pose id, and knows few sequences, other folds and a single run', async () => {
    const { evaluate, ensemble } = open([1, 2, 3, 4])
    storeRun(evaluate, 1, { edge: 2 })
    storeRun(evaluate, 2, { edge: 2, poseIds: [142, 5] })
    storeRun(evaluate, 3, { edge: 2, foldOf: (number) => number % 2 })
    evaluate.store({ runId: 4, fold: 0, part: 'validation', poseIds: classes, rows: [row('train/0', 0.5, 0.25, 0.25), row('train/1', 0.25, 0.5, 0.25)] })
    const short = await ensemble.blend({ runIds: [1, 2] })
    // A third of its answers is a class that run 2 does not know: 36 each, and the blend leaves these to run 1.
    expect([(short.members[1]?.logLoss ?? 0) > 12, short.logLoss < 1.5]).toEqual([true, true])
    expect((await ensemble.blend({ runIds: [1, 3] })).caveats).toEqual(['different-folds'])
    expect((await ensemble.blend({ runIds: [1] })).caveats).toEqual(['one-run'])
    expect(await ensemble.blend({ runIds: [1, 4] })).toMatchObject({ sequences: 2, caveats: ['few-sequences'] })
  })

  it('refuses runs that have nothing in common, and names them', async () => {
    const { evaluate, ensemble } = open([1, 2, 3, 4])
    storeRun(evaluate, 1, { edge: 2 })
    evaluate.store({ runId: 2, fold: 0, part: 'validation', poseIds: [8, 9], rows: [row('train/0', 0.5, 0.5)] })
    evaluate.store({ runId: 3, fold: 0, part: 'validation', poseIds: classes, rows: [row('train/77', ...silent)] })
    const refusal = async (...runIds: number[]): Promise<[string, string]> => ensemble.blend({ runIds }).then(() => ['made', ''], (error: HandloomError) => [error.kind, error.message])
    expect([await refusal(1, 2), await refusal(1, 3), await refusal(1, 4), await refusal(), await refusal(1, 9)]).toEqual([
      ['bad-request', expect.stringContaining('Runs 1 and 2 have no class in common')],
      ['bad-request', expect.stringContaining('runs 1, 3')],
      ['bad-request', expect.stringContaining('Run 4 has no out-of-fold predictions')],
      ['bad-request', expect.stringContaining('No run was named')],
      ['not-found', 'There is no run 9.'],
    ])
  })
})

describe('a fitted submission', () => {
  const cells = (path: string): number[][] => readFileSync(path, 'utf8').trim().split('\n').slice(1).map((line) => line.split(',').slice(1).map(Number))

  it('puts the test rows together by temperatures and weights, leaves silent rows to the others, and says so in its lineage', async () => {
    const { evaluate, ensemble } = open([1, 2])
    storeRun(evaluate, 1, { edge: 1.2, over: 4 })
    storeRun(evaluate, 2, { edge: 1.2 })
    storeTest(evaluate, 1, [0.8, 0.125, 0.075], [0.8, 0.125, 0.075])
    storeTest(evaluate, 2, [0.25, 0.5, 0.25], silent)
    const blend = await ensemble.blend({ runIds: [1, 2] })
    const submission = await ensemble.submit({ runIds: [1, 2], blend: 'fitted' })
    const softened = (row: number[], temperature: number): number[] => {
      const powers = row.map((value) => value ** (1 / temperature))
      const sum = powers.reduce((whole, power) => whole + power, 0)
      return powers.map((power) => power / sum)
    }
    const [first, second] = blend.members as [(typeof blend.members)[0], (typeof blend.members)[0]]
    const [a, b] = [softened([0.8, 0.125, 0.075], first.temperature), softened([0.25, 0.5, 0.25], second.temperature)]
    expect(cells(submission.path)).toEqual([a.map((value, index) => expect.closeTo(first.weight * value + second.weight * (b[index] as number), 6)), a.map((value) => expect.closeTo(value, 6))])
    expect(submission).toMatchObject({ blend: 'fitted', estimatedLogLoss: expect.closeTo(blend.logLoss, 10), problems: [], missing: [] })
    expect(JSON.parse(readFileSync(submission.lineagePath, 'utf8'))).toMatchObject({
      averaging: expect.stringContaining('`blend`'),
      blend: { members: [{ runId: 1, temperature: first.temperature, weight: first.weight }, { runId: 2, temperature: second.temperature, weight: second.weight }], logLoss: blend.logLoss, overBest: blend.overBest },
    })
    expect(open([1, 2]).ensemble.submissions().map((stored) => stored.blend)).toEqual(['fitted'])
  })

  it('applies each run\'s rules to its calibrated rows, in the file and in the estimate', async () => {
    const { evaluate, ensemble, rules } = open([1, 2])
    storeRun(evaluate, 1, { edge: 1.2, over: 4 })
    storeRun(evaluate, 2, { edge: 1.2 })
    for (const runId of [1, 2]) storeTest(evaluate, runId, [0.2, 0.4, 0.4], [0.2, 0.4, 0.4])
    rules.fit({ runId: 1, method: 'log-loss', clamp: 0.125 })
    const [plain, ruled] = [await ensemble.submit({ runIds: [1, 2], blend: 'fitted', rules: false }), await ensemble.submit({ runIds: [1, 2], blend: 'fitted' })]
    const { members: [first] } = await ensemble.blend({ runIds: [1, 2] })
    const [[before], [after]] = [cells(plain.path), cells(ruled.path)] as [number[][], number[][]]
    // test/90 moves: in run 1 the still class keeps an eighth of the pair's mass, so that the blend moves by run 1's weight of the rest.
    const powers = [0.2, 0.4, 0.4].map((value) => value ** (1 / (first?.temperature ?? 1)))
    const still = (powers[1] as number) / powers.reduce((sum, power) => sum + power, 0)
    expect((before?.[1] ?? 0) - (after?.[1] ?? 0)).toBeCloseTo((first?.weight ?? 0) * still * 0.75, 6)
    expect([(ruled.estimatedLogLoss ?? 1) < (plain.estimatedLogLoss ?? 0), JSON.parse(readFileSync(ruled.lineagePath, 'utf8'))]).toEqual([true, expect.objectContaining({ runs: [expect.objectContaining({ changedByRules: ['test/90'] }), expect.objectContaining({ changedByRules: [] })] })])
  })

  it('of one run is that run with its temperature; an equal one says so, and so does one of an older Handloom', async () => {
    const { evaluate, ensemble } = open([1])
    storeRun(evaluate, 1, { edge: 1.2, over: 4 })
    storeTest(evaluate, 1, [0.8, 0.1, 0.1], silent)
    const fitted = await ensemble.submit({ runIds: [1], blend: 'fitted' })
    const equal = await ensemble.submit({ runIds: [1] })
    const [softer, harder] = [cells(fitted.path), cells(equal.path)].map((rows) => rows[0]?.[0] ?? 0) as [number, number]
    expect([softer < harder - 0.1, cells(fitted.path)[1], (fitted.estimatedLogLoss ?? 0) < (equal.estimatedLogLoss ?? 0), JSON.parse(readFileSync(equal.lineagePath, 'utf8'))]).toEqual([
      true, silent.map((value) => expect.closeTo(value, 6)), true, expect.objectContaining({ blend: null }),
    ])
    project.db.prepare("UPDATE submission SET record = json_remove(record, '$.submission.blend') WHERE id = ?").run(equal.id)
    expect(ensemble.submissions().map(({ id, blend }) => [id, blend])).toEqual([[equal.id, 'equal'], [fitted.id, 'fitted']])
  })
})
