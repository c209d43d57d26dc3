import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Submission } from '../contract/ensemble.ts'
import { HandloomError } from '../contract/errors.ts'
import type { Db } from '../db/open.ts'
import { decodeUtf8 } from './csv.ts'
import { sha256 } from './form.ts'
import { matrixFrom, type SubmissionMatrix } from './matrix.ts'
import { readMatrix, readSubmissions } from './storedSubmissions.ts'

const lineageFile = z.object({ submission: z.number(), file: z.object({ sha256: z.string() }) })

/**
 * Every probability of a submission. One that was made before they were kept is read from its file, where that is still what its lineage says.
 * @throws HandloomError `not-found` when there is no such submission, or its rows are gone
 */
export async function matrixOf(db: Db, id: number): Promise<SubmissionMatrix> {
  const submission = readSubmissions(db).find((entry) => entry.id === id)
  if (!submission) throw new HandloomError('not-found', `There is no submission ${id}.`)
  return readMatrix(db, id) ?? matrixFromFile(submission)
}

async function matrixFromFile({ id, path, lineagePath }: Submission): Promise<SubmissionMatrix> {
  const gone = (what: string, cause?: unknown): HandloomError =>
    new HandloomError('not-found', `Submission ${id} was made by an older Handloom that did not keep its rows, and ${what}. Put the file and its lineage back as they were, or make the submission again with the same runs.`, { file: path, cause })
  const read = (file: string): Promise<Buffer> =>
    readFile(file).catch((cause: unknown) => {
      throw gone(`${file} cannot be read any more`, cause)
    })
  const [bytes, lineage] = [await read(path), await read(lineagePath)]
  const known = lineageFile.safeParse(jsonOf(lineage.toString('utf8')))
  if (known.data?.submission !== id) throw gone(`${lineagePath} is not its lineage any more`)
  if (known.data.file.sha256 !== sha256(bytes)) throw gone(`${path} was changed since`)
  return matrixFrom(decodeUtf8(bytes, path), path)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
