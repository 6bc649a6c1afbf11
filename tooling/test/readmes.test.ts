import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'
import { root, workspacePackages } from './workspace.ts'

/** Where the examples run: a folder whose package.json depends on every package, so that they resolve as they do for a reader. */
const tooling = join(root, 'tooling')

const folders = [root, ...[...workspacePackages('packages'), ...workspacePackages('apps')].map(({ path }) => path)]
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const readmes = [
  ...folders.map((folder) => join(folder, 'README.md')).filter((file) => existsSync(file)),
  ...pages.map((name) => join(root, 'docs', name)),
]

/** The TypeScript of a README: its blocks in their order, as one module, so that a later block may use what an earlier one made. */
const exampleOf = (file: string): string =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n')

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
}

/** Type errors of several modules, by their names; one program for all, as what they import takes longest to check. */
function typeErrors(sources: Readonly<Record<string, string>>): Record<string, string[]> {
  const paths = new Map(Object.entries(sources).map(([name, source]) => [join(tooling, 'test', name), { name, source }]))
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (path) => paths.has(path) || fileExists(path)
  host.readFile = (path) => paths.get(path)?.source ?? readFile(path)
  host.getSourceFile = (path, ...rest) => {
    const virtual = paths.get(path)
    return virtual === undefined ? getSourceFile.call(host, path, ...rest) : ts.createSourceFile(path, virtual.source, rest[0])
  }
  const program = ts.createProgram([...paths.keys()], options, host)
  const errors = [...paths].map(([path, { name }]) => {
    const diagnostics = ts.getPreEmitDiagnostics(program, program.getSourceFile(path))
    return [name, diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))] as const
  })
  return Object.fromEntries(errors)
}

const examples = readmes
  .map((file, i) => ({ file: relative(root, file), source: exampleOf(file), name: `readme-${i}.ts` }))
  .filter(({ source }) => source !== '')
const wrong = { name: 'mistake.ts', source: "import { neverExported } from '@equivar/tensor'\nneverExported()" }

describe('examples of READMEs and pages', () => {
  let errors: Record<string, string[]> = {}
  beforeAll(() => {
    errors = typeErrors(Object.fromEntries([...examples, wrong].map(({ name, source }) => [name, source])))
  }, 120_000)

  test.each(examples)('the example of $file type-checks and runs', ({ name, source }) => {
    expect(errors[name]).toEqual([])
    const { outputText } = ts.transpileModule(source, { compilerOptions: { ...options, module: ts.ModuleKind.ESNext } })
    execFileSync(process.execPath, ['--input-type=module', '--eval', outputText], { cwd: tooling, stdio: 'pipe' })
  })

  test('a mistake in an example is found', () => {
    expect(errors[wrong.name]).toEqual([expect.stringContaining('neverExported')])
  })
})
