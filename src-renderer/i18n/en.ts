import { app } from './en/app.ts'
import { browse } from './en/browse.ts'
import { clean } from './en/clean.ts'
import { confusion } from './en/confusion.ts'
import { crop } from './en/crop.ts'
import { folds } from './en/folds.ts'
import { labels } from './en/labels.ts'
import { map } from './en/map.ts'
import { monitor } from './en/monitor.ts'
import { open } from './en/open.ts'
import { report } from './en/report.ts'
import { review } from './en/review.ts'
import { rules } from './en/rules.ts'
import { submit } from './en/submit.ts'
import { train } from './en/train.ts'

/** One table per room; add yours here and in `ko.ts`. */
export const en = { ...app, browse, clean, confusion, crop, folds, labels, map, monitor, open, report, review, rules, submit, train }
