import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type PageOf, rewriteLinks } from './links.ts'
import { publishedPackages, root } from './repository.ts'

const RESULTS = 'apps/train/bench/results'

/** The committed tables of results, by their names; each says the command that makes it. */
export const resultTables = (): string[] =>
  readdirSync(join(root, RESULTS))
    .filter((name) => name.endsWith('.md'))
    .map((name) => basename(name, '.md'))

/** Pages that files of the repository become, by the file. */
export function sourcePages(): PageOf {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
  return new Map([
    ['CONTRIBUTING.md', 'contributing.md'],
    ['SECURITY.md', 'security.md'],
    ['apps/infer/DEPLOYMENT.md', 'deployment.md'],
    ...resultTables().map((name) => [`${RESULTS}/${name}.md`, `results/${name}.md`] as const),
    ...docs.map((file) => [`docs/${file}`, file] as const),
    ...publishedPackages().map(({ folder, short }) => [`${folder}/README.md`, `packages/${short}.md`] as const),
    ...['browser', 'programs', 'molecular-dynamics'].map((name) => [`examples/${name}/README.md`, `examples/${name}.md`] as const),
  ])
}

/** Writes the pages that are files of the repository, with their pictures. @param out - the folder of the content. */
export function writeSourcePages(out: string, pages: PageOf): void {
  const picture = (file: string): string => {
    const name = basename(file)
    mkdirSync(join(out, 'public', 'pictures'), { recursive: true })
    copyFileSync(join(root, file), join(out, 'public', 'pictures', name))
    return `/pictures/${name}`
  }
  const isFile = (file: string): boolean => existsSync(join(root, file))
  for (const [file, page] of pages) {
    const text = rewriteLinks(readFileSync(join(root, file), 'utf8'), { file, page, pages, isFile, picture })
    mkdirSync(dirname(join(out, page)), { recursive: true })
    writeFileSync(join(out, page), text)
  }
}
