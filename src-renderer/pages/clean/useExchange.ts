import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { ExportedKeypoints, ExportFormat, ImportedKeypoints, ImportFormat } from '../../../src-main/contract/annotation.ts'
import { api } from '../../api/client.ts'
import { useAction, type Action } from '../../composables/useAction.ts'
import { useNotify } from '../../composables/useNotify.ts'
import { useText } from '../../composables/useText.ts'

/** Where keypoints come from: a file of the person's machine, or a path on the core's. */
type ImportSource = { file: { name: string; text: string } } | { path: string }

export interface Exchange {
  exportFormat: Ref<ExportFormat>
  /** '' = the project's own exports folder. */
  out: Ref<string>
  write: Action<[], void>
  written: ShallowRef<ExportedKeypoints | null>
  importFormat: Ref<ImportFormat>
  /** Looks what an import would change; nothing is changed. */
  look: Action<[source: File | string], void>
  /** What was looked at, and what it would change. */
  looked: ShallowRef<(ImportedKeypoints & { name: string }) | null>
  take: Action<[], void>
  drop: () => void
}

/** Keypoints out of the project and into it. An import is looked at first, and is one edit then. */
export function useExchange(): Exchange {
  const { t } = useText()
  const notify = useNotify()
  const exportFormat = ref<ExportFormat>('coco')
  const importFormat = ref<ImportFormat>('coco')
  const out = ref('')
  const written = shallowRef<ExportedKeypoints | null>(null)
  const looked = shallowRef<Exchange['looked']['value']>(null)
  let source: ImportSource | null = null

  function drop(): void {
    looked.value = null
    source = null
  }

  return {
    exportFormat, out, written, importFormat, looked, drop,
    write: useAction(async () => {
      written.value = null
      const given = out.value.trim()
      written.value = await api.annotation.exportKeypoints.mutate({ format: exportFormat.value, out: given === '' ? undefined : given })
    }),
    look: useAction(async (given) => {
      drop()
      const asked: ImportSource = typeof given === 'string' ? { path: given.trim() } : { file: { name: given.name, text: await given.text() } }
      const found = await api.annotation.importKeypoints.mutate({ format: importFormat.value, ...asked, dry: true })
      source = asked
      looked.value = { ...found, name: typeof given === 'string' ? given : given.name }
    }),
    take: useAction(async () => {
      if (source === null || looked.value === null) return
      const done = await api.annotation.importKeypoints.mutate({ format: looked.value.format, ...source, dry: false })
      notify.good(t('clean.exchange.done', { points: t('data.points', { n: done.points }) }))
      drop()
    }),
  }
}
