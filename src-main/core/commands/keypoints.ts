import { exportFormats, importFormats, type ImportedKeypoints } from '../../contract/annotation.ts'
import { argument, text, UsageError, type Command, type CommandContext, type CommandResult } from '../command.ts'

function chosenFormat<T extends string>(context: CommandContext, formats: readonly T[], byDefault?: T): T {
  const given = text(context, 'format') ?? byDefault
  const format = formats.find((known) => known === given)
  if (format === undefined) throw new UsageError(given === undefined ? `--format is missing: ${formats.join(', ')}.` : `--format wants one of ${formats.join(', ')}, not "${given}".`)
  return format
}

async function exportKeypoints(context: CommandContext): Promise<CommandResult> {
  const format = chosenFormat(context, exportFormats)
  const project = await context.project(argument(context, 1, 'FOLDER'))
  const json = await project.annotation.exportKeypoints({ format, out: text(context, 'out') })
  const { out, files, sequences, frames, points } = json
  return { json, text: context.words(`점 ${points}개 (프레임 ${frames}장, 시퀀스 ${sequences}개)를 ${out}에 썼습니다. 파일 ${files}개`, `Wrote ${points} points of ${frames} frames in ${sequences} sequences to ${out} (${files} files)`) }
}

async function importKeypoints(context: CommandContext): Promise<CommandResult> {
  const format = chosenFormat(context, importFormats, 'contest')
  const dry = context.values['dry-run'] === true
  const path = argument(context, 2, 'FILE')
  const project = await context.project(argument(context, 1, 'FOLDER'), { write: !dry })
  const json = await project.annotation.importKeypoints({ format, path, dry })
  return { json, text: importedText(context, json, dry) }
}

function importedText({ words }: CommandContext, { points, frames, folders, problems }: ImportedKeypoints, dry: boolean): string {
  const head = dry
    ? words(`점 ${points}개 (프레임 ${frames}장, 시퀀스 ${folders.length}개)가 바뀌게 됩니다 (시험 실행: 바뀐 것 없음)`, `${points} points of ${frames} frames in ${folders.length} sequences would change (dry run: nothing changed)`)
    : points === 0
      ? words('지금과 같아서 바뀐 것이 없습니다', 'Nothing changed: the keypoints are already as in the file')
      : words(`점 ${points}개 (프레임 ${frames}장, 시퀀스 ${folders.length}개)를 가져왔습니다`, `Took in ${points} points of ${frames} frames in ${folders.length} sequences`)
  return [head, ...problems.map(({ place, message }) => `! ${place}: ${message}`)].join('\n')
}

export const keypoints: Command = {
  name: 'keypoints',
  usage: `keypoints export FOLDER --format ${exportFormats.join('|')} [--out PATH]   |   keypoints import FOLDER FILE|DIR [--format ${importFormats.join('|')}] [--dry-run]`,
  summary: { ko: '키포인트를 다른 도구의 형식으로 내보내거나 가져옵니다', en: 'Writes keypoints in other tools’ formats, or takes them in' },
  options: { format: { type: 'string' }, out: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  async run(context) {
    const what = argument(context, 0, 'export or import')
    if (what === 'export') return exportKeypoints(context)
    if (what === 'import') return importKeypoints(context)
    throw new UsageError(`keypoints can export or import, not "${what}".`)
  },
}
