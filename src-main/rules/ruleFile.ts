import { LineCounter, parseDocument, type Document } from 'yaml'
import { HandloomError } from '../contract/errors.ts'
import { ruleDraft, type RuleDefinition, type RuleDraft } from '../contract/rules.ts'

/** Characters and rules that a file has at most. */
const longest = 4_000_000
const mostRules = 1000

const strictDraft = ruleDraft.strict()

/** Rules as a file that `parseRuleFile` reads. */
export const ruleFileText = (runId: number, rules: readonly RuleDefinition[]): { name: string; text: string } => ({ name: `rules-run-${runId}.json`, text: `${JSON.stringify({ rules }, null, 2)}\n` })

/**
 * Rules from a JSON or YAML file: one rule, a list of them, or `{ rules: [...] }`.
 * @param poseIds classes that there are
 * @throws HandloomError `bad-input` with file and place
 */
export function parseRuleFile(text: string, fileName: string, poseIds: readonly number[]): RuleDraft[] {
  const refuse = (place: string, what: string): HandloomError =>
    new HandloomError('bad-input', `${fileName}${place ? `, ${place}` : ''}: ${what}. Mend the file and try again; nothing was changed.`, { file: fileName, ...(place && { place }) })
  if (text.length > longest) throw refuse('', `The file is too long for rules (${text.length} characters; at most ${longest})`)
  const lines = new LineCounter()
  const { document, value } = read(text, lines, refuse)
  const wrapped = isObject(value) && 'rules' in value
  const inner = wrapped ? value.rules : value
  const list: unknown[] = Array.isArray(inner) ? inner : [inner]
  if (list.length === 0 || inner === null || inner === undefined) throw refuse('', 'There is no rule in it')
  if (list.length > mostRules) throw refuse('', `There are ${list.length} rules in it; at most ${mostRules} are read`)
  return list.map((item, index) => {
    const path = [...(wrapped ? ['rules'] : []), ...(Array.isArray(inner) ? [index] : [])]
    const parsed = strictDraft.safeParse(item)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!
      throw refuse(placeOf(document, lines, [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]), isObject(item) ? issue.message : 'A rule is an object with stillPoseIds, movingPoseIds and feature')
    }
    const unknown = [...parsed.data.stillPoseIds, ...parsed.data.movingPoseIds].filter((poseId) => !poseIds.includes(poseId))
    if (unknown.length > 0) throw refuse(placeOf(document, lines, path), `The run does not know ${unknown.length === 1 ? 'class' : 'the classes'} ${unknown.join(', ')}`)
    return parsed.data
  })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function read(text: string, lines: LineCounter, refuse: (place: string, what: string) => HandloomError): { document: Document; value: unknown } {
  try {
    const document = parseDocument(text.replace(/^\uFEFF/, ''), { lineCounter: lines })
    const fault = document.errors[0]
    if (fault) {
      const { line, col } = lines.linePos(fault.pos[0])
      throw refuse(`line ${line}, column ${col}`, fault.message.split('\n')[0]!.replace(/:$/, ''))
    }
    return { document, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    if (error instanceof HandloomError) throw error
    throw refuse('', `It cannot be read (${(error as Error).message.split('\n')[0]}); aliases are not followed`)
  }
}

/** `rules[1].feature.point (line 7)` */
function placeOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '')
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    const range = (node as { range?: readonly number[] | null } | null | undefined)?.range
    if (range) return `${name}${name ? ' ' : ''}(line ${lines.linePos(range[0]!).line})`
  }
  return name
}
