/** A number that someone measured: with a unit of time or memory, in percent, or as a factor. */
const MEASURED = /(?<![\w.^/-])\d[\d,]*(?:\.\d+)? ?(?:µs|ms|s|min|minutes|seconds|hours|MiB|MB|kB|KiB|GiB|%|percent|times)(?![\w])/g

/** What says where a number comes from: a command in code, a file that is committed, a source that can be looked up, or that it is a limit or a setting. */
const SOURCES = [
  /`(?:npx |npm run |node |equivar|mpiexec|docker )[^`]*`/,
  /^(?:npx|npm run|node|mpiexec|equivar)\b/m,
  /\bet al\.|\(\d{4}\)|\bpublished\b/i,
  /<!-- (?:source|not measured): [^>]+-->/,
]

/** Sections of a page: each heading of level two with what follows, and the part before the first. */
const sectionsOf = (markdown: string): string[] => markdown.split(/^(?=## )/m)

/**
 * Measured numbers of a page whose section names no command and no source. Numbers in fenced code and in code spans are not looked at.
 *
 * @returns a line for each section that has some.
 */
export function unsourcedNumbers(page: string, markdown: string): string[] {
  return sectionsOf(markdown).flatMap((section) => {
    if (SOURCES.some((source) => source.test(section))) return []
    const text = section.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '')
    const found = [...text.matchAll(MEASURED)].map(([number]) => number)
    const title = /^#+ (.*)$/m.exec(section)?.[1] ?? 'the first lines'
    return found.length === 0 ? [] : [`${page}, ${title}: no command and no source beside ${found.slice(0, 3).join(', ')}`]
  })
}
