import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultCropSettings, sides, type NamedObject } from '../../src-main/contract/crop.ts'
import { createCrop } from '../../src-main/crop/service.ts'
import { valueHash } from '../../src-main/crop/valueHash.ts'
import { sql as firstSchema } from '../../src-main/db/migrations/0001-rooms.ts'
import { sql as secondSchema } from '../../src-main/db/migrations/0002-redo.ts'
import { databaseName, openDatabase } from '../../src-main/db/open.ts'
import { openRoom, type OpenedRoom } from './room.ts'
import { classRow, frameOf, handAt, madeDataset } from './standIns.ts'

const classes = [classRow(22, 'left', '총'), classRow(47, 'right', '총'), classRow(124, 'left'), classRow(149, 'right')]
const dataset = madeDataset({ 'train/22': { poseId: 22, frames: [frameOf(0, handAt(10, 10))] }, 'train/47': { poseId: 47, frames: [frameOf(0, handAt(10, 10))] } }, classes)
const { recipes, augment } = defaultCropSettings
const wide = { ...recipes.train, margin: sides(100) }

let room: OpenedRoom
beforeEach(() => (room = openRoom(dataset)))
afterEach(() => room.close())

const shown = async () => (await room.again().objects()).map(({ kind, name, version, usedBy }: NamedObject) => [kind, name, version, usedBy])

it('begin as Handloom comes, at version 0', async () => {
  expect(await shown()).toEqual([
    ['recipe', 'train', 0, ['train']], ['recipe', 'validation', 0, ['validation']], ['recipe', 'test', 0, ['test']],
    ['augment', 'augmentation', 0, ['project']], ['flip-map', 'flip map', 0, ['project']], ['derived-set', 'derived samples', 0, ['project']],
  ])
  const { references, ...settings } = await room.crop.settings()
  expect([settings, references.test, references.augment]).toEqual([
    defaultCropSettings, { kind: 'recipe', name: 'test', version: 0, hash: valueHash(recipes.test) }, { kind: 'augment', name: 'augmentation', version: 0, hash: valueHash(augment) },
  ])
  // The same crop by another name is the same crop.
  expect(references.validation.hash).toBe(references.test.hash)
})

