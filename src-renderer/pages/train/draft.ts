import { useStorage } from '@vueuse/core'
import { computed, type WritableComputedRef } from 'vue'
import { config as zodConfig } from 'zod'
import { trainConfig, type Run, type TrainConfig, type TrainConfigInput } from '../../../src-main/contract/train.ts'

// Our content security policy forbids making code from text, which Zod would try.
zodConfig({ jitless: true })

export type Draft = TrainConfig

export const draftOf = (input: TrainConfigInput): Draft => trainConfig.parse(input)

/** The settings of a new run as they were left, or the defaults; what does not fit the contract any more is not kept. */
export function useDraft(): WritableComputedRef<Draft> {
  const stored = useStorage<string>('handloom.train.draft', '{}')
  return computed({
    get: () => {
      const kept = trainConfig.safeParse(parse(stored.value))
      return kept.success ? kept.data : draftOf({})
    },
    set: (draft) => (stored.value = JSON.stringify(draft)),
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    console.warn('The settings kept for a new run cannot be read and are left out:', error)
    return {}
  }
}

/** The same settings without the name, which belongs to one run. */
export const settingsOf = (run: Run): Draft => ({ ...run.config, name: '' })

/** A preset over the draft's folds, unless the preset has folds of its own and no split was chosen. */
export const withPreset = (draft: Draft, preset: TrainConfigInput): Draft => draftOf({ folds: draft.folds, splitter: draft.splitter, seed: draft.seed, ...preset, ...(draft.split === undefined ? {} : { split: draft.split, folds: draft.folds, splitter: draft.splitter }), name: draft.name })

/** A draft with all that does not belong to a preset made equal. */
const bare = (draft: Draft): string => JSON.stringify({ ...draft, name: '', folds: 0, splitter: '', split: 0, seed: 0 })

/** Whether a draft has a preset's settings, apart from its folds and seed. */
export const isPreset = (draft: Draft, preset: TrainConfigInput): boolean => bare(draft) === bare(withPreset(draft, preset))
