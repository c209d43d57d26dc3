import type { Finger } from '../components/skeletonShapes.ts'
import { palettes, pictureColours } from '../styles/tokens.ts'

/** Thumb to little finger: five hues that the colour-blind can tell apart (Okabe and Ito, "Color universal design", 2008), lightened to stand on pictures. */
const fingerColours = ['#e69f00', '#56b4e9', '#2fc79a', '#f0e442', '#e58fbd'] as const
const palmColour = '#d5dbe3'
export const colourOfFinger = (finger: Finger): string => (finger === null ? palmColour : fingerColours[finger])

/** Frames before and after the one in front, in the onion skin. */
export const onionColours = { before: '#c792ea', after: '#56d4dd' } as const

export type SkeletonColours = ReturnType<typeof skeletonColours>

/** Colours of what is drawn over the picture. @param ring around selected points */
export const skeletonColours = (ring: string) => ({ ...pictureColours, ring, conflict: palettes.dark.warn, text: palettes.dark.text })
