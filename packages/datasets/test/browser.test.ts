import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** The files that an entry point imports, directly or indirectly, and the names of all other modules that they import. */
function reached(entry: string): { files: Set<string>; others: Set<string> } {
  const files = new Set<string>()
  const others = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'/g)) {
      if (name!.startsWith('.')) visit(resolve(dirname(file), name!))
      else others.add(name!)
    }
  }
  visit(entry)
  return { files, others }
}

const source = resolve(import.meta.dirname, '../src')

test('the main entry point imports no Node module, so it runs in a browser', () => {
  const { files, others } = reached(join(source, 'index.ts'))
  expect([...others].sort()).toEqual(['@equivar/tensor', 'fflate', 'pure-rand/generator/mersenne'])
  const foreign = /(?<![.\w])(process|Buffer|require|__dirname)\b[.(]/
  expect([...files].filter((file) => foreign.test(readFileSync(file, 'utf8')))).toEqual([])
})

test('the check detects the Node modules of the Node entry point', () => {
  expect([...reached(join(source, 'node.ts')).others]).toEqual(expect.arrayContaining(['node:fs', 'node:crypto', 'node:fs/promises']))
})
