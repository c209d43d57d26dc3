import { thresholdMethods } from '../../../src-main/contract/rules.ts'
import type { RuleForm } from './ruleForm.ts'

/** A method of setting the threshold; by hand it begins where it is. */
export const withMethod = (method: RuleForm['method'], threshold: number | null): Partial<RuleForm> => ({ method, ...(method === 'by-hand' ? { threshold } : {}) })

export const nextMethod = (method: RuleForm['method']): RuleForm['method'] => thresholdMethods[(thresholdMethods.indexOf(method) + 1) % thresholdMethods.length] ?? 'log-loss'

export const withAction = (action: RuleForm['action']): Partial<RuleForm> => ({ action })
