import { readPlan, type RunPlan } from './runPlan.ts'

/** The plan of a run, by its id. */
export interface PlanReader {
  (id: number): Promise<RunPlan>
  /** It is another from now on. */
  forget(id: number): void
}

/** Reads plans, which change only where a run is fitted anew; the last one is kept, because pages ask about one run again and again. */
export function createPlanReader(projectFolder: string): PlanReader {
  let last: { id: number; plan: Promise<RunPlan> } | null = null
  const read = (id: number): Promise<RunPlan> => {
    if (last?.id === id) return last.plan
    const plan = readPlan(projectFolder, id)
    last = { id, plan }
    plan.catch(() => (last = null))
    return plan
  }
  return Object.assign(read, {
    forget(id: number) {
      if (last?.id === id) last = null
    },
  })
}
