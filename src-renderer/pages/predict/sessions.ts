import type { PredictionSession } from '../../../src-main/contract/predict.ts'

/** The list with a session as it is now, newest first. */
export const putSession = (sessions: readonly PredictionSession[], session: PredictionSession): PredictionSession[] =>
  [session, ...sessions.filter(({ id }) => id !== session.id)].sort((first, second) => second.id - first.id)

export const isActive = ({ state }: Pick<PredictionSession, 'state'>): boolean => state === 'running' || state === 'watching'

/** Last part of a path, for POSIX and Windows paths: `/data/new takes/` is `new takes`. */
export const folderName = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== '') ?? path
