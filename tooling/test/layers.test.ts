import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const packages = join(import.meta.dirname, '../../packages')

/** The text of all files below a folder. */
const textOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')

/** Classes that anyone may make: layers, and what they are made of. */
const layersOf = (source: string): string[] =>
  [...source.matchAll(/^export class (\w+)(?:<[^>]*>)? extends Module\b/gm)].map(([, name]) => name as string)

describe.each(readdirSync(packages).filter((name) => name.startsWith('layers-')))('%s', (name) => {
  const [layers, tests] = [layersOf(textOf(join(packages, name, 'src'))), textOf(join(packages, name, 'test'))]

  test('has layers', () => {
    expect(layers.length).toBeGreaterThan(0)
  })

  test.each(layers)('%s is made in a test, as the rows of the table of laws make it', (layer) => {
    expect(new RegExp(`new (?:\\w+\\.)?${layer}\\b`).test(tests)).toBe(true)
  })
})
