import { HandloomError } from '../contract/errors.ts'
import { viewOf } from './byteSource.ts'
import type { ByteSource } from './byteSource.ts'
import { openSafetensors } from './safetensors.ts'
import type { StoredTensors } from './storedTensors.ts'
import { openTorchFile } from './torchFile.ts'

export interface WeightFile extends StoredTensors {
  /** The key of a training script's checkpoint under which the weights were found. */
  readonly part?: string | undefined
}

/** torch.save before PyTorch 1.6: a pickle of this number, then further pickles and the values. */
const legacyMagic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
const zipMagic = 0x04034b50

/**
 * Opens a file of weights by what is in it, whatever its name: safetensors, or torch.save's archive.
 * @param file its name, for messages
 * @throws HandloomError `bad-input` with the place and what to do, for anything else and for anything in it that is not plain tensors
 */
export function openWeightFile(source: ByteSource, file?: string): WeightFile {
  const start = source.read(0, Math.min(source.length, legacyMagic.length))
  const name = file ?? 'The weights'
  // The ninth byte of a safetensors file opens its header.
  if (start[8] === 0x7b) return openSafetensors(source, file)
  if (start.length >= 4 && viewOf(start).getUint32(0, true) === zipMagic) return openTorchFile(source, file)
  if (legacyMagic.every((byte, index) => start[index] === byte)) {
    const remedy = 'In Python, torch.save(torch.load(file, weights_only=True), newFile) with PyTorch 1.13 or newer makes one that can be read'
    throw new HandloomError('bad-input', `${name} is of the format of PyTorch before 1.6. ${remedy}.`, { file, place: 'start' })
  }
  throw new HandloomError('bad-input', `${name} is neither a .safetensors file nor one of torch.save (.pth, .pt), or it is cut short. Get it again.`, { file, place: 'start' })
}
