import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'
import { sampleErrors, sampleOf, sampleOptions } from '../../apps/site/src/checks/samples.ts'
import { root, workspacePackages } from './workspace.ts'

/** Where the examples run: a folder whose package.json depends on every package, so that they resolve as they do for a reader. */
const tooling = join(root, 'tooling')

const folders = [root, ...[...workspacePackages('packages'), ...workspacePackages('apps')].map(({ path }) => path)]
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
const readmes = [
  ...folders.map((folder) => join(folder, 'README.md')).filter((file) => existsSync(file)),
  ...pages.map((name) => join(root, 'docs', name)),
]

const examples = readmes
  .map((file, i) => ({ file: relative(root, file), source: sampleOf(readFileSync(file, 'utf8')), name: `readme-${i}.ts` }))
  .filter(({ source }) => source !== '')
const wrong = { name: 'mistake.ts', source: "import { neverExported } from '@equivar/tensor'\nneverExported()" }

describe('examples of READMEs and pages', () => {
  let errors: Record<string, string[]> = {}
  beforeAll(() => {
    errors = sampleErrors(Object.fromEntries([...examples, wrong].map(({ name, source }) => [name, source])))
  }, 120_000)

  test.each(examples)('the example of $file type-checks and runs', ({ name, source }) => {
    expect(errors[name]).toEqual([])
    const { outputText } = ts.transpileModule(source, { compilerOptions: { ...sampleOptions, module: ts.ModuleKind.ESNext } })
    execFileSync(process.execPath, ['--input-type=module', '--eval', outputText], { cwd: tooling, stdio: 'pipe' })
  })

  test('a mistake in an example is found', () => {
    expect(errors[wrong.name]).toEqual([expect.stringContaining('neverExported')])
  })
})
