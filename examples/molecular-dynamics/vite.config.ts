import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses: the built folder works below any path of any file server.
  base: './',
  // What `npm run train` leaves: the page begins with it if it is there.
  publicDir: 'runs/page',
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
})
