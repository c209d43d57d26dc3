import { mix } from './mix.ts'

/** A class needs as many sequences for weights of its own. */
export const leastClassSequences = 8

const mostSteps = 500

/** A sequence to fit on: what each member gives each class (null: it says nothing), and the class it is. */
export interface ClassFitRow {
  rows: readonly (Float64Array | null)[]
  answer: number
}

/**
 * Weights of single classes: p(c) ∝ Σₖ w(k, c) pₖ(c), where w(·, c) of the classes given is a softmax of parameters, and that of all others the shared weights.
 * Minimises the sum of −ln p(answer), and of half the squared distance of the parameters to the logs of the shared weights: a standard normal prior, so that
 * moving a parameter by 1 must bring half a nat. By gradient descent with steps after Barzilai and Borwein (1988), each halved until the loss falls.
 * @param weights the shared ones, above 0
 * @param classes class indices that get weights of their own
 * @returns weights by class index, sum 1 each
 */
export function fitClassWeights(sequences: readonly ClassFitRow[], weights: readonly number[], classes: readonly number[]): Map<number, number[]> {
  const members = weights.length
  const origin = Float64Array.from(classes.flatMap(() => weights.map((weight) => Math.log(weight))))
  const laid = sequences.filter(({ rows, answer }) => answer >= 0 && rows.some((row) => row !== null)).map((sequence) => lay(sequence, weights, classes))
  const sums = new Float64Array(classes.length)
  const heard = new Float64Array(classes.length)

  const lossOf = (parameters: Float64Array): { loss: number; gradient: Float64Array } => {
    const own = softmaxes(parameters, members)
    const gradient = parameters.map((value, index) => value - (origin[index] as number))
    let loss = gradient.reduce((sum, distance) => sum + (distance * distance) / 2, 0)
    for (const { values, speaking, answer, ofAnswer: sharedOfAnswer, ofOthers } of laid) {
      let total = ofOthers
      for (let place = 0; place < classes.length; place++) {
        let sum = 0
        let weight = 0
        for (const member of speaking) {
          weight += own[place * members + member] as number
          sum += (own[place * members + member] as number) * (values[place * members + member] as number)
        }
        heard[place] = weight
        sums[place] = sum / weight
        total += sum / weight
      }
      const ofAnswer = Math.max(answer < 0 ? sharedOfAnswer : (sums[answer] as number), Number.MIN_VALUE)
      loss += Math.log(total) - Math.log(ofAnswer)
      for (let place = 0; place < classes.length; place++) {
        const slope = (1 / total - (place === answer ? 1 / ofAnswer : 0)) / (heard[place] as number)
        for (const member of speaking) {
          const index = place * members + member
          gradient[index] = (gradient[index] as number) + slope * (own[index] as number) * ((values[index] as number) - (sums[place] as number))
        }
      }
    }
    return { loss, gradient }
  }

  const best = softmaxes(descend(lossOf, origin), members)
  return new Map(classes.map((index, place) => [index, [...best.subarray(place * members, (place + 1) * members)]]))
}

/** A row laid out for the fit. */
interface LaidRow {
  /** What each member gives each class with weights of its own, [classes × members]. */
  values: Float64Array
  /** Members that say something. */
  speaking: number[]
  /** Place of the answer among those classes; −1: it is another. */
  answer: number
  /** What the blend gives the answer then, and all classes with shared weights together. */
  ofAnswer: number
  ofOthers: number
}

function lay({ rows, answer }: ClassFitRow, weights: readonly number[], classes: readonly number[]): LaidRow {
  const mixed = mix(rows, { weights, perClass: new Map() }, rows.find((row) => row !== null)?.length ?? 0)
  return {
    values: Float64Array.from(classes.flatMap((index) => rows.map((row) => row?.[index] ?? 0))),
    speaking: rows.flatMap((row, member) => (row ? [member] : [])),
    answer: classes.indexOf(answer),
    ofAnswer: mixed[answer] as number,
    ofOthers: Math.max(0, 1 - classes.reduce((sum, index) => sum + (mixed[index] as number), 0)),
  }
}

function descend(lossOf: (at: Float64Array) => { loss: number; gradient: Float64Array }, start: Float64Array): Float64Array {
  let at = start
  let here = lossOf(at)
  let size = 0.1
  for (let step = 0; step < mostSteps; step++) {
    const steepness = here.gradient.reduce((sum, slope) => sum + slope * slope, 0)
    if (steepness <= 1e-14) break
    let next = at
    let there = here
    do {
      next = at.map((value, index) => value - size * (here.gradient[index] as number))
      there = lossOf(next)
      size /= 2
    } while (!(there.loss <= here.loss - 1e-4 * size * steepness) && size > 1e-12)
    if (!(there.loss < here.loss)) break
    let moved = 0
    let turned = 0
    for (const [index, value] of next.entries()) {
      const move = value - (at[index] as number)
      moved += move * move
      turned += move * ((there.gradient[index] as number) - (here.gradient[index] as number))
    }
    size = turned > 0 ? moved / turned : 1
    at = next
    here = there
  }
  return at
}

/** Softmax of each `size` numbers after one another. */
function softmaxes(parameters: Float64Array, size: number): Float64Array {
  const weights = new Float64Array(parameters.length)
  for (let start = 0; start < parameters.length; start += size) {
    const own = parameters.subarray(start, start + size)
    const largest = own.reduce((most, value) => Math.max(most, value), -Infinity)
    const sum = own.reduce((whole, value) => whole + Math.exp(value - largest), 0)
    for (const [member, value] of own.entries()) weights[start + member] = Math.exp(value - largest) / sum
  }
  return weights
}
