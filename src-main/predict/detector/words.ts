import { HandloomError } from '../../contract/errors.ts'

/**
 * A command line as a program and its arguments. Blanks part words; what is between two ' or two " is kept together, as it is. There are no other special characters: nothing is
 * substituted, and a backslash is a backslash.
 * @throws HandloomError `bad-request` for a quote that is not closed, or no word at all
 */
export function words(command: string): [program: string, ...args: string[]] {
  const found: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (const character of command) {
    if (quote !== null) {
      if (character === quote) quote = null
      else word = (word ?? '') + character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/u.test(character)) {
      if (word !== null) found.push(word)
      word = null
    } else word = (word ?? '') + character
  }
  if (quote !== null) throw new HandloomError('bad-request', `The hand detector's command has a ${quote} that is not closed: ${command}`)
  if (word !== null) found.push(word)
  const [program, ...args] = found
  if (program === undefined || program === '') throw new HandloomError('bad-request', 'The hand detector\'s command names no program.')
  return [program, ...args]
}
