import type { TestViews } from '../contract/train.ts'
import type { Db } from '../db/open.ts'

/** How views are written down: the same views are the same text. */
export const viewsText = ({ testFlip, testMargins }: TestViews): string => JSON.stringify({ testFlip, testMargins })

/** Forgets what a fold predicted by other views than its run's config has. */
export function forgetViews(db: Db, runId: number, fold: number): void {
  db.prepare('DELETE FROM view_block WHERE run_id = ? AND fold = ?').run(runId, fold)
}

/** Copies what a fold predicted by other views to another run, over what that has of the fold. */
export function carryViews(db: Db, { from, to, fold }: { from: number; to: number; fold: number }): void {
  forgetViews(db, to, fold)
  db.prepare('INSERT INTO view_block (run_id, fold, part, views, pose_ids, frames, probabilities) SELECT ?, fold, part, views, pose_ids, frames, probabilities FROM view_block WHERE run_id = ? AND fold = ?').run(to, from, fold)
}

/** The views that all folds of a run were predicted by, both parts wherever there are predictions by its config's; in the order in which they were. */
export function storedViews(db: Db, runId: number): TestViews[] {
  const texts = db.prepare(`
    SELECT view_block.views FROM view_block JOIN prediction_block USING (run_id, fold, part) WHERE run_id = ?
    GROUP BY view_block.views HAVING count(*) = (SELECT count(*) FROM prediction_block WHERE run_id = ?) ORDER BY min(view_block.id)`).pluck().all(runId, runId) as string[]
  return texts.map((text) => JSON.parse(text) as TestViews)
}