describe('a change', () => {
  it('is the next version, kept across starts, told once, and never made of the same value', async () => {
    await room.crop.setRecipe({ role: 'train', recipe: { ...wide, margin: 100 } })
    await room.crop.setRecipe({ role: 'train', recipe: wide })
    await room.crop.setRecipe({ role: 'test', recipe: recipes.test })
    await room.crop.setAugment({ ...augment, flipRatio: 0.1 })
    const { references, ...settings } = await room.again().settings()
    expect([settings, Object.values(references).map(({ version }) => version), room.events]).toEqual([
      { recipes: { ...recipes, train: wide }, augment: { ...augment, flipRatio: 0.1 } }, [1, 0, 0, 1, 0, 0], [{ type: 'crop' }, { type: 'crop' }],
    ])
  })
  it('is told setting by setting, with who made it and when', async () => {
    await room.crop.setRecipe({ role: 'train', recipe: { ...wide, shape: 'square' } })
    await room.crop.setRecipe({ role: 'train', recipe: { ...wide, margin: { ...wide.margin, left: 7 }, hands: 'apart' } })
    const [second, first, ...none] = await room.crop.versions({ kind: 'recipe', name: 'train' })
    expect({ second, first, none }).toMatchObject({
      second: { kind: 'recipe', name: 'train', version: 2, author: userInfo().username, changed: [{ setting: 'margin.left', before: 100, after: 7 }, { setting: 'shape', before: 'square', after: 'stretch' }, { setting: 'hands', before: 'together', after: 'apart' }] },
      first: { version: 1, changed: [] },
      none: [],
    })
    expect(new Date(second?.created ?? '').toISOString()).toBe(second?.created)
  })
  it('of the flip map is told by class, of the derived set by parent', async () => {
    await room.crop.setFlipPair({ poseId: 22, partner: null, direction: 'horizontal' })
    await room.crop.setFlipPair({ poseId: 22, partner: 'automatic', direction: 'horizontal' })
    await room.crop.setFlipPair({ poseId: 47, partner: 47, direction: 'vertical' })
    await room.crop.setDerived({ derivations: [{ parent: 'train/22', transform: { kind: 'mirror' } }] })
    await room.crop.setDerived({ derivations: [{ parent: 'train/22', transform: { kind: 'rotate', degrees: -30 } }, { parent: 'train/47', transform: { kind: 'upside-down' } }] })
    const changes = async (kind: 'flip-map' | 'derived-set', name: string) => (await room.crop.versions({ kind, name })).map(({ changed }) => changed)
    expect([await changes('flip-map', 'flip map'), await changes('derived-set', 'derived samples')]).toEqual([
      [[{ setting: 'vertical.47', before: 'automatic', after: 47 }], [{ setting: 'horizontal.22', before: null, after: 'automatic' }], []],
      [[{ setting: 'train/22', before: 'mirror', after: null }, { setting: 'train/22', before: null, after: 'rotate -30' }, { setting: 'train/47', before: null, after: 'upside-down' }], []],
    ])
  })
  it('of anything in use changes the hash that a second process watches', async () => {
    const hashes = [room.crop.recipeHash()]
    const changes = [
      () => room.crop.setRecipe({ role: 'validation', recipe: wide }), () => room.crop.setAugment({ ...augment, colour: 0 }), () => room.crop.setFlipPair({ poseId: 22, partner: 22, direction: 'vertical' }),
      () => room.crop.setDerived({ derivations: [{ parent: 'train/22', transform: { kind: 'mirror' } }] }), () => room.crop.saveObjectAs({ slot: 'validation', name: 'wide' }), () => room.crop.useObject({ slot: 'test', name: 'wide' }),
    ]
    for (const change of changes) {
      await change()
      hashes.push(room.again().recipeHash())
    }
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })
  it('of an augmentation says which of the settings for keypoints are others', async () => {
    await room.crop.setAugment({ ...augment, colour: 0 })
    await room.crop.setAugment({ ...augment, colour: 0, keypointJitter: 0.1, frameDrop: 0, strayHands: 1 })
    const [newest] = await room.crop.versions({ kind: 'augment', name: 'augmentation' })
    expect(newest?.changed).toEqual([{ setting: 'keypointJitter', before: augment.keypointJitter, after: 0.1 }, { setting: 'frameDrop', before: augment.frameDrop, after: 0 }, { setting: 'strayHands', before: augment.strayHands, after: 1 }])
    expect(() => room.crop.setAugment({ ...augment, keypointDrop: 0.95 })).toThrow('keypointDrop')
  })
  it('an earlier version comes back as a version of its own', async () => {
    await room.crop.setRecipe({ role: 'train', recipe: wide })
    await room.crop.setRecipe({ role: 'train', recipe: { ...wide, randomMargin: 9 } })
    const restored = await room.crop.restoreVersion({ kind: 'recipe', name: 'train', version: 1 })
    await room.crop.restoreVersion({ kind: 'recipe', name: 'train', version: 1 })
    expect([restored.recipes.train, (await room.crop.versions({ kind: 'recipe', name: 'train' })).map(({ version, hash }) => [version, hash === valueHash(wide)])]).toEqual([wide, [[3, true], [2, false], [1, true]]])
    expect(() => room.crop.restoreVersion({ kind: 'recipe', name: 'train', version: 8 })).toThrow('has no version 8')
  })
})

describe('a name', () => {
  it('of its own is used from then on; the object before stays as it was', async () => {
    await room.crop.setRecipe({ role: 'train', recipe: wide })
    await room.crop.saveObjectAs({ slot: 'train', name: 'tight' })
    await room.crop.setRecipe({ role: 'train', recipe: recipes.train })
    expect((await shown()).slice(0, 4)).toEqual([['recipe', 'train', 1, []], ['recipe', 'validation', 0, ['validation']], ['recipe', 'test', 0, ['test']], ['recipe', 'tight', 2, ['train']]])
    const { recipes: now, references } = await room.crop.useObject({ slot: 'train', name: 'train' })
    expect([now.train, references.train.name, references.train.version]).toEqual([wide, 'train', 1])
  })
  it('two roles that share it change together', async () => {
    await room.crop.useObject({ slot: 'test', name: 'validation' })
    const { recipes: now, references } = await room.crop.setRecipe({ role: 'validation', recipe: wide })
    expect([now.test, references.test, (await shown())[1]]).toEqual([wide, references.validation, ['recipe', 'validation', 1, ['validation', 'test']]])
  })
  it('that is taken is refused, that of another kind is another object', async () => {
    await room.crop.saveObjectAs({ slot: 'augment', name: 'mine' })
    await room.crop.saveObjectAs({ slot: 'train', name: 'mine' })
    const failure = (work: () => unknown) => {
      try {
        work()
      } catch (error) {
        return [(error as { kind: string }).kind, (error as Error).message]
      }
      return null
    }
    expect([failure(() => room.crop.saveObjectAs({ slot: 'test', name: 'mine' })), failure(() => room.crop.saveObjectAs({ slot: 'test', name: 'validation' }))]).toEqual([
      ['conflict', 'There is a crop recipe named “mine” already. Choose another name, or use that one.'], ['conflict', expect.stringContaining('validation')],
    ])
    expect([failure(() => room.crop.useObject({ slot: 'flip-map', name: 'mine' })), failure(() => room.crop.versions({ kind: 'recipe', name: 'constructor' }))]).toEqual([
      ['not-found', 'There is no flip map named “mine”. There are: flip map.'], ['not-found', expect.stringContaining('There are: train, validation, test, mine.')],
    ])
    expect((await room.crop.settings()).references.test.name).toBe('test')
  })
})

