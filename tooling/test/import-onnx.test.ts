import { exportOnnx, exportOnnxFiles, importOnnx, OnnxFormatError } from '@equivar/export-onnx'
import { Gin, InvariantGraphNetwork } from '@equivar/layers-graphs'
import { DeepSets } from '@equivar/layers-sets'
import { crossEntropy, initialize, sgd } from '@equivar/nn'
import {
  add,
  evaluate,
  input,
  matMul,
  type Program,
  program,
  Random,
  range,
  reduceSum,
  relu,
  reshape,
  sizeOf,
  symbol,
  type TensorValue,
  tensorValue,
  times,
} from '@equivar/tensor'
import { inferenceProgram, initialState, repeatedStep, trainStep } from '@equivar/train'
import { describe, expect, test } from 'vitest'
import { valueAndGradients } from '../../packages/tensor/test/backend-parity.ts'
import { caseFeeds, caseInputs, operatorCases } from '../../packages/tensor/test/operator-cases.ts'
import { inference, testModels } from '../browser/models.ts'

/** Cases with a number that is no float32, in an attribute or a constant: a file rounds it, by 6e-8 of it at most. */
const roundedCases: ReadonlySet<string> = new Set(['leakyRelu', 'elu', 'selu', 'hardSigmoid', 'erf', 'averagePool pads'])

/** Fails unless both Programs give the same numbers; float32 constants of the file may have rounded those of the first. */
function expectSame(
  first: Program,
  second: Program,
  feeds: Record<string, TensorValue>,
  more: Record<string, TensorValue> = {},
  tolerance = 1e-6,
): void {
  const [a, b] = [evaluate(first, { ...more, ...feeds }), evaluate(second, { ...more, ...feeds })]
  expect(Object.keys(b)).toEqual(Object.keys(a))
  for (const [name, { dtype, shape, data }] of Object.entries(a)) {
    expect([b[name]?.dtype, b[name]?.shape], name).toEqual([dtype, shape])
    data.forEach((value, i) => {
      const other = b[name]?.data[i] as number
      if (!Number.isFinite(value)) expect(other).toBe(value)
      else expect(Math.abs(other - value), `${name}[${i}]`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)))
    })
  }
}

describe.each(operatorCases)('$name', (operatorCase) => {
  test('written and read again, it computes the same', () => {
    const inputs = caseInputs(operatorCase)
    const p = program({ inputs, outputs: { y: operatorCase.build(inputs) } })
    const read = importOnnx(exportOnnx(p))
    expect(read.values).toEqual({})
    expect(read.program.inputs.map(({ name, tensor }) => [name, tensor.dtype, tensor.shape.map(String)])).toEqual(
      p.inputs.map(({ name, tensor }) => [name, tensor.dtype, tensor.shape.map(String)]),
    )
    expect(read.program.outputs[0]?.tensor.shape.map(String)).toEqual(p.outputs[0]?.tensor.shape.map(String))
    const tolerance = roundedCases.has(operatorCase.name) ? 1e-7 : 1e-12
    expectSame(p, read.program, caseFeeds(operatorCase, 3), {}, tolerance)
    const { sizes } = operatorCase
    if (sizes === undefined) return
    const larger = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, size + 2]))
    expectSame(p, read.program, caseFeeds({ ...operatorCase, sizes: larger }, 3), {}, tolerance)
  })

  test('so does its derivative', () => {
    const { program: p, feeds } = valueAndGradients(operatorCase)
    expectSame(p, importOnnx(exportOnnx(p)).program, feeds, {}, roundedCases.has(operatorCase.name) ? 1e-7 : 1e-12)
  })
})

const random = new Random({ seed: 4 })
const normal = (...shape: number[]): TensorValue =>
  tensorValue(
    'float32',
    shape,
    Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => random.normal()),
  )

function gin() {
  const inputs = {
    x: input('x', 'float32', ['nodes', 3]),
    edge_index: input('edge_index', 'int64', [2, 'edges']),
    batch: input('batch', 'int64', ['nodes']),
    num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  }
  const target = input('target', 'int64', ['graphs'])
  const module = new Gin({ inChannels: 3, hidden: 4, layers: 2, outputs: 2, dropout: 0.5, learnEpsilon: true })
  const feeds = {
    x: normal(5, 3),
    edge_index: tensorValue('int64', [2, 4], [0, 1, 3, 4, 1, 0, 4, 3]),
    batch: tensorValue('int64', [5], [0, 0, 1, 1, 1]),
    num_graphs: tensorValue('int64', [], [3]),
  }
  return { module, inputs, target, feeds, logits: () => module.forward(inputs.x, inputs.edge_index, inputs.batch, 'graphs') }
}

