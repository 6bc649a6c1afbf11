import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportOnnx } from '@equivar/export-onnx'
import { gather, input, mul, program, reduceSum, segmentSum } from '@equivar/tensor'
import { afterAll, describe, expect, test } from 'vitest'
import { equivar, jsonLines } from './in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'equivar-explain-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Messages to nodes, and a number for each edge, of its two ends. */
const messages = join(folder, 'messages.onnx')
const x = input('x', 'float32', ['nodes', 32])
const [source, target] = [input('source', 'int64', ['edges']), input('target', 'int64', ['edges'])]
const sums = { y: segmentSum(gather(x, source), target, 'nodes'), dots: reduceSum(mul(gather(x, source), gather(x, target)), { axis: 1 }) }
writeFileSync(messages, exportOnnx(program({ inputs: { x, source, target }, outputs: sums })))

describe('explain says how many rows are added by index', () => {
  const explained = (edges: number, ...options: string[]) =>
    equivar('explain', messages, '--target', 'cpu', '--size', 'nodes=5000', '--size', `edges=${edges}`, ...options)

  test('over lists of rows, where they are many', async () => {
    const { stdout, status } = await explained(100_000)
    expect(status).toBe(0)
    expect(stdout).toContain(
      'long sums of rows: 1 over lists of rows, made where positions are fed, which several threads may read; 1 of products of two rows an edge, some edges at a time\n',
    )
    const [{ longSums } = {}] = jsonLines((await explained(100_000, '--json')).stdout)
    expect(longSums).toEqual({ overLists: 1, byIndex: 0, rowDots: 1 })
  })

  test('by index, where rows are narrow, in the loop over pieces', async () => {
    const narrow = join(folder, 'narrow.onnx')
    const z = input('z', 'float32', ['edges', 3])
    writeFileSync(narrow, exportOnnx(program({ inputs: { z, target }, outputs: { y: segmentSum(z, target, 50) } })))
    const { stdout } = await equivar('explain', narrow, '--target', 'cpu', '--size', 'edges=1000000')
    expect(stdout).toContain('long sums of rows: 1 by index, in pieces or in one thread\n')
  })

  test('nothing, where they are few', async () => {
    const { stdout } = await explained(100)
    expect(stdout).toContain('after')
    expect(stdout).not.toContain('long sums')
  })
})
