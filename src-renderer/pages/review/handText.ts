import type { MessageKey } from '../../i18n/index.ts'

const words = { left: 'data.hand.left', right: 'data.hand.right', both: 'data.hand.both', unknown: 'data.hand.unknown', '': 'common.unknown' } as const satisfies Record<string, MessageKey>

/** A class's hand in words. */
export const handText = (hand: string, t: (key: MessageKey) => string): string => (hand in words ? t(words[hand as keyof typeof words]) : hand)
