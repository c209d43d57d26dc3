import { describeImport, importWeights } from '../model/importWeights.ts'
import { requireModel } from '../model/info.ts'
import { layOutNetwork } from '../model/network.ts'
import { openWeightFile } from '../model/weightFile.ts'
import type { Classifier, ClassifierState } from './classifier.ts'
import { withFile } from './fileSource.ts'
import type { TrainJob } from './job.ts'

/**
 * Begins from the weights of a .safetensors or .pth file of timm or torchvision: weights, batch norm statistics, and their moving averages.
 * @returns sentences on what was loaded, and what the file lacked
 * @throws HandloomError `not-found`, `bad-input`
 */
export async function beginFromPretrained(classifier: Classifier, { config, classes }: Pick<TrainJob, 'config' | 'classes'>): Promise<string[]> {
  const file = config.pretrained
  if (!file) return []
  const network = layOutNetwork(requireModel(config.model).config, classes)
  return await withFile(file, (source) => {
    const opened = openWeightFile(source, file)
    const { weights, report } = importWeights(network, opened)
    const state: ClassifierState = new Map(classifier.state())
    for (const [full, tensor] of state) {
      const slash = full.indexOf('/')
      const imported = full.startsWith('optimizer.') ? undefined : weights.get(full.slice(slash + 1))
      if (imported) state.set(full, { shape: tensor.shape, data: imported.data })
    }
    classifier.restore(state)
    return describeImport(report, opened.part).map((sentence) => `Pretrained weights: ${sentence}`)
  })
}
