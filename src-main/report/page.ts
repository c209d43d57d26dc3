import { setImmediate as breathe } from 'node:timers/promises'
import packageJson from '../../package.json' with { type: 'json' }
import { seesKeypoints } from '../contract/keypoints.ts'
import type { ReportOptions } from '../contract/report.ts'
import type { ReportData } from './collect.ts'
import { createFormat } from './format.ts'
import { Html, html, name } from './html.ts'
import type { ReportPicture } from './pictures.ts'
import { calibrationSection, confusionSection } from './sections/confusion.ts'
import type { SectionContext } from './sections/context.ts'
import { curvesSection } from './sections/curves.ts'
import { rulesSection, triageSection } from './sections/judgement.ts'
import { partsSection } from './sections/parts.ts'
import { provenanceSection } from './sections/provenance.ts'
import { foldsSection, scoresSection } from './sections/scores.ts'
import { worstSection } from './sections/worst.ts'
import { css } from './style.ts'
import { en, type Texts } from './texts/en.ts'
import { ko } from './texts/ko.ts'

const texts: Record<ReportOptions['language'], Texts> = { en, ko }

/** Nothing may be loaded and nothing may run: styles and pictures are in the page. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/** The whole page as HTML, complete by itself, with the event loop free between its sections. `made`: when, ISO 8601. */
export async function reportPage(data: ReportData, pictures: ReadonlyMap<string, ReportPicture[] | null>, { language, made }: { language: ReportOptions['language']; made: string }): Promise<string> {
  const t = texts[language]
  const context: SectionContext = { data, t, format: createFormat(language), pictures }
  const title = data.run.name === '' ? t.unnamedRun(String(data.run.id)) : data.run.name
  const contents = [
    ['scores', t.scores.title], ['folds', t.folds.title], ['curves', t.curves.title], ['worst', t.worst.title], ['parts', t.parts.title], ['confusion', t.confusion.title],
    ['calibration', t.calibration.title], ['triage', t.triage.title], ['rules', t.rules.title], ['made-from', t.provenance.title],
  ] as const
  const sections: Html[] = []
  for (const write of [scoresSection, foldsSection, curvesSection, worstSection, partsSection, confusionSection, calibrationSection, triageSection, rulesSection, provenanceSection]) {
    await breathe()
    sections.push(html`${write(context)}\n`)
  }
  return html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · ${t.report}</title>
<style>${new Html(css)}</style>
</head>
<body>
<header>
<p class="over">${t.report} · Handloom</p>
<h1>${name(title)}</h1>
${headFacts(context, made)}
<nav aria-label="${t.contents}">${contents.map(([id, words]) => html`<a href="#${id}">${words}</a>`)}</nav>
</header>
<main>
${sections}</main>
<footer>${t.foot(packageJson.version)}</footer>
</body>
</html>
`.text
}

function headFacts({ data: { run, dataName, summary }, t, format }: SectionContext, made: string): Html {
  const facts: [string, Html | string][] = [
    [t.run, `${run.id} · ${t.state[run.state === 'running' ? 'training' : run.state]}`],
    [t.model, `${run.config.model} · ${seesKeypoints(run.config.model) ? t.seesKeypoints : `${run.config.imageSize} px`}`],
    [t.data, html`${name(dataName)} · ${t.sequences(summary.sequence.count, format.integer(summary.sequence.count))}, ${t.frames(summary.frame.count, format.integer(summary.frame.count))}`],
    [t.trained, format.dateTime(run.created)],
    [t.made, format.dateTime(made)],
  ]
  return html`<dl class="head">${facts.map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>`
}
