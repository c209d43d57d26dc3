import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import { pipelineHead, pipelineSteps, type PipelineStep, type PipelineStepKind } from '../../contract/pipeline.ts'
import { trainConfig } from '../../contract/train.ts'

/** A pipeline file, its paths absolute. */
export interface Pipeline {
  file: string
  /** The data folder, and the project's own where it says one. */
  folder: string
  project: string | undefined
  steps: PipelineStep[]
}

const largestFile = 16 * 2 ** 20
const kinds = Object.keys(pipelineSteps) as PipelineStepKind[]

/**
 * Reads a pipeline file (YAML or JSON) and looks at every step before any is done: its keys and values, and that the runs it names are trained before.
 * @throws HandloomError `bad-input` with file and place, `not-found`
 */
export async function readPipeline(path: string): Promise<Pipeline> {
  const file = resolve(path)
  const fail = (place: string, message: string): HandloomError => new HandloomError('bad-input', `${file}${place === '' ? '' : `, ${place}`}: ${message}`, { file, place })
  const document = parseDocument(await readText(file), { prettyErrors: true })
  const [broken] = document.errors
  if (broken) throw fail('', `${broken.message} Mend the YAML there.`)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw fail('', `${toHandloomError(error).message} Write repeated parts out.`)
  }
  const head = parsed(pipelineHead, value, '', fail)
  const steps = head.steps.map((step, index) => readStep(step, `steps[${index}]`, fail))
  checkRunNames(steps, fail)
  const from = (given: string): string => resolve(dirname(file), given)
  return { file, folder: from(head.folder), project: head.project === undefined ? undefined : from(head.project), steps }
}

async function readText(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r')
    const { size } = await handle.stat()
    if (size > largestFile) throw new HandloomError('bad-input', `${file} has ${Math.round(size / 2 ** 20)} MB; a pipeline file of more than ${largestFile / 2 ** 20} MB is not read.`, { file })
    return await handle.readFile('utf8')
  } catch (error) {
    throw toHandloomError(error)
  }
}

type Fail = (place: string, message: string) => HandloomError

function readStep(step: Record<string, unknown>, place: string, fail: Fail): PipelineStep {
  const keys = Object.keys(step)
  const kind = kinds.find((one) => one === keys[0])
  if (kind === undefined || keys.length !== 1) throw fail(place, `A step has one key, one of ${kinds.join(', ')}; here ${keys.length === 0 ? 'is none' : `are ${keys.join(', ')}`}.`)
  const value = parsed<unknown>(pipelineSteps[kind], step[kind], `${place}.${kind}`, fail)
  if (kind === 'train') parsed<unknown>(trainConfig, configOf(value as Record<string, unknown>), `${place}.${kind}`, fail)
  const chosen = kind === 'clean' ? ['preset', 'file', 'rules'] : kind === 'rules' ? ['fit', 'file', 'rules'] : null
  if (chosen && chosen.filter((key) => Object.hasOwn(value as object, key)).length !== 1) throw fail(`${place}.${kind}`, `It wants exactly one of ${chosen.join(', ')}.`)
  return { kind, value } as PipelineStep
}

/** A train step without what is the pipeline's. */
export const configOf = (step: Record<string, unknown>): Record<string, unknown> => Object.fromEntries(Object.entries(step).filter(([key]) => key !== 'as' && key !== 'only'))

function parsed<T>(schema: z.ZodType<T>, value: unknown, place: string, fail: Fail): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const { path, message } = result.error.issues[0] ?? { path: [], message: 'It is not what is wanted here.' }
  throw fail([place, ...path.map(String)].filter(Boolean).join('.'), message.endsWith('.') ? message : `${message}.`)
}

/** Every run that a step names must be trained by a step before it. */
function checkRunNames(steps: readonly PipelineStep[], fail: Fail): void {
  const known = new Set<string>()
  let trained = 0
  for (const [index, { kind, value }] of steps.entries()) {
    const place = `steps[${index}].${kind}`
    if (kind === 'train') {
      trained++
      if (value.as !== undefined && known.has(value.as)) throw fail(`${place}.as`, `An earlier step calls its run “${value.as}” already.`)
      if (value.as !== undefined) known.add(value.as)
    }
    if (kind !== 'rules' && kind !== 'submit' && kind !== 'export') continue
    const named = kind === 'submit' ? (value.runs ?? []) : value.run === undefined ? [] : [value.run]
    const unknown = named.find((name) => !known.has(name))
    if (unknown !== undefined) throw fail(place, `No step before it trains a run as “${unknown}”.`)
    if (trained === 0) throw fail(place, 'No step before it trains a run.')
  }
}
