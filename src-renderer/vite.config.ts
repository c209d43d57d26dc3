import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** `npx vite build -c src-renderer/vite.config.ts` builds the renderer alone; `HANDLOOM_CORE=http://127.0.0.1:PORT npx vite -c …` develops against a running core. */
const core = process.env['HANDLOOM_CORE'] ?? 'http://127.0.0.1:5175'

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
  },
  build: {
    outDir: here('../out/renderer'),
    emptyOutDir: true,
    target: 'chrome120',
    // Nothing as data: addresses, so that the content security policy can stay narrow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    rollupOptions: { input: here('index.html') },
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(['/api', '/events', '/image', '/stored-crop', '/fed', '/batch', '/predicted', '/download', '/login'].map((path) => [path, { target: core, changeOrigin: true }])),
  },
})
