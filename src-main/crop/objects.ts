import {
  augmentRecipe, cropRecipe, cropRoles, defaultCropSettings, derivedSet, flipMap, objectKinds, objectSlot, slotKind,
  type AugmentRecipe, type CropRecipe, type Derivation, type FlipMap, type NamedObject, type ObjectKind, type ObjectReference, type ObjectSlot, type ObjectVersion,
} from '../contract/crop.ts'
import { HandloomError } from '../contract/errors.ts'
import { machineUser } from '../db/author.ts'
import type { Db } from '../db/open.ts'
import { changedSettings } from './changedSettings.ts'
import { valueHash } from './valueHash.ts'

/** What the objects of each kind hold. */
export interface ObjectValues {
  recipe: CropRecipe
  augment: AugmentRecipe
  'flip-map': FlipMap
  'derived-set': Derivation[]
}

type SlotValue<Slot extends ObjectSlot> = Slot extends keyof ObjectValues ? ObjectValues[Slot] : CropRecipe

/** The named objects of a project. A version is never changed; what is written comes after it. What changes something says whether it did. */
export interface ObjectStore {
  value<Slot extends ObjectSlot>(slot: Slot): SlotValue<Slot>
  references(): Record<ObjectSlot, ObjectReference>
  objects(): NamedObject[]
  versions(kind: ObjectKind, name: string): ObjectVersion[]
  /** The next version of the object that a slot uses, where the value is another. */
  put<Slot extends ObjectSlot>(slot: Slot, value: SlotValue<Slot>): boolean
  restore(kind: ObjectKind, name: string, version: number): boolean
  use(slot: ObjectSlot, name: string): boolean
  saveAs(slot: ObjectSlot, name: string): void
}

const schemas: { [Kind in ObjectKind]: { parse(value: unknown): ObjectValues[Kind] } } = { recipe: cropRecipe, augment: augmentRecipe, 'flip-map': flipMap, 'derived-set': derivedSet }

/** The objects that Handloom comes with, by kind and name: their version 0. */
const shipped: { [Kind in ObjectKind]: Readonly<Record<string, ObjectValues[Kind]>> } = {
  recipe: defaultCropSettings.recipes,
  augment: { augmentation: defaultCropSettings.augment },
  'flip-map': { 'flip map': { horizontal: {}, vertical: {} } },
  'derived-set': { 'derived samples': [] },
}

/** What a slot uses until another is chosen. */
const firstName: Record<ObjectSlot, string> = { train: 'train', validation: 'validation', test: 'test', augment: 'augmentation', 'flip-map': 'flip map', 'derived-set': 'derived samples' }

const kindWords: Record<ObjectKind, string> = { recipe: 'crop recipe', augment: 'augmentation', 'flip-map': 'flip map', 'derived-set': 'derived set' }

interface Row {
  version: number
  created: string
  author: string
  value: string
}

interface StoredVersion<Value> {
  version: number
  created: string | null
  value: Value
  hash: string
}

