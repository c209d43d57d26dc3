import { onScopeDispose, reactive, shallowReactive } from 'vue'
import { commandIds, definitionOf, type CommandId } from '../shortcuts/catalog.ts'
import { keyText } from '../shortcuts/keys.ts'
import { useSettingsStore } from '../stores/settings.ts'

interface Binding {
  run: () => void
  enabled: () => boolean
}

/** Handlers of the commands that can be given now; the last one bound wins. */
const bindings = shallowReactive(new Map<CommandId, Binding[]>())
/** Steps that Escape takes back, innermost last; a step answers whether it did something. */
const escapes: (() => boolean)[] = []
/** While something modal is open (palette, key sheet) single keys go to it alone. */
const modals = reactive({ open: 0 })

/** Binds a handler to a command of the catalog while the component lives. */
export function useCommand(id: CommandId, run: () => void, enabled: () => boolean = () => true): void {
  const binding: Binding = { run, enabled }
  bindings.set(id, [...(bindings.get(id) ?? []), binding])
  onScopeDispose(() => bindings.set(id, (bindings.get(id) ?? []).filter((other) => other !== binding)))
}

/** Many at once: `useCommands({ 'clean.erase': erase, … })`. */
export function useCommands(table: Partial<Record<CommandId, () => void>>, enabled?: () => boolean): void {
  for (const [id, run] of Object.entries(table)) useCommand(id as CommandId, run, enabled)
}

/** A step Escape goes back by while the component lives: return true when there was something to go back from. */
export function useEscape(step: () => boolean): void {
  escapes.push(step)
  onScopeDispose(() => {
    const at = escapes.lastIndexOf(step)
    if (at >= 0) escapes.splice(at, 1)
  })
}

export function useModal(): void {
  modals.open++
  onScopeDispose(() => modals.open--)
}

export const keysOf = (id: CommandId): readonly string[] => useSettingsStore().keys[id] ?? definitionOf(id).keys

const bindingOf = (id: CommandId): Binding | undefined => bindings.get(id)?.findLast(({ enabled }) => enabled())
export const isAvailable = (id: CommandId): boolean => bindingOf(id) !== undefined
export const runCommand = (id: CommandId): void => bindingOf(id)?.run()

export function goBack(): boolean {
  return escapes.findLast((step) => step()) !== undefined
}

const textFields = 'input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button]), textarea, select, [contenteditable=true]'
const pressables = 'button, a[href], .n-base-selection, summary, [role=button], [role=switch], [role=menuitem], [role=checkbox], [role=radio], [role=tab]'
const movables = '[role=slider], [role=separator], [role=menu], [role=tablist], [role=radiogroup], input[type=range], .n-base-selection, .n-base-select-menu'

/** Whether the element under the focus wants the key for itself. */
function keptByTarget(target: EventTarget | null, key: string, whileTyping: boolean): boolean {
  if (!(target instanceof Element)) return false
  // Where prose is written (`data-prose`), undo is that of the field.
  if (target.matches(textFields)) return !whileTyping && (!key.includes('Ctrl+') || (key === 'Ctrl+Z' && target.hasAttribute('data-prose'))) && key !== 'Esc'
  if (target.closest('[data-keys=own]') !== null) return key !== 'Esc' && !key.includes('Ctrl+')
  if (key === 'Enter' || key === 'Space') return target.closest(pressables) !== null
  if (/^(←|→|↑|↓|Home|End)$/.test(key)) return target.closest(movables) !== null
  return false
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const key = keyText(event)
  if (key === null) return
  const id = commandIds.findLast((candidate) => keysOf(candidate).includes(key) && isAvailable(candidate))
  if (id === undefined) return
  if (modals.open > 0 && id !== 'app.back') return
  if (keptByTarget(event.target, key, definitionOf(id).whileTyping ?? false)) return
  event.preventDefault()
  if (!event.repeat || definitionOf(id).once !== true) runCommand(id)
}

/** After a click with the mouse a button gives the focus back, so that Space and Enter mean the page's commands again. */
function onClick(event: MouseEvent): void {
  const active = document.activeElement
  if (event.detail > 0 && active instanceof HTMLElement && active.matches('button') && active.closest('[data-keys=own]') === null) active.blur()
}

/** Listens for keys for the life of the page. */
export function listenForKeys(): void {
  window.addEventListener('keydown', onKeyDown)
  window.addEventListener('click', onClick)
}
