import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { pages, rooms } from './rooms.ts'
import { followNavigation } from './stores/address.ts'

const roomRoutes = rooms.flatMap((name): RouteRecordRaw[] => {
  const component = pages[name]
  return component === undefined ? [] : [{ path: `/${name}`, name, component }]
})

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/browse' },
    { path: '/open', name: 'open', component: () => import('./pages/open/OpenPage.vue') },
    ...roomRoutes,
    { path: '/:rest(.*)*', redirect: '/browse' },
  ],
})
followNavigation(router)
