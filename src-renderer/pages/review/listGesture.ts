import { api } from '../../api/client.ts'

/** Sequences of a run whose class is of a gesture type ('' where the class table does not say), which the table has no filter for. */
export async function listGesture(runId: number, gesture: string): Promise<string[]> {
  const [classes, { rows }] = await Promise.all([api.dataset.classes.query(), api.evaluate.groups.query({ runId, limit: 100_000 })])
  const ofGesture = new Map(classes.map((row) => [row.poseId, row.gesture]))
  return rows.flatMap(({ group, poseId }) => ((ofGesture.get(poseId) ?? '') === gesture ? [group] : []))
}
