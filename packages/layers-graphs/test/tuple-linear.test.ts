import { onnxBackend } from '@equivar/backend-onnx'
import { type Action, type ActionLike, naturalAction, Permutation, symmetric } from '@equivar/groups'
import { initialize, type Module, parametersOf } from '@equivar/nn'
import {
  concat,
  constant,
  evaluate,
  gather,
  input,
  type Program,
  program,
  Random,
  reshape,
  type Tensor,
  type TensorValue,
  zeros,
} from '@equivar/tensor'
import { axisSymmetry, expectEquivariant, expectSpan, type LayerDescription, layerChecks } from '@equivar/verify'
import { describe, expect, test } from 'vitest'
import { EquivariantGraphLinear, EquivariantTupleLinear, type TupleSymmetry } from '../src/index.ts'
import { axes, BELL, spans } from './spans.ts'

const draw = (shape: number[], random = new Random({ seed: 1, stream: 'tuples' })): TensorValue => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
})
const withParameters = (module: Module, inputs: Record<string, Tensor>, outputs: Record<string, Tensor>): Program =>
  program({ inputs: { ...inputs, ...Object.fromEntries(parametersOf(module)) }, outputs } as Parameters<typeof program>[0])

/** All pairs of orders with k + l <= 4; those up to 6 stand in `large.test.ts`. */
describe.each(spans(0, 4))('$name', (description) => {
  for (const { name, run } of layerChecks(description)) test(name, run)
})

test('from order 3 to 4 and 4 to 4 there are Bell(7) and Bell(8) weights, and Bell(l) biases', () => {
  const sizes = (inputOrder: number, outputOrder: number): number[] => {
    const layer = new EquivariantGraphLinear({ inputOrder, outputOrder, inChannels: 1, outChannels: 1 })
    const weights = layer.tuples.weights.reduce((n, { sizes: [rows = 0, columns = 0] }) => n + rows * columns, 0)
    return [weights, layer.tuples.bias?.sizes[0] ?? 0]
  }
  expect(sizes(3, 4)).toEqual([877, 15])
  expect(sizes(4, 4)).toEqual([4140, 15])
  expect(sizes(2, 2)).toEqual([15, 2])
  expect(sizes(1, 2)).toEqual([5, 2])
})

describe.each([
  [2, 2],
  [1, 2],
  [2, 1],
  [0, 2],
  [2, 0],
  [3, 1],
  [1, 3],
  [3, 3],
] as const)('order %i to %i', (inputOrder, outputOrder) => {
  const layer = new EquivariantGraphLinear({ inputOrder, outputOrder, inChannels: 2, outChannels: 3 })
  const along = (order: number, n: number): Record<number, Action> =>
    Object.fromEntries(axes(order, n).map((_, i) => [i + 1, naturalAction(symmetric(n))]))
  const nodesOf = (order: number): number[][] => (order === 0 ? [[0]] : axes(order, 0).map((_, i) => [0, i + 1]))
  const description: LayerDescription<readonly [batch: number, n: number]> = {
    name: `order ${inputOrder} to ${outputOrder}`,
    expression: () => {
      const x = input('x', 'float32', ['batch', ...axes(inputOrder, 'n'), 2])
      const mask = input('mask', 'bool', ['batch', 'n'])
      return { inputs: { x, mask }, outputs: layer.forward(x, mask) }
    },
    feeds: ([batch, n], drawn) => ({
      x: draw([batch, ...axes(inputOrder, n).map(Number), 2], drawn),
      mask: {
        dtype: 'bool',
        shape: [batch, n],
        data: Uint8Array.from({ length: batch * n }, (_, i) => (i < n || (i < n * (batch - 1) && i % 3 !== 0) ? 1 : 0)),
      },
    }),
    sizes: [1, 2, 5].map((n) => [3, n]),
    sizesOf: {
      derivative: [[3, 3]],
      parity: [
        [1, 1],
        [3, 6],
      ],
      edges: [
        [1, 3],
        [1, 0],
      ],
      masks: [[3, 4]],
    },
    symmetry: ([, n]) =>
      axisSymmetry({
        inputs: { x: along(inputOrder, n), mask: { 1: naturalAction(symmetric(n)) } },
        outputs: { y: along(outputOrder, n) },
      }),
    masks: [{ name: 'mask', covers: { x: nodesOf(inputOrder), y: nodesOf(outputOrder) } }],
  }
  for (const { name, run } of layerChecks(description, [onnxBackend()])) test(name, run)
})

