import { dirname, join, normalize, relative } from 'node:path'

/** A file of the repository and the page that it becomes, both from their roots: `packages/groups/README.md`, `packages/groups.md`. */
export type PageOf = ReadonlyMap<string, string>

const LINK = /(!?\[[^\]]*\])\(([^)\s]+)\)/g
const isElsewhere = (target: string): boolean => /^(https?:|mailto:|#|\/)/.test(target)

/** What a link of a file names: a page, or a file that is no page. */
function resolveLink(file: string, path: string, pages: PageOf): { readonly page?: string; readonly file: string } {
  const target = normalize(join(dirname(file), path)).replace(/\/$/, '')
  const page = pages.get(target) ?? pages.get(`${target}/README.md`)
  return page === undefined ? { file: target } : { page, file: target }
}

/**
 * A file's Markdown with its links pointing at pages. A link to a file that is no page becomes its text, as the site has no copy of it; one to no file stays as it is: it
 * leads to a page that only the site has, or it is dead. Pictures are handed over.
 *
 * @param file - the path of the file from the root of the repository.
 * @param page - the path of the page that it becomes.
 * @param isFile - whether the repository has a file or folder of that path.
 * @param picture - called with the path of each picture; returns the path by which pages know it.
 */
export function rewriteLinks(
  markdown: string,
  {
    file,
    page,
    pages,
    isFile,
    picture,
  }: {
    readonly file: string
    readonly page: string
    readonly pages: PageOf
    readonly isFile: (path: string) => boolean
    readonly picture: (path: string) => string
  },
): string {
  return outsideCode(markdown, (text) =>
    text.replace(LINK, (whole: string, label: string, target: string) => {
      if (isElsewhere(target)) return whole
      const [path = '', anchor] = target.split('#')
      const found = resolveLink(file, path, pages)
      if (label.startsWith('!')) return `${label}(${picture(found.file)})`
      if (found.page === undefined && !isFile(found.file)) return whole
      if (found.page === undefined) return `${label.slice(1, -1)} (\`${found.file}\`)`
      const to = relative(dirname(page), found.page)
      return `${label}(${to.startsWith('.') ? to : `./${to}`}${anchor === undefined || anchor === 'readme' ? '' : `#${anchor}`})`
    }),
  )
}

/** Changes the parts of a page that are not fenced code. */
export const outsideCode = (markdown: string, change: (text: string) => string): string =>
  markdown
    .split(/(^```.*?^```$)/gms)
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join('')
