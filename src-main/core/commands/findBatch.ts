import type { TrainConfig } from '../../contract/train.ts'
import { findBatchFit } from '../../train/batchFinder.ts'
import { forkCompute } from '../../train/computeProcess.ts'
import { text, UsageError, type CommandContext, type CommandResult } from '../command.ts'
import { formatTable } from '../terminal.ts'

const gib = (bytes: number | null): string => (bytes === null ? '–' : `${(bytes / 2 ** 30).toFixed(2)} GiB`)
const largest = 1024
/** As many as the contest has; the head is a small part of any model. */
const classes = 157

/** Memory that training may take: `--limit GIB`, else nine tenths of what is free. */
function limitOf(context: CommandContext): number | null {
  const given = text(context, 'limit')
  if (given === undefined) return null
  const number = Number(given)
  if (!(number > 0)) throw new UsageError(`--limit wants a size in GiB, not "${given}".`)
  return number * 2 ** 30
}

/** `train --find-batch`: tries batch sizes in processes of their own and says which fit and how fast they are. */
export async function findBatch(context: CommandContext, config: TrainConfig): Promise<CommandResult> {
  const progress = (_done: number, _total: number, batch: number): void => context.progress(`${context.words('배치', 'batch')} ${batch}`)
  const { fitting, limitBytes, accumulate: parts, end } = await findBatchFit(forkCompute, config, classes, limitOf(context), context.signal, progress, { largest })
  const most = fitting.at(-1) ?? null
  const fastest = fitting.toSorted((a, b) => b.imagesPerSecond - a.imagesPerSecond)[0] ?? null
  const table = formatTable(fitting, [
    { title: context.words('배치', 'batch'), value: (row) => String(row.batch), right: true },
    { title: context.words('최대 메모리', 'peak memory'), value: (row) => gib(row.peakBytes), right: true },
    { title: 'img/s', value: (row) => row.imagesPerSecond.toFixed(1), right: true },
  ])
  const stopped = end && context.words(`배치 ${end.batch}: 메모리가 모자랍니다${end.bytes ? ` (약 ${gib(end.bytes)})` : ''}`, `batch ${end.batch} does not fit${end.bytes ? ` (about ${gib(end.bytes)})` : ''}`)
  const advice = parts && parts > 1
    ? context.words(`배치 ${config.batchSize}는 나누어 계산하면 됩니다: --set accumulate=${parts}`, `A batch of ${config.batchSize} fits in parts: --set accumulate=${parts}`)
    : ''
  return {
    json: { model: config.model, image_size: config.imageSize, precision: config.precision, limit_bytes: limitBytes, measured: fitting, end, largest: most?.batch ?? null, fastest: fastest?.batch ?? null, accumulate: parts },
    text: [
      `${config.model} ${config.imageSize} px ${config.precision}, ${context.words('한도', 'limit')} ${gib(limitBytes)}`,
      table,
      ...(stopped ? [stopped] : []),
      most && fastest ? context.words(`가장 큰 배치 ${most.batch}, 가장 빠른 배치 ${fastest.batch}`, `largest that fits ${most.batch}, fastest ${fastest.batch}`) : context.words('들어가는 배치가 없습니다. 모델이나 그림을 줄이세요.', 'No batch fits. Take a smaller model or image size.'),
      ...(advice ? [advice] : []),
    ].join('\n'),
    exitCode: most ? 0 : 1,
  }
}
