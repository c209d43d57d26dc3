/** Text that is HTML already. Made by {@link html}, so that whatever comes from data is escaped; by itself only of what is ours and has nothing to escape. */
export class Html {
  /** Put together once, at the end: a page holds megabytes of pictures. */
  readonly pieces: readonly string[]
  constructor(pieces: string | readonly string[]) {
    this.pieces = typeof pieces === 'string' ? [pieces] : pieces
  }
  get text(): string {
    return this.pieces.join('')
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[]

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '\t': '\t', '\n': '\n', '\r': '\r' }
const unsafe = /[&<>"'\p{Cc}]/gu

/** Safe in text and in quoted attributes; control characters, which HTML may not have, become �. */
const escape = (text: string): string => text.replace(unsafe, (character) => entities[character] ?? '\ufffd')

function write(part: Part, to: string[]): void {
  if (part instanceof Html) for (const piece of part.pieces) to.push(piece)
  else if (typeof part === 'string' || typeof part === 'number') to.push(escape(String(part)))
  else if (part) for (const inner of part) write(inner, to)
}

/** HTML with values in it: strings and numbers are escaped, lists joined, null, undefined and false left out. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  const pieces: string[] = []
  for (const [index, text] of texts.entries()) {
    pieces.push(text)
    if (index < values.length) write(values[index], pieces)
  }
  return new Html(pieces)
}

/** A name from outside, kept from turning the direction of what stands beside it. */
export const name = (text: string): Html => html`<bdi>${text}</bdi>`
