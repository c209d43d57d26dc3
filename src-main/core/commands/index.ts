import type { Command } from '../command.ts'
import { bench } from './bench.ts'
import { clean, cleaned } from './clean.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { evaluate, review } from './evaluate.ts'
import { keypoints } from './keypoints.ts'
import { model } from './model.ts'
import { predict } from './predict.ts'
import { rules } from './rules.ts'
import { sample } from './sample.ts'
import { scan } from './scan.ts'
import { serve } from './serve.ts'
import { split } from './split.ts'
import { submit } from './submit.ts'
import { train } from './train.ts'

/** In the order of the work. */
export const commands: readonly Command[] = [sample, scan, clean, cleaned, keypoints, split, train, evaluate, review, rules, predict, submit, serve, demo, model, doctor, bench]
