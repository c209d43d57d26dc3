/** Steps per epoch that keep a schedule of `epochs` to about `most` points: its shape does not depend on them. */
export const drawnSteps = (epochs: number, stepsPerEpoch: number, most = 1500): number => Math.max(1, Math.min(stepsPerEpoch, Math.floor(most / epochs) || 1))
