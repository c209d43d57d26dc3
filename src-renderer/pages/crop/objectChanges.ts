import type { Format } from '../../composables/useFormat.ts'
import { translate, type MessageKey } from '../../i18n/index.ts'
import { transformText } from './derived/derivedWords.ts'

const names: Record<string, MessageKey> = {
  margin: 'crop.recipe.margin',
  randomMargin: 'crop.recipe.randomMargin',
  randomProbability: 'crop.objects.setting.randomProbability',
  wristExtra: 'crop.recipe.wristExtra',
  minimumSize: 'crop.recipe.minimumSize',
  clamp: 'crop.recipe.clampShort',
  shape: 'crop.recipe.shape',
  fewestKeypoints: 'crop.recipe.fewestKeypoints',
  empty: 'crop.recipe.empty',
  hands: 'crop.recipe.hands',
  left: 'crop.recipe.left',
  top: 'crop.recipe.top',
  right: 'crop.recipe.right',
  bottom: 'crop.recipe.bottom',
  flipRatio: 'crop.objects.setting.flipRatio',
  verticalFlipRatio: 'crop.objects.setting.verticalFlipRatio',
  rotateDegrees: 'crop.objects.setting.rotateDegrees',
  perspective: 'crop.objects.setting.perspective',
  perspectiveProbability: 'crop.objects.setting.perspectiveProbability',
  colour: 'crop.objects.setting.colour',
  scale: 'crop.objects.setting.scale',
  keypointJitter: 'crop.objects.setting.keypointJitter',
  keypointDrop: 'crop.objects.setting.keypointDrop',
  frameDrop: 'crop.objects.setting.frameDrop',
  frameRepeat: 'crop.objects.setting.frameRepeat',
  strayHands: 'crop.objects.setting.strayHands',
  horizontal: 'crop.objects.setting.horizontal',
  vertical: 'crop.objects.setting.vertical',
}

const words: Record<string, MessageKey> = {
  stretch: 'crop.recipe.stretch',
  square: 'crop.recipe.square',
  previous: 'crop.recipe.previous',
  nearest: 'crop.recipe.nearest',
  whole: 'crop.recipe.whole',
  skip: 'crop.recipe.skip',
  together: 'crop.recipe.together',
  apart: 'crop.recipe.apart',
  automatic: 'crop.objects.automatic',
  mirror: 'crop.derived.transform.mirror',
  'upside-down': 'crop.derived.transform.upside-down',
}

/** A setting by its path: `margin.left` → “Margin left”. What has no name of its own is shown as it is (pose ids, positions). */
export const settingName = (path: string): string => path.split('.').map((part) => (names[part] === undefined ? part : translate(names[part]))).join(' ')

/** A setting's value in words; null and what is not there: a dash. */
export function settingValue(value: unknown, format: Format): string {
  if (typeof value === 'number') return format.decimal(value, Number.isInteger(value) ? 0 : 2)
  if (typeof value === 'boolean') return translate(value ? 'crop.recipe.on' : 'crop.recipe.off')
  if (typeof value === 'string') return words[value] === undefined ? turnText(value) : translate(words[value])
  return value === null || value === undefined ? '–' : JSON.stringify(value)
}

/** `rotate -30` → “turned by −30°” */
function turnText(value: string): string {
  const degrees = /^rotate (-?\d+)$/.exec(value)?.[1]
  return degrees === undefined ? value : transformText({ kind: 'rotate', degrees: Number(degrees) }, translate)
}

/** `Margin left 40 → 50`; of a flip map `left–right 131 automatic → never mirrored`; of a derived set `train/156 + mirrored`. */
export function changeText({ setting, before, after }: { setting: string; before?: unknown; after?: unknown }, format: Format): string {
  if (setting.startsWith('train/')) return `${setting} ${before === null ? `+ ${settingValue(after, format)}` : `− ${settingValue(before, format)}`}`
  const flips = setting.startsWith('horizontal.') || setting.startsWith('vertical.')
  const [from, to] = [before, after].map((value) => (flips && value === null ? translate('crop.flip.neverOption') : flips && typeof value === 'number' ? String(value) : settingValue(value, format)))
  return `${settingName(setting)} ${from} → ${to}`
}
