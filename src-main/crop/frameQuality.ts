import type { CropRecipe } from '../contract/crop.ts'
import type { CropRoom, DatasetRoom } from '../contract/rooms.ts'
import type { Db } from '../db/open.ts'
import { boxedFrames } from './cropFrames.ts'
import { cropQualities } from './quality.ts'

/** Tells the qualities of a sequence's crops, and remembers them until its frames, its edits or the recipe change. */
export function createFrameQuality({ db, dataset, recipe }: { db: Db; dataset: Pick<DatasetRoom, 'summary' | 'frames'>; recipe(): CropRecipe }): CropRoom['frameQuality'] {
  const known = new Map<string, { version: string; qualities: Map<number, number> }>()
  const written = db.prepare<[], string>("SELECT total_changes() || ' ' || data_version FROM pragma_data_version").pluck()
  let seen: string | undefined
  let current = { recipe: recipe(), text: '' }

  /** The recipe in use; everything is forgotten when it is another. */
  function currentRecipe(): CropRecipe {
    const now = written.get()
    if (now === seen) return current.recipe
    seen = now
    const found = recipe()
    const text = JSON.stringify(found)
    if (text !== current.text) known.clear()
    current = { recipe: found, text }
    return found
  }

  return (folder) => {
    const used = currentRecipe()
    const { version } = dataset.summary(folder)
    const found = known.get(folder)
    if (found?.version === version) return found.qualities
    const qualities = cropQualities(boxedFrames(dataset.frames(folder)), used)
    known.set(folder, { version, qualities })
    return qualities
  }
}
