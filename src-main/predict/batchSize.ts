/** Frames that go through the networks together at most: their crops lie on the disk meanwhile. */
const mostPictures = 600
const mostKeypointFrames = 20_000
/** Seconds a batch should take: long enough to be worth the start of a process, short enough to see results come. */
const worthSeconds = 20

/** How many sequences are predicted together: few at first, so that results come early, then more as long as that is quick. */
export function createBatchSize(keypointsOnly: boolean) {
  let sequences = 2
  const mostFrames = keypointsOnly ? mostKeypointFrames : mostPictures
  return {
    /** The next batch of a list, at least one. */
    next<T>(waiting: readonly T[], framesOf: (one: T) => number): T[] {
      let frames = 0
      const beyond = waiting.slice(0, sequences).findIndex((one, index) => (frames += framesOf(one)) > mostFrames && index > 0)
      return waiting.slice(0, beyond < 0 ? sequences : beyond)
    },
    took(seconds: number): void {
      sequences = seconds < worthSeconds ? sequences * 3 : seconds > 2 * worthSeconds ? Math.max(1, Math.floor(sequences / 2)) : sequences
    },
  }
}
