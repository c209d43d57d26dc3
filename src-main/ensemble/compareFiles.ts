import type { SubmissionComparison } from '../contract/ensemble.ts'
import { compareSubmissions } from './changes.ts'
import { readLimited } from './checkFiles.ts'
import { decodeUtf8 } from './csv.ts'
import { matrixFrom, type SubmissionMatrix } from './matrix.ts'

/** @throws HandloomError `bad-input` with the place when the file is no submission, `not-found`, `storage` */
export const readSubmissionFile = async (file: string): Promise<SubmissionMatrix> => matrixFrom(decodeUtf8(await readLimited(file), file), file)

/** What is another in one submission file than in an earlier one. @throws HandloomError as both */
export async function compareFiles(before: string, after: string, nameOf: (poseId: number) => string = String): Promise<Omit<SubmissionComparison, 'id' | 'against'>> {
  return compareSubmissions(await readSubmissionFile(before), await readSubmissionFile(after), nameOf)
}
