import { handOfRow } from '../../contract/hand.ts'
import { isPlace } from '../pointState.ts'
import { cocoCategory, visibilityFlags } from './coco.ts'
import type { ExportedSequence, Written } from './course.ts'
import { countPoints, handsOf, present, type Hand, type Keypoint } from './hands.ts'

/**
 * COCO keypoints (https://cocodataset.org/#format-data), as pieces of one JSON text: every frame as an image, every hand that a frame has
 * rows for as an annotation with 21 keypoints, `v` 0 = erased, 1 = hidden, 2 = visible, in pixels with all their digits. Beside COCO's
 * keys an image has `hands`, how many annotations it has, and a hand `hand` (0 = rows 0–20, 1 = rows 21–41), `z`, and `erased_data`: `[row, x, y, z]` of keypoints that were moved or added
 * before they were erased.
 * @param written counts what is written
 */
export async function* cocoText(sequences: AsyncIterable<ExportedSequence>, written: Written): AsyncGenerator<string> {
  const images: string[] = []
  let annotations = 0
  yield `{\n"info": ${JSON.stringify({ description: 'Hand keypoints, written by Handloom' })},\n"licenses": [],\n"categories": [${JSON.stringify(cocoCategory)}],\n"annotations": [`
  for await (const { folder, width, height, frameRecords } of sequences) {
    let text = ''
    for (const frame of frameRecords) {
      const hands = handsOf(frame)
      const image = { id: images.length + 1, file_name: `${folder}/${frame.file}`, width: frame.width ?? width ?? 0, height: frame.height ?? height ?? 0, hands: hands.length }
      const imageId = images.push(JSON.stringify(image))
      for (const hand of hands) {
        const erased = frame.erased.filter((row) => handOfRow(row) === hand.hand && frame.moved.includes(row) && isPlace(frame.points[row]!))
        const annotation = { id: annotations + 1, image_id: imageId, category_id: cocoCategory.id, ...handValues(hand), ...(erased.length > 0 && { erased_data: erased.map((row) => [row, ...frame.points[row]!]) }) }
        text += `${annotations++ === 0 ? '' : ','}\n${JSON.stringify(annotation)}`
      }
      written.points += countPoints(hands)
    }
    written.sequences++
    written.frames += frameRecords.length
    yield text
  }
  yield `\n],\n"images": [\n${images.join(',\n')}\n]\n}\n`
  written.files = 1
}

function handValues(hand: Hand) {
  const there = present(hand)
  const xs = there.map(({ point }) => point[0])
  const ys = there.map(({ point }) => point[1])
  const [left, top] = there.length === 0 ? [0, 0] : [Math.min(...xs), Math.min(...ys)]
  const [width, height] = there.length === 0 ? [0, 0] : [Math.max(...xs) - left, Math.max(...ys) - top]
  return {
    iscrowd: 0,
    hand: hand.hand,
    num_keypoints: there.length,
    bbox: [left, top, width, height],
    area: width * height,
    keypoints: hand.keypoints.flatMap(cocoKeypoint),
    z: hand.keypoints.map((keypoint) => keypoint?.point[2] ?? 0),
  }
}

function cocoKeypoint(keypoint: Keypoint | null): [number, number, number] {
  if (!keypoint) return [0, 0, visibilityFlags.erased]
  const [x, y] = keypoint.point
  return [x, y, keypoint.hidden ? visibilityFlags.hidden : visibilityFlags.visible]
}
