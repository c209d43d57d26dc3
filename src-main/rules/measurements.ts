import type { DatasetRoom } from '../contract/rooms.ts'
import type { SequenceFeature } from '../contract/rules.ts'
import { featureText } from './featureText.ts'
import { measureSequence } from './features.ts'

export interface Measurements {
  /** null: it cannot be measured. */
  value(sequence: { folder: string; version: string }, feature: SequenceFeature): number | null
  values(sequence: { folder: string; version: string }, features: readonly SequenceFeature[]): (number | null)[]
}

/** What the data set's sequences measure, remembered until they change. */
export function createMeasurements(dataset: Pick<DatasetRoom, 'frames'>): Measurements {
  const measured = new Map<string, { version: string; values: Map<string, number | null> }>()

  const values: Measurements['values'] = ({ folder, version }, features) => {
    let entry = measured.get(folder)
    if (entry?.version !== version) {
      entry = { version, values: new Map() }
      measured.set(folder, entry)
    }
    const known = entry.values
    let measure: ReturnType<typeof measureSequence> | null = null
    return features.map((feature) => {
      const key = featureText(feature)
      const found = known.get(key)
      if (found !== undefined) return found
      measure ??= measureSequence(dataset.frames(folder))
      const value = measure(feature)
      known.set(key, value)
      return value
    })
  }

  return { values, value: (sequence, feature) => values(sequence, [feature])[0]! }
}
