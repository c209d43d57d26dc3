import type { TrainConfig } from '../../../../src-main/contract/train.ts'
import type { MessageKey, MessageValues } from '../../../i18n/index.ts'

/** Which weights predict when a fold is done, and when it stops before its last epoch. */
export function weightsNote({ ema, predictWith, patience }: Pick<TrainConfig, 'ema' | 'predictWith' | 'patience'>, t: (key: MessageKey, values?: MessageValues) => string): string {
  const weights = t(ema > 0 ? `monitor.weights.${predictWith}Ema` : `monitor.weights.${predictWith}`, { ema: String(ema) })
  return patience > 0 ? `${weights} · ${t('monitor.patience', { n: patience })}` : weights
}
