import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ContestantProgram } from './contestant.ts'

/** The peers' scripts: who is measured, and the modules that it needs beside Python's own. */
const peers = {
  'torch_regnet.py': { name: 'PyTorch', modules: ['torch', 'timm'] },
  'seed_input.py': { name: 'PyTorch', modules: ['torch', 'torchvision', 'cv2'] },
  'seed_epoch.py': { name: 'PyTorch', modules: ['torch', 'torchvision', 'timm', 'cv2'] },
  'predict.py': { name: 'PyTorch', modules: ['torch', 'timm', 'cv2'] },
  'crop.py': { name: 'OpenCV', modules: ['cv2'] },
  'keypoints.py': { name: 'scikit-learn', modules: ['sklearn'] },
  'split.py': { name: 'scikit-learn', modules: ['sklearn'] },
  'review.py': { name: 'pandas', modules: ['pandas', 'numpy'] },
  'scalars.py': { name: 'TensorBoard', modules: ['tensorboard'] },
} as const

const packages: Readonly<Record<string, string>> = { cv2: 'opencv-python-headless', sklearn: 'scikit-learn' }
const folder = fileURLToPath(new URL('../../../bench/peer/', import.meta.url))

/** Prints the modules, of those named, that this Python does not have. */
const lookUp = 'import sys, importlib.util as u; print(" ".join(m for m in sys.argv[1:] if u.find_spec(m) is None))'

/**
 * A peer on this machine, by the Python that HANDLOOM_PEER_PYTHON names, else `python3`: how to start one of the peer's scripts on a task, or
 * why that cannot be.
 */
export async function findPeer(script: keyof typeof peers, task: Record<string, unknown>, env: NodeJS.ProcessEnv = process.env): Promise<ContestantProgram | { missing: string }> {
  const python = env.HANDLOOM_PEER_PYTHON || 'python3'
  const { name, modules: needed } = peers[script]
  const file = join(folder, script)
  if (!existsSync(file)) return { missing: `${file} is not there; the peer is measured from a clone of the project.` }
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', lookUp, ...needed], { timeout: 60_000 })
    const modules = stdout.split(/\s+/).filter(Boolean)
    const install = `${python} -m pip install ${[...new Set(Object.values(peers).flatMap((peer) => peer.modules))].map((module) => packages[module] ?? module).join(' ')}`
    if (modules.length) return { missing: `${python} has no ${modules.join(', ')}. To compare with ${name}: ${install}` }
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n').find((line) => line && !line.startsWith('Command failed')) ?? error.message) : String(error)
    return { missing: `${python} does not run (${reason}). To compare with ${name}, name a Python that has it in HANDLOOM_PEER_PYTHON.` }
  }
  // No compiled scripts are left in the clone.
  return { name, program: python, args: ['-u', file, JSON.stringify(task)], env: { PYTHONDONTWRITEBYTECODE: '1' } }
}
