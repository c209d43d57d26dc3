/**
 * Confident learning (Northcutt, Jiang, Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"), as cleanlab's
 * `filter.find_label_issues(filter_by='confident_learning')` and `rank.get_label_quality_scores(method='normalized_margin')`.
 */
export interface LabelIssues {
  /** Normalised margin of each row, (p(label) − largest other p + 1) / 2: 0 … 1, low = doubted. */
  quality: Float64Array
  /** Class that the confident joint counts a doubted row to; −1: the label is not doubted. */
  suggested: Int32Array
}

/** What cleanlab allows below a threshold. */
const tolerance = 1e-6

/**
 * Mean self-confidence of each class: of the rows labelled with it, the mean probability of their label. 2, which no probability reaches, for a
 * class without rows.
 * @param given probability of each row's label
 */
export function classThresholds(classes: number, labels: Int32Array, given: Float64Array): Float64Array {
  const sums = new Float64Array(classes)
  const counts = new Int32Array(classes)
  for (const [row, label] of labels.entries()) {
    if (label < 0) continue
    sums[label]! += given[row]!
    counts[label]!++
  }
  return sums.map((sum, index) => (counts[index] ? sum / counts[index]! : 2))
}

export interface LabelledRows {
  classes: number
  /** Class of each row; −1 (a class the model does not know) is never doubted, and its quality is that of p(label) = 0. */
  labels: Int32Array
  /** Probability of each row's label. */
  given: Float64Array
  probabilities(row: number): ArrayLike<number>
}

/**
 * Doubts labels by out-of-fold probabilities. A row is counted to the most probable of the classes that it reaches the threshold of (cleanlab
 * takes the most probable of all where it reaches two or more). Where that is not its label, the label is doubted, if that class is also more
 * probable than the label: cleanlab leaves labels alone that are the model's prediction; and a class of one or two sequences, whose threshold
 * says little, would draw rows of which the model is just unsure.
 */
export function findLabelIssues({ classes, labels, given, probabilities }: LabelledRows): LabelIssues {
  const thresholds = classThresholds(classes, labels, given).map((threshold) => threshold - tolerance)
  const quality = new Float64Array(labels.length)
  const suggested = new Int32Array(labels.length).fill(-1)
  for (let row = 0; row < labels.length; row++) {
    const own = probabilities(row)
    const label = labels[row]!
    let other = 0
    let counted = -1
    for (let index = 0; index < classes; index++) {
      const value = own[index]!
      if (index !== label && value > other) other = value
      if (value >= thresholds[index]! && (counted < 0 || value > own[counted]!)) counted = index
    }
    quality[row] = (given[row]! - other + 1) / 2
    if (label >= 0 && counted >= 0 && own[counted]! > given[row]!) suggested[row] = counted
  }
  return { quality, suggested }
}
