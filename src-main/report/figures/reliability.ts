import type { Calibration } from '../../contract/evaluate.ts'
import { html, type Html } from '../html.ts'
import { axis, grid, niceTicks, place } from './axes.ts'

const [width, height] = [420, 340]

/** Reliability diagram (Guo et al. 2017): accuracy of the predictions in each bin of confidence, against the line where the two are the same. */
export function reliabilityFigure({ bins }: Calibration, titles: { confidence: string; accuracy: string }, words: (bin: Calibration['bins'][number]) => string): Html {
  const x = axis(niceTicks(0, 1), 44, width - 12)
  const y = axis(niceTicks(0, 1), height - 36, 26)
  const most = bins.reduce((largest, { count }) => Math.max(largest, count), 1)
  return html`<svg class="figure" viewBox="0 0 ${width} ${height}" style="max-width:${width}px" role="img" aria-label="${titles.confidence} / ${titles.accuracy}">
${grid(x, y, { x: titles.confidence, y: titles.accuracy })}
${bins.map((bin) => bin.count > 0 && html`<rect class="bar" x="${place(x.at(bin.from) + 1)}" width="${place(x.at(bin.to) - x.at(bin.from) - 2)}" y="${place(y.at(bin.accuracy))}" height="${place(Math.max(1, y.at(0) - y.at(bin.accuracy)))}" opacity="${place(0.3 + (0.7 * bin.count) / most)}"><title>${words(bin)}</title></rect><circle class="dot" cx="${place(x.at(bin.confidence))}" cy="${place(y.at(bin.accuracy))}" r="3"><title>${words(bin)}</title></circle>`)}
<path class="chance" d="M${place(x.at(0))} ${place(y.at(0))}L${place(x.at(1))} ${place(y.at(1))}"/>
</svg>`
}
