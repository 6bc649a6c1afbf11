import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Batch, Dataset } from '@equivar/datasets'
import { afterAll, describe, expect, test } from 'vitest'
import { Interrupted } from '../src/errors.ts'
import { exampleDataset } from '../src/own-data/dataset.ts'
import { describeExamples } from '../src/own-data/describe.ts'
import { type Example, type Part, parts } from '../src/own-data/example.ts'
import { exampleLines } from '../src/own-data/example-lines.ts'
import { fit } from '../src/own-data/fit.ts'
import { GrowingIntegers } from '../src/own-data/growing-integers.ts'
import { isLarge, type LargeFile, readLargeFile } from '../src/own-data/large-file.ts'
import { LineIndex, PLACE } from '../src/own-data/line-index.ts'
import { LineReader } from '../src/own-data/line-reader.ts'
import { PartIndex } from '../src/own-data/part-index.ts'
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
const read = async (path: string, seed = 1): Promise<LargeFile> => (await readLargeFile(path, { seed })) as LargeFile
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
  expect(await readLargeFile(write('nodes.ndjson', [nodes]), { seed: 1 })).toBeUndefined()
})

/** The index of a file's lines, and what reads them by it. */
async function indexed(
  path: string,
): Promise<{ index: LineIndex; read: (line: number) => { text: string; where: string }; close: () => void }> {
  const [index, reader] = [new LineIndex(), new LineReader(path)]
  for await (const lines of exampleLines(path)) for (const { start, line } of lines) index.add(start, line)
  const read = (line: number): { text: string; where: string } => {
    const place = new Float64Array(PLACE + 1)
    index.place(line, place, 1)
    return reader.read([...place.slice(1)] as [number, number, number, number])
  }
  return { index, read, close: () => reader.close() }
}

test('lines are found again by where their blocks begin', async () => {
  const path = join(folder, 'lines.ndjson')
  const texts = Array.from({ length: 3000 }, (_, i) => (i % 11 === 3 ? '  \t' : i % 13 === 5 ? '' : `"${'é'.repeat((i * i) % 97)}${i}"`))
  texts[1500] = `"${'x'.repeat(20_000)}"`
  writeFileSync(path, `\ufeff${texts.join('\n')}`)
  const { index, read, close } = await indexed(path)
  const expected = texts.flatMap((text, i) => (text.trim() === '' ? [] : [{ text, where: `lines.ndjson, line ${i + 1}` }]))
  expect(index.length).toBe(expected.length)
  for (const i of [0, expected.length - 1, ...Array.from({ length: 300 }, (_, k) => (k * 7919) % expected.length)])
    expect(read(i)).toEqual(expected[i])
  close()
})

test('a file that became shorter is refused', async () => {
  const path = join(folder, 'short.ndjson')
  writeFileSync(path, 'a\nb\n')
  const { read, close } = await indexed(path)
  expect([read(1), read(0)]).toEqual([
    { text: 'b', where: 'short.ndjson, line 2' },
    { text: 'a', where: 'short.ndjson, line 1' },
  ])
  writeFileSync(path, 'a\n')
  expect(() => read(1)).toThrow(/short\.ndjson: expected the file as it was/)
  close()
})

test('which example is the i-th of a part', () => {
  const [index, all, sizes] = [new PartIndex(), [] as Part[], new GrowingIntegers()]
  for (let i = 0; i < 2000; i++) {
    const part = i < 700 ? 'train' : (parts[(i * i) % 3] as Part)
    all.push(part)
    index.push(part)
    sizes.push(3 * i)
  }
  for (const part of parts) {
    const expected = all.flatMap((each, i) => (each === part ? [i] : []))
    expect(index.count(part)).toBe(expected.length)
    expect(expected.map((_, i) => index.example(part, i))).toEqual(expected)
    expect(Array.from(index.select(part, sizes))).toEqual(expected.map((i) => 3 * i))
  }
})

