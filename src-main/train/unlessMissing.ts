import { HandloomError } from '../contract/errors.ts'

/** null where what is asked for is not there (yet). */
export async function unlessMissing<T>(ask: () => T | Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof HandloomError && error.kind === 'not-found') return null
    throw error
  }
}
