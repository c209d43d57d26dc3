import { shallowRef, watch, type ShallowRef } from 'vue'
import type { DescribedPipeline } from '../../../src-main/contract/pipeline.ts'
import { api } from '../../api/client.ts'
import { saveFile } from '../../components/saveFile.ts'
import { useAction } from '../../composables/useAction.ts'

/** The pipeline file of a submission: downloaded, and what is worth knowing of it kept until another submission is shown. */
export function usePipeline(submissionId: () => number): { download: () => Promise<void>; busy: ShallowRef<boolean>; described: ShallowRef<DescribedPipeline | null> } {
  const described = shallowRef<DescribedPipeline | null>(null)
  const asking = useAction((id: number) => api.pipeline.describe.query({ submissionId: id }))
  watch(submissionId, () => (described.value = null))

  async function download(): Promise<void> {
    const id = submissionId()
    const made = await asking.run(id)
    if (made === null || id !== submissionId()) return
    saveFile(made.name, made.text, 'application/yaml')
    described.value = made
  }

  return { download, busy: asking.busy, described }
}