/** The objects in the tables crop_object and crop_use, which nobody else writes. */
export function createObjects(db: Db): ObjectStore {
  const newestRow = db.prepare<[string, string], Row>('SELECT version, created, author, value FROM crop_object WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT 1')
  const rowsOf = db.prepare<[string, string], Row>('SELECT version, created, author, value FROM crop_object WHERE kind = ? AND name = ? ORDER BY version DESC')
  const keptNames = db.prepare<[string], string>('SELECT DISTINCT name FROM crop_object WHERE kind = ?').pluck()
  const nameOf = db.prepare<[string], string>('SELECT name FROM crop_use WHERE slot = ?').pluck()
  const insert = db.prepare('INSERT INTO crop_object (kind, name, version, created, author, value) VALUES (?, ?, ?, ?, ?, ?)')
  const putUse = db.prepare('INSERT INTO crop_use (slot, name) VALUES (?, ?) ON CONFLICT (slot) DO UPDATE SET name = excluded.name')

  const nameIn = (slot: ObjectSlot): string => nameOf.get(slot) ?? firstName[slot]

  function newest<Kind extends ObjectKind>(kind: Kind, name: string): StoredVersion<ObjectValues[Kind]> | null {
    const row = newestRow.get(kind, name)
    if (row) return parsed(kind, row)
    if (!Object.hasOwn(shipped[kind], name)) return null
    const value = shipped[kind][name] as ObjectValues[Kind]
    return { version: 0, created: null, value, hash: valueHash(value) }
  }

  function required<Kind extends ObjectKind>(kind: Kind, name: string): StoredVersion<ObjectValues[Kind]> {
    const found = newest(kind, name)
    if (found) return found
    throw new HandloomError('not-found', `There is no ${kindWords[kind]} named “${name}”. There are: ${namesOf(kind).join(', ')}.`)
  }

  const namesOf = (kind: ObjectKind): string[] => [...new Set([...Object.keys(shipped[kind]), ...keptNames.all(kind)])]

  const inUse = (slot: ObjectSlot): StoredVersion<unknown> & ObjectReference => {
    const [kind, name] = [slotKind(slot), nameIn(slot)]
    return { kind, name, ...required(kind, name) }
  }

  function write(kind: ObjectKind, name: string, version: number, value: unknown): void {
    insert.run(kind, name, version, new Date().toISOString(), machineUser(), JSON.stringify(value))
  }

  /** The value as an object's next version, where it is another than the newest. */
  function writeNext(kind: ObjectKind, name: string, value: unknown): boolean {
    const { version, hash } = required(kind, name)
    if (valueHash(value) === hash) return false
    write(kind, name, version + 1, value)
    return true
  }

  return {
    value: <Slot extends ObjectSlot>(slot: Slot) => inUse(slot).value as SlotValue<Slot>,
    references: () => forSlots((slot) => {
      const { kind, name, version, hash } = inUse(slot)
      return { kind, name, version, hash }
    }),
    objects() {
      const uses = forSlots((slot) => `${slotKind(slot)} ${nameIn(slot)}`)
      return objectKinds.flatMap((kind) => namesOf(kind).map((name): NamedObject => {
        const { version, created, hash } = required(kind, name)
        const slots = objectSlot.options.filter((slot) => uses[slot] === `${kind} ${name}`)
        return { kind, name, version, hash, created, usedBy: slots.map((slot) => cropRoles.find((role) => role === slot) ?? 'project') }
      }))
    },
    versions(kind, name) {
      required(kind, name)
      const rows = rowsOf.all(kind, name).map((row) => ({ ...row, ...parsed(kind, row) }))
      return rows.map(({ version, created, author, value, hash }, position) => {
        const before = rows[position + 1]
        return { kind, name, version, hash, created, author, changed: before ? changedSettings(kind, before.value, value) : [] }
      })
    },
    put: db.transaction((slot: ObjectSlot, value: unknown) => writeNext(slotKind(slot), nameIn(slot), value)).immediate,
    restore: db.transaction((kind: ObjectKind, name: string, version: number) => {
      required(kind, name)
      const row = rowsOf.all(kind, name).find((other) => other.version === version)
      if (!row) throw new HandloomError('not-found', `The ${kindWords[kind]} “${name}” has no version ${version}.`)
      return writeNext(kind, name, parsed(kind, row).value)
    }).immediate,
    use: db.transaction((slot: ObjectSlot, name: string) => {
      required(slotKind(slot), name)
      if (nameIn(slot) === name) return false
      putUse.run(slot, name)
      return true
    }).immediate,
    saveAs: db.transaction((slot: ObjectSlot, name: string) => {
      const kind = slotKind(slot)
      if (newest(kind, name)) throw new HandloomError('conflict', `There is a ${kindWords[kind]} named “${name}” already. Choose another name, or use that one.`)
      write(kind, name, 1, inUse(slot).value)
      putUse.run(slot, name)
    }).immediate,
  }
}

/** A stored version as its schema reads it now: keys that an older Handloom did not know have their defaults, also in the hash. */
function parsed<Kind extends ObjectKind>(kind: Kind, { version, created, value: text }: Row): StoredVersion<ObjectValues[Kind]> & { created: string } {
  const value = schemas[kind].parse(JSON.parse(text)) as ObjectValues[Kind]
  return { version, created, value, hash: valueHash(value) }
}

const forSlots = <Value>(valueOf: (slot: ObjectSlot) => Value): Record<ObjectSlot, Value> => Object.fromEntries(objectSlot.options.map((slot) => [slot, valueOf(slot)])) as Record<ObjectSlot, Value>
