import { i18n, translate } from '../i18n/index.ts'

/** Numbers and times as this app writes them everywhere; null and undefined become a dash. */
export interface Format {
  integer: (value: number | null | undefined) => string
  /** A fixed number of decimals. */
  decimal: (value: number | null | undefined, digits?: number) => string
  /** Four decimals. */
  logLoss: (value: number | null | undefined) => string
  /** 0–1 as per cent. */
  percent: (value: number | null | undefined, digits?: number) => string
  /** Seconds as `11 min`, `1 h 04 min`. */
  duration: (seconds: number | null | undefined) => string
  bytes: (value: number | null | undefined) => string
  /** ISO 8601 as `3 min ago`. */
  ago: (iso: string) => string
  dateTime: (iso: string) => string
  /** 20.6 M, 4.0 G */
  compact: (value: number | null | undefined) => string
}

const dash = '–'
type Written = number | null | undefined
const number = (value: Written, options: Intl.NumberFormatOptions): string =>
  value === null || value === undefined || !Number.isFinite(value) ? dash : new Intl.NumberFormat(i18n.global.locale.value, options).format(value)

function duration(seconds: Written): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return dash
  if (seconds < 60) return translate('time.seconds', { n: number(Math.max(0, seconds), { maximumFractionDigits: seconds < 1 ? 1 : 0 }) })
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return translate('time.minutes', { n: minutes })
  return translate('time.hours', { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, '0') })
}

function bytes(value: Written): string {
  if (value === null || value === undefined) return dash
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${number(value / 1000 ** power, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${units[power]}`
}

function compact(value: Written): string {
  if (value === null || value === undefined) return dash
  const units = ['', ' k', ' M', ' G', ' T']
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${number(value / 1000 ** power, { maximumFractionDigits: power === 0 ? 0 : 1, minimumFractionDigits: power === 0 ? 0 : 1 })}${units[power]}`
}

function ago(iso: string): string {
  const minutes = Math.floor((Date.now() - Date.parse(iso)) / 60_000)
  if (minutes < 1) return translate('time.now')
  if (minutes < 60) return translate('time.minutesAgo', { n: minutes })
  if (minutes < 60 * 24) return translate('time.hoursAgo', { n: Math.floor(minutes / 60) })
  return translate('time.daysAgo', { n: Math.floor(minutes / 60 / 24) })
}

const format: Format = {
  integer: (value) => number(value, { maximumFractionDigits: 0 }),
  decimal: (value, digits = 2) => number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  logLoss: (value) => number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4 }),
  percent: (value, digits = 0) => (value === null || value === undefined ? dash : `${number(value * 100, { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`),
  duration,
  bytes,
  ago,
  dateTime: (iso) => new Intl.DateTimeFormat(i18n.global.locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)),
  compact,
}

export const useFormat = (): Format => format
