import packageJson from '../../../package.json' with { type: 'json' }
import type { CropRecipe } from '../../contract/crop.ts'
import type { ClassRow } from '../../contract/dataset.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { ModelFormat } from '../../contract/train.ts'
import { referenceWidth } from '../../crop/geometry.ts'
import { imageNetDeviation, imageNetMean } from '../../engine/ops/imageNet.ts'
import { handFeatures, sceneFeatures } from '../../keypoints/features.ts'
import { timmConfig, timmName } from '../../model/export/timmModel.ts'
import { requireModel } from '../../model/info.ts'
import { inputOf } from '../keypoints/input.ts'
import type { StoredRun } from '../runStore.ts'

/** All that is needed to feed a model and to read what it says; stored with it as JSON, so its keys are in the writing of Python. docs/export.md explains it. */
export interface ModelRecipe {
  format: 'handloom-model'
  version: 1
  handloom: string
  model: string
  /** The same network in timm; null where timm builds none. */
  timm: { name: string | null; config: Record<string, number | string> } | null
  input:
    | { sees: 'pictures'; image_size: number; layout: 'NCHW' | 'NHWC'; channels: 'RGB'; range: [0, 1]; mean: readonly number[]; std: readonly number[] }
    | { sees: 'keypoints'; hand_features: number; scene_features: number; normalise_rotation: boolean; place: boolean; frames: number }
  /** Lengths in pixels of a frame as wide as `reference_width`. */
  crop: (CropRecipe & { reference_width: number }) | null
  /** What the app averages when it predicts; the model computes one view. */
  views: { flip: boolean; margins: number[] }
  /** In the order of the logits. `mirrored`: the class of the mirror image; null: never mirrored. */
  classes: { pose_id: number; name: string; view: string; gesture: string; hand: string; mirrored: number | null }[]
  /** Pose ids that the network tells apart by how frequent they are alone. */
  merged: number[][]
  run: { id: number; name: string; fold: number; created: string; data_hash: string; edits_hash: string; recipe_hash: string; split_hash: string; handloom: string; engine: string | null }
}

/** The recipe of a fold's model. */
export function modelRecipe(run: StoredRun, fold: number, format: ModelFormat, classRows: readonly ClassRow[]): ModelRecipe {
  const { config, poseIds, outputs, provenance, flipTargets } = run
  const pictures = !seesKeypoints(config.model)
  const known = new Map(classRows.map((row) => [row.poseId, row]))
  const mirroredOf = (index: number): number | null => poseIds[flipTargets.horizontal[index] ?? -1] ?? null
  const { config: architecture } = pictures ? requireModel(config.model) : { config: null }
  const shown = inputOf(config)
  return {
    format: 'handloom-model',
    version: 1,
    handloom: packageJson.version,
    model: config.model,
    timm: architecture && { name: timmName(config.model, architecture), config: timmConfig(architecture) },
    input: pictures
      ? { sees: 'pictures', image_size: config.imageSize, layout: format === 'savedmodel' ? 'NHWC' : 'NCHW', channels: 'RGB', range: [0, 1], mean: imageNetMean, std: imageNetDeviation }
      : { sees: 'keypoints', hand_features: handFeatures, scene_features: sceneFeatures(shown), normalise_rotation: shown.normaliseRotation, place: shown.place, frames: shown.frames },
    crop: pictures ? { ...run.recipes.test, reference_width: referenceWidth } : null,
    views: { flip: config.testFlip, margins: config.testMargins },
    classes: poseIds.map((poseId, index) => {
      const row = known.get(poseId)
      return { pose_id: poseId, name: row?.name ?? '', view: row?.view ?? '', gesture: row?.gesture ?? '', hand: row?.hand ?? '', mirrored: mirroredOf(index) }
    }),
    merged: outputs ? [...Map.groupBy(poseIds, (_, index) => outputs.of[index]).values()].filter(({ length }) => length > 1) : [],
    run: {
      id: run.id, name: run.name, fold, created: run.created, data_hash: provenance.dataHash, edits_hash: provenance.editsHash, recipe_hash: provenance.recipeHash, split_hash: provenance.splitHash,
      handloom: provenance.version, engine: provenance.engine,
    },
  }
}
