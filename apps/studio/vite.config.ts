import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses: the built folder works below any path of any file server.
  base: './',
  resolve: { conditions: ['@equivar/source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  worker: { format: 'es' },
})
