import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { filesBelow, type Manifest, root, workspacePackages } from './workspace.ts'

/** Which packages a package may build on; what those build on, it may use too. Lower packages never import higher ones. */
const foundations: Readonly<Record<string, readonly string[]>> = {
  groups: [],
  tensor: [],
  nn: ['tensor'],
  'layers-sharing': ['groups', 'nn'],
  'layers-sets': ['nn'],
  'layers-graphs': ['groups', 'nn'],
  'layers-grids': ['groups', 'nn'],
  'layers-points': ['groups', 'nn'],
  'layers-representations': ['groups', 'nn'],
  'layers-sphere': ['groups', 'nn'],
  'layers-dss': ['nn'],
  'export-onnx': ['tensor'],
  symmetrize: ['groups', 'tensor', 'export-onnx'],
  'backend-onnx': ['tensor', 'export-onnx'],
  batching: ['tensor', 'export-onnx'],
  'backend-tfjs': ['tensor'],
  train: ['tensor', 'nn'],
  mpi: [],
  datasets: ['tensor'],
  verify: ['tensor', 'groups'],
  client: [],
}

/** Packages that describe computations, and the client, run anywhere: no module of Node in their sources, but in `src/node`, which only `./node` exports. */
const runsAnywhere = (name: string): boolean => ['groups', 'tensor', 'nn', 'client'].includes(name) || name.startsWith('layers-')

/** Every name under which the workspace's packages may be imported: `@equivar/datasets`, `@equivar/datasets/node`. */
const exported = new Set(
  workspacePackages('packages').flatMap(({ manifest }) => Object.keys(manifest.exports ?? {}).map((path) => manifest.name + path.slice(1))),
)

function reachable(name: string): Set<string> {
  const direct = foundations[name] ?? []
  return new Set([...direct, ...direct.flatMap((below) => [...reachable(below)])])
}

/** Whether a file is in the folder of a package for Node. */
const isForNode = (path: string, file: string): boolean => relative(join(path, 'src'), file).startsWith('node/')

/** What is wrong with one import of one package, or nothing. */
function objection(name: string, manifest: Manifest, specifier: string, forNode = false): string | undefined {
  if (specifier.startsWith('node:'))
    return runsAnywhere(name) && !forNode ? `${name} runs anywhere, so it may not import ${specifier}` : undefined
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  const scoped = specifier.startsWith('@')
  const dependency = specifier
    .split('/')
    .slice(0, scoped ? 2 : 1)
    .join('/')
  if (!(dependency in declared)) return `${specifier} is not among the dependencies of ${name}`
  if (!dependency.startsWith('@equivar/')) return undefined
  if (!exported.has(specifier)) return `${specifier} reaches into ${dependency}; import what it exports`
  const below = dependency.slice('@equivar/'.length)
  return reachable(name).has(below) ? undefined : `${name} may not import ${below}, only ${[...reachable(name)].join(', ') || 'nothing'}`
}

/** The module names that a source file imports or exports from, types included. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName)
}

describe.each(workspacePackages('packages'))('packages/$folder', ({ folder, path, manifest }) => {
  const imports = filesBelow(join(path, 'src')).flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))

  test('has a place in the architecture', () => expect(Object.keys(foundations)).toContain(folder))

  test('depends on what stands below it and on nothing else of the workspace', () => {
    const own = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) => name.startsWith('@equivar/'))
    expect(own.map((name) => objection(folder, manifest, name)).filter(Boolean)).toEqual([])
  })

  test('imports only what it may and what it declares', () => {
    const objections = imports
      .filter(({ specifier }) => !specifier.startsWith('.'))
      .map(({ file, specifier }) => ({
        file: relative(root, file),
        objection: objection(folder, manifest, specifier, isForNode(path, file)),
      }))
    expect(objections.filter((entry) => entry.objection !== undefined)).toEqual([])
  })

  test('what is only for Node is imported by nothing else', () => {
    const strays = imports.filter(
      ({ file, specifier }) =>
        specifier.startsWith('.') && runsAnywhere(folder) && !isForNode(path, file) && isForNode(path, resolve(dirname(file), specifier)),
    )
    expect(strays).toEqual([])
  })

  test('its own files are imported with their ending, and none from outside src', () => {
    const strays = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ file, specifier }) => ({ specifier, target: resolve(dirname(file), specifier) }))
      .filter(({ target }) => !existsSync(target) || relative(join(path, 'src'), target).startsWith('..'))
    expect(strays.map(({ specifier }) => specifier)).toEqual([])
  })
})

test.each(['groups', 'tensor', 'client'])('%s has no runtime dependency', (name) => {
  const { manifest } = workspacePackages('packages').find(({ folder }) => folder === name) ?? {}
  expect({ ...manifest?.dependencies, ...manifest?.peerDependencies }).toEqual({})
})

test('the check catches an import that points up, one that is not declared, one that reaches inside, and Node where it may not be', () => {
  const manifest = { name: '@equivar/nn', dependencies: { '@equivar/tensor': '1', '@equivar/train': '1' } }
  expect(objection('nn', manifest, '@equivar/tensor')).toBeUndefined()
  expect(objection('nn', manifest, '@equivar/train')).toMatch('nn may not import train, only tensor')
  expect(objection('nn', manifest, 'protobufjs/minimal.js')).toMatch('not among the dependencies')
  expect(objection('nn', manifest, '@equivar/tensor/src/shape.ts')).toMatch('reaches into @equivar/tensor')
  expect(objection('nn', manifest, 'node:fs')).toMatch('runs anywhere')
  expect(objection('nn', manifest, 'node:fs', true)).toBeUndefined()
  expect([isForNode('/p', '/p/src/node/a.ts'), isForNode('/p', '/p/src/nodes/a.ts'), isForNode('/p', '/p/src/a.ts')]).toEqual([
    true,
    false,
    false,
  ])
})
