import type { MessageKey } from '../i18n/index.ts'

/** A page, or what stands over one. */
export type Scope = 'app' | 'browse' | 'clean' | 'crop' | 'pairs' | 'folds' | 'train' | 'review' | 'rules' | 'submit' | 'predict'

export interface CommandDefinition {
  title: MessageKey
  keys: readonly string[]
  scope: Scope
  /** Also while a text field has the focus (Ctrl and Escape combinations do so anyway). */
  whileTyping?: boolean
  /** A key that is held gives it once, not again and again. */
  once?: boolean
}

/** Declares the commands of a page: `{ 'clean.erase': { title: 'clean.commands.erase', keys: ['E'], scope: 'clean' } }`. */
export const defineCommands = <const Table extends Record<string, CommandDefinition>>(table: Table): Table => table
