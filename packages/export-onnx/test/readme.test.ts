import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { carriedOperators } from '../src/import/carried-operators.ts'
import { importedOperators } from '../src/import/operators.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')
const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ')

test('the README lists the operators that are read and those that are carried', () => {
  expect(readme).toContain(`| read | ${listed(importedOperators())} |`)
  expect(readme).toContain(`| carried | ${listed([...carriedOperators].sort())};`)
})

test('no operator is both', () => {
  expect(importedOperators().filter((name) => carriedOperators.has(name))).toEqual([])
})
