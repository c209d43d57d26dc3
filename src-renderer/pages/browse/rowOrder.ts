import { inFolderOrder, type SequenceQuery, type SequenceSummary } from '../../../src-main/contract/dataset.ts'

type Placed = Pick<SequenceSummary, 'folder' | 'role' | 'number' | 'poseId' | 'frames' | 'problems' | 'editedPoints'>

const keys: Record<Exclude<SequenceQuery['sort'], 'folder'>, (row: Placed) => number> = {
  class: ({ poseId }) => poseId ?? Number.MAX_SAFE_INTEGER,
  frames: ({ frames }) => frames,
  problems: ({ problems }) => problems,
  edited: ({ editedPoints }) => editedPoints,
}

/** How the core orders the rows of a query: < 0 when `a` comes first. Rows with equal keys stay in folder order, whichever way the sort goes. */
export function rowOrder({ sort, descending }: Pick<SequenceQuery, 'sort' | 'descending'>): (a: Placed, b: Placed) => number {
  const sign = descending ? -1 : 1
  if (sort === 'folder') return (a, b) => sign * inFolderOrder(a, b)
  const keyOf = keys[sort]
  return (a, b) => sign * (keyOf(a) - keyOf(b)) || inFolderOrder(a, b)
}
