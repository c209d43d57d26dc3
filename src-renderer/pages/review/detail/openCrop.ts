import type { Router } from 'vue-router'

/** Opens the Crop page at a sequence, with one of its views in front: the page remembers its view in the browser's storage, from where it is told. */
export function openCrop(router: Router, view: 'boxes' | 'sheet' | 'flip', folder: string, frame: number | null): void {
  localStorage.setItem('handloom.crop.view', view)
  void router.push({ path: '/crop', query: { s: folder, ...(frame === null ? {} : { f: String(frame) }) } })
}
