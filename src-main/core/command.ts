import type { ParseArgsConfig } from 'node:util'
import { HandloomError } from '../contract/errors.ts'
import type { HandloomEvent } from '../contract/events.ts'
import type { Project } from './project.ts'

export type Language = 'ko' | 'en'

export interface CommandContext {
  positionals: string[]
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  json: boolean
  language: Language
  /** Aborted by Ctrl+C or SIGTERM. */
  signal: AbortSignal
  /** A line for people, on stderr with --json. */
  say(korean: string, english: string): void
  /** Picks the words of the language. */
  words(korean: string, english: string): string
  progress(text: string): void
  /** Opens the data folder's project and waits for the scan; closed at the end of the command. */
  project(folder: string, options?: { write?: boolean }): Promise<Project>
  /** Events of the opened project. */
  onEvent(listener: (event: HandloomEvent) => void): void
}

/** What a command gives back: the JSON document, and how to say it to a person. */
export interface CommandResult {
  json: unknown
  text: string
  /** 0 unless the result itself is a failure (problems found by a check). */
  exitCode?: number
}

export interface Command {
  name: string
  usage: string
  summary: { ko: string; en: string }
  options?: NonNullable<ParseArgsConfig['options']>
  run(context: CommandContext): Promise<CommandResult | void>
}

/** The option as text, or undefined. */
export function text(context: CommandContext, name: string): string | undefined {
  const value = context.values[name]
  return typeof value === 'string' ? value : undefined
}

/** All values of a repeatable option. */
export function texts(context: CommandContext, name: string): string[] {
  const value = context.values[name]
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : typeof value === 'string' ? [value] : []
}

export function wholeNumber(context: CommandContext, name: string, least = 0): number | undefined {
  const value = text(context, name)
  if (value === undefined) return undefined
  const number = value.trim() === '' ? Number.NaN : Number(value)
  if (!Number.isSafeInteger(number) || number < least) throw new UsageError(`--${name} wants a whole number of at least ${least}, not "${value}".`)
  return number
}

/** The n-th argument that is not an option. */
export function argument(context: CommandContext, index: number, name: string): string {
  const value = context.positionals[index]
  if (value === undefined) throw new UsageError(`${name} is missing.`)
  return value
}

/** `--folds 0,1` or `all` as numbers, null = all. */
export function foldList(context: CommandContext): number[] | null {
  const value = text(context, 'folds')
  if (value === undefined || value === 'all') return null
  const folds = value.split(',').map((entry) => (/^\s*\d{1,9}\s*$/.test(entry) ? Number(entry) : Number.NaN))
  if (folds.some(Number.isNaN)) throw new UsageError(`--folds wants numbers like 0,1 or all, not "${value}".`)
  return folds
}

/** `--run 1,2` or `--run 1 --run 2` as numbers; empty when it is not given. */
export function runList(context: CommandContext, name = 'run'): number[] {
  return texts(context, name).flatMap((entry) => entry.split(',')).map((entry) => {
    if (!/^\s*\d{1,9}\s*$/.test(entry)) throw new UsageError(`--${name} wants run numbers like 1,2, not "${entry}".`)
    return Number(entry)
  })
}

/** The run asked for with --run, else the newest finished one, else the newest. */
export async function chosenRun(context: CommandContext, project: Project): Promise<number> {
  const [given] = runList(context)
  const runs = await project.train.runs()
  if (given !== undefined) {
    await project.train.run({ id: given })
    return given
  }
  // A refit is trained anew at any time; whoever wants it names it.
  const newest = runs.filter(({ madeFrom }) => madeFrom?.how !== 'refit').toSorted((a, b) => b.id - a.id)
  const run = newest.find((entry) => entry.state === 'done') ?? newest.find((entry) => entry.folds.some((fold) => fold.state === 'done'))
  if (!run) throw new HandloomError('not-found', 'There is no trained run yet. Train one with: handloom train FOLDER')
  return run.id
}

/** Arguments that make no sense: exit code 2. */
export class UsageError extends Error {}
