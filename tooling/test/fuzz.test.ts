import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { unzip } from '../../packages/datasets/src/zip.ts'
import { mutantOf } from '../fuzz/mutant.ts'
import { targets } from '../fuzz/targets/index.ts'
import { zipOf } from '../fuzz/zip.ts'
import { root } from './workspace.ts'

function fuzz(...given: readonly string[]): { status: number | null; lines: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'tooling/scripts/fuzz.js'), ...given], { encoding: 'utf8' })
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') }
}

test('the corpus, and mutants of every target, break no law', () => {
  const { status, lines } = fuzz('--mutants', '300')
  expect(lines.filter((line) => line.startsWith('FOUND'))).toEqual([])
  expect(lines.at(-1)).toMatch(/^\d{4,} inputs of \d\d targets, 0 broke a law\.$/)
  expect(status).toBe(0)
}, 300_000)

test('readers that break a law are found, each by the law it breaks', () => {
  const { status, lines } = fuzz('--controls', '--mutants', '1')
  const found = lines
    .filter((line) => line.startsWith('FOUND'))
    .map((line) => line.replace(/, [^:]*: (\w+):.*/, ' $1').replace('FOUND ', ''))
  expect(found.sort()).toEqual(['dying crash', 'greedy memory', 'slow time', 'wrong-error error', 'wrong-message message'])
  expect(status).toBe(1)
})

test('a target that is none is refused', () => {
  expect(fuzz('--target', 'nothing')).toMatchObject({
    status: 2,
    lines: [expect.stringMatching(/^fuzz: expected --target onnx, .*received nothing\.$/)],
  })
})

describe('mutants', () => {
  test.each(targets.map((target) => [target.name, target] as const))(
    'of %s are the same for the same seed, and differ from each other',
    (_, target) => {
      const some = (seed: number): string[] =>
        Array.from({ length: 40 }, (_, k) => Buffer.from(mutantOf(target, seed, k)).toString('latin1'))
      expect(some(1)).toEqual(some(1))
      expect(some(1)).not.toEqual(some(2))
      expect(new Set(some(1)).size).toBeGreaterThan(25)
    },
  )

  test.each(targets.map((target) => [target.name, target] as const))(
    'of %s are made of seeds that are read',
    async (_, { read, forms }) => {
      for (const { seeds, wrap = (seed: Uint8Array) => seed } of forms) for (const seed of seeds) await read(wrap(seed))
    },
  )

  test('change seeds little enough that many are read, and enough that many are refused', async () => {
    const readable = ['onnx', 'safetensors', 'xyz', 'request', 'npz', 'config', 'ndjson']
    for (const target of targets.filter(({ name }) => readable.includes(name))) {
      let read = 0
      for (let k = 0; k < 200; k++) {
        try {
          await target.read(mutantOf(target, 3, k))
          read++
        } catch {
          // Refused.
        }
      }
      expect(read, target.name).toBeGreaterThan(5)
      expect(read, target.name).toBeLessThan(190)
    }
  })
})

test.each([false, true])('archives made here are archives, compressed: %s', (compressed) => {
  const archive = zipOf({ 'a.txt': Uint8Array.of(1, 2, 3), 'b.txt': new Uint8Array(1000) }, { compressed })
  const read = unzip('test', 'a.zip', archive, () => true)
  expect([...read].map(([name, content]) => [name, content.length])).toEqual([
    ['a.txt', 3],
    ['b.txt', 1000],
  ])
})
