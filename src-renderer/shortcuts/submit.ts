import { defineCommands } from './define.ts'

export const submitCommands = defineCommands({
  'submit.write': { title: 'submit.commands.write', keys: ['Ctrl+Enter'], scope: 'submit' },
  'submit.up': { title: 'submit.commands.up', keys: ['↑'], scope: 'submit' },
  'submit.down': { title: 'submit.commands.down', keys: ['↓'], scope: 'submit' },
  'submit.against': { title: 'submit.commands.against', keys: ['A'], scope: 'submit' },
  'submit.otherClass': { title: 'submit.commands.otherClass', keys: ['X'], scope: 'submit' },
  'submit.pipeline': { title: 'submit.commands.pipeline', keys: ['P'], scope: 'submit' },
})
