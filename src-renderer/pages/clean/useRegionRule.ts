import { refDebounced } from '@vueuse/core'
import { computed, reactive, ref, watch, type ComputedRef, type Ref } from 'vue'
import { regionRule, type RegionCondition, type RegionRule, type RulePreview } from '../../../src-main/contract/annotation.ts'
import type { Box } from '../../../src-main/contract/crop.ts'
import type { Size } from '../../editor/viewport.ts'
import { api } from '../../api/client.ts'
import { useQuery, type Query } from '../../composables/useQuery.ts'
import { termOfBox, termsOfBoxes } from './drawnTerms.ts'
import { ownRule } from './ruleChoice.ts'

/** A rule as it is being written. */
export interface RuleDraft {
  /** Name of the preset or saved rule it came from; `ownRule` when it is new or was changed. */
  choice: string
  name: string
  folders: string[]
  from: number | null
  to: number | null
  terms: RegionCondition[][]
  /** Values are for frames 1920 wide and scale with the frame's width. */
  scaled: boolean
}

export interface RegionRuleState {
  draft: RuleDraft
  presets: Query<RegionRule[]>
  saved: Query<RegionRule[]>
  /** The draft as a rule; null while it is not a valid one. */
  rule: ComputedRef<RegionRule | null>
  preview: Query<RulePreview>
  /** The counts are of another draft than the one on screen. */
  stale: ComputedRef<boolean>
  /** The region is drawn on the stage. */
  previewing: Ref<boolean>
  choose: (name: string) => void
  changed: () => void
  /** A box drawn on a frame of a sequence becomes a term (`at` null), or the one of the drawn boxes that it was. */
  draw: (at: number | null, box: Box, frame: Size, folder: string) => void
}

const scaledWidth = 1920
/** A rule that is not written yet: no part of the frame. */
const emptyTerms = (): RegionCondition[][] => [[{ axis: 'x', relation: '<', value: 0 }]]

/** `folders`: those of the data set, null until they are known. */
export function useRegionRule(frameWidth: () => number | null, folders: () => ReadonlySet<string> | null): RegionRuleState {
  const draft = reactive<RuleDraft>({ choice: '', name: '', folders: [], from: null, to: null, terms: emptyTerms(), scaled: false })
  const previewing = ref(false)
  const presets = useQuery({ key: () => ['rulePresets'], load: (signal) => api.annotation.presets.query(undefined, { signal }) })
  const saved = useQuery({ key: () => ['savedRules'], load: (signal) => api.annotation.savedRules.query(undefined, { signal }), refreshOn: { project: true } })

  const rule = computed<RegionRule | null>(() => {
    const { name, folders, from, to, terms, scaled } = draft
    const written = {
      name: name.trim() === '' ? ownRule : name.trim(),
      folders: [...folders],
      terms: terms.map((term) => term.map((condition) => ({ ...condition }))),
      ...(from === null && to === null ? {} : { frames: { from: from ?? 0, to: to ?? 999_999_999 } }),
      ...(scaled ? { referenceWidth: scaledWidth } : {}),
    }
    const parsed = regionRule.safeParse(written)
    return parsed.success ? parsed.data : null
  })
  const text = computed(() => (rule.value === null ? null : JSON.stringify(rule.value)))
  const asked = refDebounced(text, 180)
  const preview = useQuery({
    key: () => (asked.value === null ? null : ['rulePreview', asked.value]),
    load: (signal) => api.annotation.previewRule.query({ rule: JSON.parse(asked.value ?? 'null') as RegionRule, brief: true }, { signal, context: { alone: (asked.value ?? '').length > 3000 } }),
    refreshOn: { edit: true, scan: ({ status }) => status.state === 'done' },
    keepPrevious: true,
  })

  function choose(name: string): void {
    const chosen = [...(presets.data.value ?? []), ...(saved.data.value ?? [])].find((candidate) => candidate.name === name)
    draft.choice = name
    if (chosen === undefined) {
      draft.name = ''
      return
    }
    draft.name = chosen.name
    draft.folders = [...chosen.folders]
    draft.from = chosen.frames?.from ?? null
    draft.to = chosen.frames?.to ?? null
    draft.terms = chosen.terms.map((term) => term.map((condition) => ({ ...condition })))
    draft.scaled = chosen.referenceWidth !== undefined
  }

  /** A preset that is changed is one's own rule from then on. */
  function changed(): void {
    if (draft.choice === ownRule) return
    if ((presets.data.value ?? []).some(({ name }) => name === draft.choice)) {
      draft.choice = ownRule
      draft.name = ''
    }
  }

  function draw(at: number | null, box: Box, frame: Size, folder: string): void {
    previewing.value = true
    // What is drawn over a preset is a rule of one's own, of this sequence.
    const isPreset = (presets.data.value ?? []).some(({ name }) => name === draft.choice)
    const isNew = draft.choice !== ownRule && !(saved.data.value ?? []).some(({ name }) => name === draft.choice)
    const untouched = JSON.stringify(draft.terms) === JSON.stringify(emptyTerms())
    const reference = draft.scaled ? scaledWidth : undefined
    const term = termOfBox(box, frame, reference === undefined ? 1 : reference / frame.width)
    const place = at === null ? undefined : termsOfBoxes(draft.terms, frame, reference)[at]
    if (place !== undefined) draft.terms = draft.terms.with(place, term)
    else if (isPreset || isNew || untouched) Object.assign(draft, { choice: ownRule, name: '', folders: [folder], from: null, to: null, terms: [term] })
    else draft.terms = [...draft.terms, term]
    changed()
  }

  // Where frames are not as wide as the contest's, the preset that scales is the one that fits; without the contest's sequences none does.
  watch([() => presets.data.value, frameWidth, folders], ([rules, width, known]) => {
    if (draft.choice !== '' || rules === null || width === null || known === null) return
    const fitting = rules.find(({ name }) => name === (width === scaledWidth ? 'contest' : 'contest-scaled'))
    choose(fitting?.folders.some((folder) => known.has(folder)) === true ? fitting.name : ownRule)
  }, { immediate: true })

  return { draft, presets, saved, rule, preview, stale: computed(() => asked.value !== text.value || preview.loading.value), previewing, choose, changed, draw }
}
