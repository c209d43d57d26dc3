import { HandloomError } from '../../contract/errors.ts'
import { keypointModels, seesKeypoints } from '../../contract/keypoints.ts'
import type { ModelInfo } from '../../contract/train.ts'
import { modelInfo, requireModel } from '../../model/info.ts'
import { keypointModelInfo } from '../../train/keypoints/modelInfo.ts'
import { modelNames } from '../../model/zoo.ts'
import { argument, text, UsageError, type Command, type CommandContext, type CommandResult } from '../command.ts'
import { formatTable } from '../terminal.ts'

export const model: Command = {
  name: 'model',
  usage: 'model list   |   model info NAME   |   model run --arch NAME|JSON --weights FILE --input FILE.npy',
  summary: { ko: '모델 목록과 크기, 가중치 파일로 계산', en: 'The models and their sizes; logits from a file of weights' },
  options: { arch: { type: 'string' }, weights: { type: 'string' }, input: { type: 'string' } },
  async run(context) {
    const action = argument(context, 0, 'list, info or run')
    if (action === 'run') return runModel(context)
    if (action === 'list') {
      const models = [...modelNames(), ...keypointModels].map(infoOf)
      return {
        json: models,
        text: formatTable(models, [
          { title: context.words('모델', 'model'), value: (row) => row.name },
          { title: context.words('파라미터 (백만)', 'parameters (M)'), value: (row) => (row.parameters / 1e6).toFixed(3), right: true },
          { title: context.words('보는 것', 'sees'), value: (row) => (row.sees === 'keypoints' ? context.words('키포인트', 'keypoints') : context.words('그림', 'pictures')) },
          { title: 'GFLOPs', value: (row) => (row.flops / 1e9).toFixed(3), right: true },
          { title: context.words('활성값 (백만)', 'activations (M)'), value: (row) => (row.activations / 1e6).toFixed(2), right: true },
        ]),
      }
    }
    if (action !== 'info') throw new UsageError(`model wants list, info or run, not "${action}".`)
    const name = argument(context, 1, 'NAME')
    if (!modelNames().includes(name) && !seesKeypoints(name)) throw new HandloomError('not-found', `There is no model "${name}". See: handloom model list`)
    const info = infoOf(name)
    return { json: info, text: Object.entries(info).map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`).join('\n') }
  },
}

const infoOf = (name: string): ModelInfo => (seesKeypoints(name) ? keypointModelInfo(name) : modelInfo(name))

function option(context: CommandContext, name: string): string {
  const value = text(context, name)
  if (value === undefined) throw new UsageError(`model run wants --${name}.`)
  return value
}

/** Logits of normalised pictures; what the weight file gave and lacked goes to the person at the terminal. */
async function runModel(context: CommandContext): Promise<CommandResult> {
  const [architecture, weights, input] = [option(context, 'arch'), option(context, 'weights'), option(context, 'input')]
  if (seesKeypoints(architecture)) requireModel(architecture)
  const { logitsOfFile } = await import('../../train/logitsOfFile.ts')
  const { logits, sentences } = await logitsOfFile({ architecture, weights, input, signal: context.signal })
  for (const sentence of sentences) context.say(sentence, sentence)
  return { json: { logits }, text: logits.map((row) => row.map((value) => value.toPrecision(7)).join(' ')).join('\n') }
}
