import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, Converter, LogLevel, ReflectionKind } from 'typedoc'
import { headings } from './checks/links.ts'
import { publishedPackages, root } from './repository.ts'

/** Writes a page for every export of every package, from its docstring. @param out - the folder of the pages. @throws Error if a docstring cannot be read. */
export async function writeReference(out: string): Promise<void> {
  const entryPoints = publishedPackages()
    .map(({ folder }) => join(root, folder, 'src/index.ts'))
    .filter((file) => existsSync(file))
  const app = await Application.bootstrapWithPlugins({
    entryPoints,
    tsconfig: join(root, 'tsconfig.types.json'),
    plugin: ['typedoc-plugin-markdown'],
    outputs: [{ name: 'markdown', path: out }],
    readme: 'none',
    name: 'Reference',
    basePath: root,
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    skipErrorChecking: true,
    logLevel: LogLevel.Error,
    validation: { notExported: false, invalidLink: false, notDocumented: false },
    // @ts-expect-error options of the plugin
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    sanitizeComments: true,
    router: 'module',
  })
  // A module is named by its file; readers know it by its package.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      const found = publishedPackages().find(({ folder }) => module.name === `${folder}/src`)
      if (found !== undefined) module.name = found.short
    }
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('site: the docstrings could not be read')
  await app.generateOutputs(project)
  for (const name of readdirSync(out)) {
    const path = join(out, name)
    writeFileSync(path, withKnownAnchors(readFileSync(path, 'utf8')))
  }
}

/** A page whose links to the second of two headings of one name, which the generator counts and then leaves out, lead to the first. */
function withKnownAnchors(markdown: string): string {
  const known = headings(markdown)
  return markdown.replaceAll(/\(#([\w-]+)-(\d+)\)/g, (whole, base: string, copy: string) =>
    known.has(`${base}-${copy}`) || !known.has(base) ? whole : `(#${base})`,
  )
}
