import type { z } from 'zod'
import { HandloomError } from '../contract/errors.ts'
import { ruleChange, ruleDraft, type RuleChange, type RuleDefinition, type RuleDraft, type RuleDraftInput } from '../contract/rules.ts'
import { featureText } from './featureText.ts'
import { decisionsOf, fitRule } from './fitRule.ts'
import type { Measurements } from './measurements.ts'
import { presetOf } from './pairs.ts'
import { clampOf, type FitPoint } from './threshold.ts'
import { fitFor, type FittedRule } from './rows.ts'
import { checkClasses, fitPoints, type RuleClasses, type RunData } from './runData.ts'

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new HandloomError('bad-request', `A rule cannot be so: ${issue.path.join('.') || 'the whole'}: ${issue.message}. Mend it and try again; nothing was changed.`, { cause: result.error })
}

/** @throws HandloomError `bad-request` */
export const parseDraft = (input: RuleDraftInput): RuleDraft => parsed(ruleDraft, input)

/** `name / name (0/42)` */
export function usualName({ stillPoseIds, movingPoseIds }: RuleClasses, nameOf: (poseId: number) => string): string {
  const named = (poseIds: readonly number[]): string => [...new Set(poseIds.map(nameOf))].join(', ')
  return `${named(stillPoseIds)} / ${named(movingPoseIds)} (${stillPoseIds.join(', ')}/${movingPoseIds.join(', ')})`.slice(0, 200)
}

/**
 * The rule that a draft means. A threshold or clamp that is given is one by hand.
 * @param shared points that the threshold is fitted on instead of the rule's own
 * @throws HandloomError as `checkClasses`, `bad-request` where nothing can be fitted
 */
export function fitDraft(draft: RuleDraft, data: RunData, measurements: Measurements, shared?: readonly FitPoint[]): FittedRule {
  checkClasses(draft, data)
  const { threshold: hand = null, clamp: kept = null, ...rest } = draft
  if (hand === null && draft.method === 'by-hand') throw new HandloomError('bad-request', 'A threshold by hand is a number. Give one, or choose a method that fits it.')
  if (kept === null && draft.clampFrom === 'by-hand') throw new HandloomError('bad-request', 'A clamp by hand is a number from 0 to 0.5. Give one, or let it come from the errors.')
  const points = fitPoints(draft, data, measurements)
  const { threshold, clamp, fits, thresholdInterval } = fitRule(points, { ...draft, threshold: hand, clamp: kept }, shared)
  if (threshold === null) throw unfittable(draft, points)
  return {
    ...rest,
    name: draft.name || usualName(draft, data.nameOf),
    threshold,
    method: hand === null ? draft.method : 'by-hand',
    clamp,
    clampFrom: kept === null ? 'error' : 'by-hand',
    fits,
    thresholdInterval,
  }
}

function unfittable({ feature, stillPoseIds }: RuleDraft, points: readonly FitPoint[]): HandloomError {
  const why = points.some(({ side }) => side === 'still') ? 'every sequence of the still side is left out' : `no sequence of the still side (${stillPoseIds.join(', ')}) can be measured by ${featureText(feature)}`
  return new HandloomError('bad-request', `No threshold can be fitted: ${why}. Choose another feature, leave fewer out, or set a threshold by hand.`)
}

/** Whether a rule is a preset pair as it comes, whose threshold the pairs of its family share where they are fitted together. */
const familyOf = (draft: Pick<RuleDraft, 'stillPoseIds' | 'movingPoseIds' | 'feature' | 'threshold' | 'method'>): string | null => {
  const preset = draft.threshold === undefined ? presetOf(draft) : undefined
  return preset && featureText(preset.feature) === featureText(draft.feature) ? `${preset.family} ${draft.method}` : null
}

/** The rules that drafts mean, fitted together. */
export function fitDrafts(drafts: readonly RuleDraft[], data: RunData, measurements: Measurements): FittedRule[] {
  for (const draft of drafts) checkClasses(draft, data)
  const families = Map.groupBy(drafts, familyOf)
  const shared = new Map([...families].flatMap(([family, members]) => (family === null ? [] : [[family, members.flatMap((draft) => fitPoints(draft, data, measurements))] as const])))
  return drafts.map((draft) => fitDraft(draft, data, measurements, shared.get(familyOf(draft) ?? '')))
}

/**
 * A rule after a change. The threshold is fitted anew where its method, the classes, the feature or what is left out change, the clamp where that or where it comes from does;
 * else both stay as they were fitted.
 * @throws HandloomError as `fitDraft`
 */
export function changedRule(rule: FittedRule, input: RuleChange, data: RunData, measurements: Measurements): FittedRule {
  const change = parsed(ruleChange, input) as Partial<RuleDefinition>
  const { fits, thresholdInterval, ...definition } = rule
  const next = { ...definition, ...Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) } as RuleDefinition
  const same = (key: keyof RuleDefinition): boolean => JSON.stringify(next[key]) === JSON.stringify(definition[key])
  const basis = same('stillPoseIds') && same('movingPoseIds') && same('feature') && same('leftOut')
  const newThreshold = change.threshold !== undefined && (change.threshold !== rule.threshold || rule.method === 'by-hand' || change.method === 'by-hand')
  const byHand = newThreshold || change.method === 'by-hand' || (next.method === 'by-hand' && change.method === undefined)
  const refit = !byHand && (!basis || change.method !== undefined)
  const clampByHand = change.clamp !== undefined || (change.clampFrom ?? rule.clampFrom) === 'by-hand'
  const name = next.name || usualName(next, data.nameOf)
  if (basis && !refit && !newThreshold && change.method === undefined && change.clamp === undefined && change.clampFrom === undefined) return { ...next, name, fits, thresholdInterval }
  const { threshold: _, clamp: __, ...rest } = next
  const fitted = fitDraft({ ...rest, name, method: byHand ? 'by-hand' : next.method, clampFrom: clampByHand ? 'by-hand' : 'error', ...(byHand ? { threshold: next.threshold } : {}), ...(clampByHand ? { clamp: next.clamp } : {}) }, data, measurements)
  if (byHand || refit) return fitted
  return withClamps({ ...fitted, threshold: rule.threshold, method: rule.method, thresholdInterval }, fits, clampByHand)

  /** The thresholds that were fitted before, with the clamps of now. */
  function withClamps(now: FittedRule, before: FittedRule['fits'], byHandNow: boolean): FittedRule {
    const points = fitPoints(now, data, measurements)
    const clampWithout = (without: number | null): number =>
      byHandNow ? now.clamp : clampOf(decisionsOf(points.filter(({ fold }) => without === null || fold !== without), ({ fold }) => fitFor({ ...now, fits: before }, fold).threshold))
    return { ...now, clamp: clampWithout(null), fits: before.map((fit) => ({ ...fit, clamp: clampWithout(fit.fold) })) }
  }
}
