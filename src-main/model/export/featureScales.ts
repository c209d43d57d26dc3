/** How the features of a keypoint model are standardised: (value − mean) · scale, at most `farthest` from 0. */
export interface FeatureScales {
  hand: { mean: Float32Array; scale: Float32Array }
  scene: { mean: Float32Array; scale: Float32Array }
  farthest: number
}
