import type { Hand } from './hands.ts'
import { present } from './hands.ts'

/** A line of a label file, and how many of its keypoints lie outside the picture. */
export interface YoloLine {
  text: string
  outside: number
}

/**
 * A hand as a line of a YOLO-pose label: `class cx cy w h`, then `x y v` of 21 keypoints, all but class and v as fractions of the picture's
 * width and height. v: 2 = visible, 1 = hidden, 0 = erased (at 0 0). The box is that of the keypoints, at least one pixel wide and high.
 * Ultralytics takes a label file with a coordinate outside 0–1 for damaged and leaves the picture out, so keypoints outside the picture
 * are put on its border and marked as hidden. Source: `verify_image_label` in ultralytics/data/utils.py, version 8.4.
 */
export function yoloLine(hand: Hand, classIndex: number, width: number, height: number): YoloLine {
  const onPicture = hand.keypoints.map((keypoint) => {
    if (!keypoint) return null
    const [x, y] = [clamp(keypoint.point[0], width), clamp(keypoint.point[1], height)]
    const outside = x !== keypoint.point[0] || y !== keypoint.point[1]
    return { x, y, outside, visibility: keypoint.hidden || outside ? 1 : 2 }
  })
  const there = onPicture.filter((keypoint) => keypoint !== null)
  const [cx, w] = extent(there.map(({ x }) => x), width)
  const [cy, h] = extent(there.map(({ y }) => y), height)
  const numbers = [classIndex, cx / width, cy / height, w / width, h / height, ...onPicture.flatMap((keypoint) => (keypoint ? [keypoint.x / width, keypoint.y / height, keypoint.visibility] : [0, 0, 0]))]
  return { text: present(hand).length === 0 ? '' : numbers.join(' '), outside: there.filter(({ outside }) => outside).length }
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), most)

/** Middle and length of the values' range, at least a pixel long and inside 0 to `most`. */
function extent(values: readonly number[], most: number): [middle: number, length: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const length = Math.max(high - low, Math.min(1, most))
  return [clamp((low + high) / 2 - length / 2, most - length) + length / 2, length]
}
