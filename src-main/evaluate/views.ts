import type { z } from 'zod'
import { HandloomError, toHandloomError } from '../contract/errors.ts'
import { reviewView, type ReviewView } from '../contract/evaluate.ts'
import type { Emit } from '../contract/events.ts'
import type { Db } from '../db/open.ts'

type NamedView = { name: string; view: ReviewView }

export interface Views {
  /** In the order of their names; one that this version cannot read is left out. */
  views(): NamedView[]
  /** Keeps a view under a name, over one of that name. Returns all. */
  saveView(input: { name: string; view: z.input<typeof reviewView> }): NamedView[]
  /** Returns those that are left. @throws HandloomError `not-found` */
  removeView(input: { name: string }): NamedView[]
}

/** Filters and orders of the review table that are kept under names: the table `review_view`. */
export function createViews({ db, emit }: { db: Db; emit: Emit }): Views {
  const all = db.prepare<[], { name: string; view: string }>('SELECT name, view FROM review_view ORDER BY name')
  const put = db.prepare<[string, string]>('INSERT OR REPLACE INTO review_view (name, view) VALUES (?, ?)')
  const remove = db.prepare<[string]>('DELETE FROM review_view WHERE name = ?')

  const views = (): NamedView[] =>
    all.all().flatMap(({ name, view: text }) => {
      const view = parsed(text)
      return view ? [{ name, view }] : []
    })
  const write = (work: () => void): NamedView[] => {
    try {
      work()
    } catch (error) {
      throw toHandloomError(error)
    }
    emit({ type: 'views' })
    return views()
  }
  return {
    views,
    saveView: ({ name, view }) => write(() => put.run(name, JSON.stringify(reviewView.parse(view)))),
    removeView: ({ name }) =>
      write(() => {
        if (remove.run(name).changes === 0) throw new HandloomError('not-found', `There is no saved view “${name}”.`)
      }),
  }
}

function parsed(text: string): ReviewView | null {
  try {
    return reviewView.parse(JSON.parse(text))
  } catch {
    // Kept by a version with other filters: whoever has it still finds it there.
    return null
  }
}