describe('several orders at once', () => {
  const layer = new EquivariantTupleLinear({
    inputs: [
      { order: 0, channels: 2 },
      { order: 1, channels: 3 },
      { order: 2, channels: 2 },
    ],
    outputs: [
      { order: 2, channels: 2 },
      { order: 1, channels: 4 },
      { order: 0, channels: 1 },
    ],
  })
  const xs = [0, 1, 2].map((order) => input(`x${order}`, 'float32', ['batch', ...axes(order, 'n'), [2, 3, 2][order] as number]))
  const mask = input('mask', 'bool', ['batch', 'n'])
  const ys = layer.forward(xs, mask)
  const p = withParameters(
    layer,
    { ...Object.fromEntries(xs.map((x) => [x.name, x])), mask },
    Object.fromEntries(ys.map((y, i) => [`y${i}`, y])),
  )
  test('every output commutes, and the number of weights is right', () => {
    const n = 4
    const action = naturalAction(symmetric(n))
    expectEquivariant(p, {
      inputActions: { x1: { 1: action }, x2: { 1: action, 2: action }, mask: { 1: action } },
      outputActions: { y0: { 1: action, 2: action }, y1: { 1: action } },
      feeds: {
        x0: draw([2, 2]),
        x1: draw([2, n, 3]),
        x2: draw([2, n, n, 2]),
        mask: { dtype: 'bool', shape: [2, n], data: Uint8Array.of(1, 1, 1, 1, 1, 0, 1, 0) },
        ...initialize(layer, 1),
      },
      tolerance: 1e-12,
    })
    const weights = layer.weights.reduce((sum, { sizes: [rows = 0, columns = 0] }) => sum + rows * columns, 0)
    const pairs = layer.inputs.flatMap((a) => layer.outputs.map((b) => a.channels * b.channels * (BELL[a.order + b.order] as number)))
    expect(weights).toBe(pairs.reduce((a, b) => a + b))
  })
})

/** S_n on multisets (or, if `distinct`, subsets) of k points, and the multiset of every tuple; for a tuple that has none, the number of multisets. */
function unordered(n: number, k: number, distinct: boolean): { action: ActionLike; ofTuple: number[]; tupleOf: number[] } {
  const all = Array.from({ length: n ** k }, (_, at) => axes(k, n).map((_, i) => Math.floor(at / n ** (k - 1 - i)) % n))
  const name = (points: number[]): string => [...points].sort((a, b) => a - b).join()
  const kept = all.filter((points) => !distinct || new Set(points).size === k)
  const names = [...new Set(kept.map(name))]
  const group = symmetric(n)
  const generators = group.generators.map((g) =>
    Permutation.fromImages(
      names.map((each) => names.indexOf(name(each === '' ? [] : each.split(',').map((point) => g.apply(Number(point)))))),
    ),
  )
  const ofTuple = all.map((points) => (distinct && new Set(points).size < k ? names.length : names.indexOf(name(points))))
  return {
    action: { group, degree: names.length, generators },
    ofTuple,
    tupleOf: names.map((each) => ofTuple.indexOf(names.indexOf(each))),
  }
}