it('a project of an older Handloom keeps its recipe, augmentation and overrides as version 1', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-older-'))
  const older = new Database(join(folder, databaseName))
  older.exec(firstSchema)
  older.exec(secondSchema)
  older.pragma('user_version = 2')
  const { margin: _margin, fewestKeypoints: _fewest, hands: _hands, ...recipe } = recipes.test
  const { verticalFlipRatio: _vertical, ...augmentation } = augment
  const put = older.prepare('INSERT INTO crop_setting (key, value) VALUES (?, ?)')
  put.run('recipe test', JSON.stringify({ margin: 77, ...recipe }))
  put.run('recipe train', JSON.stringify({ margin: 0, ...recipe, randomMargin: 50, randomProbability: 0.5 }))
  put.run('augment', JSON.stringify({ ...augmentation, flipRatio: 0.2 }))
  older.exec('INSERT INTO flip_override VALUES (124, 149), (149, 124), (22, NULL)')
  older.close()
  const opened = openDatabase(folder)
  const crop = createCrop({ db: opened.db, dataset, emit: () => undefined })
  const { references, ...settings } = await crop.settings()
  expect(settings).toEqual({ recipes: { ...recipes, test: { ...recipes.test, margin: sides(77) } }, augment: { ...augment, flipRatio: 0.2 } })
  expect(Object.values(references).map(({ name, version }) => [name, version])).toEqual([['train', 1], ['validation', 0], ['test', 1], ['augmentation', 1], ['flip map', 1], ['derived samples', 0]])
  // What it means is what counts, not how it was written.
  expect(references.train.hash).toBe(valueHash(recipes.train))
  expect((await crop.flipPairs()).map(({ poseId, partner, reason }) => [poseId, partner, reason])).toEqual([[22, null, 'override'], [47, 22, 'mirror'], [124, 149, 'override'], [149, 124, 'override']])
  await crop.setRecipe({ role: 'train', recipe: recipes.train })
  expect((await crop.versions({ kind: 'recipe', name: 'train' })).map(({ version, author }) => [version, author])).toEqual([[1, '']])
  opened.close()
  rmSync(folder, { recursive: true })
})

it('an augmentation from before models that see keypoints has their settings as they come, and shows no change in them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'handloom-older-'))
  const opened = openDatabase(folder)
  const { scale: _scale, keypointJitter: _jitter, keypointDrop: _drop, frameDrop: _frames, frameRepeat: _repeat, strayHands: _stray, ...older } = augment
  const put = opened.db.prepare("INSERT INTO crop_object (kind, name, version, created, author, value) VALUES ('augment', 'augmentation', ?, '2025-01-01T00:00:00.000Z', 'her', ?)")
  put.run(1, JSON.stringify({ ...older, flipRatio: 0.5 }))
  put.run(2, JSON.stringify({ ...older, flipRatio: 0.1 }))
  const crop = createCrop({ db: opened.db, dataset, emit: () => undefined })
  expect((await crop.settings()).augment).toEqual({ ...augment, flipRatio: 0.1 })
  await crop.setAugment({ ...augment, flipRatio: 0.1 })
  await crop.setAugment({ ...augment, flipRatio: 0.1, scale: 0.5 })
  expect((await crop.versions({ kind: 'augment', name: 'augmentation' })).map(({ version, changed }) => [version, changed])).toEqual([
    [3, [{ setting: 'scale', before: augment.scale, after: 0.5 }]], [2, [{ setting: 'flipRatio', before: 0.5, after: 0.1 }]], [1, []],
  ])
  opened.close()
  rmSync(folder, { recursive: true })
})
