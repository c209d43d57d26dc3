import { createHash } from 'node:crypto'

/** SHA-256, hex, of a JSON value whose keys are sorted: equal values have equal hashes, however they were written. */
export const valueHash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) : inner))).digest('hex')

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
