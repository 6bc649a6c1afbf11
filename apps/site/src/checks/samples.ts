import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../repository.ts'

/** Where samples are compiled: a folder whose package.json depends on every package, so that they resolve as they do for a reader. */
const folder = join(root, 'tooling')

/** The TypeScript of a page: its blocks in their order, as one module, so that a later block may use what an earlier one made. */
export const sampleOf = (markdown: string): string => [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n')

/** The options under which samples compile: those of a strict project. */
export const sampleOptions: ts.CompilerOptions = {
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
export function sampleErrors(
  sources: Readonly<Record<string, string>>,
  options: ts.CompilerOptions = sampleOptions,
): Record<string, string[]> {
  const paths = new Map(Object.entries(sources).map(([name, source]) => [join(folder, 'test', name), { name, source }]))
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
