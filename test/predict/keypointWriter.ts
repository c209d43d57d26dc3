// A hand detector for tests: `node keypointWriter.ts HOW`.
import { createInterface } from 'node:readline'

const how = process.argv[2]
const hand = (rows: number): number[][] => Array.from({ length: rows }, (_, point) => [30 + point, 20 + (point % 7), 0])
console.error(`detector: ${how}`)
if (how === 'exits at once') process.exit(3)
let answered = 0
for await (const line of createInterface({ input: process.stdin })) {
  const { file } = JSON.parse(line) as { file: string }
  const say = (keypoints: unknown): boolean => process.stdout.write(`${JSON.stringify({ file, keypoints })}\n`)
  if (how === 'hangs') setInterval(() => undefined, 1000)
  else if (how === 'sees none') say([])
  else if (how === 'two hands') say(hand(42))
  else if (how === 'wrong count') say(hand(20))
  else if (how === 'not a number') process.stdout.write(`{"file":${JSON.stringify(file)},"keypoints":[[NaN,1,2]]}\n`)
  else if (how === 'a text') say(hand(21).map(([x, y]) => [`${x}`, y]))
  else if (how === 'chatter') console.log('INFO: loading the model')
  else if (how === 'another file') process.stdout.write(`${JSON.stringify({ file: `${file}x`, keypoints: [] })}\n`)
  else if (how === 'exits in between' && answered > 0) process.exit(0)
  else say(hand(21))
  answered++
}
