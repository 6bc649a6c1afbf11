import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { root, workspacePackages } from './workspace.ts'

/** Where the examples run: a folder whose package.json depends on every package, so that they resolve as they do for a reader. */
const tooling = join(root, 'tooling')

const folders = [root, ...[...workspacePackages('packages'), ...workspacePackages('apps')].map(({ path }) => path)]
const readmes = folders.map((folder) => join(folder, 'README.md')).filter((file) => existsSync(file))

/** The TypeScript of a README: its blocks in their order, as one module, so that a later block may use what an earlier one made. */
const exampleOf = (file: string): string =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n')

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
}

function typeErrors(source: string): string[] {
  const file = join(tooling, 'test', 'readme-example.ts')
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? source : readFile(name))
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, rest[0]) : getSourceFile.call(host, name, ...rest)
  const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host))
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}

const examples = readmes.map((file) => ({ file: relative(root, file), source: exampleOf(file) })).filter(({ source }) => source !== '')

test.each(examples)('the example of $file type-checks and runs', ({ source }) => {
  expect(typeErrors(source)).toEqual([])
  const { outputText } = ts.transpileModule(source, { compilerOptions: { ...options, module: ts.ModuleKind.ESNext } })
  execFileSync(process.execPath, ['--input-type=module', '--eval', outputText], { cwd: tooling, stdio: 'pipe' })
})

test('a mistake in an example is found', () => {
  expect(typeErrors("import { neverExported } from '@equivar/tensor'\nneverExported()")).toEqual([expect.stringContaining('neverExported')])
})
