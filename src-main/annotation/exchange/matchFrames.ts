import type { FrameRecord } from '../../contract/dataset.ts'

/** A frame of the data set that a file names, or why there is none. */
export type FrameMatch = { folder: string; frame: FrameRecord } | { reason: string }

/**
 * Finds the frames that another tool's `file_name`s stand for, by the longest end of the path that is unique: `images/train/475/0.png`,
 * `475/0.png`, or only `0.png` where one sequence has such a frame. The names are compared with what the data set has, never opened.
 * @param hint sequences that the file itself is named after; they are tried where a name has no folder
 */
export function frameMatcher(folders: readonly string[], framesOf: (folder: string) => readonly FrameRecord[], hint: readonly string[]): (fileName: unknown) => FrameMatch {
  const byNumber = Map.groupBy(folders, (folder) => folder.slice(folder.indexOf('/') + 1))
  const loaded = new Map<string, ReadonlyMap<number, FrameRecord>>()
  const framesByNumber = (folder: string): ReadonlyMap<number, FrameRecord> => {
    const known = loaded.get(folder) ?? new Map(framesOf(folder).map((frame) => [frame.number, frame]))
    loaded.set(folder, known)
    return known
  }
  const having = (candidates: readonly string[], number: number): { folder: string; frame: FrameRecord }[] =>
    candidates.flatMap((folder) => {
      const frame = framesByNumber(folder).get(number)
      return frame ? [{ folder, frame }] : []
    })

  return (fileName) => {
    if (typeof fileName !== 'string' || fileName.length > 4096) return { reason: 'It has no "file_name"' }
    const parts = fileName.split(/[/\\]+/).filter((part) => part !== '')
    const digits = /^(\d{1,9})\.\w{1,5}$/.exec(parts.at(-1) ?? '')?.[1]
    if (digits === undefined) return { reason: 'Its "file_name" does not end in the number of a frame (475/0.png)' }
    const [role, parent] = [parts.at(-3), parts.at(-2)]
    const inFolder = parent !== undefined && /^\d{1,9}$/.test(parent)
    const named = inFolder ? (byNumber.get(parent) ?? []).filter((folder) => (role === 'train' || role === 'test' ? folder === `${role}/${parent}` : true)) : folders
    const hinted = having(hint.filter((folder) => named.includes(folder)), Number(digits))
    const found = hinted.length === 1 ? hinted : having(named, Number(digits))
    if (found.length === 1) return found[0]!
    return { reason: found.length === 0 ? 'The data set has no such frame' : `It could be a frame of ${found.length} sequences (${found.slice(0, 3).map(({ folder }) => folder).join(', ')}${found.length > 3 ? ', …' : ''}); its "file_name" must name the folder (train/475/0.png)` }
  }
}
