import { sampleOf } from './samples.ts'

const IMPORT = /(?:from|import) '((?:@[^/']+\/)?[^/'.][^/']*)[^']*'/g
const INSTALL = /^ *(?:[A-Z_]+=\S+ )?npm install (?<names>.*)$/gm

/** Pages whose samples a reader copies into a folder of their own; the others explain. */
const isCopied = (page: string): boolean => /^(?:start|many-processes|tutorials\/.*|packages\/.*|command\/.*)\.md$/.test(page)

/**
 * Packages that the samples of a page import and no `npm install` of it brings.
 *
 * @returns a line for a page that lacks some.
 */
export function uninstalledPackages(page: string, markdown: string): string[] {
  if (!isCopied(page)) return []
  const imported = [...sampleOf(markdown).matchAll(IMPORT)].map(([, name = '']) => name).filter((name) => !name.startsWith('node:'))
  const installed = [...markdown.matchAll(INSTALL)].flatMap(({ groups }) => groups?.names?.split(' ') ?? [])
  const missing = [...new Set(imported)].filter((name) => !installed.includes(name))
  return missing.length === 0 ? [] : [`${page}: its samples import ${missing.join(', ')}, which no npm install of the page brings`]
}
