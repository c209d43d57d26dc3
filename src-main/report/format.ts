import type { ReportOptions } from '../contract/report.ts'

/** Numbers and times as a language writes them. */
export interface Format {
  integer(value: number): string
  /** Four digits, as everywhere where log losses are compared. */
  logLoss(value: number): string
  /** Of a share 0–1: `12.3%`. */
  percent(share: number): string
  /** Of a round share: `10%`. */
  share(share: number): string
  dateTime(iso: string): string
}

export function createFormat(language: ReportOptions['language']): Format {
  const integers = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  const shares = new Intl.NumberFormat(language, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
  const rounds = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 })
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  return {
    integer: (value) => integers.format(value),
    logLoss: (value) => value.toFixed(4),
    percent: (share) => shares.format(share),
    share: (share) => rounds.format(share),
    dateTime: (iso) => times.format(new Date(iso)),
  }
}
