import { HandloomError, toHandloomError } from '../../contract/errors.ts'
import type { ActivationFrame, EmbeddingMap, EmbeddingMapOptions, Neighbour } from '../../contract/evaluate.ts'
import type { Emit } from '../../contract/events.ts'
import type { DatasetRoom, Explanations } from '../../contract/rooms.ts'
import type { Db } from '../../db/open.ts'
import { activationMaps } from './activationMaps.ts'
import { embeddingBlocks } from './embeddingBlocks.ts'
import { createMapMaker } from './mapMaker.ts'
import { nearestTo } from './neighbours.ts'

export interface ExplanationsDeps {
  db: Db
  dataset: Pick<DatasetRoom, 'summaries'>
  emit: Emit
  /** Names of the classes, by pose id, as they are now; asked anew with each call. */
  names(): (poseId: number) => string
  /** Fold whose network predicted a training sequence out of fold (the one that `GroupRow.fold` names); null where the run has no such prediction. */
  foldOf(runId: number, group: string): number | null
  /** Training sequences that a run's fold predicted out of fold: those its network did not learn from. */
  validatedBy(runId: number, fold: number): ReadonlySet<string>
}

export interface ExplanationsService {
  /** Replaces what a run's fold can tell of why, in one transaction. @throws HandloomError `bad-request` when values are not finite or shapes do not fit; nothing is stored then */
  storeExplanations(input: { runId: number; fold: number } & Explanations): void
  /** Copies it to another run, over what that has. Within the caller's transaction where there is one. */
  carryExplanations(from: number, to: number, fold: number): void
  /** @throws HandloomError `not-found` for a group that no fold validated, `bad-input` for damaged embeddings */
  neighbours(input: { runId: number; group: string; limit: number }): { fold: number; sameClass: Neighbour[]; others: Neighbour[] }
  /** @throws HandloomError `not-found` for a group that no fold validated, `bad-input` for damaged maps */
  activation(input: { runId: number; group: string }): ActivationFrame[]
  /** One at a time, the others wait; who asks for the same shares the work. @throws HandloomError `not-found` for a fold without embeddings, `interrupted` */
  embeddingMap(options: EmbeddingMapOptions): Promise<EmbeddingMap>
  /** Ends the map that is made and those that wait; resolves when they have ended. */
  cancelEmbeddingMap(): Promise<void>
  close(): Promise<void>
}

/** Why a network predicts what it does: what it finds alike, and where it looked. */
export function createExplanations(deps: ExplanationsDeps): ExplanationsService {
  const { db, dataset, names } = deps
  const blocks = embeddingBlocks(db)
  const maps = activationMaps(db)
  const mapMaker = createMapMaker({ db, dataset, emit: deps.emit, blocks })

  const foldOf = (runId: number, group: string): number => {
    const fold = deps.foldOf(runId, group)
    if (fold === null) throw new HandloomError('not-found', `Run ${runId} has no out-of-fold predictions for ${group}. Its fold may not be trained yet.`)
    return fold
  }
  const write = (work: () => void): void => {
    try {
      db.transaction(work)()
    } catch (error) {
      throw toHandloomError(error)
    }
  }

  return {
    storeExplanations: ({ runId, fold, embeddings, maps: frames }) =>
      write(() => {
        blocks.store(runId, fold, embeddings)
        maps.store(runId, fold, frames)
        mapMaker.forget(runId, fold)
      }),

    carryExplanations: (from, to, fold) =>
      write(() => {
        blocks.carry(from, to, fold)
        maps.carry(from, to, fold)
        mapMaker.forget(to, fold)
      }),

    neighbours({ runId, group, limit }) {
      const fold = foldOf(runId, group)
      const found: { fold: number; sameClass: Neighbour[]; others: Neighbour[] } = { fold, sameClass: [], others: [] }
      const block = blocks.load(runId, fold)
      const row = block?.rowOf.get(group)
      if (!block || row === undefined) return found
      const poseIds = new Map(dataset.summaries('train').map(({ folder, poseId }) => [folder, poseId]))
      const unseen = deps.validatedBy(runId, fold)
      const name = names()
      const own = poseIds.get(group)
      for (const { folder, distance } of nearestTo(block, row, (folder) => !unseen.has(folder) && typeof poseIds.get(folder) === 'number')) {
        const poseId = poseIds.get(folder) as number
        const list = poseId === own ? found.sameClass : found.others
        if (list.length < limit) list.push({ folder, poseId, name: name(poseId), distance })
        if (found.sameClass.length === limit && found.others.length === limit) break
      }
      return found
    },

    activation({ runId, group }) {
      const name = names()
      return maps.load(runId, foldOf(runId, group), group).map((frame) => ({
        ...frame,
        classes: frame.classes.map(({ poseId, values }) => ({ poseId, name: name(poseId), values: Array.from(values) })),
      }))
    },

    embeddingMap: mapMaker.map,
    cancelEmbeddingMap: mapMaker.cancel,
    close: mapMaker.close,
  }
}
