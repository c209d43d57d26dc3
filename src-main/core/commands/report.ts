import { copyFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { reportOptions } from '../../contract/report.ts'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { argument, chosenRun, text, UsageError, wholeNumber, type Command, type CommandContext } from '../command.ts'
import { isInside } from '../../files/place.ts'

function chosenLanguage(context: CommandContext): 'ko' | 'en' {
  const given = text(context, 'language') ?? context.language
  if (given !== 'ko' && given !== 'en') throw new UsageError(`--language wants ko or en, not "${given}".`)
  return given
}

/** Puts a copy of the report where it was asked for, in a folder that is there, whole or not at all; one that is there is replaced. */
async function copyOut(from: string, out: string, dataFolder: string): Promise<string> {
  const target = resolve(out)
  const temporary = `${target}.${process.pid}.part`
  try {
    if (isInside(await realpath(dirname(target)), await realpath(dataFolder))) throw new HandloomError('bad-request', `${target} is in the data folder, which is never written to. Choose another place with --out FILE.`, { file: target })
    await copyFile(from, temporary)
    await rename(temporary, target)
    return target
  } catch (error) {
    await rm(temporary, { force: true })
    throw toHandloomError(error)
  }
}

export const report: Command = {
  name: 'report',
  usage: 'report FOLDER [--run ID] [--out FILE] [--language ko|en] [--no-pictures] [--worst N]',
  summary: { ko: '학습 결과를 HTML 파일 하나로 정리합니다', en: 'A run’s results as one HTML file to share' },
  options: { run: { type: 'string' }, out: { type: 'string' }, language: { type: 'string' }, 'no-pictures': { type: 'boolean' }, worst: { type: 'string' } },
  async run(context) {
    const language = chosenLanguage(context)
    const worst = wholeNumber(context, 'worst', 1)
    if (worst !== undefined && worst > 200) throw new UsageError(`--worst wants at most 200, not "${worst}".`)
    const project = await context.project(argument(context, 0, 'FOLDER'), { write: true })
    const made = await project.report.make(reportOptions.parse({ runId: await chosenRun(context, project), language, pictures: context.values['no-pictures'] !== true, worst }))
    const out = text(context, 'out')
    const path = out === undefined ? made.path : await copyOut(made.path, out, project.folder)
    return { json: { path, bytes: made.bytes }, text: context.words(`보고서를 ${path}에 썼습니다 (${Math.ceil(made.bytes / 1024)} kB)`, `Wrote the report to ${path} (${Math.ceil(made.bytes / 1024)} kB)`) }
  },
}
