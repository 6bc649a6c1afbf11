import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Batch, Dataset } from '@equivar/datasets'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleDataset } from '../src/own-data/dataset.ts'
import { describeExamples } from '../src/own-data/describe.ts'
import type { Example } from '../src/own-data/example.ts'
import { fit } from '../src/own-data/fit.ts'
import { GrowingIntegers } from '../src/own-data/growing-integers.ts'
import { isLarge, type LargeFile, readLargeFile } from '../src/own-data/large-file.ts'
import { LineIndex } from '../src/own-data/line-index.ts'
import { readExamples } from '../src/own-data/read.ts'
import { graphs, type Line, lengths, sets } from './own-examples.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-large-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes lines as an editor of another system does: a mark in front, carriage returns, empty lines, no end of the last line. */
function write(name: string, lines: readonly Line[]): string {
  const path = join(folder, name)
  writeFileSync(path, `\ufeff${lines.map((line, i) => `${JSON.stringify(line)}\r\n${i % 7 === 0 ? '\n  \n' : ''}`).join('')}`.trimEnd())
  return path
}
const read = async (path: string, seed = 1): Promise<LargeFile> => (await readLargeFile(path, { seed }, undefined)) as LargeFile
const shown = (batch: Batch): string => JSON.stringify(batch, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
const all = (dataset: Dataset) => dataset.batch(Uint32Array.from({ length: dataset.length }, (_, i) => i))

describe.each([
  ['sets with classes', sets(100, (_, far) => ({ label: far ? 'fär' : 'near' }))],
  ['sets with numbers of elements', sets(100, (x) => ({ ys: x.map(([a], i) => (i === 0 ? null : (a as number))) }))],
  ['graphs', graphs(50)],
  ['graphs with lengths', lengths(50)],
])('%s', (name, lines) => {
  const path = write(`${name}.ndjson`, lines)

  test('are what they are in memory, and are fitted to the same', async () => {
    const file = await read(path)
    const { kind, examples } = await readExamples({ paths: [path] })
    const parts = Object.values(file.parts)
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(lines.length)
    // The reference draws no part itself: it looks for the lines of a part by what is in them.
    const found: Example[] = []
    const used = new Set<number>()
    for (const part of parts) {
      const own: Example[] = []
      for (let i = 0; i < part.length; i++) {
        const wanted = shown(part.batch([i]))
        const index = examples.findIndex(
          (example, k) => !used.has(k) && shown(exampleDataset(kind, [example], file.fitted.classes).batch([0])) === wanted,
        )
        expect(index).toBeGreaterThanOrEqual(0)
        used.add(index)
        own.push(examples[index] as Example)
      }
      expect(all(part)).toEqual(all(exampleDataset(kind, own, file.fitted.classes)))
      if (part === file.parts.train) found.push(...own)
    }
    const expected = fit({ kind, examples }, found)
    expect(file.fitted).toEqual(expected)
    expect(file.found.slice(0, 2)).toEqual(describeExamples({ kind, examples }, undefined))
  })

  test('are divided the same by the same seed', async () => {
    const [a, b, c] = [await read(path), await read(path), await read(path, 2)]
    expect(all(a.parts.test)).toEqual(all(b.parts.test))
    expect([c.parts.train.length, all(c.parts.test)]).not.toEqual([a.parts.train.length, all(a.parts.test)])
    expect(a.parts.train.length / lines.length).toBeGreaterThan(0.6)
  })
})

test('a part that a line names counts', async () => {
  const part = (i: number): string => ['train', 'val', 'test'][i % 3] as string
  const { parts, found } = await read(
    write(
      'parts.ndjson',
      sets(30, () => ({ y: 1 })).map((line, i) => ({ ...line, split: part(i) })),
    ),
  )
  expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([10, 10, 10])
  expect(found.at(-1)).toBe('train 10, validation 10, test 10; the file stays on the disk, and batches are read from it')
})

test('what does not fit is named', async () => {
  const good = sets(20, () => ({ y: 1 }))
  const bad = async (...more: Line[]) => read(write('bad.ndjson', [...good, ...more]))
  await expect(bad({ x: [[1]], y: 2 })).rejects.toThrow(/bad\.ndjson, line 27: expected x of shape .* as in bad\.ndjson, line 1/)
  await expect(bad({ x: [[1, 2]], y: 2, split: 'test' })).rejects.toThrow(/line 27: expected no "split", which no other examples have/)
  writeFileSync(join(folder, 'one.ndjson'), '{"x": [[1]], "y": 1}')
  await expect(read(join(folder, 'one.ndjson'))).rejects.toThrow(/expected examples for every part of the split, received train/)
  const nodes = { x: [[1], [2]], edge_index: [[0], [1]], labels: ['a', 'b'] }
  expect(await readLargeFile(write('nodes.ndjson', [nodes]), { seed: 1 }, undefined)).toBeUndefined()
})

test('a file that became shorter is refused', () => {
  const path = join(folder, 'short.ndjson')
  writeFileSync(path, 'a\nb\n')
  const index = new LineIndex(path)
  index.add(0)
  index.add(2)
  expect([index.read(1), index.read(0)]).toEqual(['b', 'a'])
  writeFileSync(path, 'a\n')
  expect(() => index.read(1)).toThrow(/short\.ndjson: expected the file as it was/)
  index.close()
})

test('only large files of lines stay on the disk; integers grow', () => {
  expect(
    isLarge({
      paths: [
        write(
          'small.ndjson',
          sets(3, () => ({ y: 1 })),
        ),
      ],
    }),
  ).toBe(false)
  expect(isLarge({ paths: [join(folder, 'none.ndjson')] })).toBe(false)
  const numbers = new GrowingIntegers()
  for (let i = 0; i < 5000; i++) numbers.push(i ** 2)
  expect(Array.from(numbers.values())).toEqual(Array.from({ length: 5000 }, (_, i) => i ** 2))
})
