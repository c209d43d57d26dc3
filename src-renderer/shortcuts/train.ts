import { defineCommands } from './define.ts'

export const trainCommands = defineCommands({
  'train.start': { title: 'train.commands.start', keys: ['Ctrl+Enter'], scope: 'train' },
  'train.measure': { title: 'train.commands.measure', keys: ['M'], scope: 'train' },
  'train.stop': { title: 'train.commands.stop', keys: [], scope: 'train' },
  'train.stopAfterEpoch': { title: 'train.commands.stopAfterEpoch', keys: [], scope: 'train' },
  'train.resume': { title: 'train.commands.resume', keys: [], scope: 'train' },
  'train.again': { title: 'train.commands.again', keys: [], scope: 'train' },
  'train.export': { title: 'modelExport.openHelp', keys: ['E'], scope: 'train' },
  'train.pause': { title: 'train.commands.pause', keys: ['P'], scope: 'train' },
  'train.queueUp': { title: 'train.commands.queueUp', keys: ['Alt+↑'], scope: 'train' },
  'train.queueDown': { title: 'train.commands.queueDown', keys: ['Alt+↓'], scope: 'train' },
  'train.search': { title: 'train.commands.search', keys: ['/'], scope: 'train' },
})
