export interface QueuePlace {
  runId: number
  fold: number
}

export const placeKey = ({ runId, fold }: QueuePlace): string => `${runId}/${fold}`

/** A list with the entry at `from` moved to `to`; the same list where there is nothing to move or nowhere to go. */
export function moved<Entry>(list: readonly Entry[], from: number, to: number): readonly Entry[] {
  const entry = list[from]
  if (entry === undefined || to < 0 || to >= list.length || to === from) return list
  return list.toSpliced(from, 1).toSpliced(to, 0, entry)
}
