import {
  add,
  concat,
  constant,
  evaluate,
  flip,
  gather,
  input,
  matMul,
  pad,
  program,
  reduceMax,
  reduceMean,
  reduceSum,
  reshape,
  slice,
  squeeze,
  symbol,
  type Tensor,
  tensorValue,
  times,
  transpose,
  unsqueeze,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type CarriedOnnx, carryOnnx, exportOnnx, exportOnnxFiles, inspectOnnx, onnxNodes } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'
import { runtimeResult } from './runtime-result.ts'

const feeds = { x: tensorValue('float32', [2, 3], [1, -2, 3, 4, 5, -6]) }

/** A file of opset 9 or later whose operators Equivar lacks, and one of ONNX Runtime's own: y = Gelu(x W), twice x's columns. */
const foreign = (opset: number): Uint8Array =>
  file(
    {
      input: [declared('x', ['rows', 3])],
      initializer: [floats('W', [3, 2], [1, 2, 3, 4, 5, 6])],
      node: [node('MatMul', ['x', 'W'], ['a']), { ...node('Gelu', ['a'], ['y']), domain: 'com.microsoft' }],
      output: [declared('y', ['rows', 2])],
    },
    { opset, domains: { 'com.microsoft': 1n } },
  )

const gelu = (v: number): number => {
  // erf by its series, enough for the numbers here.
  const z = Math.abs(v) / Math.SQRT2
  let [sum, term] = [0, z]
  for (let n = 0; n < 200; n++) {
    sum += term / (2 * n + 1)
    term *= -(z * z) / (n + 1)
  }
  const erf = z > 5 ? 1 : (2 / Math.sqrt(Math.PI)) * sum
  return 0.5 * v * (1 + Math.sign(v) * erf)
}

const times2 = (row: readonly number[]): number[] => [0, 1].map((j) => row.reduce((sum, v, i) => sum + v * (2 * i + j + 1), 0))
const plain = (rows: readonly (readonly number[])[]): number[] => rows.flatMap((row) => times2(row).map(gelu))

const rows = [
  [1, -2, 3],
  [4, 5, -6],
]

const around = (carried: CarriedOnnx, build: (x: Tensor, model: (x: Tensor) => Tensor) => Tensor): Uint8Array => {
  const x = carried.inputs[0]!
  return exportOnnx(program({ inputs: { x }, outputs: { y: build(x, (given) => carried.apply({ x: given }).y as Tensor) } }))
}

describe.each([9, 11, 13, 17, 18, 21])('a file of opset %i, carried whole', (opset) => {
  const carried = carryOnnx(foreign(opset))

  test('is the same file again', async () => {
    const bytes = around(carried, (x, model) => model(x))
    const { data } = await runtimeResult(bytes, feeds)
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(plain(rows)[i]!, 4)
    expect(inspectOnnx(bytes, '').inputs).toEqual(inspectOnnx(foreign(opset), '').inputs)
  })

  test('with operators around it, in the same opset', async () => {
    const bytes = around(carried, (x, model) => {
      const both = concat([x, gather(x, constant([2, 1, 0], [3], 'int64'), 1)], 0)
      return reduceMean(reshape(model(both), [2, symbol('rows'), 2]), { axis: 0 })
    })
    const { data } = await runtimeResult(bytes, feeds)
    const reversed = plain(rows.map((row) => row.toReversed()))
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo((plain(rows)[i]! + reversed[i]!) / 2, 4)
    expect(onnxNodes(bytes, '').filter(({ operator }) => operator === 'com.microsoft.Gelu')).toHaveLength(1)
  })

  test('operators whose form changed since', async () => {
    const build = (x: Tensor): Tensor => {
      const padded = pad(slice(unsqueeze(x, 0), { axis: 2, start: 1 }), [0, 0, 1, 0, 0, 0])
      const sums = reshape(reduceSum(squeeze(padded, 0), { axis: 1 }), [symbol('rows'), 1])
      return add(matMul(x, constant([1, 0, 0, 1, 1, 1], [3, 2])), add(sums, reduceMax(x, { axis: 1, keepDims: true })))
    }
    const x = input('x', 'float32', ['rows', 3])
    const expected = evaluate(program({ inputs: { x }, outputs: { y: build(x) } }), feeds).y!.data
    const bytes = around(carried, (given, model) => add(build(given), add(model(given), transpose(transpose(model(given))))))
    const { data } = await runtimeResult(bytes, feeds)
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(Number(expected[i]) + 2 * plain(rows)[i]!, 3)
  })
})

