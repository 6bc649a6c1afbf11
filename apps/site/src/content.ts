import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from '@equivar/cli'
import { parseGroup, sharingScheme } from '@equivar/groups'
import { sharingSvg } from '@equivar/groups/picture'
import { commandLine as serverLine } from '@equivar/infer'
import { build } from 'vite'
import { commandPage } from './commands.ts'
import { errorsPage } from './errors.ts'
import { galleryPage } from './gallery.ts'
import { sourcePages, writeSourcePages } from './pages.ts'
import { writeReference } from './reference.ts'
import { publishedPackages, root } from './repository.ts'
import { withWorkloadTable } from './results.ts'

/** Commands that other commands run. */
const isInner = (name: string): boolean => /^(?:bench-side|doctor-probe|help)$/.test(name)

const packagesPage = (): string => `# Packages

Each installs alone.

| package | is |
|---|---|
${publishedPackages()
  .map(({ name, short, description }) => `| [\`${name}\`](./${short}.md) | ${description} |`)
  .join('\n')}
`

/**
 * Makes the folder from which the site is built: the pages in `docs`, READMEs, results, commands, the gallery and the reference, all from what they describe.
 *
 * @param out - the folder; it is emptied.
 * @param whole - whether to make the reference, which takes longest, and to build the studio.
 */
export async function makeContent(out: string, { whole = true }: { readonly whole?: boolean } = {}): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  const pictures = join(out, 'public', 'pictures')
  mkdirSync(pictures, { recursive: true })
  writeSourcePages(out, sourcePages())
  const page = (path: string, text: string): void => writeFileSync(join(out, path), text)
  page('public/icon.svg', sharingSvg(sharingScheme(parseGroup('C3'), parseGroup('C3')), { title: '' }))
  page('packages/index.md', packagesPage())
  page('benchmarks.md', withWorkloadTable(readFileSync(join(out, 'benchmarks.md'), 'utf8')))
  page('gallery.md', galleryPage(pictures))
  page('errors.md', errorsPage())
  mkdirSync(join(out, 'commands'), { recursive: true })
  page('commands/equivar.md', commandPage('The equivar command', commandLine(), isInner))
  page('commands/equivar-infer.md', commandPage('The equivar-infer command', serverLine(), isInner))
  if (!whole) return
  await writeReference(join(out, 'reference'))
  const studio = join(root, 'apps/studio')
  await build({
    root: studio,
    configFile: join(studio, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(out, 'public/studio'), emptyOutDir: true },
  })
}
