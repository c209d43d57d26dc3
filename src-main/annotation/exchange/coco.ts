import { bones, keypointNames } from '../../contract/hand.ts'

/** The one category of our files. COCO counts the ends of a bone from 1. */
export const cocoCategory = {
  id: 1,
  name: 'hand',
  supercategory: 'hand',
  keypoints: [...keypointNames],
  skeleton: bones.map(([from, to]) => [from + 1, to + 1]),
}

/** COCO's v. */
export const visibilityFlags = { erased: 0, hidden: 1, visible: 2 } as const
