import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import sizeLimits from '../../.size-limit.js'
import { readManifest, root, workspacePackages } from './workspace.ts'

const published = [...workspacePackages('packages'), ...workspacePackages('apps')].filter(({ manifest }) => manifest.private !== true)

describe.each(published)('$manifest.name', ({ path, manifest }) => {
  test('says what it is, under which licence, and for which Node', () => {
    expect(manifest.description?.length).toBeGreaterThan(20)
    expect(manifest.keywords?.length).toBeGreaterThan(2)
    expect(manifest).toMatchObject({ license: 'Apache-2.0', type: 'module', sideEffects: false, engines: { node: '>=20' } })
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'))
  })

  test('says where its page, its sources and its faults are', () => {
    expect(manifest).toMatchObject({
      homepage: `https://equivar.github.io/equivar/packages/${manifest.name.replace('@equivar/', '')}`,
      repository: { type: 'git', url: 'git+https://github.com/equivar/equivar.git', directory: relative(root, path) },
      bugs: 'https://github.com/equivar/equivar/issues',
    })
  })

  test('offers its sources to tools that ask for them, and its build to all others', () => {
    expect(manifest.exports?.['.']).toEqual({
      '@equivar/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    })
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', 'README.md', 'LICENSE']))
  })

  test('has a README that names it', () => {
    expect(existsSync(join(path, 'README.md')), 'a README.md').toBe(true)
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toContain(manifest.name)
  })
})

test('every package has a byte ceiling', () => {
  const weighed = sizeLimits.map(({ path }) => path.split('/')[1])
  expect(workspacePackages('packages').filter(({ folder }) => !weighed.includes(folder))).toEqual([])
})

describe.each(published)('the archive of $manifest.name', ({ path, manifest }) => {
  const folder = mkdtempSync(join(tmpdir(), 'equivar-archive-'))
  let files: string[] = []
  let bytes: Buffer<ArrayBuffer>
  let packed: typeof manifest = manifest

  beforeAll(() => {
    execFileSync(join(root, 'node_modules/.bin/pnpm'), ['pack', '--out', join(folder, 'package.tgz')], { cwd: path, stdio: 'pipe' })
    const archive = join(folder, 'package.tgz')
    files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n')
    execFileSync('tar', ['-xzf', archive, '-C', folder])
    bytes = readFileSync(archive)
    packed = readManifest(join(folder, 'package'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('holds the build, its types, the sources, the licence and the README', () => {
    const expected = ['dist/index.js', 'dist/index.d.ts', 'src/index.ts', 'LICENSE', 'README.md', 'package.json']
    expect(files).toEqual(expect.arrayContaining(expected.map((file) => `package/${file}`)))
  })

  test('holds no tests and no build information', () => {
    expect(files.filter((file) => /\/test\/|\.test\.|tsbuildinfo|tsconfig/.test(file))).toEqual([])
  })

  test('asks for published versions, not for folders of the workspace', () => {
    const ranges = Object.values({ ...packed.dependencies, ...packed.peerDependencies })
    expect(ranges.filter((range) => /^(workspace|catalog|file|link):/.test(range))).toEqual([])
  })

  test('has a manifest without fault, by publint', async () => {
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
    expect(messages.filter(({ type }) => type !== 'suggestion').map((message) => formatMessage(message, pkg))).toEqual([])
  })

  test('has types that every resolution of ES modules finds, by attw', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(bytes))
    if (!analysis.types) throw new Error(`${manifest.name} has no types`)
    const notForModules = ['node10', 'node16-cjs']
    const problems = analysis.problems.filter((each) => !('resolutionKind' in each && notForModules.includes(each.resolutionKind)))
    expect(problems).toEqual([])
  })
})
