import { appCommands } from './app.ts'
import { browseCommands } from './browse.ts'
import { cleanCommands } from './clean.ts'
import { cropCommands } from './crop.ts'
import type { CommandDefinition } from './define.ts'
import { foldsCommands } from './folds.ts'
import { pairsCommands } from './pairs.ts'
import { predictCommands } from './predict.ts'
import { reviewCommands } from './review.ts'
import { rulesCommands } from './rules.ts'
import { submitCommands } from './submit.ts'
import { trainCommands } from './train.ts'

/** Every command there is. A page's commands work while the page is shown; `useCommand` binds them. Where two that are bound have one key, the later goes first. */
export const catalog = { ...appCommands, ...browseCommands, ...cleanCommands, ...cropCommands, ...pairsCommands, ...foldsCommands, ...reviewCommands, ...rulesCommands, ...submitCommands, ...predictCommands, ...trainCommands }

export type CommandId = keyof typeof catalog
export const commandIds = Object.keys(catalog) as CommandId[]
export const definitionOf = (id: CommandId): CommandDefinition => catalog[id]
