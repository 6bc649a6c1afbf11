import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectOnnx } from '@equivar/export-onnx'
import { afterAll, expect, test } from 'vitest'
import { UsageError } from '../src/errors.ts'
import { ownLines } from '../src/predict/own-file.ts'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-own-file-'))
process.chdir(folder)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Makes a model of own data without training it. */
async function untrained(data: string, ...args: string[]): Promise<string> {
  const { status, stderr } = await equivar('train', '--data', data, '--out', `runs/${data}`, '--epochs', '0', '--threads', '1', ...args)
  expect([status, stderr]).toEqual([0, ''])
  return `runs/${data}/model.onnx`
}

/** The lines that predict runs for a file. */
async function linesOf(model: string, input: string): Promise<Record<string, unknown>[]> {
  let text = ''
  for await (const line of ownLines(inspectOnnx(readFileSync(model), model), model, input)) text += new TextDecoder().decode(line)
  return jsonLines(text)
}

/** Molecules of two atoms in XYZ. */
const pairs = (elements: readonly string[], energies: boolean): string =>
  elements.map((element, i) => `2\n${energies ? `energy=${i}.5` : 'nothing is known'}\n${element} 0 0 0\nH 0 0 ${1 + i / 10}\n`).join('')

test("molecules: elements are named, whatever their order in the new file; distances are the model's", async () => {
  writeFileSync('pairs.xyz', pairs(['C', 'O', 'N', 'C', 'O', 'N', 'C', 'O', 'N', 'C', 'O', 'N'], true))
  const model = await untrained('pairs.xyz')
  writeFileSync('new.xyz', pairs(['O', 'O'], false))
  const [first, second] = await linesOf(model, 'new.xyz')
  expect([first?.id, first?.x]).toEqual(['new.xyz, molecule 1', [['O'], ['H']]])
  const adjacency = (line: Record<string, unknown> = {}): unknown => (line.adj as unknown[][])[0]?.[1]
  expect(adjacency(first)).toHaveLength(10)
  expect(adjacency(first)).not.toEqual(adjacency(second))
})

test('graphs of a matrix and of a list, without their classes', async () => {
  writeFileSync('small.g6', 'Bw\nBo\nBw\nBo\nBw\nBo\nBw\nBo\nBw\nBo\nBw\nBo\n')
  writeFileSync('classes.txt', 'a\nb\n'.repeat(6))
  const [list, dense] = [await untrained('small.g6', '--labels', 'classes.txt'), 'dense.g6']
  writeFileSync('new.g6', 'Bw\n')
  expect(await linesOf(list, 'new.g6')).toEqual([
    { id: 'new.g6, graph 1', x: [['2'], ['2'], ['2']], edge_index: [expect.any(Array), expect.any(Array)] },
  ])
  writeFileSync(dense, 'Bw\nBo\n'.repeat(6))
  const matrix = await untrained(dense, '--labels', 'classes.txt', '--kind', 'dense graph')
  const [line] = await linesOf(matrix, 'new.g6')
  expect([line?.x, line?.adj]).toEqual([
    [['2'], ['2'], ['2']],
    [
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 0],
    ],
  ])
})

test('the nodes of a table, with the edges beside it', async () => {
  for (const name of ['known', 'fresh']) mkdirSync(name)
  const nodes = Array.from({ length: 12 }, (_, i) => `n${i},${i % 3},${i % 2 === 0 ? 'red' : 'blue'},${i < 6 ? 'low' : 'high'}`)
  writeFileSync('known/nodes.csv', `id,size,colour,label\n${nodes.join('\n')}\n`)
  writeFileSync('known/edges.csv', `source,target\n${nodes.map((_, i) => `n${i},n${(i + 1) % 12}`).join('\n')}\n`)
  const model = await untrained('known')
  writeFileSync('fresh/nodes.csv', 'colour,id,size\nblue,a,4\nred,b,5\n')
  writeFileSync('fresh/edges.csv', 'source,target\na,b\n')
  const expected = {
    id: 'nodes.csv',
    x: [
      [4, 'blue'],
      [5, 'red'],
    ],
    edge_index: [
      [0, 1],
      [1, 0],
    ],
  }
  expect(await linesOf(model, 'fresh')).toEqual([expected])
  expect(await linesOf(model, 'fresh/nodes.csv')).toEqual([expected])
})

test("a model that was not trained on files of one's own takes lines only", async () => {
  const { status } = await equivar('train', 'signals', '--out', 'built-in', '--epochs', '0', '--threads', '1', '--set', 'trainSets=64')
  expect(status).toBe(0)
  writeFileSync('some.csv', 'a\n1\n')
  await expect(linesOf('built-in/model.onnx', 'some.csv')).rejects.toThrow(
    new UsageError('some.csv: expected JSON, .npz, .ndjson or .jsonl, as model.onnx was not trained by --data on files such as some.csv'),
  )
})
