/**
 * The closed set of things that can go wrong, as a person meets them. Every error that reaches a user has one of these kinds,
 * so the renderer, the command line and scripts can tell them apart without reading the message.
 */
export const errorKinds = [
  'bad-input', // a file from outside is not what it should be; the message names file and place
  'not-found', // a folder, file, sequence, run … that was asked for is not there
  'bad-request', // the caller's arguments are off
  'conflict', // the state does not allow it: project open elsewhere, run already running …
  'no-engine', // TensorFlow is missing or failed its self-test; the message holds the command that mends it
  'storage', // disk full, read-only, permission, I/O error
  'out-of-memory',
  'interrupted', // stopped by the user or a signal; resumable
  'internal', // a fault of ours
] as const

export type ErrorKind = (typeof errorKinds)[number]

/** An error with a message a person can act on: what happened, where (file, place), what to do. */
export class HandloomError extends Error {
  readonly kind: ErrorKind
  readonly file: string | undefined
  readonly place: string | undefined

  constructor(kind: ErrorKind, message: string, options: { file?: string; place?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HandloomError'
    this.kind = kind
    this.file = options.file
    this.place = options.place
  }
}

const storageCodes = new Set(['ENOSPC', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EDQUOT', 'EFBIG', 'EMFILE', 'SQLITE_FULL', 'SQLITE_READONLY', 'SQLITE_IOERR', 'SQLITE_CANTOPEN'])

/** The one converter: anything thrown, as a HandloomError (system and SQLite storage codes become `storage`, the rest `internal`). */
export function toHandloomError(thrown: unknown): HandloomError {
  if (thrown instanceof HandloomError) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const code = (error as { code?: unknown }).code
  const path = (error as { path?: unknown }).path
  const file = typeof path === 'string' ? path : undefined
  if (typeof code === 'string') {
    if (code === 'ENOENT') return new HandloomError('not-found', `${file ?? 'A file'} does not exist. Check the path.`, { file, cause: error })
    if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return new HandloomError('bad-input', `The project's database is damaged (${error.message}). Close Handloom and restore the project from a copy; nothing was written over it.`, { file, cause: error })
    if ([...storageCodes].some((known) => code === known || code.startsWith(`${known}_`)))
      return new HandloomError('storage', `${storageMessage(code)}${file ? `: ${file}` : ''}.`, { file, cause: error })
  }
  // What better-sqlite3 says to whoever was still at work when the project was closed.
  if (error.message === 'The database connection is not open') return new HandloomError('conflict', 'The project was closed meanwhile. Open it again.', { cause: error })
  return new HandloomError('internal', error.message || 'Something failed inside Handloom.', { file, cause: error })
}

function storageMessage(code: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'The disk is full; free some space and try again'
  if (code === 'EROFS' || code === 'SQLITE_READONLY' || code.startsWith('SQLITE_READONLY')) return 'The folder is read-only; choose another with --project DIR'
  if (code === 'EACCES' || code === 'EPERM' || code.startsWith('SQLITE_CANTOPEN')) return 'No permission to write here; choose another folder with --project DIR'
  if (code === 'EMFILE') return 'Too many files are open; close other programs or raise the limit (ulimit -n)'
  return `The disk reported an error (${code})`
}