describe('whole models', () => {
  test.each(testModels)('%s: written with its values and read again', (name) => {
    const { program: p, feeds, values } = inference(name)
    const read = importOnnx(exportOnnx(p, { values }))
    expect(Object.keys(read.values).sort()).toEqual(Object.keys(values).sort())
    expectSame(p, read.program, feeds, read.values)
  })

  test('parameters become inputs with values, sizes stay symbols', () => {
    const x = input('x', 'float32', ['batch', 'n', 3])
    const mask = input('mask', 'bool', ['batch', 'n'])
    const model = new DeepSets({ channels: [3, 4], outputs: 2, pool: 'max' })
    const p = inferenceProgram(model, {
      inputs: { x, mask },
      outputs: () => ({ logits: model.forward(x, mask) }),
      metadata: { task: 'none' },
    })
    const values = initialize(model, 1)
    const read = importOnnx(exportOnnx(p, { values }))
    expect(read.values).toEqual(values)
    expect(read.metadata).toEqual({ task: 'none' })
    for (const [batch, n] of [
      [2, 5],
      [1, 1],
      [3, 0],
    ] as const) {
      const feeds = {
        x: normal(batch, n, 3),
        mask: tensorValue(
          'bool',
          [batch, n],
          Array.from({ length: batch * n }, (_, i) => i % 3 !== 0),
        ),
      }
      expectSame(p, read.program, feeds, values)
    }
    const frozen = importOnnx(exportOnnx(p, { values }), { frozen: true })
    expect(frozen.program.inputs.map(({ name }) => name)).toEqual(['x', 'mask'])
  })

  test('a dense graph network, and a training step of GIN with dropout and a size that an input binds', () => {
    const x = input('x', 'float32', ['batch', 'n', 'n', 2])
    const network = new InvariantGraphNetwork({ inChannels: 2, channels: [3], head: [4], outputs: 2 })
    const p = inferenceProgram(network, { inputs: { x }, outputs: () => ({ logits: network.forward(x) }) })
    const values = initialize(network, 1)
    expectSame(p, importOnnx(exportOnnx(p, { values })).program, { x: normal(2, 4, 4, 2) }, values)
    const { module, inputs, target, feeds, logits } = gin()
    const step = trainStep(module, {
      inputs: { ...inputs, target },
      objective: () => ({ loss: crossEntropy(logits(), target) }),
      optimizer: sgd({ momentum: 0.5 }),
    })
    const given = {
      ...feeds,
      target: tensorValue('int64', [3], [0, 1, 1]),
      learning_rate: tensorValue('float32', [], [0.1]),
      seed: tensorValue('int64', [], [7]),
    }
    const state = initialState(step, initialize(module, 2))
    expectSame(step.program, importOnnx(exportOnnx(step.program)).program, given, state)
  })

  test('many steps in one call, a loop', () => {
    const x = input('x', 'float32', ['batch', 3])
    const target = input('target', 'int64', ['batch'])
    const model = new DeepSets({ channels: [1, 4], outputs: 2 })
    const logits = model.forward(reshape(x, ['batch', 3, 1]))
    const step = repeatedStep(
      trainStep(model, {
        inputs: { x, target },
        objective: () => ({ loss: crossEntropy(logits, target) }),
        optimizer: sgd({ momentum: 0.5 }),
      }),
    )
    const feeds = {
      x: normal(4, 2, 3),
      target: tensorValue('int64', [4, 2], [0, 1, 1, 0, 0, 0, 1, 1]),
      learning_rate: tensorValue('float32', [], [0.1]),
      seed: tensorValue('int64', [], [7]),
    }
    expectSame(step.program, importOnnx(exportOnnx(step.program)).program, feeds, initialState(step, initialize(model, 2)))
  })
})

test('sizes that are computed stay formulas', () => {
  const x = input('x', 'float32', ['b', 'n'])
  const y = add(reshape(x, [times(symbol('b'), symbol('n'))]), 1)
  const p = program({ inputs: [x], outputs: { y, size: add(sizeOf(times(symbol('n'), symbol('n'))), 1), line: range('n') } })
  const read = importOnnx(exportOnnx(p)).program
  expect(read.outputs.map(({ tensor }) => tensor.shape.map(String))).toEqual([['b*n'], [], ['n']])
  expectSame(p, read, { x: normal(3, 4) })
})

