import { HandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { EvaluateRoom } from '../../contract/rooms.ts'
import { viewsKey, type Run, type TestViews } from '../../contract/train.ts'

const sameViews = (a: TestViews, b: TestViews): boolean => viewsKey(a) === viewsKey(b)

/** The views to ask the evaluate room for: none where they are those of the run's config. */
export const otherViews = ({ config }: Run, views: TestViews | null): TestViews | undefined => (views && !sameViews(views, config) ? views : undefined)

/** Whether all of a run was predicted by views, its config's or others. */
export const hasViews = (evaluate: Pick<EvaluateRoom, 'storedViews'>, run: Run, views: TestViews): boolean =>
  otherViews(run, views) === undefined || evaluate.storedViews(run.id).some((stored) => sameViews(stored, views))

/** The views that all runs were predicted by, apart from those that are every run's config's; in the order in which the runs were. */
export function sharedViews(evaluate: Pick<EvaluateRoom, 'storedViews'>, runs: readonly Run[]): TestViews[] {
  const all = runs.flatMap(({ id, config: { testFlip, testMargins } }) => [{ testFlip, testMargins }, ...evaluate.storedViews(id)])
  const different = [...new Map(all.map((views) => [viewsKey(views), views])).values()]
  return different.filter((views) => runs.some((run) => otherViews(run, views)) && runs.every((run) => hasViews(evaluate, run, views)))
}

/** @throws HandloomError `bad-request` where a run cannot be looked at so: keypoints have no margins. */
export function requireKnownViews(run: Run, { testMargins }: TestViews): void {
  if (testMargins.length > 0 && seesKeypoints(run.config.model))
    throw new HandloomError('bad-request', `Run ${run.id} sees keypoints, which have no margins; it can only be predicted by their mirror image as well. Leave the margins out, or leave the run out.`)
}