test('an opset that lacks an operator is an error that says so', () => {
  const carried = carryOnnx(foreign(9))
  expect(() => around(carried, (x, model) => model(flip(x, 1)))).toThrow(
    'exportOnnx: expected a carried file whose opset has Slice as Equivar writes it, received opset 9: it has no steps. Convert the file to opset 13 or later first',
  )
})

test('several copies share their numbers', () => {
  const bytes = around(carryOnnx(foreign(17)), (x, model) => add(model(x), model(gather(x, constant([2, 1, 0], [3], 'int64'), 1))))
  const plainFile = around(carryOnnx(foreign(17)), (x, model) => model(x))
  expect(onnxNodes(bytes, '').filter(({ operator }) => operator === 'MatMul')).toHaveLength(2)
  expect(bytes.length - plainFile.length).toBeLessThan(400)
})

/** A loop whose body reuses names of the graph around it, names that an exporter of Equivar gives, and a condition with a number of its own. */
const clashing = file({
  input: [declared('x', ['rows', 3])],
  initializer: [floats('carried#0', [], [2]), integers('trips', [], [3])],
  node: [
    node('Identity', ['x'], ['carried#1']),
    node('Loop', ['trips', '', 'carried#1'], ['y'], {
      body: {
        graph: {
          name: 'body',
          input: [declared('i', [], types.int64), declared('go', [], types.bool), declared('carried#2', ['rows', 3])],
          initializer: [floats('carried#3', [], [1])],
          node: [
            node('Identity', ['go'], ['on']),
            node('Mul', ['carried#2', 'carried#0'], ['carried#4']),
            node('Add', ['carried#4', 'carried#3'], ['carried#5']),
          ],
          output: [declared('on', [], types.bool), declared('carried#5', ['rows', 3])],
        },
      },
    }),
  ],
  output: [declared('y', ['rows', 3])],
})

test('names of a graph and of the graphs inside of it clash with nothing', async () => {
  const bytes = around(carryOnnx(clashing), (x, model) => add(model(x), model(model(x))))
  const { data } = await runtimeResult(bytes, feeds)
  const thrice = (v: number): number => 8 * v + 7
  for (const [i, value] of data.entries()) expect(value).toBeCloseTo(thrice(rows.flat()[i]!) + thrice(thrice(rows.flat()[i]!)), 3)
})

test('inputs whose names a graph would make itself', async () => {
  const odd = file({
    input: [declared('carried#0', ['rows', 3])],
    node: [node('Hardmax', ['carried#0'], ['carried#1'])],
    output: [declared('carried#1', ['rows', 3])],
  })
  const { inputs, apply } = carryOnnx(odd)
  const [x] = inputs
  const bytes = exportOnnx(
    program({ inputs: [x!], outputs: { y: add(apply({})['carried#1'] as Tensor, apply({})['carried#1'] as Tensor) } }),
  )
  const { data } = await runtimeResult(bytes, { 'carried#0': feeds.x })
  expect(data).toEqual([0, 0, 2, 0, 2, 0])
})

