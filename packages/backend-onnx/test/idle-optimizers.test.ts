import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calibrationProgram, exportOnnx, onnxNodes } from '@equivar/export-onnx'
import * as t from '@equivar/tensor'
import * as runtime from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { idleOptimizers } from '../src/idle-optimizers.ts'
import { sessionSettings } from '../src/runtime.ts'
import { feedsFor } from './linear-and-norm.ts'

const x = t.input('x', 'float32', ['n', 16])
const w = t.input('w', 'float32', [16, 16])
const b = t.input('b', 'float32', [16])
const linear = t.add(t.matMul(x, w), b)

const centred = t.sub(linear, t.reduceMean(linear, { axis: -1, keepDims: true }))
const deviation = t.sqrt(t.add(t.reduceMean(t.mul(centred, centred), { axis: -1, keepDims: true }), 1e-5))
const scores = t.mul(t.matMul(linear, t.transpose(linear)), 0.5)
const image = t.input('x', 'float32', ['n', 3, 6, 6])
const kernel = t.input('w', 'float32', [8, 3, 3, 3])

/** Programs for each of which ONNX Runtime fuses something. */
const programs: Readonly<Record<string, t.Program>> = {
  'linear and relu': t.program({ inputs: [x, w, b], outputs: { y: t.relu(linear) } }),
  silu: t.program({ inputs: [x, w, b], outputs: { y: t.mul(linear, t.sigmoid(linear)) } }),
  'a norm of each row': t.program({ inputs: [x, w, b], outputs: { y: t.div(centred, deviation) } }),
  'attention and tanh': t.program({ inputs: [x, w, b], outputs: { y: t.tanh(t.matMul(t.softmax(scores, -1), linear)) } }),
  convolution: t.program({ inputs: [image, kernel], outputs: { y: t.relu(t.conv(image, kernel)) } }),
}

const valuesOf = (p: t.Program): Record<string, t.TensorValue> => {
  const { x: _, ...values } = feedsFor(p, { n: 4 })
  return values
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'equivar-optimizers-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What ONNX Runtime makes of a model, as this package opens it or with other settings. */
async function optimized(model: Uint8Array, settings: object = {}): Promise<Buffer> {
  const path = join(folder, 'optimized.onnx')
  const own = sessionSettings(onnxNodes(model, 'test'), {}, false)
  const session = await runtime.InferenceSession.create(model, { ...own, ...settings, optimizedModelFilePath: path })
  await session.release()
  return readFile(path)
}

/** Nothing is left out. */
const whole = { extra: {} }
const operators = (model: Uint8Array): string[] => onnxNodes(model, 'test').map(({ operator }) => operator)

describe('ONNX Runtime makes the same of a model without its idle optimizers', () => {
  const files = Object.entries(programs).map(([name, p]): [string, Uint8Array] => [name, exportOnnx(p, { values: valuesOf(p) })])
  const p = programs['linear and relu'] as t.Program
  const ranges = t.evaluate(calibrationProgram(p, valuesOf(p)), feedsFor(p, { n: 4 }))
  const int8 = { least: ranges.least?.data ?? [], most: ranges.most?.data ?? [] }
  files.push(['a linear layer in int8', exportOnnx(p, { values: valuesOf(p), int8 })])

  test.each(files)('%s', async (_, file) => {
    expect(idleOptimizers(onnxNodes(file, 'test'))).not.toEqual([])
    const expected = await optimized(file, whole)
    expect((await optimized(file)).equals(expected)).toBe(true)
    // It is not for want of anything to do.
    expect(operators(expected)).not.toEqual(operators(file))
  })

  test('the settings are heard: an optimizer that they name does nothing', async () => {
    const file = exportOnnx(programs.silu as t.Program)
    const without = { extra: { optimization: { disable_specified_optimizers: 'QuickGeluFusion' } } }
    expect(operators(await optimized(file))).toContain('com.microsoft.QuickGelu')
    expect(operators(await optimized(file, without))).not.toContain('com.microsoft.QuickGelu')
  })

  test('a session is opened without them', () => {
    const nodes = onnxNodes(files[0]?.[1] as Uint8Array, 'test')
    const names = idleOptimizers(nodes).join(';')
    expect(sessionSettings(nodes, {}, false)).toMatchObject({ extra: { optimization: { disable_specified_optimizers: names } } })
  })
})

describe('idleOptimizers', () => {
  const nodes = (...operators: string[]) => operators.map((operator) => ({ name: '', operator, attributes: {}, shapes: [] }))

  test.each([
    ['QuantizeLinear', 'QDQSelectorActionTransformer'],
    ['MatMulInteger', 'DynamicQuantizeMatMulFusion'],
    ['com.microsoft.MatMulNBits', 'MatMulNBitsFusion'],
    ['ReduceMean', 'LayerNormFusionL1'],
    ['com.microsoft.SkipLayerNormalization', 'EmbedLayerNormFusion'],
    ['Erf', 'GeluFusionL2'],
    ['Tanh', 'FastGeluFusion'],
    ['Sigmoid', 'QuickGeluFusion'],
    ['Softmax', 'BiasSoftmaxFusion'],
    ['Dropout', 'BiasDropoutFusion'],
    ['com.microsoft.GroupQueryAttention', 'GroupQueryAttentionFusion'],
  ])('%s keeps %s', (operator, name) => {
    expect(idleOptimizers(nodes('Relu'))).toContain(name)
    expect(idleOptimizers(nodes('Relu', operator))).not.toContain(name)
  })

  test('none where nodes are not known, or may hold others', () => {
    expect(idleOptimizers([])).toEqual([])
    expect(idleOptimizers(nodes('Relu', 'local.Block'))).toEqual([])
  })
})
