import { readPlan, type RunPlan } from './foldRunner.ts'

/** The plan of a run, by its id. */
export type PlanReader = (id: number) => Promise<RunPlan>

/** Reads plans, which never change; the last one is kept, because pages ask about one run again and again. */
export function createPlanReader(projectFolder: string): PlanReader {
  let last: { id: number; plan: Promise<RunPlan> } | null = null
  return (id) => {
    if (last?.id === id) return last.plan
    const plan = readPlan(projectFolder, id)
    last = { id, plan }
    plan.catch(() => (last = null))
    return plan
  }
}
