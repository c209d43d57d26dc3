import { defineCommands } from './define.ts'

export const predictCommands = defineCommands({
  'predict.start': { title: 'predict.commands.start', keys: ['Ctrl+Enter'], scope: 'predict' },
  'predict.choose': { title: 'predict.commands.choose', keys: ['O'], scope: 'predict' },
  'predict.stop': { title: 'predict.commands.stop', keys: ['S'], scope: 'predict', once: true },
  'predict.search': { title: 'predict.commands.search', keys: ['/'], scope: 'predict' },
  'predict.problems': { title: 'predict.commands.problems', keys: ['P'], scope: 'predict' },
  'predict.newest': { title: 'predict.commands.newest', keys: ['N'], scope: 'predict' },
  'predict.up': { title: 'predict.commands.up', keys: ['↑'], scope: 'predict' },
  'predict.down': { title: 'predict.commands.down', keys: ['↓'], scope: 'predict' },
  'predict.previousFrame': { title: 'predict.commands.previousFrame', keys: ['←'], scope: 'predict' },
  'predict.nextFrame': { title: 'predict.commands.nextFrame', keys: ['→'], scope: 'predict' },
  'predict.play': { title: 'predict.commands.play', keys: ['Space'], scope: 'predict' },
  'predict.previousSession': { title: 'predict.commands.previousSession', keys: ['Alt+↑'], scope: 'predict' },
  'predict.nextSession': { title: 'predict.commands.nextSession', keys: ['Alt+↓'], scope: 'predict' },
})
