// Rehearses a release: npm run release:rehearse
// In a clone of the last commit it versions all packages from the changesets, builds and publishes them to a registry that it starts on loopback, and then is a user: each package
// installed alone and imported, its README's example, the command, TypeScript of several versions, bundles, newer versions of Node. Nothing leaves the machine.
// --only REGEXP takes some packages only, --forget PACKAGE:DEPENDENCY publishes one without a dependency (the rehearsal must then fail), --keep leaves the folder.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { npmrc, startRegistry } from '../release/registry.js'
import { bundleSizes, emptyProject, importAlone, install, runReadme, typeCheck } from '../release/users.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const { values: options } = parseArgs({
  options: { only: { type: 'string', default: '' }, forget: { type: 'string' }, keep: { type: 'boolean', default: false } },
})

/** Versions of TypeScript whose declarations' readers we support. */
const TYPESCRIPTS = ['5.4', '5.6', '5.8', '5.9', '6.0', '7.0']
/** Newer versions of Node, from the package registry; this one runs the rest. */
const NODES = ['22', '24']
/** Packages that run in Node only. */
const NODE_ONLY = ['@equivar/cli', '@equivar/infer', '@equivar/mpi']

const folder = mkdtempSync(join(tmpdir(), 'equivar-release-'))
const repository = join(folder, 'repository')
/** @type {string[]} */
const failures = []
/** Writes a line. @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`)

/** Does one thing that must work, and says how it went. @param {string} name @param {() => unknown} work */
async function step(name, work) {
  const started = Date.now()
  try {
    const said = await work()
    say(`ok    ${name}${said === undefined ? '' : `: ${said}`} (${((Date.now() - started) / 1000).toFixed(0)} s)`)
    return true
  } catch (error) {
    failures.push(name)
    const { message } = /** @type {Error} */ (error)
    say(`FAILS ${name}\n      ${message.split('\n').slice(0, 12).join('\n      ')}`)
    return false
  }
}

/** Runs a program in the clone. @param {string} command @param {string[]} args */
const inRepository = (command, ...args) =>
  execFileSync(command, args, { cwd: repository, stdio: 'pipe', encoding: 'utf8', maxBuffer: 2 ** 26 })

/** The manifests of what is published, by their files. */
function manifests() {
  const files = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(repository, parent)).map((each) => join(repository, parent, each, 'package.json')),
  )
  return files
    .filter((file) => existsSync(file))
    .map((file) => ({ file, manifest: JSON.parse(readFileSync(file, 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
}

/** Takes a dependency from a package, as if somebody had forgotten it. @param {string} text */
function forget(text) {
  const [name, dependency] = text.split(':')
  const found = manifests().find((each) => each.manifest.name === name)
  if (dependency === undefined || found?.manifest.dependencies?.[dependency] === undefined)
    throw new Error(`--forget: expected PACKAGE:DEPENDENCY, received ${text}`)
  delete found.manifest.dependencies[dependency]
  writeFileSync(found.file, JSON.stringify(found.manifest, undefined, 2))
}

/** Versions, builds and publishes. @param {import('../release/registry.js').Registry} registry @returns {Promise<Record<string, string>>} the versions by name. */
async function publish(registry) {
  execFileSync('git', ['clone', '--quiet', root, repository])
  inRepository(
    'npx',
    '--yes',
    `pnpm@${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@')[1]}`,
    'install',
    '--frozen-lockfile',
    '--prefer-offline',
  )
  inRepository('npx', 'changeset', 'version')
  inRepository('npx', 'turbo', 'run', 'build')
  if (options.forget !== undefined) forget(options.forget)
  writeFileSync(join(repository, '.npmrc'), npmrc(registry))
  inRepository('npx', 'changeset', 'publish', '--no-git-tag')
  return Object.fromEntries(manifests().map(({ manifest }) => [manifest.name, manifest.version]))
}

const registry = await startRegistry(join(folder, 'registry'))
try {
  /** @type {Record<string, string>} */
  let versions = {}
  await step('versions, builds and publishes', async () => {
    versions = await publish(registry)
    return `${Object.keys(versions).length} packages, version ${[...new Set(Object.values(versions))].join(', ')}`
  })
  const chosen = Object.keys(versions).filter((name) => new RegExp(options.only).test(name))
  /** @param {string} name */
  const project = (name) => emptyProject(join(folder, 'users', name.replace('@equivar/', '')), registry)
  for (const name of chosen) {
    const at = project(name)
    const installed = await step(`${name} installs alone and is imported`, () => {
      install(at, `${name}@${versions[name]}`)
      importAlone(at, name)
    })
    if (!installed) continue
    const readme = readFileSync(join(at, 'node_modules', name, 'README.md'), 'utf8')
    await step(`${name}: the example of its README`, () =>
      runReadme(project(`${name}-reader`), readme, versions) ? undefined : 'there is none',
    )
  }
  const all = emptyProject(join(folder, 'users', 'all'), registry)
  await step('all of them together', () => {
    install(all, '@types/node@20', 'esbuild', 'vite', 'onnxruntime-node', ...chosen.map((name) => `${name}@${versions[name]}`))
  })
  for (const version of TYPESCRIPTS) await step(`TypeScript ${version}, nodenext and bundler`, () => typeCheck(all, chosen, version))
  /** @type {[string, ...number[]][]} */
  const table = []
  await step('bundles by esbuild and Vite', () => {
    for (const name of chosen.filter((each) => !NODE_ONLY.includes(each))) table.push([name, ...bundleSizes(all, name)])
  })
  for (const [name, ...sizes] of table)
    say(`      ${name.padEnd(34)} ${sizes.map((bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)).join(' ')}`)
  for (const version of NODES)
    await step(`Node ${version}`, () => {
      const at = emptyProject(join(folder, 'users', `node-${version}`), registry)
      install(at, `node-${process.platform}-${process.arch}@${version}`)
      const node = join(at, `node_modules/node-${process.platform}-${process.arch}/bin/node`)
      for (const name of chosen) importAlone(all, name, node)
    })
  if (chosen.includes('@equivar/cli'))
    await step('the command', () => execFileSync('npx', ['equivar', '--version'], { cwd: all, encoding: 'utf8' }).trim())
} finally {
  registry.stop()
  if (options.keep) say(folder)
  else rmSync(folder, { recursive: true, force: true })
}
say(failures.length === 0 ? 'the release can be made' : `${failures.length} failed: ${failures.join('; ')}`)
process.exitCode = failures.length === 0 ? 0 : 1
