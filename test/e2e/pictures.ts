import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'

const folder = join(import.meta.dirname, '../goldens/stage')
/** Stored at half size; compared by the means of squares this many stored pixels wide, so that antialiasing and fonts do not count, and a missing bone does. */
const square = 6
/** Difference of a square's mean, of 255. */
const most = 32

/**
 * Compares a screenshot with the picture stored under a name, which somebody has looked at. `HANDLOOM_UPDATE_PICTURES=1 npm test -- test/e2e/studio`
 * stores them anew; look at them before you commit them.
 * @returns squares that differ, as `x,y: by`; none when the pictures agree
 */
export async function differences(name: string, screenshot: Buffer): Promise<string[]> {
  const file = join(folder, `${name}.png`)
  const { width = 0, height = 0 } = await sharp(screenshot).metadata()
  const half = sharp(screenshot).removeAlpha().resize(Math.floor(width / 2), Math.floor(height / 2), { fit: 'fill' })
  if (process.env.HANDLOOM_UPDATE_PICTURES === '1') {
    mkdirSync(folder, { recursive: true })
    await half.clone().png({ palette: true, colours: 128 }).toFile(file)
  }
  if (!existsSync(file)) return [`${name}.png is not among the stored pictures; make it with HANDLOOM_UPDATE_PICTURES=1`]
  const [stored, shown] = [await means(sharp(file).removeAlpha()), await means(half)]
  if (stored.across !== shown.across || stored.values.length !== shown.values.length) return [`${name}: another size`]
  return stored.values.flatMap((value, at) => {
    const by = Math.abs(value - (shown.values[at] ?? 0))
    const cell = Math.floor(at / 3)
    return by > most ? [`${(cell % shown.across) * square},${Math.floor(cell / shown.across) * square}: ${Math.round(by)}`] : []
  })
}

/** Mean red, green and blue of each square, row by row. */
async function means(picture: Sharp): Promise<{ across: number; values: number[] }> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const [across, down] = [Math.floor(info.width / square), Math.floor(info.height / square)]
  const values = Array.from({ length: across * down * 3 }, () => 0)
  for (let y = 0; y < down * square; y++)
    for (let x = 0; x < across * square; x++)
      for (let channel = 0; channel < 3; channel++) values[(Math.floor(y / square) * across + Math.floor(x / square)) * 3 + channel]! += data[(y * info.width + x) * info.channels + channel]! / square ** 2
  return { across, values }
}
