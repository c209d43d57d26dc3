import type { SkeletonBone, SkeletonMark } from '../../components/skeletonShapes.ts'

/** Classes of marks and bones that are drawn alike, each one path: a card has a few elements instead of hundreds. */
export type CardPaths = Record<'edge' | 'leftBones' | 'rightBones' | 'erasedBones' | 'left' | 'right' | 'leftHidden' | 'rightHidden' | 'moved' | 'erased', string>

const line = ({ x1, y1, x2, y2 }: SkeletonBone): string => `M${x1} ${y1}L${x2} ${y2}`
const lines = (bones: readonly SkeletonBone[]): string => bones.map(line).join('')

/** The skeleton of a frame as path data. @param radius of a mark, in pixels of the frame */
export function cardPaths({ bones, marks }: { bones: readonly SkeletonBone[]; marks: readonly SkeletonMark[] }, radius: number): CardPaths {
  const size = radius * 2
  const square = ({ x, y }: SkeletonMark): string => `M${x - radius} ${y - radius}h${size}v${size}h${-size}z`
  const circle = ({ x, y }: SkeletonMark): string => `M${x - radius * 1.1} ${y}a${radius * 1.1} ${radius * 1.1} 0 1 0 ${size * 1.1} 0a${radius * 1.1} ${radius * 1.1} 0 1 0 ${-size * 1.1} 0`
  const cross = ({ x, y }: SkeletonMark): string => `M${x - radius} ${y - radius}l${size} ${size}m0 ${-size}l${-size} ${size}`
  const shape = (mark: SkeletonMark): string => (mark.side === 'left' ? square(mark) : circle(mark))
  const shapes = (chosen: (mark: SkeletonMark) => boolean): string => marks.filter((mark) => !mark.erased && chosen(mark)).map(shape).join('')
  return {
    edge: lines(bones.filter(({ erased }) => !erased)),
    leftBones: lines(bones.filter(({ side, erased }) => side === 'left' && !erased)),
    rightBones: lines(bones.filter(({ side, erased }) => side === 'right' && !erased)),
    erasedBones: lines(bones.filter(({ erased }) => erased)),
    left: shapes(({ side, moved, hidden }) => side === 'left' && !moved && !hidden),
    right: shapes(({ side, moved, hidden }) => side === 'right' && !moved && !hidden),
    leftHidden: shapes(({ side, hidden }) => side === 'left' && hidden),
    rightHidden: shapes(({ side, hidden }) => side === 'right' && hidden),
    moved: shapes(({ moved, hidden }) => moved && !hidden),
    erased: marks.filter(({ erased }) => erased).map(cross).join(''),
  }
}
