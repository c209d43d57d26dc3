import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toHandloomError } from '../../contract/errors.ts'
import { applicationData } from '../paths.ts'
import { writeBigFolder } from './bigFolder.ts'
import type { BenchTools } from './measures.ts'
import { measureBigProject } from './scaleCore.ts'
import { measureBigPages } from './scalePages.ts'

export interface ScaleOptions extends Pick<BenchTools, 'signal' | 'progress'> {
  /** Where the big data set is written and kept for the next time. */
  folder?: string
  sequences?: number
  framesPerSequence?: number
}

/**
 * How the app bears very many sequences: what the core takes to scan, reopen, filter and edit, and how long it holds its event loop at most meanwhile;
 * and, in a real Chromium, the time between frames while the grid and the list are scrolled, and from a key press in the search box to the rows it asks for.
 * Without a Chromium `pages` is null and `pages_missing` says why.
 * @throws HandloomError `interrupted` when the signal aborts, `storage`
 */
export async function benchScale({ signal, progress, folder = join(applicationData(), 'bench-big'), sequences = 20_000, framesPerSequence = 5 }: ScaleOptions): Promise<Record<string, unknown>> {
  const options = { sequences, framesPerSequence, seed: 1 }
  const written = await writeBigFolder(folder, options, (done, total) => progress(`큰 데이터 폴더 만드는 중 ${done}/${total}`, `Writing the big data folder ${done}/${total}`), signal)
  const scratch = await mkdtemp(join(tmpdir(), 'handloom-bench-'))
  try {
    progress('코어 재는 중', 'Measuring the core')
    const core = await measureBigProject(folder, join(scratch, 'project'), signal)
    progress('브라우저에서 재는 중', 'Measuring in a browser')
    const pages = await measureBigPages({ folder, scratch, signal }).catch((error: unknown) => {
      const known = toHandloomError(error)
      if (known.kind !== 'not-found') throw error
      return { pages: null, pages_missing: known.message }
    })
    return { sequences, frames: written.frames, ...core, ...pages }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
