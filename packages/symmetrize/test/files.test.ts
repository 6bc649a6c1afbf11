import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadOnnx } from '@equivar/backend-onnx'
import { exportOnnx, onnxNodes } from '@equivar/export-onnx'
import { Random } from '@equivar/tensor'
import { actionSymmetry, parseAction, runToHost, symmetryError, type Values } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { type SymmetrizeOptions, symmetrizeOnnx } from '../src/index.ts'
import { drawn } from './drawn.ts'

const folder = join(process.env.EQUIVAR_SHARED ?? join(import.meta.dirname, '../../../../shared'), 'cases/foreign')

interface Case {
  readonly file: string
  readonly shape: readonly number[]
  readonly x: string
  readonly outputs: Readonly<Record<string, string>>
  readonly options?: Partial<SymmetrizeOptions>
  readonly runs: number
  /** It has the symmetry already. */
  readonly had?: boolean
}

/** Files that PyTorch wrote. */
const cases: readonly Case[] = [
  { file: 'cnn', shape: [3, 3, 16, 16], x: 'D4 on axes 2 3', outputs: {}, runs: 8 },
  { file: 'groupnorm', shape: [2, 3, 16, 16], x: 'C4 on axes 2 3', outputs: { 23: 'C4 on axes 2 3' }, runs: 4 },
  { file: 'unet', shape: [2, 1, 8, 8], x: 'D4 on axes 2 3', outputs: { 19: 'D4 on axes 2 3' }, runs: 8 },
  { file: 'unet', shape: [2, 1, 8, 8], x: 'D4 on axes 2 3', outputs: { 19: 'D4 on axes 2 3' }, options: { batch: 'stack' }, runs: 8 },
  { file: 'mlp', shape: [3, 5], x: 'O(5) on axis 1', outputs: {}, runs: 32 },
  { file: 'lstm', shape: [3, 5, 4], x: 'S5 on axis 1 x E(4) on axes 1 2', outputs: {}, runs: 16 },
  { file: 'transformer', shape: [2, 7, 16], x: 'S on axis 1', outputs: { 365: 'S on axis 1' }, runs: 1, had: true },
]

describe.skipIf(!existsSync(folder))('files of another framework', () => {
  test.each(cases)('$file under $x', async ({ file, shape, x, outputs, options = {}, runs, had = false }) => {
    const bytes = readFileSync(join(folder, `${file}.onnx`))
    const claims = {
      inputs: { x: parseAction(x) },
      outputs: Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, parseAction(text)])),
    }
    const { program, steps } = symmetrizeOnnx(bytes, { where: `${file}.onnx`, actions: claims, ...options })
    expect(steps.reduce((product, each) => product * each.runs, 1)).toBe(runs)
    const made = exportOnnx(program)
    const feeds = { x: { ...drawn(shape), data: Float32Array.from(drawn(shape).data as Float64Array) } }
    const elements = actionSymmetry(claims).elements(feeds, new Random({ seed: 2 }))
    for (const [model, least, most] of [
      [bytes, had ? 0 : 1e-3, Number.POSITIVE_INFINITY],
      [made, 0, 1e-5],
    ] as const) {
      const loaded = await loadOnnx(model)
      const run = (values: Values): Promise<Values> => runToHost(loaded, values)
      const error = await symmetryError(run, elements, feeds)
      expect(error).toBeGreaterThanOrEqual(least)
      expect(error).toBeLessThan(most)
      await loaded.dispose()
    }
  })

  test('the convolutions of a network are there once, and so are its weights', () => {
    const bytes = readFileSync(join(folder, 'cnn.onnx'))
    const actions = { inputs: { x: parseAction('D4 on axes 2 3') } }
    const stacked = exportOnnx(symmetrizeOnnx(bytes, { actions }).program)
    const repeated = exportOnnx(symmetrizeOnnx(bytes, { actions, batch: 'repeat' }).program)
    const convolutions = (file: Uint8Array): number => onnxNodes(file, '').filter(({ operator }) => operator === 'Conv').length
    expect([bytes, stacked, repeated].map(convolutions)).toEqual([2, 2, 16])
  })
})
