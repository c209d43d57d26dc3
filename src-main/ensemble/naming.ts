/** `class 3`, `classes 3, 4 and 5`, … with at most ten named. */
export function some(noun: 'class' | 'sequence' | 'run', items: readonly (string | number)[]): string {
  const plural = items.length === 1 ? noun : noun === 'class' ? 'classes' : `${noun}s`
  const named = items.slice(0, 10)
  const rest = items.length - named.length
  if (rest > 0) return `${plural} ${named.join(', ')} and ${rest} more`
  return `${plural} ${named.length > 1 ? `${named.slice(0, -1).join(', ')} and ` : ''}${named.at(-1)}`
}
