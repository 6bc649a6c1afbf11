import { GinLayer } from '@equivar/layers-graphs'
import { Linear, Module, type Parameter, parameter, parametersOf } from '@equivar/nn'
import {
  add,
  evaluate,
  gather,
  input,
  matMul,
  mul,
  program,
  Random,
  segmentSum,
  slice,
  squeeze,
  type Tensor,
  type TensorValue,
} from '@equivar/tensor'
import { expect, test } from 'vitest'
import { attributesOfAll, Dss, type DssAggregation, edgesOfAll, edgesOfEach, GraphElements } from '../src/index.ts'
import { normalValues, parametersAt } from './harness.ts'

const [BATCH, SET, N] = [2, 3, 4]
const random = new Random({ seed: 6 })

/** GIN of depth 1 by definition: (x + A x) W + b with the dense adjacency A[target, source]. */
class DenseGin extends Module {
  readonly linear = new Linear({ inChannels: 2, outChannels: 3 })
  forward(x: Tensor, adjacency: Tensor): Tensor {
    return this.linear.forward(add(x, matMul(adjacency, x)))
  }
}

const sparse = (): GraphElements => new GraphElements({ layer: new GinLayer({ inChannels: 2, outChannels: 3, depth: 1 }) })
const graphs = Array.from({ length: BATCH * SET }, () => Array.from({ length: 5 }, () => [random.integer(N), random.integer(N)] as const))
const matrix = (edges: readonly (readonly [number, number])[]): number[] => {
  const dense = Array.from({ length: N * N }, () => 0)
  for (const [source, target] of edges) dense[target * N + source] = (dense[target * N + source] as number) + 1
  return dense
}
const indices = (edges: readonly (readonly [number, number])[]): TensorValue => ({
  dtype: 'int64',
  shape: [2, edges.length],
  data: BigInt64Array.from([...edges.map(([a]) => a), ...edges.map(([, b]) => b)], BigInt),
})

const x = input('x', 'float32', ['batch', 'set', 'n', 2])
const edgeIndex = input('edge_index', 'int64', [2, 'edges'])
const adjacency = input('adjacency', 'float32', ['batch', 'set', 'n', 'n'])
const values = normalValues([BATCH, SET, N, 2], random)

/** The results of the sparse and the dense layer with the same initial values. */
function both(
  aggregate: DssAggregation,
  edges: readonly (readonly [number, number])[],
  of: typeof edgesOfAll,
  dense: number[],
): [number[], number[]] {
  const layer = new Dss({ own: sparse(), shared: sparse(), aggregate })
  const other = new Dss({ own: new DenseGin(), shared: new DenseGin(), aggregate })
  const given = parametersAt(layer, 3)
  const same = Object.fromEntries(
    [...parametersOf(other).keys()].map((path) => [path, given[path.replace('linear', 'layer.mlp.layers.0')] as TensorValue]),
  )
  const result = (y: Tensor, module: Module, inputs: Record<string, TensorValue>, names: Record<string, typeof x>): number[] => {
    const p = program({ inputs: { x, ...names, ...Object.fromEntries(parametersOf(module)) }, outputs: { y } })
    return Array.from(evaluate(p, { x: values, ...inputs }).y?.data ?? [], Number)
  }
  return [
    result(layer.forward(x, undefined, of(edgeIndex, x)), layer, { ...given, edge_index: indices(edges) }, { edge_index: edgeIndex }),
    result(
      other.forward(x, undefined, { element: adjacency }),
      other,
      { ...same, adjacency: { dtype: 'float32', shape: [BATCH, SET, N, N], data: Float64Array.from(dense) } },
      { adjacency },
    ),
  ]
}

const close = ([a, b]: [number[], number[]]): void => {
  expect(a.length).toBe(b.length)
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i] as number, 12)
  })
}

test.each(['sum', 'sumAfter', 'maxAfter'] as const)(
  'elements with separate edges agree with dense adjacencies, which are aggregated for the shared layer: %s',
  (aggregate) => {
    const edges = graphs.flatMap((graph, k) => graph.map(([a, b]) => [k * N + a, k * N + b] as const))
    close(both(aggregate, edges, edgesOfEach, graphs.flatMap(matrix)))
  },
)

test.each(['mean', 'max', 'maxAfter'] as const)('elements on one graph agree with its dense adjacency: %s', (aggregate) => {
  const graph = graphs[0] as [number, number][]
  close(
    both(
      aggregate,
      graph,
      edgesOfAll,
      graphs.flatMap(() => matrix(graph)),
    ),
  )
})

/** Messages weighted by an attribute of the edge. */
class Weighed extends Module {
  readonly weight: Parameter = parameter([2, 3])
  forward(nodes: Tensor, edges: Tensor, attributes: Tensor): Tensor {
    const row = (i: number): Tensor => squeeze(slice(edges, { axis: 0, start: i, end: i + 1 }), 0)
    return matMul(segmentSum(mul(gather(nodes, row(0)), attributes), row(1), nodes.shape[0] as never), this.weight)
  }
}

test('attributes of shared edges belong to their edges', () => {
  const layer = new Dss({ own: new GraphElements({ layer: new Weighed() }), shared: new GraphElements({ layer: new Weighed() }) })
  const attributes = input('edge_attr', 'float32', ['edges', 1])
  const y = layer.forward(x, undefined, edgesOfAll(edgeIndex, x), attributesOfAll(attributes, x))
  const p = program({
    inputs: { x, edge_index: edgeIndex, edge_attr: attributes, ...Object.fromEntries(parametersOf(layer)) },
    outputs: { y },
  })
  const graph = graphs[1] as [number, number][]
  const weights = graph.map((_, i) => i + 1)
  const given = parametersAt(layer, 2)
  const result = evaluate(p, {
    x: values,
    edge_index: indices(graph),
    edge_attr: { dtype: 'float32', shape: [graph.length, 1], data: Float64Array.from(weights) },
    ...given,
  }).y?.data as Float64Array
  const [own, shared] = ['own', 'shared'].map((name) => given[`${name}.layer.weight`]?.data as Float32Array) as [Float32Array, Float32Array]
  const at = (b: number, i: number, v: number, c: number): number => values.data[((b * SET + i) * N + v) * 2 + c] as number
  const expected = (b: number, i: number, v: number, o: number): number =>
    graph.reduce((sum, [source, target], e) => {
      if (target !== v) return sum
      const term = (weight: Float32Array, j: number): number =>
        [0, 1].reduce((s, c) => s + at(b, j, source, c) * (weight[c * 3 + o] as number), 0)
      return sum + (weights[e] as number) * (term(own, i) + [0, 1, 2].reduce((s, j) => s + term(shared, j), 0))
    }, 0)
  result.forEach((value, k) => {
    const [b, i, v, o] = [Math.floor(k / (SET * N * 3)), Math.floor(k / (N * 3)) % SET, Math.floor(k / 3) % N, k % 3]
    expect(value).toBeCloseTo(expected(b, i, v, o), 12)
  })
})

test('wrong shapes are rejected', () => {
  expect(() => edgesOfAll(edgeIndex, input('x', 'float32', ['b', 's', 'n']))).toThrow(
    'edgesOfAll: expected x [batch, set, n, channels], received [b, s, n].',
  )
  expect(() => sparse().forward(input('x', 'float32', ['n', 2]))).toThrow(
    'GraphElements.forward: expected x [elements, n, channels], received [n, 2].',
  )
})
