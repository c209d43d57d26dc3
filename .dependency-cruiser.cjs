/** Which room may import which. Rooms call each other through src-main/contract/rooms.ts; only core puts them together. */
const rooms = ['dataset', 'annotation', 'crop', 'augment', 'split', 'engine', 'model', 'keypoints', 'train', 'evaluate', 'rules', 'ensemble', 'predict', 'report', 'sample', 'db', 'files']
const main = (name) => `^src-main/${name}/`

/** Rooms (or parts of them) each room may import besides contract and itself. */
const mayUse = {
  db: [],
  files: [],
  dataset: ['db'],
  annotation: ['db', 'files'],
  augment: ['engine/random', 'crop/geometry'],
  crop: ['db', 'augment', 'engine/random'],
  split: ['db'],
  engine: [],
  model: ['engine'],
  keypoints: ['augment', 'engine/random'],
  train: ['db', 'files', 'engine', 'model', 'keypoints', 'crop', 'augment'],
  evaluate: ['db', 'rules/pairs', 'engine/random'],
  rules: ['db', 'evaluate/metrics', 'keypoints/(sequence|hands)', 'engine/random'],
  ensemble: ['db', 'files', 'evaluate/(metrics|pooling)', 'engine/random'],
  predict: ['db', 'dataset', 'evaluate/(metrics|pooling)', 'crop/(geometry|quality)'],
  report: [],
  sample: ['engine/random'],
}

/** Pure modules that the renderer runs too, for live previews by the very functions that training uses. */
const sharedWithRenderer = '^src-main/(contract/|crop/(geometry|derive)|augment/(projective|sampleTransform|samplePixels|flipMap|flipShares|colour)|engine/random|annotation/region|keypoints/(sequence|augment))'

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'not-to-unresolvable', severity: 'error', from: { pathNot: '\\.vue$' }, to: { couldNotResolve: true, pathNot: '^(electron|@fontsource|vite/client|.*\\?)' } },
    { name: 'contract-is-pure', severity: 'error', from: { path: main('contract') }, to: { pathNot: ['^src-main/contract/', 'node_modules/(zod|@trpc/server)/'] } },
    { name: 'shared-modules-are-pure', severity: 'error', from: { path: sharedWithRenderer, pathNot: main('contract') }, to: { pathNot: [sharedWithRenderer, 'node_modules/zod/'] } },
    { name: 'renderer-sees-only-contract-and-shared', severity: 'error', from: { path: '^src-renderer/' }, to: { path: '^src-main/', pathNot: sharedWithRenderer } },
    { name: 'main-never-imports-renderer', severity: 'error', from: { path: '^src-main/' }, to: { path: '^src-renderer/' } },
    { name: 'only-shell-imports-electron', severity: 'error', from: { path: '^src-', pathNot: '^src-main/(shell|preload)/' }, to: { path: '^electron$|node_modules/electron/' } },
    { name: 'shell-imports-contract-only', severity: 'error', from: { path: '^src-main/(shell|preload)/' }, to: { path: '^src-main/', pathNot: '^src-main/(shell|preload|contract)/' } },
    { name: 'only-core-composes', severity: 'error', from: { path: '^src-main/', pathNot: main('core') }, to: { path: main('core') } },
    { name: 'pure-rooms-touch-nothing', severity: 'error', from: { path: '^src-main/(augment|keypoints|split|model|rules)/', pathNot: '^src-main/(split|rules)/service' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|timers/promises)$' } },
    { name: 'tensorflow-only-in-engine', severity: 'error', from: { path: '^src-main/', pathNot: main('engine') }, to: { path: 'node_modules/@tensorflow/', dependencyTypesNot: ['type-only'] } },
    { name: 'sqlite-only-in-db', severity: 'error', from: { path: '^src-main/', pathNot: main('db') }, to: { path: 'node_modules/better-sqlite3/', dependencyTypesNot: ['type-only'] } },
    ...rooms.map((room) => ({
      name: `room-${room}`,
      severity: 'error',
      comment: `${room} may use contract${mayUse[room].map((other) => `, ${other}`).join('')}`,
      from: { path: main(room) },
      to: { path: '^src-main/', pathNot: ['^src-main/contract/', main(room), ...mayUse[room].map((other) => `^src-main/${other}`)] },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], extensions: ['.ts', '.vue', '.mjs', '.js', '.json'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
