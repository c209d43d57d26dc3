import { defineCommands } from './define.ts'

/** While flip pairs are decided these go before the crop page's own keys. */
export const pairsCommands = defineCommands({
  'pairs.choose1': { title: 'crop.commands.choose1', keys: ['1'], scope: 'pairs' },
  'pairs.choose2': { title: 'crop.commands.choose2', keys: ['2'], scope: 'pairs' },
  'pairs.choose3': { title: 'crop.commands.choose3', keys: ['3'], scope: 'pairs' },
  'pairs.choose4': { title: 'crop.commands.choose4', keys: ['4'], scope: 'pairs' },
  'pairs.choose5': { title: 'crop.commands.choose5', keys: ['5'], scope: 'pairs' },
  'pairs.choose6': { title: 'crop.commands.choose6', keys: ['6'], scope: 'pairs' },
  'pairs.choose7': { title: 'crop.commands.choose7', keys: ['7'], scope: 'pairs' },
  'pairs.choose8': { title: 'crop.commands.choose8', keys: ['8'], scope: 'pairs' },
  'pairs.itself': { title: 'crop.commands.itself', keys: ['S'], scope: 'pairs' },
  'pairs.never': { title: 'crop.commands.never', keys: ['0'], scope: 'pairs' },
  'pairs.next': { title: 'crop.commands.next', keys: ['N', '→'], scope: 'pairs' },
  'pairs.back': { title: 'crop.commands.back', keys: ['P', '←'], scope: 'pairs' },
})
