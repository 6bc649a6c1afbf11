import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatNpy, type NumpyArray } from '@equivar/datasets'
import { zipSync } from 'fflate'
import { afterAll, expect, test } from 'vitest'
import type { Examples } from '../src/own-data/example.ts'
import { readExamples } from '../src/own-data/read.ts'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-npz-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An array of texts as NumPy writes it: code points of four bytes. */
function texts(...names: string[]): Uint8Array {
  const width = Math.max(...names.map(({ length }) => length))
  const header = `{'descr': '<U${width}', 'fortran_order': False, 'shape': (${names.length},), }`.padEnd(117)
  const bytes = new Uint8Array(4 * width * names.length)
  for (const [i, name] of names.entries()) for (const [k, letter] of [...name].entries()) bytes[4 * (i * width + k)] = letter.charCodeAt(0)
  return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0, ...new TextEncoder().encode(`${header}\n`), ...bytes)
}
const float64 = (shape: readonly number[], ...data: number[]): NumpyArray => ({ dtype: 'float64', shape, data: Float64Array.from(data) })
const int64 = (shape: readonly number[], ...data: number[]): NumpyArray => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(data, BigInt),
})
const bool = (shape: readonly number[], ...data: number[]): NumpyArray => ({ dtype: 'bool', shape, data: Uint8Array.from(data) })

function save(name: string, arrays: Readonly<Record<string, NumpyArray | Uint8Array>>): string {
  const entries = Object.entries(arrays).map(([key, array]) => [`${key}.npy`, array instanceof Uint8Array ? array : formatNpy(array)])
  writeFileSync(join(folder, name), zipSync(Object.fromEntries(entries)))
  return join(folder, name)
}
const read = (arrays: Readonly<Record<string, NumpyArray | Uint8Array>>): Promise<Examples> =>
  readExamples({ paths: [save('some.npz', arrays)] })

const x = float64([2, 3, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
const mask = bool([2, 3], 1, 0, 1, 0, 1, 0)

test('padded sets lose what the mask says does not exist; texts are classes', async () => {
  const { kind, examples } = await read({ x, mask, label: texts('red wine', 'white') })
  expect(kind).toBe('set')
  expect(examples).toEqual([
    { where: 'some.npz, example 0', x: { shape: [2, 2], data: Float32Array.of(1, 2, 5, 6) }, target: { kind: 'label', label: 'red wine' } },
    { where: 'some.npz, example 1', x: { shape: [1, 2], data: Float32Array.of(9, 10) }, target: { kind: 'label', label: 'white' } },
  ])
})

test.each([
  ['y', { y: float64([2], 0.5, 7) }, [[{ kind: 'y', y: [0.5] }], [{ kind: 'y', y: [7] }]]],
  ['two y', { y: int64([2, 2], 1, 2, 3, 4) }, [[{ y: [1, 2] }], [{ y: [3, 4] }]]],
  ['integers as label', { label: int64([2], -1, 10) }, [[{ label: '-1' }], [{ label: '10' }]]],
  ['a column as label', { label: int64([2, 1], 3, 4) }, [[{ label: '3' }], [{ label: '4' }]]],
  ['texts as y', { y: texts('a', 'b') }, [[{ kind: 'label', label: 'a' }], [{ kind: 'label', label: 'b' }]]],
  ['labels of examples', { labels: int64([2], 3, 4) }, [[{ kind: 'label', label: '3' }], [{ label: '4' }]]],
  ['labels of elements', { labels: int64([2, 3], 1, 2, 3, 4, 5, 6) }, [[{ kind: 'labels', labels: ['1', '3'] }], [{ labels: ['5'] }]]],
  [
    'ys',
    { ys: float64([2, 3], 1, 2, 3, 4, 5, 6) },
    [[{ ys: { shape: [2, 1], data: Float32Array.of(1, 3) } }], [{ ys: { shape: [1, 1] } }]],
  ],
  ['chosen, counted with padding', { chosen: int64([2], 2, 1) }, [[{ kind: 'chosen', element: 1 }], [{ element: 0 }]]],
])('%s', async (_, target, expected) => {
  const { examples } = await read({ x, mask, ...target })
  for (const [i, [wanted]] of expected.entries()) expect(examples[i]?.target).toMatchObject(wanted as object)
})

test('adjacency matrices lose rows and columns; parts are texts', async () => {
  const adj = float64([2, 3, 3], ...Array.from({ length: 18 }, (_, i) => i))
  const { kind, examples } = await read({ x, adj, mask, label: int64([2], 0, 1), split: texts('train', 'val') })
  expect(kind).toBe('dense graph')
  expect(examples.map(({ adjacency, part }) => [adjacency, part])).toEqual([
    [{ shape: [2, 2], data: Float32Array.of(0, 2, 6, 8) }, 'train'],
    [{ shape: [1, 1], data: Float32Array.of(13) }, 'validation'],
  ])
})

test.each([
  [{ y: x }, /some\.npz: expected an array "x" whose first axis counts examples, received y/],
  [{ x, label: int64([3], 1, 2, 3) }, /some\.npz: expected 2 examples in "label", as in "x", received 3/],
  [{ x, edge_index: int64([2, 2], 0, 1, 1, 0) }, /expected arrays among x, .*received "edge_index"; write graphs with lists of edges as/],
  [{ x }, /some\.npz, example 0: expected one of label, y, labels, ys, chosen, received none/],
  [
    { x, mask: bool([2, 2], 1, 1, 1, 1), y: float64([2], 1, 2) },
    /example 0: expected "mask" of shape \[examples, 3\], received \[examples, 2\]/,
  ],
  [{ x, mask: bool([2, 3], 1, 1, 1, 0, 0, 0), y: float64([2], 1, 2) }, /example 1: expected an element that exists/],
  [{ x: texts('a', 'b'), y: float64([2], 1, 2) }, /expected x of a set .* received 0 axes/],
  [{ x, mask, chosen: int64([2], 0, 0) }, /example 1: expected "chosen" to be an element from 0 to 0, received -1/],
  [{ x: float64([1, 1, 1], 1e300), y: float64([1], 1) }, /example 0: expected finite numbers in x, received Infinity/],
] as const)('is refused: %#', async (arrays, message) => {
  await expect(read(arrays as Readonly<Record<string, NumpyArray>>)).rejects.toThrow(message)
})

test('trains', async () => {
  const count = 60
  const numbers = Array.from({ length: count * 4 }, (_, i) => (Math.floor(i / 4) % 2 === 0 ? 100 : 101) + Math.sin(i) / 5)
  const names = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'low' : 'high'))
  const data = save('levels.npz', { x: float64([count, 4, 1], ...numbers), label: texts(...names) })
  const out = join(folder, 'levels')
  const { stderr, status } = await equivar('train', '--data', data, '--out', out, '--epochs', '10', '--json')
  expect([stderr, status]).toEqual(['', 0])
  const [result] = jsonLines<{ accuracy: number }>((await equivar('evaluate', out, '--split', 'train', '--json')).stdout)
  expect(result?.accuracy).toBeGreaterThan(0.9)
})
