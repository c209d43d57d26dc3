import type { KeypointOpinion } from '../../../../src-main/contract/keypoints.ts'

type OpinionFrame = KeypointOpinion['frames'][number]

/** Whether the model's first class is the sequence's label; null where there is no label. */
export function agrees({ top, answer }: Pick<KeypointOpinion, 'top' | 'answer'>): boolean | null {
  return answer === null ? null : top[0]?.poseId === answer.poseId
}

/** What a frame's cell shows, 0–1: the probability of the label, or where there is none that of what the frame is taken for. */
export const cellShare = ({ probability, answerProbability }: OpinionFrame): number => answerProbability ?? probability

/** Whether a frame is taken for another class than the label, or without one than the whole sequence. */
export const isOdd = ({ poseId }: OpinionFrame, { top, answer }: Pick<KeypointOpinion, 'top' | 'answer'>): boolean => poseId !== (answer ?? top[0])?.poseId
