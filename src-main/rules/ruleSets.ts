import { z } from 'zod'
import { HandloomError } from '../contract/errors.ts'
import { ruleDefinition, type RulesVersion } from '../contract/rules.ts'
import { machineUser } from '../db/author.ts'
import type { Db } from '../db/open.ts'

const storedRule = ruleDefinition.extend({
  id: z.number().int(),
  /** What was fitted without each fold, when it was fitted. */
  fits: z.array(z.object({ fold: z.number().int(), threshold: z.number().nullable(), clamp: z.number().min(0).max(0.5) })),
  thresholdInterval: z.object({ low: z.number(), high: z.number() }).nullable().default(null),
})
export type StoredRule = z.infer<typeof storedRule>

export interface RuleSet {
  /** 0: the run has no rules yet. */
  version: number
  rules: StoredRule[]
}

/** Longest label that is kept. */
const longestLabel = 300

/** Versions of each run's rules. A version is never changed. */
export function ruleSets(db: Db) {
  const newest = db.prepare<[number], { version: number; rules: string }>('SELECT version, rules FROM rule_set WHERE run_id = ? ORDER BY version DESC LIMIT 1')
  const one = db.prepare<[number, number], { version: number; rules: string }>('SELECT version, rules FROM rule_set WHERE run_id = ? AND version = ?')

  const parse = (runId: number, { version, rules }: { version: number; rules: string }): RuleSet => {
    try {
      return { version, rules: z.array(storedRule).parse(JSON.parse(rules)) }
    } catch (cause) {
      throw new HandloomError('bad-input', `Version ${version} of the rules of run ${runId} cannot be read from the project. Restore an earlier version.`, { cause })
    }
  }
  const current = (runId: number): RuleSet => {
    const row = newest.get(runId)
    return row ? parse(runId, row) : { version: 0, rules: [] }
  }

  return {
    current,

    /** @throws HandloomError `not-found` */
    at(runId: number, version: number): RuleSet {
      if (version === 0) return { version, rules: [] }
      const row = one.get(runId, version)
      if (!row) throw new HandloomError('not-found', `The rules of run ${runId} have no version ${version}. See which there are with: handloom rules versions FOLDER --run ${runId}`)
      return parse(runId, row)
    },

    runIds: (): number[] => db.prepare<[], number>('SELECT DISTINCT run_id FROM rule_set ORDER BY run_id').pluck().all(),

    /** Newest first. */
    versions: (runId: number): RulesVersion[] =>
      db.prepare<[number], RulesVersion>('SELECT version, created, author, label, json_array_length(rules) AS rules FROM rule_set WHERE run_id = ? ORDER BY version DESC').all(runId),

    /** A number that no rule of the project has or had. */
    nextId: (): number => (db.prepare<[], number | null>("SELECT max(rule.value ->> 'id') FROM rule_set, json_each(rule_set.rules) rule").pluck().get() ?? 0) + 1,

    /** Makes the rules the newest version, where they are others than before; returns whether they are. */
    keep(runId: number, rules: readonly StoredRule[], label: string): boolean {
      return db.transaction(() => {
        const before = newest.get(runId)
        const text = JSON.stringify(rules)
        if (text === (before?.rules ?? '[]')) return false
        db.prepare('INSERT INTO rule_set (run_id, version, created, author, label, rules) VALUES (?, ?, ?, ?, ?, ?)').run(runId, (before?.version ?? 0) + 1, new Date().toISOString(), machineUser(), label.slice(0, longestLabel), text)
        return true
      })()
    },
  }
}
