import { z } from 'zod'

export const reportOptions = z.object({
  runId: z.number().int(),
  language: z.enum(['ko', 'en']).default('en'),
  /** Frames of the worst sequences are in it. They may show people: leave them out of what is shared widely. */
  pictures: z.boolean().default(true),
  /** Worst sequences shown. */
  worst: z.number().int().min(1).max(200).default(20),
})
export type ReportOptions = z.infer<typeof reportOptions>

export interface ReportFile {
  /** Absolute path of the page. */
  path: string
  /** `run-3.html`; the page can be fetched under `/download/report/NAME`. */
  name: string
  bytes: number
}
