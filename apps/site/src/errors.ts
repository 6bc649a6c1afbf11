import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Published, publishedPackages, root } from './repository.ts'

const DOCUMENTED =
  /^\/\*\*(?<comment>(?:(?!\*\/).)*)\*\/\nexport (?:async )?(?<kind>class|function|const) (?<name>\w+)(?: extends (?<parent>\w+))?/gms

/** An error that a package exports, with what its functions say of it. */
interface NamedError {
  readonly name: string
  readonly parent: string
  readonly from: Published
  readonly description: string
  /** Functions of the package, each with the case in which it throws the error. */
  readonly thrown: readonly (readonly [name: string, when: string])[]
}

/** The words of a comment on one line. */
const words = (comment: string): string =>
  comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** What is documented and exported in the sources of a package. */
function documented({ folder }: Published): { comment: string; kind: string; name: string; parent: string }[] {
  const files = readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  return files.toSorted().flatMap((file) =>
    [...readFileSync(join(root, folder, 'src', file), 'utf8').matchAll(DOCUMENTED)].map(({ groups }) => ({
      comment: words(groups?.comment ?? ''),
      kind: groups?.kind ?? '',
      name: groups?.name ?? '',
      parent: groups?.parent ?? '',
    })),
  )
}

/** The names that a module of a package exports to its users. */
function exportedNames(file: string): Set<string> {
  const text = readFileSync(file, 'utf8')
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gms)].flatMap(([, list = '']) => list.match(/\w+/g) ?? [])
  const declared = [...text.matchAll(/^export (?:async )?(?:class|function|const) (\w+)/gm)].map(([, name = '']) => name)
  const passedOn = [...text.matchAll(/^export \* from '(\.[^']+)'/gm)].flatMap(([, path = '']) => [
    ...exportedNames(join(dirname(file), path)),
  ])
  return new Set([...named, ...declared, ...passedOn])
}

/** The errors that packages export, by name. */
function namedErrors(): NamedError[] {
  return publishedPackages()
    .flatMap((from) => {
      const names = exportedNames(join(root, from.folder, 'src/index.ts'))
      const all = documented(from).filter(({ name }) => names.has(name))
      const errors = all.filter(({ kind, name }) => kind === 'class' && name.endsWith('Error'))
      return errors.map(({ name, parent, comment }) => ({
        name,
        parent,
        from,
        description: comment,
        thrown: all.flatMap((each) => {
          const when = new RegExp(`@throws \\{?${name}\\}?:? (.*?)(?= @|$)`).exec(each.comment)?.[1]
          return when === undefined ? [] : [[each.name, when] as const]
        }),
      }))
    })
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

/** Errors by their names, from docstrings: what each means, and which functions throw it when. */
export function errorsPage(): string {
  const sections = namedErrors().map(({ name, parent, from, description, thrown }) => {
    const rows = thrown.map(([of, when]) => `| \`${of}\` | ${when.replaceAll('|', '\\|').replaceAll('<', '&lt;')} |`)
    const table = rows.length === 0 ? '' : `\n| thrown by | when |\n|---|---|\n${rows.join('\n')}\n`
    return `## ${name}\n\nOf [\`${from.name}\`](./packages/${from.short}.md), extends \`${parent}\`. ${description}\n${table}`
  })
  return `# Errors

Every message names the function, what was expected, what was received and, where one is known, how to mend it. Arguments outside the range of a function are a
\`RangeError\`, or one of these, which programs tell apart by \`instanceof\` or by \`name\`.

${sections.join('\n')}`
}
