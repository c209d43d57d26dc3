import { userInfo } from 'node:os'

/** The name of whoever works here, as the machine knows it; '' where it knows none (a container without an entry for the user). */
export function machineUser(): string {
  try {
    return userInfo().username
  } catch {
    return process.env.USER ?? process.env.USERNAME ?? ''
  }
}
