import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HandloomError } from '../../contract/errors.ts'
import { seesKeypoints } from '../../contract/keypoints.ts'
import type { ModelFormat } from '../../contract/train.ts'
import { syncFolder, writeDurably } from '../../crop/durableFile.ts'
import type { FeatureScales } from '../../model/export/featureScales.ts'
import { onnxKeypoints } from '../../model/export/onnxKeypoints.ts'
import { onnxRegNet } from '../../model/export/onnxRegNet.ts'
import { keypointSafetensors, timmSafetensors } from '../../model/export/safetensorsModel.ts'
import { tensorflowKeypoints } from '../../model/export/tensorflowKeypoints.ts'
import { tensorflowRegNet } from '../../model/export/tensorflowRegNet.ts'
import type { NamedWeights } from '../../model/export/values.ts'
import type { KeypointNetwork } from '../../model/keypointNetwork.ts'
import type { Network } from '../../model/network.ts'
import type { ModelRecipe } from './recipe.ts'

/** A network with the weights that are written. */
export type WrittenModel = { weights: NamedWeights } & ({ sees: 'pictures'; network: Network; imageSize: number } | { sees: 'keypoints'; network: KeypointNetwork; scales: FeatureScales })

/** Most bytes of a protocol buffers message that its readers take. */
const largestMessage = 2 ** 31 - 1

/**
 * Writes a model in a format, with its recipe: in the metadata of an ONNX or safetensors file, as `assets.extra/handloom.json` of a SavedModel.
 * @throws HandloomError `bad-request` for a model that the format cannot hold; whatever the file system throws
 */
export async function writeModel(path: string, format: ModelFormat, model: WrittenModel, recipe: ModelRecipe): Promise<void> {
  const handloom = JSON.stringify(recipe)
  if (format !== 'safetensors' && weightBytes(model.weights) > largestMessage)
    throw new HandloomError('bad-request', `${recipe.model} is too large for this format, whose files hold at most 2 GiB. Export it as safetensors.`)
  if (format === 'onnx') {
    const graph = model.sees === 'pictures' ? onnxRegNet(model.network, model.weights, model.imageSize) : onnxKeypoints(model.network, model.weights, model.scales)
    return writeDurably(path, [graph.finish({ name: 'Handloom', version: recipe.handloom }, { handloom })])
  }
  if (format === 'savedmodel') {
    const graph = model.sees === 'pictures' ? tensorflowRegNet(model.network, model.weights, model.imageSize) : tensorflowKeypoints(model.network, model.weights, model.scales)
    await mkdir(join(path, 'assets.extra'), { recursive: true })
    await writeDurably(join(path, 'assets.extra', 'handloom.json'), [JSON.stringify(recipe, null, 2)])
    await writeDurably(join(path, 'saved_model.pb'), [graph.finish()])
    return syncFolder(path)
  }
  const metadata = { format: 'pt', handloom, model: recipe.model, num_classes: String(recipe.classes.length), ...(recipe.timm?.name ? { timm_name: recipe.timm.name } : {}) }
  return writeDurably(path, [model.sees === 'pictures' ? timmSafetensors(model.network, model.weights, metadata) : keypointSafetensors(model.weights, metadata)])
}

const weightBytes = (weights: NamedWeights): number => [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0)

/** What a person should know of a model in a format, in sentences. */
export function modelNotes({ format, recipe, precision }: { format: ModelFormat; recipe: ModelRecipe; precision: string }): string[] {
  const views = (recipe.views.flip ? 2 : 1) * (1 + recipe.views.margins.length)
  const safetensors = format === 'safetensors'
  return [
    ...(recipe.merged.length ? [`Classes that share an output of the network have a logit each, so that softmax gives them what the app does: ${recipe.merged.map((ids) => ids.join(' and ')).join('; ')}.`] : []),
    ...(safetensors && recipe.timm?.name === null ? [`timm has no ${recipe.model}: build it with RegNetCfg from the metadata, as docs/export.md shows.`] : []),
    ...(safetensors && seesKeypoints(recipe.model) ? ['timm has no keypoint models: docs/keypoint-model.md says how the layers go together.'] : []),
    ...(precision === 'float32' ? [] : [`The app predicts this run in ${precision}; what was written computes in float32 and was checked against the app in float32.`]),
    ...(views > 1 ? [`The app averages ${views} views of each ${seesKeypoints(recipe.model) ? 'sequence' : 'frame'}; the model computes one at a time.`] : []),
  ]
}
