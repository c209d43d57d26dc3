import type { ActivationFrame } from '../../../../src-main/contract/evaluate.ts'
import { api } from '../../../api/client.ts'
import { useQuery, type Query } from '../../../composables/useQuery.ts'

export interface Activation {
  group: string
  frames: ActivationFrame[]
}

/** Where a run's networks looked in a sequence; the one before stays until the next is there (look at its `group`). null = none. */
export const useActivation = (runId: () => number, group: () => string | null): Query<Activation> =>
  useQuery({
    key: () => (group() === null ? null : ['activation', runId(), group()]),
    load: async (signal) => {
      const asked = group() ?? ''
      return { group: asked, frames: await api.evaluate.activation.query({ runId: runId(), group: asked }, { signal, context: { alone: true } }) }
    },
    refreshOn: { evaluation: (event) => event.runId === runId() },
    keepPrevious: true,
  })

/** The hand (or null: all keypoints together) of the first picture that the network got of a frame; undefined while that is not known. */
export function firstHand(activation: Activation | null, group: string | null, frame: number | null): number | null | undefined {
  if (activation === null || activation.group !== group) return undefined
  return activation.frames.find((entry) => entry.frame === frame)?.hand ?? null
}
