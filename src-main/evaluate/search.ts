import type { ReviewData } from './reviewData.ts'

const plain = (text: string): string => text.normalize('NFC').toLowerCase()

/** Whether each word is in what is known of a sequence (folder, class, actor, hand, note), or in the name or id of the class it is taken for; null where no word is given. */
export function searchOf({ run, summaries, causes, name }: ReviewData, search: string): ((sequence: number, predicted: number) => boolean) | null {
  const words = plain(search).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return null
  const found = words.map((word) => {
    const inActor = remembered((actor: string) => plain(actor).includes(word))
    const inClass = remembered((poseId: number) => plain(name(poseId)).includes(word) || String(poseId).includes(word))
    return {
      sequences: Uint8Array.from(run.folders, (folder, sequence) => {
        const { actor, hand } = summaries[sequence]!
        return Number(folder.includes(word) || inClass(run.answerPoseIds[sequence]!) || hand.includes(word) || (actor !== null && inActor(actor)) || plain(causes.get(folder)?.note ?? '').includes(word))
      }),
      predictions: Uint8Array.from(run.poseIds, (poseId) => Number(inClass(poseId))),
    }
  })
  return (sequence, predicted) => found.every(({ sequences, predictions }) => sequences[sequence] === 1 || predictions[predicted] === 1)
}

/** The function, asked once for each value. */
function remembered<Value>(work: (value: Value) => boolean): (value: Value) => boolean {
  const known = new Map<Value, boolean>()
  return (value) => {
    let result = known.get(value)
    if (result === undefined) known.set(value, (result = work(value)))
    return result
  }
}
