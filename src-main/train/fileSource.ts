import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import type { ByteSource } from '../model/byteSource.ts'

/**
 * Gives a file to `use`, to be read in pieces, and closes it afterwards.
 * @throws HandloomError `not-found` when there is no such file, `bad-input` when it gets shorter meanwhile, whatever `use` throws
 */
export async function withFile<T>(file: string, use: (source: ByteSource) => T | Promise<T>): Promise<T> {
  const descriptor = openRegular(file)
  try {
    const length = fstatSync(descriptor).size
    return await use({
      length,
      read(begin, end) {
        const bytes = new Uint8Array(end - begin)
        let filled = 0
        while (filled < bytes.length) {
          const count = readSync(descriptor, bytes, filled, Math.min(bytes.length - filled, 2 ** 30), begin + filled)
          if (count === 0) throw new HandloomError('bad-input', `${file} became shorter while it was read. Try again when nothing writes to it.`, { file })
          filled += count
        }
        return bytes
      },
    })
  } finally {
    closeSync(descriptor)
  }
}

function openRegular(file: string): number {
  try {
    // Asked first: to open a pipe would wait for a writer.
    if (statSync(file).isFile()) return openSync(file, 'r')
  } catch (error) {
    throw toHandloomError(error)
  }
  throw new HandloomError('not-found', `${file} is not a file. Check the path.`, { file })
}
