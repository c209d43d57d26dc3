import type { RegNetConfig } from './regnet.ts'

export type ModelFamily = 'timm' | 'torchvision' | 'handloom'

export interface ZooModel {
  name: string
  family: ModelFamily
  config: RegNetConfig
  /** Side in pixels of the pictures it was made for. */
  imageSize: number
}

type Row = readonly [name: string, depth: number, initialWidth: number, slope: number, multiplier: number, groupWidth: number]

/** timm 1.0 `models/regnet.py`, model_cfgs. The digits are FLOPs in units of 10⁸ at 224 pixels. */
const timmX: readonly Row[] = [
  ['regnetx_002', 13, 24, 36.44, 2.49, 8],
  ['regnetx_004', 22, 24, 24.48, 2.54, 16],
  ['regnetx_004_tv', 22, 24, 24.48, 2.54, 16],
  ['regnetx_006', 16, 48, 36.97, 2.24, 24],
  ['regnetx_008', 16, 56, 35.73, 2.28, 16],
  ['regnetx_016', 18, 80, 34.01, 2.25, 24],
  ['regnetx_032', 25, 88, 26.31, 2.25, 48],
  ['regnetx_040', 23, 96, 38.65, 2.43, 40],
  ['regnetx_064', 17, 184, 60.83, 2.07, 56],
  ['regnetx_080', 23, 80, 49.56, 2.88, 120],
  ['regnetx_120', 19, 168, 73.36, 2.37, 112],
  ['regnetx_160', 22, 216, 55.59, 2.1, 128],
  ['regnetx_320', 23, 320, 69.86, 2, 168],
]

const timmY: readonly Row[] = [
  ['regnety_002', 13, 24, 36.44, 2.49, 8],
  ['regnety_004', 16, 48, 27.89, 2.09, 8],
  ['regnety_006', 15, 48, 32.54, 2.32, 16],
  ['regnety_008', 14, 56, 38.84, 2.4, 16],
  ['regnety_008_tv', 14, 56, 38.84, 2.4, 16],
  ['regnety_016', 27, 48, 20.71, 2.65, 24],
  ['regnety_032', 21, 80, 42.63, 2.66, 24],
  ['regnety_040', 22, 96, 31.41, 2.24, 64],
  ['regnety_064', 25, 112, 33.22, 2.27, 72],
  ['regnety_080', 17, 192, 76.82, 2.19, 56],
  ['regnety_080_tv', 17, 192, 76.82, 2.19, 56],
  ['regnety_120', 19, 168, 73.36, 2.37, 112],
  ['regnety_160', 18, 200, 106.23, 2.48, 112],
  ['regnety_320', 20, 232, 115.89, 2.53, 232],
  ['regnety_640', 20, 352, 147.48, 2.4, 328],
  ['regnety_1280', 27, 456, 160.83, 2.52, 264],
  ['regnety_2560', 27, 640, 230.83, 2.53, 373],
]

/** timm's RegNetY-4.0GF with SiLU for relu and group norm for batch norm. */
const timmYGroupNorm: readonly Row[] = [['regnety_040_sgn', 22, 96, 31.41, 2.24, 64]]

/** torchvision 0.2x `models/regnet.py`: the same networks, but a stage's width never shrinks by more than a tenth when it is fitted to its groups. */
const torchvisionX: readonly Row[] = [
  ['regnet_x_400mf', 22, 24, 24.48, 2.54, 16],
  ['regnet_x_800mf', 16, 56, 35.73, 2.28, 16],
  ['regnet_x_1_6gf', 18, 80, 34.01, 2.25, 24],
  ['regnet_x_3_2gf', 25, 88, 26.31, 2.25, 48],
  ['regnet_x_8gf', 23, 80, 49.56, 2.88, 120],
  ['regnet_x_16gf', 22, 216, 55.59, 2.1, 128],
  ['regnet_x_32gf', 23, 320, 69.86, 2, 168],
]

const torchvisionY: readonly Row[] = [
  ['regnet_y_400mf', 16, 48, 27.89, 2.09, 8],
  ['regnet_y_800mf', 14, 56, 38.84, 2.4, 16],
  ['regnet_y_1_6gf', 27, 48, 20.71, 2.65, 24],
  ['regnet_y_3_2gf', 21, 80, 42.63, 2.66, 24],
  ['regnet_y_8gf', 17, 192, 76.82, 2.19, 56],
  ['regnet_y_16gf', 18, 200, 106.23, 2.48, 112],
  ['regnet_y_32gf', 20, 232, 115.89, 2.53, 232],
  ['regnet_y_128gf', 27, 456, 160.83, 2.52, 264],
]

/** Small ones of our own, for crops of 64 to 96 pixels on a few CPU cores. */
const nanoX: readonly Row[] = [['regnetx_nano', 6, 24, 24, 2, 8]]
const nanoY: readonly Row[] = [['regnety_nano', 6, 24, 24, 2, 8]]

function models(rows: readonly Row[], family: ModelFamily, squeezeExcite: number, overrides: Partial<RegNetConfig> = {}, imageSize = 224): ZooModel[] {
  return rows.map(([name, depth, initialWidth, slope, multiplier, groupWidth]) => {
    const minimumWidthRatio = family === 'torchvision' || name.endsWith('_tv') ? 0.9 : 0
    const shape = { depth, initialWidth, slope, multiplier, groupWidth, squeezeExcite, minimumWidthRatio }
    return { name, family, imageSize, config: { stemWidth: 32, stemStride: 2, ...shape, ...overrides } }
  })
}

const zoo: ReadonlyMap<string, ZooModel> = new Map(
  [
    ...models(nanoX, 'handloom', 0, { stemWidth: 16 }, 64),
    ...models(nanoY, 'handloom', 0.25, { stemWidth: 16 }, 64),
    ...models(timmX, 'timm', 0),
    ...models(timmY, 'timm', 0.25),
    ...models(timmYGroupNorm, 'timm', 0.25, { activation: 'silu', normGroupWidth: 16 }),
    ...models(torchvisionX, 'torchvision', 0),
    ...models(torchvisionY, 'torchvision', 0.25),
  ].map((model) => [model.name, model]),
)

/** All models by name: ours, timm's, torchvision's; X before Y, small before large. */
export function modelNames(): string[] {
  return [...zoo.keys()]
}

/** The model of this name, if the zoo has it. */
export function findModel(name: string): ZooModel | undefined {
  return zoo.get(name)
}
