import type { Confusion } from '../../contract/evaluate.ts'
import { html, type Html } from '../html.ts'
import { place } from './axes.ts'

/** About how wide the matrix is, in units of the figure, and how small and large a class may be in it. */
const wanted = 1000
const [smallest, largest] = [6, 26]

/** The confusion matrix in clustered order: a square for each pair that occurs, none for the others, so that 157 classes stay small. */
export function heatMap({ cells, classes, order, clusters }: Confusion, titles: { answer: string; predicted: string }): Html {
  const cell = Math.min(largest, Math.max(smallest, wanted / order.length))
  const side = cell * order.length
  const font = Math.min(11, cell * 0.82)
  const margin = { left: font * 2 + 26, top: font * 2 + 22 }
  const at = new Map(order.map((poseId, index) => [poseId, index * cell]))
  const names = new Map(classes.map(({ poseId, name, count }) => [poseId, { name: `${poseId} ${name}`, count }]))
  const square = ({ answer, predicted, count, logLoss, lookAlike }: Confusion['cells'][number]): Html | null => {
    const [x, y, of] = [at.get(predicted), at.get(answer), names.get(answer)]
    if (x === undefined || y === undefined || !of) return null
    const kind = answer === predicted ? 'right' : lookAlike === null ? 'wrong' : 'alike'
    const words = answer === predicted ? `${of.name} · ${count}/${of.count}` : `${of.name} → ${names.get(predicted)?.name ?? predicted} · ${count}/${of.count} · ${logLoss.toFixed(2)}`
    return html`<rect class="${kind}" x="${place(x)}" y="${place(y)}" width="${place(cell - 0.4)}" height="${place(cell - 0.4)}" opacity="${place(0.25 + (0.75 * count) / Math.max(1, of.count))}"><title>${words}</title></rect>`
  }
  const outline = (cluster: readonly number[]): Html | null => {
    const places = cluster.flatMap((poseId) => at.get(poseId) ?? [])
    if (places.length < 2) return null
    const [from, to] = [Math.min(...places), Math.max(...places) + cell]
    return html`<rect class="cluster" x="${place(from)}" y="${place(from)}" width="${place(to - from)}" height="${place(to - from)}"/>`
  }
  const middle = (poseId: number): string => place((at.get(poseId) ?? 0) + cell / 2)
  return html`<svg class="figure matrix" viewBox="${place(-margin.left)} ${place(-margin.top)} ${place(side + margin.left + 2)} ${place(side + margin.top + 2)}" style="max-width:${Math.round(side + margin.left)}px" role="img" aria-label="${titles.answer} × ${titles.predicted}">
<rect class="ground" width="${place(side)}" height="${place(side)}"/>
<text class="tick" x="0" y="${place(-margin.top + 11)}">${titles.predicted} →</text><text class="tick" transform="translate(${place(-margin.left + 11)} ${place(side)}) rotate(-90)">← ${titles.answer}</text>
<g class="names" style="font-size:${place(font)}px">${order.map((poseId) => html`<text class="end" x="-3" y="${middle(poseId)}" dy=".35em">${poseId}<title>${names.get(poseId)?.name}</title></text><text transform="translate(${middle(poseId)} -3) rotate(-90)" dy=".35em">${poseId}<title>${names.get(poseId)?.name}</title></text>`)}</g>
${cells.map(square)}
${clusters.map(outline)}
</svg>`
}
