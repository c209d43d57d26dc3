import { api } from '../api/client.ts'
import { useAction, type Action } from './useAction.ts'
import { dismissNotice, useNotify } from './useNotify.ts'
import { useText } from './useText.ts'

/** Says which class a sequence shows (null: the one in its file), as one edit of the history, with a way to take it back on screen. Resolves to null when it failed. */
export function useLabelEdit(): Action<[folder: string, poseId: number | null, name: string], number> {
  const { t } = useText()
  const notify = useNotify()

  // The newest edit is undone; under a newer one it is taken back by an edit of its own.
  const takeBack = useAction(async (editId: number) => {
    const [newest] = (await api.annotation.history.query({ limit: 1 })).edits
    if (newest?.id === editId && !newest.undone) await api.annotation.undo.mutate()
    else await api.annotation.revert.mutate({ editId })
  })

  return useAction(async (folder, poseId, name) => {
    const { id } = await api.annotation.setLabels.mutate({ label: '', changes: [{ folder, poseId }] })
    const notice = notify.good(poseId === null ? t('labels.doneBack', { folder }) : t('labels.done', { folder, name }), {
      label: t('common.undo'),
      run: () => {
        dismissNotice(notice)
        void takeBack.run(id)
      },
    })
    return id
  })
}
