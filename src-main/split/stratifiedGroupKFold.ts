import { encodeLabels, type EncodedLabels, type Label } from './labels.ts'
import { numpyRandom } from './numpyRandom.ts'
import { pairwiseSum, standardDeviation } from './numpySum.ts'
import { requireGroups, requireItems, requireMembers } from './splitProblem.ts'

/**
 * Groups stay whole and classes are spread as evenly as that allows: groups are taken by the spread of their class counts, widest
 * first, and each goes to the fold where the mean over the classes of the standard deviation over the folds of the class's shares
 * grows least; where that is as good, to the fold with fewer items. Source: sklearn.model_selection.StratifiedGroupKFold.
 * @param seed scikit-learn's `random_state` with shuffle=True; null = no shuffle
 * @returns the fold in which each item is validated
 * @throws HandloomError `bad-request` for more folds than items, groups or members of every class
 */
export function stratifiedGroupKFold(classes: readonly Label[], groups: readonly Label[], folds: number, seed: number | null): Int32Array {
  requireItems(classes.length, folds)
  const class_ = encodeLabels(classes)
  requireMembers(class_.counts, folds)
  const group = encodeLabels(groups)
  requireGroups(group.counts.length, folds)

  const order = Int32Array.from({ length: group.counts.length }, (_, index) => index)
  if (seed !== null) numpyRandom(seed).shuffle(order)
  const groupClasses = classesOfGroups(class_, group)
  const spread = spreads(groupClasses, class_.counts.length)
  const widestFirst = [...order].sort((a, b) => spread[b]! - spread[a]!)

  const chooser = foldChooser(class_.counts, folds)
  const foldOfGroup = new Int32Array(order.length)
  for (const index of widestFirst) foldOfGroup[index] = chooser(groupClasses[index]!)
  return group.codes.map((code) => foldOfGroup[code]!)
}

/** Items of one class in a group, of those classes that it has: a group has few of them. */
type ClassCounts = { of: number; count: number }[]

function classesOfGroups(class_: EncodedLabels, group: EncodedLabels): ClassCounts[] {
  const groups = group.labels.map((): ClassCounts => [])
  const known = new Map<number, ClassCounts[number]>()
  for (const [item, code] of group.codes.entries()) {
    const of = class_.codes[item]!
    const key = code * class_.labels.length + of
    let entry = known.get(key)
    if (!entry) {
      entry = { of, count: 0 }
      known.set(key, entry)
      groups[code]!.push(entry)
    }
    entry.count++
  }
  return groups
}

/** Of each group the standard deviation of its counts over all classes. */
function spreads(groups: readonly ClassCounts[], classes: number): Float64Array {
  const row = new Float64Array(classes)
  return Float64Array.from(groups, (counts) => {
    for (const { of, count } of counts) row[of] = count
    const spread = standardDeviation(row)
    for (const { of } of counts) row[of] = 0
    return spread
  })
}

/** Puts one group after the other into its best fold and says which. */
function foldChooser(classSizes: Int32Array, folds: number): (counts: ClassCounts) => number {
  const classes = classSizes.length
  const held = Array.from({ length: folds }, () => new Float64Array(classes))
  const items = Array.from({ length: folds }, () => 0)
  // Of a class no item of the group has, the deviation is the one of the folds as they are: worked out once per group taken in.
  const settled = new Float64Array(classes)
  const deviations = new Float64Array(classes)
  const shares = new Float64Array(folds)

  function deviation(of: number, withFold: number, added: number): number {
    const size = classSizes[of]!
    for (let fold = 0; fold < folds; fold++) shares[fold] = (held[fold]![of]! + (fold === withFold ? added : 0)) / size
    if (classes === 1) return standardDeviation(shares)
    let sum = 0
    for (let fold = 0; fold < folds; fold++) sum += shares[fold]!
    const mean = sum / folds
    let squares = 0
    for (let fold = 0; fold < folds; fold++) squares += (shares[fold]! - mean) * (shares[fold]! - mean)
    return Math.sqrt(squares / folds)
  }

  return (counts) => {
    let best = 0
    let least = Infinity
    let fewest = Infinity
    for (let fold = 0; fold < folds; fold++) {
      deviations.set(settled)
      for (const { of, count } of counts) deviations[of] = deviation(of, fold, count)
      const value = pairwiseSum(deviations) / classes
      const close = Math.abs(value - least) <= 1e-8 + 1e-5 * Math.abs(least)
      if (value < least || (close && items[fold]! < fewest)) {
        least = value
        fewest = items[fold]!
        best = fold
      }
    }
    for (const { of, count } of counts) {
      held[best]![of]! += count
      items[best]! += count
      settled[of] = deviation(of, best, 0)
    }
    return best
  }
}
