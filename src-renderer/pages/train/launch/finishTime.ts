import type { Measurement } from '../../../../src-main/contract/train.ts'

/** When something ends that takes so many seconds, as people say it today: `16:52`, another day `Fri 16:52`, after a week `4 Dec, 16:52`. */
export function finishTime(seconds: number, now: Date, language: string): string {
  const end = new Date(now.getTime() + seconds * 1000)
  const part = (options: Intl.DateTimeFormatOptions): string => new Intl.DateTimeFormat(language, options).format(end)
  const time = part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  if (end.toDateString() === now.toDateString()) return time
  const days = (end.getTime() - now.getTime()) / 86_400_000
  return `${part(days < 6 ? { weekday: 'short' } : { month: 'short', day: 'numeric' })} ${time}`
}

/** How much of a device's memory, and of what of it was free, training takes: near the limit a larger batch, or another program, breaks it. */
export function memoryTone({ peakBytes, memoryBytes, freeMemoryBytes }: Pick<Measurement, 'peakBytes' | 'memoryBytes' | 'freeMemoryBytes'>): 'good' | 'warn' | 'bad' {
  const share = (peakBytes ?? 0) / Math.min(memoryBytes, freeMemoryBytes)
  return share < 0.8 ? 'good' : share < 0.95 ? 'warn' : 'bad'
}