test('the first reading stops at a signal', async () => {
  const path = write(
    'stopped.ndjson',
    sets(20, () => ({ y: 1 })),
  )
  const stopped = readLargeFile(path, { seed: 1 }, { signal: AbortSignal.abort('SIGINT') })
  await expect(stopped).rejects.toThrow(new Interrupted('stopped before the first step; nothing is written'))
})

describe('in its own process, as threads need the built files', () => {
  const built = pathToFileURL(join(dirname(fileURLToPath(import.meta.url)), '../dist/own-data/large-file.js')).href
  const head = `import { readLargeFile } from '${built}'\nconst [path] = process.argv.slice(1)\nconst read = (file) => readLargeFile(file, { seed: 1 })\n`
  const run = (script: string, path: string, ...options: string[]): { stdout: string; stderr: string; status: number | null } =>
    spawnSync(process.execPath, [...options, '--input-type=module', '-e', head + script, path], { encoding: 'utf8' })

  test('another thread makes the same batches, names the line it cannot read, and is gone when the file is closed', () => {
    const path = write(
      'threads.ndjson',
      sets(200, (_, far) => ({ label: far ? 'far' : 'near' })),
    )
    const script = `
      import { deepStrictEqual } from 'node:assert'
      import { readFileSync, writeFileSync } from 'node:fs'
      const { parts, close } = await read(path)
      const lists = Array.from({ length: 20 }, (_, i) => [i, (7 * i) % 10, 3])
      const batches = await Promise.all(lists.map((list) => parts.train.prefetch(list)))
      deepStrictEqual(batches, lists.map((list) => parts.train.batch(list)))
      deepStrictEqual(await parts.test.prefetch([0]), parts.test.batch([0]))
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('near', 'n}ar'))
      for (let i = 0; i < 20; i++) await parts.train.prefetch([i])
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"label"', '"lapel"'))
      await parts.train.prefetch([9]).catch((error) => console.log(error.name, error.message))
      await parts.train.prefetch([1e6]).catch((error) => console.log(error.name, error.message))
      parts.train.prefetch([1]).catch((error) => console.log(error.message))
      await close()
      console.log(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length)`
    const { stdout, stderr, status } = run(script, path)
    expect([stderr, status]).toEqual(['', 0])
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^UsageError threads\.ndjson, line \d+: expected keys among .*, received "lapel"$/),
      expect.stringMatching(/^RangeError batch: expected example indices from 0 to \d+, received 1000000\.$/),
      'the thread that reads the data has ended',
      '0',
    ])
  })

  test('a few bytes of an example are kept, and the lines are not', () => {
    const path = join(folder, 'many.ndjson')
    const count = 300_000
    writeFileSync(path, '')
    for (let from = 0; from < count; from += 10_000)
      appendFileSync(path, Array.from({ length: 10_000 }, (_, i) => `{"x":${i % 3 === 0 ? '[[1,2]]' : '[[1,2],[3,4]]'},"y":1}\n`).join(''))
    const few = write(
      'few.ndjson',
      sets(20_000, () => ({ y: 1 })),
    )
    const script = `
      const used = async () => {
        for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 20)).then(gc)
        const { heapUsed, arrayBuffers } = process.memoryUsage()
        return heapUsed + arrayBuffers
      }
      await read(${JSON.stringify(few)})
      const before = await used()
      const file = await read(path)
      console.log((await used() - before) / ${count}, Object.values(file.parts).reduce((sum, { length }) => sum + length, 0))`
    const { stdout, stderr, status } = run(script, path, '--expose-gc', '--max-old-space-size=24')
    expect([stderr, status]).toEqual(['', 0])
    const [bytes, length] = stdout.trim().split(' ').map(Number)
    expect(length).toBe(count)
    expect(bytes).toBeLessThan(10)
  })
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
  for (let i = 0; i < 5000; i++) numbers.push(i ** 3)
  expect(Array.from(numbers.values())).toEqual(Array.from({ length: 5000 }, (_, i) => i ** 3))
  expect(numbers.length).toBe(5000)
})
