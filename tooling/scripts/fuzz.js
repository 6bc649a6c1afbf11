/**
 * `npm run fuzz`: mutants of everything that can be read, against what is promised of every reader. Needs no build.
 *
 *     npm run fuzz                               the corpus, then 20,000 mutants a target
 *     npm run fuzz -- --mutants 100000           more of them
 *     npm run fuzz -- --seconds 600 --seed 7     as many as ten minutes allow, others
 *     npm run fuzz -- --target onnx --target npz these only
 *     npm run fuzz -- --findings FOLDER          where what breaks a law is kept, as short as it gets
 *
 * Exit status: 0 if all held, 1 if something broke a law, 2 for bad arguments.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'

const here = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(here, 'node_modules', '.fuzz-'))
try {
  await build({
    configFile: false,
    root: join(here, 'fuzz'),
    logLevel: 'error',
    ssr: { noExternal: true, external: ['onnxruntime-node'], resolve: { conditions: ['@equivar/source', 'module', 'node', 'production'] } },
    build: {
      ssr: 'main.ts',
      outDir: folder,
      minify: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  })
  const { status } = spawnSync(process.execPath, [join(folder, 'main.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
