import { basename } from 'node:path'
import { cropRoles } from '../../contract/crop.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { Run } from '../../contract/train.ts'
import { html, name, type Html } from '../html.ts'
import { section, table, type SectionContext } from './context.ts'

/** What the run was made from: objects, hashes, settings. Paths and the machine's name stay at home. */
export function provenanceSection({ data: { run }, t }: SectionContext): Html {
  const { provenance, objects, madeFrom } = run
  const hash = (text: string, none = t.none): Html | string => (text === '' ? none : html`<code>${text}</code>`)
  const facts: [string, Html | string][] = [
    [t.provenance.dataHash, hash(provenance.dataHash)],
    [t.provenance.editsHash, hash(provenance.editsHash, t.provenance.noEdits)],
    [t.provenance.recipeHash, hash(provenance.recipeHash)],
    [t.provenance.splitHash, hash(provenance.splitHash)],
    [t.provenance.version, provenance.version],
    [t.provenance.engine, provenance.engine ?? t.unknown],
    [t.provenance.machine, name(withoutHost(provenance.machine))],
    ...(madeFrom === null ? [] : [[t.provenance.madeFrom, t.provenance[madeFrom.how](String(madeFrom.runId))] as [string, string]]),
  ]
  return section('made-from', t.provenance.title,
    html`<h3>${t.provenance.objects}</h3>`,
    objects === null ? html`<p class="muted">${t.provenance.olderRun}</p>` : table(Object.entries(objects).filter(([slot]) => !(seesKeypoints(run.config.model) && isCropRole(slot))), [
      { title: t.column.object, cell: ([slot]) => t.provenance.object[slot] ?? slot },
      { title: '', cell: ([, object]) => name(object.name) },
      { title: t.column.version, cell: ([, { version }]) => (version === null ? t.provenance.byRun : version === 0 ? t.provenance.asShipped : version), number: true },
      { title: t.column.hash, cell: ([, object]) => html`<code>${object.hash.slice(0, 12)}</code>` },
    ]),
    html`<h3>${t.provenance.hashes}</h3><dl class="facts">${facts.map(([title, value]) => html`<dt>${title}</dt><dd>${value}</dd>`)}</dl>`,
    html`<h3>${t.provenance.settings}</h3><dl class="settings">${settingsOf(run.config).map(([key, value]) => html`<div><dt>${key}</dt><dd>${name(value)}</dd></div>`)}</dl>`)
}

/** Keys as they are written in a config file (`crop.margin`); of a file only its name. */
export function settingsOf(config: Run['config']): [string, string][] {
  const { name: _name, pretrained, ...rest } = config
  const settings = flatten({ ...rest, ...(pretrained === undefined ? {} : { pretrained: basename(pretrained.replaceAll('\\', '/')) }) }, '')
  const ofNoEffect = seesKeypoints(config.model) ? forPictures : forKeypoints
  return settings.filter(([key]) => !ofNoEffect.some((other) => key === other || key.startsWith(`${other}.`)))
}

/** Settings that only models of a kind use, and where pictures are cut. */
const forPictures = ['imageSize', 'crop', 'augment.colour', 'precision', 'accumulate', 'pretrained', 'testMargins', 'deterministic']
const forKeypoints = ['keypoints', ...['scale', 'keypointJitter', 'keypointDrop', 'frameDrop', 'frameRepeat', 'strayHands'].map((key) => `augment.${key}`)]
const isCropRole = (slot: string): boolean => (cropRoles as readonly string[]).includes(slot)

function flatten(value: object, prefix: string): [string, string][] {
  return Object.entries(value).flatMap(([key, part]: [string, unknown]): [string, string][] => {
    if (part === undefined) return []
    const sides = typeof part === 'object' && part !== null && key === 'margin' ? new Set(Object.values(part)) : null
    if (sides?.size === 1) return [[prefix + key, String([...sides][0])]]
    if (typeof part === 'object' && part !== null && !Array.isArray(part)) return flatten(part, `${prefix}${key}.`)
    return [[prefix + key, Array.isArray(part) ? (part.length === 0 ? '–' : part.join(', ')) : String(part)]]
  })
}

const withoutHost = (machine: string): string => machine.replace(/^[^:]*: /, '')
