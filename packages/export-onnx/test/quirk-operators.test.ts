import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as t from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { exportOnnx } from '../src/index.ts'

/*
 * What ONNX Runtime refuses or gets wrong. A test that fails says that a workaround of `quirks.ts` can go.
 */

/** The operators as they stand, without what works around them. */
const bare = (y: t.Tensor, inputs: readonly t.Input[]): Uint8Array =>
  exportOnnx(t.program({ inputs, outputs: { result: y } }), { optimized: true })

const [c, x] = [t.input('c', 'bool', [2]), t.input('x', 'float32', [3, 2])]
const rows = t.input('rows', 'int32', [2, 1])
const updates = t.input('updates', 'float32', [2, 2])

test.each<[string, Uint8Array, RegExp]>([
  ['Where of booleans', bare(t.where(c, c, t.not(c)), [c]), /implementation for Where/],
  ['GatherND at int32', bare(t.gatherND(x, rows), [x, rows]), /Type 'tensor\(int32\)'/],
  ['ScatterND at int32', bare(t.scatterND(x, rows, updates), [x, rows, updates]), /Type 'tensor\(int32\)'/],
])('is refused: %s', async (_, file, message) => {
  await expect(runtime.InferenceSession.create(file)).rejects.toThrow(message)
})

test('1 / x times y has too few axes, where only the 1 has them', async () => {
  const one = t.constant(new Float32Array([1]), [1, 1])
  const inputs = [t.input('x', 'float32', []), t.input('y', 'float32', [])] as const
  const session = await runtime.InferenceSession.create(bare(t.mul(t.div(one, inputs[0]), inputs[1]), inputs))
  const scalar = new runtime.Tensor('float32', Float32Array.of(2), [])
  const { result } = await session.run({ x: scalar, y: scalar }).catch(() => ({ result: undefined }))
  expect(result?.dims).not.toEqual([1, 1])
})

const square = t.input('x', 'float32', ['n', 'n'])
const columns = t.input('x', 'float32', ['n', 3])

test.each<[string, Uint8Array, readonly number[]]>([
  ['Einsum', bare(t.einsum('ik,jk->ij', square, square), [square]), [0, 0]],
  ['TopK', bare(t.topK(columns, 2, 1).values, [columns]), [0, 3]],
])('%s of no elements ends the process', (_, bytes, shape) => {
  const folder = mkdtempSync(join(tmpdir(), 'equivar-quirks-'))
  const file = join(folder, 'model.onnx')
  writeFileSync(file, bytes)
  const script = `const { InferenceSession, Tensor } = require('onnxruntime-node')
    const x = new Tensor('float32', new Float32Array(0), ${JSON.stringify(shape)})
    InferenceSession.create(${JSON.stringify(file)}).then((session) => session.run({ x })).catch(() => {})`
  const { status, signal } = spawnSync(process.execPath, ['-e', script], { cwd: import.meta.dirname })
  rmSync(folder, { recursive: true })
  expect([status, signal]).not.toEqual([0, null])
})
