import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { npmrc } from './registry.js'

/** @typedef {import('./registry.js').Registry} Registry */

/**
 * Runs a program in a folder. @throws Error with what it printed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {import('node:child_process').ExecFileSyncOptions} more
 * @returns {string}
 */
function run(command, args, cwd, more = {}) {
  try {
    return execFileSync(command, args, { cwd, stdio: 'pipe', maxBuffer: 2 ** 26, ...more }).toString()
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: Buffer | string, stderr?: Buffer | string }} */ (error)
    throw new Error(`${command} ${args.join(' ').slice(0, 120)}: ${`${stdout}${stderr}`.trim().slice(-1500)}`)
  }
}

/** An empty project of a user, whose npm uses the registry. @param {string} folder @param {Registry} registry */
export function emptyProject(folder, registry) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  writeFileSync(join(folder, '.npmrc'), npmrc(registry))
  return folder
}

/**
 * Installs packages into a project. The native library of ONNX Runtime comes with its package; what its script would download is not needed.
 *
 * @param {string} folder
 * @param {readonly string[]} names
 */
export const install = (folder, ...names) =>
  run('npm', ['install', '--no-progress', ...names], folder, { env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } })

/** Imports a package in a fresh Node. @param {string} folder @param {string} name @param {string} node - the program. */
export const importAlone = (folder, name, node = process.execPath) =>
  run(
    node,
    ['--input-type=module', '--eval', `if (Object.keys(await import(${JSON.stringify(name)})).length === 0) throw new Error('no export')`],
    folder,
  )

/** The TypeScript of a page: its blocks in their order, as one module. @param {string} markdown */
const sampleOf = (markdown) => [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n')

/** What the install lines of a page name. @param {string} markdown */
const installedBy = (markdown) => [...markdown.matchAll(/^ *npm install (?!-)(.*)$/gm)].flatMap(([, names = '']) => names.split(' '))

/**
 * Runs the example of a package's README as a reader does: in an empty project, after its install line. @returns whether there is one.
 *
 * @param {string} folder - the project.
 * @param {string} readme
 * @param {Readonly<Record<string, string>>} versions - of the packages of this project.
 */
export function runReadme(folder, readme, versions) {
  const source = sampleOf(readme)
  if (source === '') return false
  install(folder, ...installedBy(readme).map((name) => (versions[name] === undefined ? name : `${name}@${versions[name]}`)))
  const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } })
  writeFileSync(join(folder, 'example.js'), outputText)
  run(process.execPath, ['example.js'], folder)
  return true
}

/**
 * Type-checks imports of packages, with the declarations of all of them, by a version of TypeScript.
 *
 * @param {string} folder
 * @param {readonly string[]} names
 * @param {string} version
 */
export function typeCheck(folder, names, version) {
  install(folder, '--no-save', `typescript@${version}`)
  writeFileSync(
    join(folder, 'all.ts'),
    names.map((name, i) => `import * as p${i} from '${name}'\nexport const n${i}: number = Object.keys(p${i}).length\n`).join(''),
  )
  let others = 0
  for (const { module, moduleResolution } of [
    { module: 'nodenext', moduleResolution: 'nodenext' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ]) {
    const options = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--target',
      'es2022',
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      'node',
    ]
    const tsc = join(folder, 'node_modules/typescript/bin/tsc')
    const args = [tsc, ...options, '--module', module, '--moduleResolution', moduleResolution, 'all.ts']
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
    const lines = stdout.split('\n').filter((line) => / error TS\d+/.test(line))
    if (status !== 0 && lines.length === 0) throw new Error(`tsc ended with status ${status}: ${stdout.slice(0, 500)}`)
    // Declarations of other packages may not suit every version; those of this project must.
    const own = lines.filter((line) => /^(?:node_modules\/@equivar\/|all\.ts)/.test(line))
    if (own.length > 0) throw new Error(own.join('\n'))
    others += lines.length
  }
  return others === 0 ? undefined : `${others} errors in declarations of other packages`
}

/** Bytes of a bundle of all of a package, minified, by esbuild and by Vite. @param {string} folder @param {string} name */
export function bundleSizes(folder, name) {
  const short = name.replace('@equivar/', '')
  writeFileSync(join(folder, `${short}.js`), `export * from '${name}'\n`)
  run(
    join(folder, 'node_modules/.bin/esbuild'),
    [
      `${short}.js`,
      '--bundle',
      '--minify',
      '--format=esm',
      '--platform=browser',
      '--external:node:*',
      '--external:onnxruntime-*',
      '--external:@tensorflow/*',
      `--outfile=out/${short}.js`,
    ],
    folder,
  )
  writeFileSync(
    join(folder, 'vite.config.mjs'),
    `export default { logLevel: 'error', build: { outDir: 'vite-out', emptyOutDir: false, lib: { entry: '${short}.js', formats: ['es'], fileName: '${short}' }, rollupOptions: { external: [/^node:/, /^onnxruntime-/, /^@tensorflow/] } } }\n`,
  )
  run(join(folder, 'node_modules/.bin/vite'), ['build'], folder)
  return [`out/${short}.js`, `vite-out/${short}.js`].map((file) => readFileSync(join(folder, file)).length)
}
