import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { CropRecipe, SequenceKeypoints } from '../../../../src-main/contract/crop.ts'
import { emptySurvey, surveySteps, type Survey } from './boxSurvey.ts'
import { cleaningSteps, noEffect, type CleaningEffect } from './cleaningEffect.ts'

export interface SurveyedRecipe {
  survey: Survey
  cleaning: CleaningEffect
  /** Whose boxes they are; null: nothing was measured yet. */
  recipe: CropRecipe | null
}

/** Most of a slice, so that a frame of the screen has time for all else. */
const sliceMilliseconds = 5

/**
 * All boxes of the data set by a recipe, measured in the idle time between frames of the screen. A survey that was begun is finished and shown before
 * the next recipe is taken, so that the figures follow a slider that never rests; other sequences begin anew at once.
 */
export function useBoxSurvey(sequences: () => readonly SequenceKeypoints[], recipe: () => CropRecipe | null): ShallowRef<SurveyedRecipe> {
  const surveyed = shallowRef<SurveyedRecipe>({ survey: emptySurvey, cleaning: noEffect, recipe: null })
  let work: Generator<undefined, SurveyedRecipe> | null = null
  let asked = 0

  function* steps(all: readonly SequenceKeypoints[], by: CropRecipe): Generator<undefined, SurveyedRecipe> {
    const survey = yield* surveySteps(all, by)
    return { survey, cleaning: yield* cleaningSteps(all, by, survey), recipe: by }
  }

  function slice(): void {
    asked = 0
    const until = performance.now() + sliceMilliseconds
    while (work !== null) {
      const step = work.next()
      if (step.done === true) {
        work = null
        surveyed.value = step.value
        begin()
        return
      }
      if (performance.now() > until) {
        later()
        return
      }
    }
  }

  function later(): void {
    if (asked === 0) asked = requestIdleCallback(slice, { timeout: 100 })
  }

  function begin(): void {
    const by = recipe()
    if (by === null || work !== null || by === surveyed.value.recipe) return
    work = steps(sequences(), by)
    later()
  }

  watch(sequences, () => {
    work = null
    surveyed.value = { ...surveyed.value, recipe: null }
    begin()
  })
  watch(recipe, begin, { immediate: true })
  onScopeDispose(() => cancelIdleCallback(asked))
  return surveyed
}
