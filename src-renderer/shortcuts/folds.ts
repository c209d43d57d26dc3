import { defineCommands } from './define.ts'

export const foldsCommands = defineCommands({
  'folds.make': { title: 'folds.commands.make', keys: ['Ctrl+Enter'], scope: 'folds' },
  'folds.search': { title: 'folds.commands.search', keys: ['/'], scope: 'folds' },
  'folds.left': { title: 'folds.commands.left', keys: ['←'], scope: 'folds' },
  'folds.right': { title: 'folds.commands.right', keys: ['→'], scope: 'folds' },
  'folds.up': { title: 'folds.commands.up', keys: ['↑'], scope: 'folds' },
  'folds.down': { title: 'folds.commands.down', keys: ['↓'], scope: 'folds' },
  'folds.open': { title: 'folds.commands.open', keys: ['Enter'], scope: 'folds' },
  'folds.move0': { title: 'folds.commands.move0', keys: ['0'], scope: 'folds' },
  'folds.move1': { title: 'folds.commands.move1', keys: ['1'], scope: 'folds' },
  'folds.move2': { title: 'folds.commands.move2', keys: ['2'], scope: 'folds' },
  'folds.move3': { title: 'folds.commands.move3', keys: ['3'], scope: 'folds' },
  'folds.move4': { title: 'folds.commands.move4', keys: ['4'], scope: 'folds' },
  'folds.move5': { title: 'folds.commands.move5', keys: ['5'], scope: 'folds' },
  'folds.move6': { title: 'folds.commands.move6', keys: ['6'], scope: 'folds' },
  'folds.move7': { title: 'folds.commands.move7', keys: ['7'], scope: 'folds' },
  'folds.move8': { title: 'folds.commands.move8', keys: ['8'], scope: 'folds' },
  'folds.move9': { title: 'folds.commands.move9', keys: ['9'], scope: 'folds' },
  'folds.always': { title: 'folds.commands.always', keys: ['T'], scope: 'folds', once: true },
  'folds.undo': { title: 'folds.commands.undo', keys: ['Ctrl+Z'], scope: 'folds' },
  'folds.redo': { title: 'folds.commands.redo', keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], scope: 'folds' },
})
