import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { seesKeypoints } from '../contract/keypoints.ts'
import { engineStatus } from './engineStatus.ts'

/** What waits for the same devices: a model that sees keypoints takes seconds and does not wait for one that sees pictures. */
export type Lane = 'pictures' | 'keypoints'

export const laneOf = (model: string): Lane => (seesKeypoints(model) ? 'keypoints' : 'pictures')

/** Something that trains one fold at a time. */
export interface TrainingDevice {
  /** `CPU`, `GPU 1` */
  name: string
  takes: Lane
  /** Number of the GPU, as the driver counts; null: whatever TensorFlow finds. */
  gpu: number | null
}

const cpu = (place: number): TrainingDevice => ({ name: place === 0 ? 'CPU' : `CPU ${place + 1}`, takes: 'pictures', gpu: null })
const gpu = (number: number): TrainingDevice => ({ name: `GPU ${number}`, takes: 'pictures', gpu: number })

const mostKeypointDevices = 4
/**
 * What trains on keypoints, on the CPU: it takes no GPU from what trains on pictures. Such a model is small, so one fold leaves most of a processor idle;
 * several are trained side by side.
 */
export const keypointDevices = (processors = availableParallelism()): TrainingDevice[] =>
  Array.from({ length: Math.max(1, Math.min(mostKeypointDevices, processors)) }, (_, place) => ({ name: place === 0 ? 'Keypoints' : `Keypoints ${place + 1}`, takes: 'keypoints', gpu: null }))

/**
 * What folds that see pictures are trained on: each GPU where TensorFlow is built for them (those of CUDA_VISIBLE_DEVICES where it is set), else the CPU.
 * HANDLOOM_DEVICES says otherwise: `0,2` for two GPUs, `cpu,cpu` for two folds at once on a large CPU.
 */
export function trainingDevices(environment: NodeJS.ProcessEnv = process.env): TrainingDevice[] {
  const named = (environment.HANDLOOM_DEVICES ?? '').split(',').map((text) => text.trim().toLowerCase()).filter(Boolean)
  const devices = named.flatMap((text, place) => (text === 'cpu' ? [cpu(place)] : /^\d{1,3}$/.test(text) ? [gpu(Number(text))] : []))
  if (devices.length > 0) return devices
  const numbers = engineStatus().device === 'gpu' ? gpuNumbers(environment) : []
  return numbers.length > 0 ? numbers.map(gpu) : [cpu(0)]
}

function gpuNumbers({ CUDA_VISIBLE_DEVICES: visible }: NodeJS.ProcessEnv): number[] {
  if (visible !== undefined && visible !== '') return visible.split(',').flatMap((text) => (/^\d{1,3}$/.test(text.trim()) ? [Number(text)] : []))
  try {
    const listed = execFileSync('nvidia-smi', ['--query-gpu=index', '--format=csv,noheader'], { timeout: 5000, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return listed.split('\n').flatMap((line) => (/^\d+$/.test(line.trim()) ? [Number(line)] : []))
  } catch {
    // No driver: TensorFlow computes on the CPU, and says so.
    return []
  }
}
