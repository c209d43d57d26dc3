import type { Component } from 'vue'
import type { IconName } from './components/icons.ts'

/** The rooms in the order of the work. */
export const roomOrder = ['browse', 'clean', 'crop', 'folds', 'train', 'review', 'rules', 'submit', 'predict'] as const satisfies readonly IconName[]
export type RoomName = (typeof roomOrder)[number]

/** The page of each room; a room without one is not in the rail. */
export const pages: Partial<Record<RoomName, () => Promise<{ default: Component }>>> = {
  browse: () => import('./pages/browse/BrowsePage.vue'),
  clean: () => import('./pages/clean/CleanPage.vue'),
  crop: () => import('./pages/crop/CropPage.vue'),
  folds: () => import('./pages/folds/FoldsPage.vue'),
  train: () => import('./pages/train/TrainPage.vue'),
  review: () => import('./pages/review/ReviewPage.vue'),
  rules: () => import('./pages/rules/RulesPage.vue'),
  submit: () => import('./pages/submit/SubmitPage.vue'),
  predict: () => import('./pages/predict/PredictPage.vue'),
}

export const rooms: RoomName[] = roomOrder.filter((name) => pages[name] !== undefined)
