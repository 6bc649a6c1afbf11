import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))

/** Builds the test page from the sources into a folder. @returns the folders that a file server needs. */
export async function bundleTestPage(outDir: string): Promise<Record<string, string>> {
  await build({
    configFile: false,
    root: join(here, 'page'),
    logLevel: 'warn',
    resolve: { conditions: ['@equivar/source', 'onnxruntime-web-use-extern-wasm', 'module', 'browser', 'production'] },
    build: { outDir, emptyOutDir: true, minify: false, chunkSizeWarningLimit: 1e5, target: 'es2022' },
  })
  const installed = (name: string): string => join(here, '../node_modules', name, 'dist')
  return { '/': outDir, '/tfjs/': installed('@tensorflow/tfjs-backend-wasm'), '/ort/': installed('onnxruntime-web') }
}

/** Builds the test process for Node from the sources into a folder below the package that has onnxruntime-node. @returns the script. */
export async function bundleTestProcess(outDir: string): Promise<string> {
  await build({
    configFile: false,
    root: join(here, 'node'),
    logLevel: 'warn',
    ssr: {
      noExternal: true,
      external: ['onnxruntime-node'],
      resolve: { conditions: ['@equivar/source', 'module', 'node', 'production'] },
    },
    build: {
      ssr: 'main.ts',
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  })
  return join(outDir, 'main.mjs')
}
