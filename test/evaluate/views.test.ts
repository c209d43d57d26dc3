import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reviewView } from '../../src-main/contract/evaluate.ts'
import { createViews, type Views } from '../../src-main/evaluate/views.ts'
import { scratchProject } from './standIns.ts'

let project: ReturnType<typeof scratchProject>
let views: Views

beforeEach(() => {
  project = scratchProject()
  views = createViews({ db: project.db, emit: project.emit })
})
afterEach(() => project.close())

describe('saved views', () => {
  it('are kept whole under their names, over one of that name', () => {
    const worst = reviewView.parse({ search: '주먹', wrongOnly: true, cause: 'none' })
    expect(views.saveView({ name: 'worst', view: { wrongOnly: true } })).toEqual([{ name: 'worst', view: reviewView.parse({ wrongOnly: true }) }])
    views.saveView({ name: 'doubted', view: { issuesOnly: true, sort: 'labelQuality', descending: false } })
    expect(views.saveView({ name: 'worst', view: worst })).toEqual([
      { name: 'doubted', view: reviewView.parse({ issuesOnly: true, sort: 'labelQuality', descending: false }) },
      { name: 'worst', view: worst },
    ])
    expect(createViews({ db: project.db, emit: project.emit }).views()).toEqual(views.views())
    expect(views.removeView({ name: 'doubted' })).toEqual([{ name: 'worst', view: worst }])
    expect(project.events.map(({ type }) => type)).toEqual(['views', 'views', 'views', 'views'])
  })

  it('refuses to remove what is not there', () => {
    expect(() => views.removeView({ name: 'none' })).toThrow(expect.objectContaining({ kind: 'not-found' }) as Error)
    expect(project.events).toEqual([])
  })

  it('reads one that was kept before there was another run to compare with', () => {
    project.db.prepare('INSERT INTO review_view VALUES (?, ?)').run('older', '{"level":"frame","search":"","wrongOnly":true,"issuesOnly":false,"changedByRules":false,"afterRules":false,"sort":"fold","descending":false}')
    expect(views.views()).toEqual([{ name: 'older', view: { level: 'frame', search: '', wrongOnly: true, issuesOnly: false, changedByRules: false, afterRules: false, disagreeOnly: false, sort: 'fold', descending: false } }])
  })

  it('leaves out those that this version cannot read', () => {
    views.saveView({ name: 'good', view: {} })
    const put = project.db.prepare('INSERT INTO review_view VALUES (?, ?)')
    put.run('of another version', '{"sort":"phase of the moon"}')
    put.run('damaged', '{"level":')
    expect(views.views()).toEqual([{ name: 'good', view: reviewView.parse({}) }])
  })
})
