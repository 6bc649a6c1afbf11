import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { outsideCode } from '../links.ts'

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g

/** The anchor of a heading, as VitePress makes it. */
const slug = (heading: string): string =>
  heading
    .replaceAll(/<[^>]+>|\{#.*\}$/g, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .replace(/^(\d)/, '_$1')
    .toLowerCase()

/** The anchors of a page. */
export const headings = (markdown: string): Set<string> => {
  const found = new Set<string>()
  outsideCode(markdown, (text) => {
    for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+)$/gm)) {
      const own = /\{#([\w-]+)\}$/.exec(heading)?.[1]
      const base = own ?? slug(heading)
      let name = base
      for (let copy = 1; found.has(name); copy++) name = `${base}-${copy}`
      found.add(name)
    }
    for (const [, id = ''] of text.matchAll(/<a id="([^"]+)">/g)) found.add(id)
    return text
  })
  return found
}

/** The Markdown files below a folder, from it. */
export const markdownFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))

/** Links of pages that lead nowhere: to no page, no anchor or no picture. @param folder - with the pages, and files for `/...` in its folder `public`. */
export function deadLinks(folder: string): string[] {
  const dead: string[] = []
  const anchors = new Map<string, Set<string>>()
  const anchorsOf = (path: string): Set<string> => {
    const known = anchors.get(path) ?? headings(readFileSync(path, 'utf8'))
    anchors.set(path, known)
    return known
  }
  for (const file of markdownFiles(folder)) {
    const path = join(folder, file)
    outsideCode(readFileSync(path, 'utf8'), (text) => {
      for (const [, target = ''] of text.replaceAll(/`[^`\n]*`/g, '').matchAll(LINK)) {
        if (/^(https?:|mailto:)/.test(target)) continue
        const [to = '', anchor] = target.split('#')
        const found = to === '' ? path : targetFile(folder, dirname(path), decodeURI(to))
        if (found === undefined) dead.push(`${file}: ${target} leads nowhere`)
        else if (anchor !== undefined && found.endsWith('.md') && !anchorsOf(found).has(anchor.toLowerCase()))
          dead.push(`${file}: ${target}: ${relative(folder, found)} has no heading ${JSON.stringify(anchor)}`)
      }
      return text
    })
  }
  return dead
}

/** The file that a link names: a page with or without its extension, a folder with an index, or a file in `public`. */
function targetFile(folder: string, from: string, to: string): string | undefined {
  const base = to.startsWith('/') ? join(folder, to) : normalize(join(from, to))
  const page = base.replace(/\.html$/, '')
  const candidates = [base, `${page}.md`, join(page, 'index.md'), ...(to.startsWith('/') ? [join(folder, 'public', to)] : [])]
  return candidates.find((each) => existsSync(each) && statSync(each).isFile())
}
