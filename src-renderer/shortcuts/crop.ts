import { defineCommands } from './define.ts'

export const cropCommands = defineCommands({
  'crop.previousFrame': { title: 'crop.commands.previousFrame', keys: ['←', ','], scope: 'crop' },
  'crop.nextFrame': { title: 'crop.commands.nextFrame', keys: ['→', '.'], scope: 'crop' },
  'crop.up': { title: 'crop.commands.up', keys: ['↑'], scope: 'crop' },
  'crop.down': { title: 'crop.commands.down', keys: ['↓'], scope: 'crop' },
  'crop.nextWorst': { title: 'crop.commands.nextWorst', keys: ['N'], scope: 'crop' },
  'crop.previousWorst': { title: 'crop.commands.previousWorst', keys: ['Shift+N'], scope: 'crop' },
  'crop.train': { title: 'crop.commands.train', keys: ['1'], scope: 'crop' },
  'crop.validation': { title: 'crop.commands.validation', keys: ['2'], scope: 'crop' },
  'crop.test': { title: 'crop.commands.test', keys: ['3'], scope: 'crop' },
  'crop.view': { title: 'crop.commands.view', keys: ['F'], scope: 'crop' },
  'crop.draw': { title: 'crop.commands.draw', keys: ['D'], scope: 'crop' },
})
