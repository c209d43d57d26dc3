import { resolve } from 'node:path'
import { modelFormats, type ModelFormat } from '../../contract/train.ts'
import { runList, text, UsageError, wholeNumber, type Command, type CommandContext } from '../command.ts'
import { recentProjects } from '../recent.ts'

function chosenFormat(context: CommandContext): ModelFormat {
  const given = text(context, 'format')
  const format = modelFormats.find((known) => known === given)
  if (!format) throw new UsageError(given === undefined ? `export wants --format ${modelFormats.join('|')}.` : `--format wants ${modelFormats.join(', ')}, not "${given}".`)
  return format
}

/** The folder that was given, else the data last opened. */
function dataFolder(context: CommandContext): string {
  const [given] = context.positionals
  if (given !== undefined) return given
  const last = recentProjects().find(({ exists }) => exists)?.folder
  if (last === undefined) throw new UsageError('FOLDER is missing: the data set whose run is to be exported.')
  context.say(`마지막에 연 데이터의 학습 결과를 내보냅니다: ${last}`, `Exporting what was trained on the data last opened: ${last}`)
  return last
}

export const exportCommand: Command = {
  name: 'export',
  usage: `export [FOLDER] --run ID --format ${modelFormats.join('|')} [--out PATH] [--fold K]`,
  summary: { ko: '학습한 모델을 ONNX, SavedModel, safetensors로', en: 'A trained model as ONNX, SavedModel or safetensors' },
  options: { run: { type: 'string' }, format: { type: 'string' }, out: { type: 'string' }, fold: { type: 'string' } },
  async run(context) {
    const format = chosenFormat(context)
    const [runId, ...more] = runList(context)
    if (runId === undefined || more.length > 0) throw new UsageError('export wants one run: --run ID.')
    const fold = wholeNumber(context, 'fold')
    const out = text(context, 'out')
    const project = await context.project(dataFolder(context), { write: true })
    context.onEvent((event) => {
      if (event.type === 'job' && event.job.kind === 'export' && event.job.state === 'running') context.progress(`${context.words('내보내는 중', 'Exporting')} ${event.job.done}/${event.job.total}`)
    })
    const cancel = (): void => void project.train.cancelExport()
    context.signal.addEventListener('abort', cancel, { once: true })
    const made = await project.train.exportModel({ runId, format, ...(fold === undefined ? {} : { fold }), ...(out === undefined ? {} : { out: resolve(out) }) })
    const { largestDifference, samples, checkedWith } = made
    const checked = largestDifference === null
      ? context.words(`확인하지 못했습니다: ${checkedWith}`, `Could not be checked: ${checkedWith}`)
      : context.words(`샘플 ${samples}개에서 앱의 로짓과 가장 큰 차이 ${largestDifference.toExponential(1)} (${checkedWith})`, `Largest difference from the app's own logits over ${samples} samples: ${largestDifference.toExponential(1)} (${checkedWith})`)
    return {
      json: { path: made.path, format, run: runId, fold: made.fold, bytes: made.bytes, largest_difference: largestDifference, samples, checked_with: checkedWith, notes: made.notes },
      text: [context.words(`${made.path}에 썼습니다 (${megabytes(made.bytes)} MB, 폴드 ${made.fold})`, `Wrote ${made.path} (${megabytes(made.bytes)} MB, fold ${made.fold})`), checked, ...made.notes].join('\n'),
    }
  },
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
