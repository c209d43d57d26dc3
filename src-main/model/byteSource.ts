import type { HandloomError } from '../contract/errors.ts'

/** A file or buffer that is read in pieces. */
export interface ByteSource {
  readonly length: number
  /** The bytes begin … end − 1, which lie within the length. */
  read(begin: number, end: number): Uint8Array
}

export function sourceOfBytes(bytes: Uint8Array): ByteSource {
  return { length: bytes.length, read: (begin, end) => bytes.subarray(begin, end) }
}

/** Makes the error that refuses a file, from the place in it, what is wrong there and, where it is not to get an undamaged file, what to do. */
export type Refuse = (place: string, what: string, remedy?: string) => HandloomError

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
