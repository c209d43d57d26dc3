import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import { openDatabase } from '../../db/open.ts'
import { randomStream, type RandomStream } from '../../engine/random.ts'
import { contestClasses } from '../../sample/classTable.ts'
import { openProject } from '../project.ts'

export interface ReviewSize {
  sequences: number
  framesPerSequence: number
  folds: number
}

export interface ReviewProject {
  /** A data folder without pictures: nothing in it is scanned. */
  data: string
  project: string
  runId: number
  /** The same for other programs, a row a frame, sequence by sequence: probabilities (float32) and, each as int32, class of the answer, sequence, fold. */
  columns: { probabilities: string; answers: string; sequences: string; folds: string }
  classes: number
}

const seed = 42
const actors = 60

/**
 * Writes a project with very many sequences and a run that predicted all of them out of fold: by a network that is mostly right, sometimes torn
 * between two classes and sometimes wrong.
 * @throws HandloomError `storage`; what the signal aborts with
 */
export async function writeReviewProject(scratch: string, { sequences, framesPerSequence, folds }: ReviewSize, signal: AbortSignal): Promise<ReviewProject> {
  const [data, projectFolder] = [join(scratch, 'data'), join(scratch, 'project')]
  mkdirSync(join(data, 'train'), { recursive: true })
  writeDataset(projectFolder, sequences, framesPerSequence)
  const project = openProject({ folder: data, project: projectFolder, emit: () => undefined })
  try {
    const poseIds = project.dataset.poseIds()
    const classes = poseIds.length
    const answers = Int32Array.from({ length: sequences * framesPerSequence }, (_, row) => poseIds.indexOf(classOf(Math.floor(row / framesPerSequence)).poseId))
    const probabilities = new Float32Array(answers.length * classes)
    const random = randomStream(seed, sequences)
    for (const [row, answer] of answers.entries()) predict(random, probabilities.subarray(row * classes, (row + 1) * classes), answer)
    const row = (sequence: number, frame: number) => ({ folder: `train/${sequence}`, frame, at: sequence * framesPerSequence + frame })
    for (let fold = 0; fold < folds; fold++) {
      await breathe()
      signal.throwIfAborted()
      const rows = Array.from({ length: sequences }, (_, sequence) => sequence).filter((sequence) => sequence % folds === fold)
        .flatMap((sequence) => Array.from({ length: framesPerSequence }, (_, frame) => row(sequence, frame)))
      project.evaluate.store({ runId: 1, fold, part: 'validation', poseIds, rows: rows.map(({ folder, frame, at }) => ({ folder, frame, probabilities: probabilities.subarray(at * classes, (at + 1) * classes) })) })
    }
    const ofRow = answers.map((_, row) => Math.floor(row / framesPerSequence))
    const write = (name: string, values: Float32Array | Int32Array): string => {
      const file = join(scratch, name)
      writeFileSync(file, values)
      return file
    }
    return {
      data, project: projectFolder, runId: 1, classes,
      columns: { probabilities: write('probabilities', probabilities), answers: write('answers', answers), sequences: write('sequences', ofRow), folds: write('folds', ofRow.map((sequence) => sequence % folds)) },
    }
  } finally {
    await project.close()
  }
}

const classOf = (sequence: number) => contestClasses[sequence % contestClasses.length] as (typeof contestClasses)[number]

/** The rows that a scan leaves. */
function writeDataset(projectFolder: string, sequences: number, frames: number): void {
  const { db, close } = openDatabase(projectFolder)
  const addClass = db.prepare("INSERT INTO class_row (pose_id, name, view, gesture, hand, extra) VALUES (?, ?, ?, ?, ?, '{}')")
  const addSequence = db.prepare(
    `INSERT INTO sequence (folder, role, number, pose_id, action_name, actor, stamp, frame_count, keypoints, empty_frames, width, height, cover_frame)
     VALUES (?, 'train', ?, ?, ?, ?, ?, ?, 21, 0, 1920, 1080, 0)`,
  )
  const random = randomStream(seed)
  db.transaction(() => {
    for (const { poseId, name, viewType, gestureType, handType } of contestClasses) addClass.run(poseId, name, viewType, gestureType, handType)
    for (let sequence = 0; sequence < sequences; sequence++) {
      const { poseId, name } = classOf(sequence)
      addSequence.run(`train/${sequence}`, sequence, poseId, name, `A${String(1 + random.integer(actors)).padStart(3, '0')}`, `${String(sequence).padStart(32, '0')}:`, frames)
    }
  })()
  close()
}

function predict(random: RandomStream, probabilities: Float32Array, answer: number): void {
  const classes = probabilities.length
  const rest = 0.02 * random.uniform()
  probabilities.fill(rest / classes)
  const believed = random.uniform() < 0.9 ? answer : random.integer(classes)
  const share = random.uniform() ** 0.25
  probabilities[believed]! += share * (1 - rest)
  probabilities[random.integer(classes)]! += (1 - share) * (1 - rest)
}