test('values beside the model go into the file, or beside it again', () => {
  const weights = Float32Array.from({ length: 600 }, (_, i) => i)
  const external = file({
    input: [declared('x', ['rows', 3])],
    initializer: [
      {
        name: 'W',
        dims: [3n, 200n],
        dataType: types.float,
        dataLocation: 1,
        externalData: Object.entries({ location: 'w.bin', offset: '8', length: '2400' }).map(([key, value]) => ({ key, value })),
      },
    ],
    node: [node('MatMul', ['x', 'W'], ['a']), node('Hardmax', ['a'], ['y'])],
    output: [declared('y', ['rows', 200])],
  })
  expect(() => carryOnnx(external)).toThrow('lie in the file "w.bin" beside the model. Give readExternal')
  const { inputs, apply } = carryOnnx(external, {
    readExternal: (location, offset, length) => {
      expect([location, offset, length]).toEqual(['w.bin', 8, 2400])
      return new Uint8Array(weights.buffer)
    },
  })
  const whole = program({ inputs: [...inputs], outputs: { y: apply({}).y as Tensor } })
  const { model, data } = exportOnnxFiles(whole, { location: 'w2.bin' })
  expect(model.length).toBeLessThan(1000)
  expect(data.reduce((sum, { length }) => sum + length, 0)).toBe(2400)
  expect(exportOnnx(whole).length).toBeGreaterThan(2400)
})

test('double inputs and outputs are float32 around the file', async () => {
  const doubles = file({
    input: [declared('x', ['rows', 3], types.double)],
    node: [node('Mul', ['x', 'x'], ['s']), node('Neg', ['s'], ['y'])],
    output: [declared('y', ['rows', 3], types.double)],
  })
  const bytes = around(carryOnnx(doubles), (x, model) => add(model(x), model(x)))
  expect(inspectOnnx(bytes, '').inputs[0]?.dtype).toBe('float32')
  expect((await runtimeResult(bytes, feeds)).data).toEqual([-2, -8, -18, -32, -50, -72])
})

test('sizes of the outputs follow those of the inputs', () => {
  const { inputs, apply } = carryOnnx(
    file({
      input: [declared('x', ['batch', null, 4])],
      node: [node('Hardmax', ['x'], ['y'])],
      output: [declared('y', ['batch', null, '2*batch'])],
    }),
  )
  expect(String(inputs[0])).toBe('Input float32 [batch, x_1, 4]')
  const batch = times(8, symbol('n'))
  expect(String(apply({ x: input('z', 'float32', [batch, 5, 4]) }).y)).toBe('carried the model float32 [8*n, y_1, 16*n]')
  expect(() => apply({ x: input('z', 'float32', [1, 5, 3]) })).toThrow(
    'the model: input "x": expected [batch, x_1, 4], received [1, 5, 3].',
  )
  expect(() => apply({ x: input('z', 'int64', [1, 5, 4]) })).toThrow('the model: input "x": expected float32, received int64.')
})

test('what cannot be carried is an error', () => {
  const unshaped = file({ input: [declared('x', [3])], node: [node('Hardmax', ['x'], ['y'])], output: [declared('y')] })
  expect(() => carryOnnx(unshaped, { where: 'm.onnx' })).toThrow(
    'carryOnnx: expected m.onnx to tell the shape of its output "y", and a type that Equivar has, received none. Write them into the file (onnx.shape_inference).',
  )
  expect(() => carryOnnx(Uint8Array.of(1, 2, 3))).toThrow('expected a complete ONNX model')
  const a = carryOnnx(foreign(11), { where: 'a.onnx' })
  const b = carryOnnx(foreign(13), { where: 'b.onnx' })
  const x = input('x', 'float32', ['rows', 3])
  const y = add(a.apply({ x }).y as Tensor, b.apply({ x }).y as Tensor)
  expect(() => exportOnnx(program({ inputs: { x }, outputs: { y } }))).toThrow(
    'exportOnnx: expected carried nodes of opset 11, that of a.onnx, received nodes of opset 13. Convert one of the files first.',
  )
})
