import { triageCauses, type TriageCause } from '../../../../src-main/contract/evaluate.ts'
import { seriesColours, type Palette } from '../../../styles/tokens.ts'
import { colourSteps, rootStep } from '../../../charts/colourScale.ts'
import type { MapPoint } from './pointCloud.ts'

export const colourings = ['logLoss', 'class', 'fold', 'cause', 'result'] as const
export type Coloring = (typeof colourings)[number]

export const shapes = ['circle', 'square', 'triangle', 'diamond'] as const
export type Shape = (typeof shapes)[number]

const lossSteps = 24
export const lossColours = ({ muted, warn, bad }: Palette): string[] => colourSteps([muted, warn, bad], lossSteps)

/** A class has the same colour and shape in every run and map: neighbours in id are far apart in hue. */
export function classLook(poseId: number): { hue: number; shape: Shape } {
  return { hue: Math.round((poseId * 137.508) % 360), shape: shapes[poseId % shapes.length] ?? 'circle' }
}

export const classColour = (poseId: number, { ground }: Palette): string => `hsl(${classLook(poseId).hue} 72% ${ground < '#8' ? 66 : 42}%)`

export function causeLook(cause: TriageCause): { colour: string; shape: Shape } {
  const index = triageCauses.indexOf(cause)
  return { colour: seriesColours[index] ?? seriesColours[0], shape: shapes[index % shapes.length] ?? 'circle' }
}

/**
 * The colour and shape of a point.
 * @param chance ln(classes): the log loss of who knows nothing has the last colour
 */
export function lookOf({ state, row, poseId }: MapPoint, coloring: Coloring, palette: Palette, chance: number): { colour: string; shape: Shape } {
  const round = (colour: string): { colour: string; shape: Shape } => ({ colour, shape: 'circle' })
  switch (coloring) {
    case 'class':
      return poseId === null ? round(palette.muted) : { colour: classColour(poseId, palette), shape: classLook(poseId).shape }
    case 'fold':
      return round(state === 'validated' ? palette.accent : palette.muted)
    case 'cause':
      return row?.cause ? causeLook(row.cause) : round(palette.muted)
    case 'result':
      return row === null ? round(palette.muted) : row.poseId === row.predictedPoseId ? round(palette.good) : { colour: palette.bad, shape: 'diamond' }
    case 'logLoss':
      return row === null ? round(palette.muted) : round(lossColours(palette)[rootStep(row.logLoss, chance, lossSteps)] ?? palette.bad)
  }
}
