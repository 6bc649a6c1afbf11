import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { root, workspacePackages } from './workspace.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-isolation-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function runModule(cwd: string, source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd, encoding: 'utf8' })
}

/** The native libraries that a fresh Node has loaded after importing a module, Node's own and the system's left out. */
function nativeLibrariesOf(cwd: string, specifier: string): string[] {
  const source = `
    await import(${JSON.stringify(specifier)})
    process.report.excludeNetwork = true
    process.stdout.write(JSON.stringify(process.report.getReport().sharedObjects))`
  const loaded: string[] = JSON.parse(runModule(cwd, source))
  return loaded.filter((library) => library.endsWith('.node') || library.includes('node_modules'))
}

describe.each(['tensor', 'groups', 'client'])('@equivar/%s alone', (name) => {
  test('installs with nothing else, and without a network', () => {
    const project = mkdtempSync(join(folder, `${name}-`))
    const archive = join(project, 'package.tgz')
    const pnpm = join(root, 'node_modules/.bin/pnpm')
    execFileSync(pnpm, ['pack', '--out', archive], { cwd: join(root, 'packages', name), stdio: 'pipe' })
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', archive], { cwd: project, stdio: 'pipe' })
    expect(readdirSync(join(project, 'node_modules')).filter((entry) => !entry.startsWith('.'))).toEqual(['@equivar'])
    expect(readdirSync(join(project, 'node_modules/@equivar'))).toEqual([name])
    const source = `process.stdout.write(JSON.stringify(Object.keys(await import('@equivar/${name}'))))`
    expect(JSON.parse(runModule(project, source))).not.toEqual([])
  })
})

describe('importing loads no native library', () => {
  test.each([...workspacePackages('packages')])('$manifest.name', ({ path, manifest }) => {
    expect(nativeLibrariesOf(path, manifest.name)).toEqual([])
  })

  test('the check sees the library of onnxruntime-node', () => {
    const libraries = nativeLibrariesOf(join(root, 'packages/backend-onnx'), 'onnxruntime-node')
    expect(libraries.join('\n')).toMatch(/onnxruntime_binding\.node/)
  })
})
