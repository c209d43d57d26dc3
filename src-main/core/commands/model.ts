import { HandloomError } from '../../contract/errors.ts'
import { modelInfo } from '../../model/info.ts'
import { modelNames } from '../../model/zoo.ts'
import { argument, text, UsageError, type Command, type CommandContext, type CommandResult } from '../command.ts'
import { formatTable } from '../terminal.ts'

export const model: Command = {
  name: 'model',
  usage: 'model list   |   model info NAME   |   model run --arch NAME|JSON --weights FILE --input FILE.npy',
  summary: { ko: 'RegNet 목록과 크기, 가중치 파일로 계산', en: 'The RegNets and their sizes; logits from a file of weights' },
  options: { arch: { type: 'string' }, weights: { type: 'string' }, input: { type: 'string' } },
  async run(context) {
    const action = argument(context, 0, 'list, info or run')
    if (action === 'run') return runModel(context)
    if (action === 'list') {
      const models = modelNames().map((name) => modelInfo(name))
      return {
        json: models,
        text: formatTable(models, [
          { title: context.words('모델', 'model'), value: (row) => row.name },
          { title: context.words('파라미터 (백만)', 'parameters (M)'), value: (row) => (row.parameters / 1e6).toFixed(3), right: true },
          { title: 'GFLOPs', value: (row) => (row.flops / 1e9).toFixed(3), right: true },
          { title: context.words('활성값 (백만)', 'activations (M)'), value: (row) => (row.activations / 1e6).toFixed(2), right: true },
        ]),
      }
    }
    if (action !== 'info') throw new UsageError(`model wants list, info or run, not "${action}".`)
    const name = argument(context, 1, 'NAME')
    if (!modelNames().includes(name)) throw new HandloomError('not-found', `There is no model "${name}". See: handloom model list`)
    const info = modelInfo(name)
    return { json: info, text: Object.entries(info).map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`).join('\n') }
  },
}

function option(context: CommandContext, name: string): string {
  const value = text(context, name)
  if (value === undefined) throw new UsageError(`model run wants --${name}.`)
  return value
}

/** Logits of normalised pictures; what the weight file gave and lacked goes to the person at the terminal. */
async function runModel(context: CommandContext): Promise<CommandResult> {
  const [architecture, weights, input] = [option(context, 'arch'), option(context, 'weights'), option(context, 'input')]
  const { logitsOfFile } = await import('../../train/logitsOfFile.ts')
  const { logits, sentences } = await logitsOfFile({ architecture, weights, input, signal: context.signal })
  for (const sentence of sentences) context.say(sentence, sentence)
  return { json: { logits }, text: logits.map((row) => row.map((value) => value.toPrecision(7)).join(' ')).join('\n') }
}
