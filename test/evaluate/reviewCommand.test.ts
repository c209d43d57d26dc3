import { afterEach, beforeEach, expect, it } from 'vitest'
import { review, evaluate as evaluateCommand } from '../../src-main/core/commands/evaluate.ts'
import { UsageError, type Command, type CommandContext } from '../../src-main/core/command.ts'
import { createEvaluate } from '../../src-main/evaluate/service.ts'
import { madeCrop, madeDataset, scratchProject } from './standIns.ts'

let project: ReturnType<typeof scratchProject>
let evaluate: ReturnType<typeof createEvaluate>

beforeEach(() => {
  project = scratchProject()
  const dataset = madeDataset({ names: { 0: '숫자 1', 10: '숫자 2' }, sequences: [0, 10, 10, 10].map((poseId, number) => ({ folder: `train/${number}`, poseId })) })
  evaluate = createEvaluate({ db: project.db, dataset, crop: madeCrop([]), emit: project.emit })
  const store = (runId: number, ...rows: [number, number][]) =>
    evaluate.store({ runId, fold: 0, part: 'validation', poseIds: [0, 10], rows: rows.map((row, number) => ({ folder: `train/${number}`, frame: 0, probabilities: Float32Array.from(row) })) })
  store(1, [0.75, 0.25], [0.25, 0.75], [1, 0], [0.5, 0.5])
  store(2, [0.25, 0.75], [0.75, 0.25], [0, 1])
})
afterEach(() => project.close())

async function run(command: Command, values: CommandContext['values']) {
  const train = { run: ({ id }: { id: number }) => ({ id }), runs: () => [] }
  const context: Partial<CommandContext> = { positionals: ['data'], values, words: (_korean, english) => english, project: async () => ({ evaluate, train }) as unknown as Awaited<ReturnType<CommandContext['project']>> }
  const result = await command.run(context as CommandContext)
  if (!result) throw new Error(`${command.name} gave nothing back`)
  return result
}

it('prints what the other run says, and only those that disagree, most first', async () => {
  const result = await run(review, { run: '1', against: '2', disagree: true })
  const lines = result.text.split('\n')
  expect([lines.map((line) => line.slice(0, 7)), lines[1]?.trim().split(/ {2,}/)]).toEqual([['group', 'train/2', 'train/0', 'train/1'].map((text) => expect.stringContaining(text) as string), ['train/2', '숫자 2', '10', '36.0437', '0 숫자 1', '1', '0', '0.0000', '10 숫자 2', '1.000']])
  expect((result.json as object[])[1]).toEqual({
    group: 'train/0', answer_name: '숫자 1', pose_id: 0, log_loss: -Math.log(0.75), predicted: 0, predicted_name: '숫자 1', confidence: 0.75, frames: 1, fold: 0, look_alike: null, unknown: false,
    against: { log_loss: -Math.log(0.25), predicted: 10, predicted_name: '숫자 2', confidence: 0.75, answer_probability: 0.25, disagreement: expect.closeTo(0.75 * Math.log2(3) - 1, 12), change: expect.closeTo(-Math.log(3), 12) },
  })
  const all = await run(review, { run: '1', against: '2', top: '2' })
  expect(all.json).toMatchObject([{ group: 'train/2', unknown: false }, { group: 'train/3', unknown: true, against: null }])
  expect(all.text.split('\n').at(-1)).toMatch(/train\/3.*–.*–.*–$/)
})

it('says as before without another run, and counts what the run can say nothing of', async () => {
  const [alone, scores] = [await run(review, { run: '1', top: '1' }), await run(evaluateCommand, { run: '1' })]
  expect([alone.json, alone.text.split('\n')[0]]).toEqual([[expect.objectContaining({ group: 'train/2', against: null })], expect.not.stringContaining('run ')])
  expect(scores.json).toMatchObject({ unknown: 1, sequence: { count: 4 } })
})

it('wants to know with which run', async () => {
  await expect(run(review, { run: '1', disagree: true })).rejects.toThrow(UsageError)
  await expect(run(review, { run: '1', against: 'two' })).rejects.toThrow(UsageError)
})
