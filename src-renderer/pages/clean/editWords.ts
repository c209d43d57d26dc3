import type { EditSummary, PointChange } from '../../../src-main/contract/annotation.ts'
import { handOfRow, keypointNames, keypointsPerHand } from '../../../src-main/contract/hand.ts'
import type { useText } from '../../composables/useText.ts'

type Text = ReturnType<typeof useText>['t']

/** What an edit did, as its label begins. */
const verbs = { Erased: 'erased', Moved: 'moved', Restored: 'restored', Hid: 'hid', Showed: 'showed', Copied: 'copied', Interpolated: 'interpolated', Swapped: 'swapped' } as const
export type EditVerb = keyof typeof verbs

function verbOf(to: PointChange['to']): EditVerb {
  if ('erased' in to) return 'Erased'
  if ('x' in to) return 'Moved'
  return 'hidden' in to ? (to.hidden ? 'Hid' : 'Showed') : 'Restored'
}

/** What an edit is called in the project: “Erased hand, frame 5”. English like all the core writes; `historyLabel` says it in the language in use. */
export function editLabel(changes: readonly PointChange[], verb?: EditVerb): string {
  const [first] = changes
  if (first === undefined) return ''
  const rows = new Set(changes.map(({ index }) => index))
  const frames = new Set(changes.map(({ frame }) => frame))
  const hand = rows.size === keypointsPerHand && new Set([...rows].map(handOfRow)).size === 1
  const what = verb === 'Swapped' ? 'hands' : hand ? 'hand' : rows.size === 1 ? keypointNames[first.index % keypointsPerHand] : `${changes.length} points`
  return `${verb ?? verbOf(first.to)} ${what}, ${frames.size === 1 ? `frame ${first.frame}` : `${frames.size} frames`}`
}

const ownLabel = new RegExp(`^(${Object.keys(verbs).join('|')}) (?:(\\d+) points|(\\w+)), (?:frame (\\d+)|(\\d+) frames)$`)
const ruleLabel = /^(.*): \d+ keypoints? in \d+ sequences?$/
const takenBackLabel = /^Take back “(.*)”(?: \(.*\))?$/
const keptLabel = /^(Kept the edits of|Took the changed file of) (\S+)/
const givenLabel = /^Label (?:(\d+) sequences|(\S+)) as (.*)$/
const fileLabel = /^(?:Take the files?'s? labels?|Correct the labels) of (?:(\d+) sequences|(\S+))$/
const importLabel = /^Import (.*): \d+ keypoints? in \d+ sequences?$/

/** An edit's label in the language in use; a label in other words stays as it is. */
export function historyLabel({ label }: Pick<EditSummary, 'label'>, t: Text): string {
  const taken = takenBackLabel.exec(label)?.[1]
  if (taken !== undefined) return t('clean.history.takenBack', { label: historyLabel({ label: taken }, t) })
  const imported = importLabel.exec(label)?.[1]
  if (imported !== undefined) return t('clean.history.imported', { name: imported })
  const rule = ruleLabel.exec(label)?.[1]
  if (rule !== undefined) return t('clean.history.rule', { name: ruleName(rule, t) })
  const [, kept, folder] = keptLabel.exec(label) ?? []
  if (kept !== undefined) return t(kept.startsWith('Kept') ? 'clean.history.keptEdits' : 'clean.history.tookFile', { folder: folder ?? '' })
  const named = givenLabel.exec(label) ?? fileLabel.exec(label)
  if (named) {
    const [, count, own, name] = named
    const where = count === undefined ? (own ?? '') : t('data.sequences', { n: Number(count) })
    if (name !== undefined) return t('labels.history.given', { where, name })
    return t(label.startsWith('Take') ? 'labels.history.back' : 'labels.history.several', { where })
  }
  const [, verb, points, name, frame, frames] = ownLabel.exec(label) ?? []
  const keypoint = keypointNames.find((known) => known === name)
  if (verb === undefined || (points === undefined && name !== 'hand' && name !== 'hands' && keypoint === undefined)) return label
  const what = points !== undefined ? t('data.points', { n: Number(points) }) : keypoint !== undefined ? t(`data.keypoint.${keypoint}`) : t(name === 'hands' ? 'clean.edit.hands' : 'clean.edit.hand')
  const where = frame !== undefined ? t('clean.edit.frame', { frame }) : t('data.frames', { n: Number(frames) })
  return t(`clean.edit.${verbs[verb as EditVerb]}`, { what, where })
}

/** Where an edit comes from, beside the hand: “found by the detector: second hand”. null for the hand alone. */
export function sourceWords({ source }: Pick<EditSummary, 'source'>, t: Text): string | null {
  if (source === null) return null
  if ('detector' in source) return t('clean.history.fromDetector', { name: t(`clean.finding.${source.detector}`) })
  if ('rule' in source) return t('clean.history.fromRule', { name: ruleName(source.rule, t) })
  if ('file' in source) return t('clean.history.fromFile', { name: source.file })
  return t('clean.history.fromEdit', { id: source.edit })
}

/** Names of the rules every project has are said in words; a person's own rules keep theirs. */
export function ruleName(name: string, t: Text): string {
  if (name === 'contest') return t('clean.rule.contest')
  if (name === 'contest-scaled') return t('clean.rule.contestScaled')
  return name
}
