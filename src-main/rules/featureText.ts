import { featureMeasures, featurePoints, type SequenceFeature } from '../contract/rules.ts'

/** A feature as one word: `topmost-x-range` (pixels), `8-both-path-hand-sizes`, `tips-x-turns`. The same features have the same word. */
export function featureText({ point, axis, measure, unit }: SequenceFeature): string {
  return `${point}-${axis}-${measure}${unit === 'hand-sizes' && measure !== 'turns' ? '-hand-sizes' : ''}`
}

const form = new RegExp(`^(${featurePoints.join('|')}|1?\\d|20)-(x|y|both)-(${featureMeasures.join('|')})(?:-(pixels|hands|hand-sizes))?$`)

/** The feature that such a word means (`-hands` for `-hand-sizes` will do); null when it means none. */
export function parseFeature(text: string): SequenceFeature | null {
  const [, point, axis, measure, unit] = form.exec(text.trim().toLowerCase()) ?? []
  if (point === undefined) return null
  return {
    point: /^\d+$/.test(point) ? Number(point) : (point as (typeof featurePoints)[number]),
    axis: axis as SequenceFeature['axis'],
    measure: measure as SequenceFeature['measure'],
    unit: unit === undefined || unit === 'pixels' ? 'pixels' : 'hand-sizes',
  }
}
