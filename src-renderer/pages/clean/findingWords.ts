import type { Finding } from '../../../src-main/contract/annotation.ts'
import { keypointNames, keypointsPerHand } from '../../../src-main/contract/hand.ts'
import type { MessageKey, MessageValues } from '../../i18n/index.ts'

type Text = (key: MessageKey, values?: MessageValues) => string

/** The numbers in a detector's reason, so that it can be said in every language. */
const patterns: { kind: Finding['kind']; pattern: RegExp; key: MessageKey; names: readonly string[] }[] = [
  { kind: 'jump', pattern: /by (\d+) px in this frame; .* move ([\d.]+) px/, key: 'clean.why.jumpAtEnd', names: ['px', 'usual'] },
  { kind: 'jump', pattern: /by (\d+) px in this frame.* move ([\d.]+) px/, key: 'clean.why.jump', names: ['px', 'usual'] },
  { kind: 'isolated-hand', pattern: /in (\d+) of (\d+) frames, (\d+) px .*about (\d+) px/, key: 'clean.why.isolatedHand', names: ['seen', 'frames', 'px', 'size'] },
  { kind: 'isolated-cluster', pattern: /^(\d+) keypoints .* up to (\d+) px long \(a hand is about (\d+) px/, key: 'clean.why.isolatedCluster', names: ['count', 'px', 'size'] },
  { kind: 'bone-length', pattern: / is ([\d.]+) of .* on a flat hand it is ([\d.]+) as/, key: 'clean.why.boneLengthFlat', names: ['ratio', 'usual'] },
  { kind: 'bone-length', pattern: / is ([\d.]+) of .* it is ([\d.]+) as/, key: 'clean.why.boneLength', names: ['ratio', 'usual'] },
  { kind: 'border', pattern: /^(\d+) keypoints? .* of the (\d+) × (\d+) picture, by up to (\d+) px/, key: 'clean.why.border', names: ['count', 'width', 'height', 'px'] },
  { kind: 'second-hand', pattern: /both are seen in (\d+) of (\d+) frames, about as far/, key: 'clean.why.secondHandAlike', names: ['seen', 'frames'] },
  { kind: 'second-hand', pattern: /both are seen in (\d+) of (\d+) frames/, key: 'clean.why.secondHandBoth', names: ['seen', 'frames'] },
  { kind: 'second-hand', pattern: /seen in (\d+) of (\d+) frames, the other, (\d+) px away, in (\d+)/, key: 'clean.why.secondHandFewer', names: ['seen', 'frames', 'px', 'other'] },
  { kind: 'count-mismatch', pattern: /^Most frames have two hands, and (\d+) of (\d+)/, key: 'clean.why.oneHandOfMost', names: ['seen', 'frames'] },
  { kind: 'count-mismatch', pattern: /has (\d+) keypoints, where/, key: 'clean.why.count', names: ['count'] },
  { kind: 'count-mismatch', pattern: /and (\d+) of (\d+) frames have one \((left|right|\d+)/, key: 'clean.why.oneHand', names: ['seen', 'frames'] },
]

/** Why the finding is suspicious, in a sentence of the language in use; the core's own words where they are new to us. */
export function findingReason({ kind, why, indices }: Pick<Finding, 'kind' | 'why' | 'indices'>, t: Text): string {
  for (const { kind: ofKind, pattern, key, names } of patterns) {
    if (ofKind !== kind) continue
    const found = pattern.exec(why)
    if (found === null) continue
    const values: MessageValues = Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))
    return t(key, { ...values, keypoint: t(`data.keypoint.${keypointNames[(indices[0] ?? 0) % keypointsPerHand] ?? 'wrist'}`) })
  }
  return why
}
