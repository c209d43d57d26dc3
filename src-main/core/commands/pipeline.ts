import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { refuseInside } from '../../annotation/exchange/target.ts'
import { toHandloomError } from '../../contract/errors.ts'
import { argument, text, wholeNumber, type Command } from '../command.ts'

export const pipeline: Command = {
  name: 'pipeline',
  usage: 'pipeline FOLDER [--submission ID] [--out FILE.yaml]',
  summary: { ko: '한 일을 파이프라인 파일로 씁니다 (handloom run 으로 다시 합니다)', en: 'Writes what was done as a pipeline file, which handloom run does again' },
  options: { out: { type: 'string' }, submission: { type: 'string' } },
  async run(context) {
    const project = await context.project(argument(context, 0, 'FOLDER'))
    const described = await project.pipeline.describe({ submissionId: wholeNumber(context, 'submission', 1) })
    const out = text(context, 'out')
    if (out === undefined) return { json: described, text: described.text }
    const path = resolve(out)
    refuseInside(project.folder, path)
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFileAtomic(path, described.text)
    } catch (error) {
      throw toHandloomError(error)
    }
    return { json: { ...described, path }, text: [path, ...described.warnings.map((warning) => `! ${warning}`)].join('\n') }
  },
}
