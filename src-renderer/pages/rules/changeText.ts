import type { Format } from '../../composables/useFormat.ts'

/** How much lower a log loss got, as `−45 %`; `±0 %` where there was nothing to lose. */
export function changeText(before: number, after: number, format: Pick<Format, 'percent'>): string {
  const share = before > 0 ? (after - before) / before : 0
  if (Math.abs(share) < 0.0005) return `±${format.percent(0)}`
  return `${share < 0 ? '−' : '+'}${format.percent(Math.abs(share), Math.abs(share) < 0.1 ? 1 : 0)}`
}
