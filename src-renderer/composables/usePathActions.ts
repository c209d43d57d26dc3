import { useAction, type Action } from './useAction.ts'
import { useNotify } from './useNotify.ts'
import { useText } from './useText.ts'

export interface PathActions {
  copy: Action<[path: string], void>
  /** Shows a file in the desktop's own file manager; null in a browser. */
  reveal: Action<[path: string], void> | null
}

/** What can be done with the path of a file that was written. */
export function usePathActions(): PathActions {
  const { t } = useText()
  const notify = useNotify()
  const native = window.handloom
  return {
    copy: useAction(async (path: string) => {
      await navigator.clipboard.writeText(path)
      notify.good(t('common.copied'))
    }),
    reveal: native ? useAction((path: string) => native.revealFile(path)) : null,
  }
}