describe('values in a second file', () => {
  const [x, w, v] = [input('x', 'float32', ['n', 20]), input('w', 'float32', [20, 30]), input('v', 'float32', [30])]
  const p = program({ inputs: [x, w], outputs: { y: relu(matMul(x, w)) } })
  const values = { w: normal(20, 30) }
  const { model, data } = exportOnnxFiles(p, { values, location: 'model.data' })

  test('are read back through the callback', () => {
    const whole = Buffer.concat(data)
    const read = importOnnx(model, {
      readExternal: (location, offset, length) => {
        expect(location).toBe('model.data')
        return whole.subarray(offset, offset + (length ?? 0))
      },
    })
    expect(read.values).toEqual(values)
  })

  test('start at pages, and are as long as the model says', () => {
    const both = program({ inputs: [x, w, v], outputs: { y: add(matMul(x, w), v) } })
    const files = exportOnnxFiles(both, { values: { ...values, v: normal(30) }, location: 'model.data', threshold: 100 })
    const spans: number[][] = []
    importOnnx(files.model, {
      readExternal: (_, offset, length = 0) => {
        spans.push([offset, length])
        return Buffer.concat(files.data).subarray(offset, offset + length)
      },
    })
    expect(spans).toEqual([
      [0, 2400],
      [4096, 120],
    ])
    const inside = exportOnnxFiles(both, { values, location: 'model.data', threshold: 2401 })
    expect(inside.data).toEqual([])
    expect(importOnnx(inside.model).values).toEqual(values)
  })

  test('are asked for beyond 2 GiB, before anything is written', () => {
    // Only its length is looked at, so nothing of that size is in memory.
    const large = { dtype: 'float32', shape: [20, 30], data: { length: 2 ** 29 } as unknown as Float32Array } as const
    const message = 'exportOnnx: expected values of at most 2146435072 bytes in one file, received 2147483648. Use exportOnnxFiles.'
    expect(() => exportOnnx(p, { values: { w: large } })).toThrow(message)
    const twice = { ...large, data: { length: 2 ** 30 } as unknown as Float32Array }
    expect(() => exportOnnx(p, { values: { w: twice }, float16: true })).toThrow(message)
  })

  test('are asked for', () => {
    expect(() => importOnnx(model)).toThrow(
      'importOnnx: the values of "w" lie in the file "model.data" beside the model. Give readExternal',
    )
  })
})

describe('what cannot be read is named', () => {
  const x = input('x', 'float32', ['n'])
  const file = exportOnnx(program({ inputs: [x], outputs: { y: reduceSum(relu(x)) } }))

  test('a file that is cut off anywhere', () => {
    for (let length = 0; length < file.length - 1; length += 5) {
      expect(() => importOnnx(file.subarray(0, length), { where: 'model.onnx' }), `${length}`).toThrow(OnnxFormatError)
    }
  })

  test('a file with damaged bytes: it is read, or refused as a file', () => {
    const network = new DeepSets({ channels: [3, 4], outputs: 2, pool: 'max' })
    const sets = input('x', 'float32', ['batch', 'n', 3])
    const p = inferenceProgram(network, { inputs: { x: sets }, outputs: () => ({ y: network.forward(sets) }) })
    const whole = exportOnnx(p, { values: initialize(network, 1) })
    const bytes = new Random({ seed: 8 })
    let refused = 0
    for (let k = 0; k < 2000; k++) {
      const damaged = Uint8Array.from(whole)
      damaged[Math.floor(bytes.uniform() * whole.length)] = Math.floor(bytes.uniform() * 256)
      try {
        importOnnx(damaged)
      } catch (error) {
        expect(error).toBeInstanceOf(OnnxFormatError)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })

  test('shapes that do not fit, by the node', () => {
    const [a, b] = [input('a', 'float32', ['rows', 3]), input('b', 'float32', ['rows', 3])]
    const from = Buffer.from(exportOnnx(program({ inputs: [a, b], outputs: { y: add(a, b) } })))
    from.write('mows', from.indexOf('rows', 0, 'latin1'), 'latin1')
    expect(() => importOnnx(from)).toThrow(
      /^importOnnx: node "Add#\d+" Add: Add: expected shapes that broadcast .*received \[mows, 3\] and \[rows, 3\]\./,
    )
    expect(() => importOnnx(from)).toThrow(OnnxFormatError)
  })

  test('an operator that Equivar lacks', () => {
    const from = Buffer.from(file)
    let at = from.indexOf('Relu', 0, 'latin1')
    while (at >= 0) {
      from.write('Frob', at, 'latin1')
      at = from.indexOf('Relu', at + 1, 'latin1')
    }
    expect(() => importOnnx(from)).toThrow(
      /importOnnx: node "Frob#\d+" Frob: unknown operator: expected one of the \d+ that Equivar has, received Frob\./,
    )
  })
})
