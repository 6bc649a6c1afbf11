import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { uninstalledPackages } from './installs.ts'
import { deadLinks, markdownFiles } from './links.ts'
import { unsourcedNumbers } from './numbers.ts'
import { sampleErrors, sampleOf } from './samples.ts'

/** Pages that are made from docstrings: their numbers are those of the code, and their samples are parts of lines. */
const isMade = (file: string): boolean => /^reference\//.test(file)

/**
 * What is wrong with the content of the site: links that lead nowhere, samples that do not compile, measured numbers without the command or the source that they
 * come from, imports that no install line brings.
 *
 * @param folder - the content.
 * @returns a line for each fault.
 */
export function faultsOf(folder: string): string[] {
  const pages = markdownFiles(folder)
    .filter((file) => !isMade(file))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
  const samples = pages
    .map(({ file, text }, i) => ({ file, name: `page-${i}.ts`, source: sampleOf(text) }))
    .filter(({ source }) => source !== '')
  const errors = sampleErrors(Object.fromEntries(samples.map(({ name, source }) => [name, source])))
  return [
    ...deadLinks(folder),
    ...samples.flatMap(({ file, name }) => (errors[name] ?? []).map((error) => `${file}: a sample does not compile: ${error}`)),
    ...pages.flatMap(({ file, text }) => [...unsourcedNumbers(file, text), ...uninstalledPackages(file, text)]),
  ]
}