describe.each(['symmetric', 'hyperedges'] as TupleSymmetry[])('tensors that are %s', (symmetry) => {
  test.each([
    [2, 2],
    [1, 2],
    [3, 1],
    [2, 3],
    [3, 3],
  ])('order %i to %i spans exactly the maps between multisets (or subsets) of nodes', (k, l) => {
    for (const n of [3, 4, 5]) {
      if (k + l === 6 && n === 5) continue
      const distinct = symmetry === 'hyperedges'
      const [from, to] = [unordered(n, k, distinct), unordered(n, l, distinct)]
      const layer = new EquivariantGraphLinear({ inputOrder: k, outputOrder: l, inChannels: 1, outChannels: 40, bias: false, symmetry })
      const x = input('x', 'float32', ['batch', from.action.degree])
      const wide = concat([x, zeros(['batch', 1])], 1)
      const tensor = reshape(gather(wide, constant(from.ofTuple, [n ** k], 'int64'), 1), ['batch', ...axes(k, n), 1])
      const y = reshape(layer.forward(tensor), ['batch', n ** l, 40])
      const p = withParameters(layer, { x }, { y: gather(y, constant(to.tupleOf, [to.tupleOf.length], 'int64'), 1) })
      expectSpan(p, { weights: [...parametersOf(layer).keys()], input: from.action, output: to.action })
    }
  })

  test('the output is symmetric (and zero if nodes are equal)', () => {
    const layer = new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 3, inChannels: 1, outChannels: 1, symmetry })
    const x = input('x', 'float32', [1, 3, 3, 1])
    const data = Float64Array.of(0.5, 2, 3, 2, -1, 4, 3, 4, 0.25)
    const { y } = evaluate(withParameters(layer, { x }, { y: layer.forward(x) }), {
      x: { dtype: 'float32', shape: [1, 3, 3, 1], data },
      ...initialize(layer, 1),
      'tuples.bias': {
        dtype: 'float32',
        shape: [layer.tuples.bias?.sizes[0] as number],
        data: new Float64Array(layer.tuples.bias?.sizes[0] as number).fill(0.3),
      },
    })
    const at = (i: number, j: number, k: number): number => y?.data[i * 9 + j * 3 + k] as number
    for (let i = 0; i < 27; i++) {
      const [a, b, c] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3] as [number, number, number]
      expect(at(a, b, c)).toBeCloseTo(at(c, a, b), 12)
      expect(at(a, b, c)).toBeCloseTo(at(b, a, c), 12)
      if (symmetry === 'hyperedges' && new Set([a, b, c]).size < 3) expect(at(a, b, c)).toBe(0)
    }
    expect(Math.abs(at(0, 1, 2))).toBeGreaterThan(1e-3)
  })
})

describe('invalid inputs are rejected', () => {
  const layer = new EquivariantGraphLinear({ inputOrder: 2, outputOrder: 2, inChannels: 2, outChannels: 3 })
  test('a rectangular adjacency, and the error names the remedy', () => {
    expect(() => layer.forward(input('x', 'float32', [32, 20, 30, 2]))).toThrow(
      'layers-graphs: EquivariantTupleLinear.forward: expected x of shape [batch, n, n, 2] (input 0 of order 2, 2 channels), received [32, 20, 30, 2]. All node axes must be equal. Did you pass a rectangular adjacency?',
    )
  })
  test('wrong channels, orders and numbers of inputs', () => {
    expect(() => layer.forward(input('x', 'float32', ['batch', 'n', 'n', 3]))).toThrow('received [batch, n, n, 3]')
    expect(() => layer.forward(input('x', 'float32', ['batch', 'n', 2]))).toThrow('received [batch, n, 2]')
    expect(() => layer.tuples.forward([])).toThrow('expected 1 inputs, received 0')
    expect(() => new EquivariantGraphLinear({ inputOrder: -1, outputOrder: 2, inChannels: 1, outChannels: 1 })).toThrow('orders 0 to 6')
    const lift = new EquivariantGraphLinear({ inputOrder: 0, outputOrder: 1, inChannels: 1, outChannels: 1 })
    expect(() => lift.forward(input('x', 'float32', ['batch', 1]))).toThrow('Pass the number of nodes as the third argument')
  })
})
