import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses: the built folder works below any path of any file server.
  base: './',
  // Within this repository the packages are read from their sources; with the packages from npm this line goes.
  resolve: { conditions: ['@equivar/source', 'module', 'browser', 'development|production'] },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  worker: { format: 'es' },
})
