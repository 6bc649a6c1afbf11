import { initialize, type Module, meanSquaredError, parametersOf } from '@equivar/nn'
import { differentiate, evaluate, input, mul, program, segmentSoftmax, sub, type Tensor, type TensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import {
  aggregate,
  EdgeNetworkLayer,
  GatLayer,
  GcnLayer,
  HypergraphLayer,
  MessagePassing,
  Nn4g,
  SageLayer,
  segmentAttention,
} from '../src/index.ts'
import { aggregations } from './sparse-families.ts'
import {
  CHANNELS,
  feedsOf,
  programOf,
  random,
  randomSparse,
  type Sparse,
  type SparseFamily,
  sparse,
  union,
  valuesOf,
} from './sparse-graphs.ts'

const close = (actual: ArrayLike<number> | undefined, expected: readonly number[], tolerance = 1e-12): void => {
  expect(actual?.length).toBe(expected.length)
  expected.forEach((v, i) => {
    expect(Math.abs((actual?.[i] as number) - v)).toBeLessThan(tolerance * Math.max(1, Math.abs(v)))
  })
}

/** A matrix as a function of row and column. */
const matrix = (value: TensorValue | undefined): ((i: number, j: number) => number) => {
  const { data, shape } = value as TensorValue
  return (i, j) => Number(data[i * (shape[1] as number) + j])
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const sum = (count: number, term: (i: number) => number): number => numbers(count).reduce((total, i) => total + term(i), 0)

function run(module: Module, graph: Sparse, forward: SparseFamily['forward']): { y: Float64Array; values: Record<string, TensorValue> } {
  const family: SparseFamily = { name: '', module, rows: 'nodes', forward }
  const values = valuesOf(family)
  return { y: evaluate(programOf(family), { ...feedsOf(graph), ...values }).y?.data as Float64Array, values }
}

const loopless = (graph: Sparse): Sparse => {
  const kept = graph.edges.filter(([u, v]) => u !== v)
  return { ...sparse(graph.nodes, kept), x: graph.x }
}
const graph = randomSparse(7, 16)
const x = (v: number, c: number): number => graph.x[v * CHANNELS + c] as number

test.each(aggregations)('the aggregation %s agrees with a loop over segments', (how) => {
  const rows = 12
  const segments = numbers(rows).map(() => random.integer(5))
  const data = Float64Array.from({ length: rows * 2 }, () => random.normal())
  const [values, index] = [input('values', 'float32', ['rows', 2]), input('index', 'int64', ['rows'])]
  const p = program({ inputs: { values, index }, outputs: { y: aggregate(values, index, 6, how) } })
  const y = evaluate(p, {
    values: { dtype: 'float32', shape: [rows, 2], data },
    index: { dtype: 'int64', shape: [rows], data: BigInt64Array.from(segments, BigInt) },
  }).y?.data
  const expected = numbers(6).flatMap((s) =>
    [0, 1].map((c) => {
      const own = numbers(rows)
        .filter((r) => segments[r] === s)
        .map((r) => data[2 * r + c] as number)
        .sort((a, b) => a - b)
      if (own.length === 0) return 0
      const mean = own.reduce((a, b) => a + b, 0) / own.length
      const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / own.length
      const weight = own.reduce((a, b) => a + Math.exp(b), 0)
      return {
        sum: mean * own.length,
        mean,
        max: own.at(-1) as number,
        min: own[0] as number,
        var: variance,
        std: variance > 1e-5 ? Math.sqrt(variance) : 0,
        median: own[Math.floor((own.length - 1) / 2)] as number,
        softmax: own.reduce((a, b) => a + b * Math.exp(b), 0) / weight,
      }[how]
    }),
  )
  close(y, expected)
})

test('softmax over segments does not overflow, sums to 1, and gives the weights of segmentAttention', () => {
  const [scores, index] = [input('scores', 'float32', ['rows', 1]), input('index', 'int64', ['rows'])]
  const weights = segmentSoftmax(scores, index, 3)
  const outputs = { weights, total: aggregate(weights, index, 3, 'sum'), mean: segmentAttention(scores, scores, index, 3) }
  const result = evaluate(program({ inputs: { scores, index }, outputs }), {
    scores: { dtype: 'float32', shape: [4, 1], data: Float64Array.of(1e4, 1e4, -1e4, -2e4) },
    index: { dtype: 'int64', shape: [4], data: BigInt64Array.of(0n, 0n, 2n, 2n) },
  })
  expect([...(result.weights?.data ?? [])]).toEqual([0.5, 0.5, 1, 0])
  expect([...(result.total?.data ?? [])]).toEqual([1, 0, 1])
  expect([...(result.mean?.data ?? [])]).toEqual([1e4, 0, -1e4])
})

test.each([2, 5])(
  'GcnLayer to %i channels is D^(-1/2) (A + I) D^(-1/2) x weight + bias; an existing loop is not added again',
  (outChannels) => {
    const layer = new GcnLayer({ inChannels: CHANNELS, outChannels })
    for (const weighted of [false, true]) {
      const { y, values } = run(layer, graph, (inputs) => layer.forward(inputs.x, inputs.edge_index, weighted ? inputs.weights : undefined))
      const n = graph.nodes
      const a = numbers(n).map(() => numbers(n).map(() => 0))
      graph.edges.forEach(([u, v], e) => {
        ;(a[v] as number[])[u] = (a[v]?.[u] as number) + (weighted ? (graph.weights[e] as number) : 1)
      })
      for (const v of numbers(n)) if (a[v]?.[v] === 0) (a[v] as number[])[v] = 1
      const root = a.map((row) => 1 / Math.sqrt(row.reduce((p, q) => p + q, 0)))
      const weight = matrix(values['linear.weight'])
      const expected = numbers(n).flatMap((v) =>
        numbers(outChannels).map((o) =>
          sum(n, (u) => (root[v] as number) * (a[v]?.[u] as number) * (root[u] as number) * sum(CHANNELS, (c) => x(u, c) * weight(c, o))),
        ),
      )
      close(y, expected)
    }
  },
)

test('GcnLayer is symmetric MessagePassing with self loops and a linear layer, on graphs without loops', () => {
  const layer = new GcnLayer({ inChannels: CHANNELS, outChannels: 5 })
  const passing = new MessagePassing({ selfLoops: true, normalization: 'symmetric', message: ({ source }) => layer.linear.forward(source) })
  const plain = loopless(graph)
  const fast = run(layer, plain, (inputs) => layer.forward(inputs.x, inputs.edge_index, inputs.weights)).y
  const slow = run(layer, plain, (inputs) => passing.forward(inputs.x, inputs.edge_index, { weights: inputs.weights })).y
  close(fast, [...slow])
})

test('GatLayer is, in each head, the softmax over neighbours of leakyRelu(source . h_u + target . h_v)', () => {
  const [heads, out] = [2, 3]
  const layer = new GatLayer({ inChannels: CHANNELS, outChannels: out, heads })
  const { y, values } = run(layer, graph, (inputs) => layer.forward(inputs.x, inputs.edge_index))
  const [weight, source, target] = ['linear.weight', 'source', 'target'].map((name) => matrix(values[name])) as ReturnType<typeof matrix>[]
  const h = (v: number, k: number, o: number): number => sum(CHANNELS, (c) => x(v, c) * (weight?.(c, k * out + o) as number))
  const expected = numbers(graph.nodes).flatMap((v) => {
    const incoming = graph.edges.filter(([, t]) => t === v).map(([u]) => u)
    const sources = incoming.includes(v) ? incoming : [...incoming, v]
    return numbers(heads).flatMap((k) => {
      const scores = sources.map((u) => sum(out, (o) => (source?.(k, o) as number) * h(u, k, o) + (target?.(k, o) as number) * h(v, k, o)))
      const weights = scores.map((s) => Math.exp(s > 0 ? s : 0.2 * s))
      const total = weights.reduce((p, q) => p + q, 0)
      return numbers(out).map((o) => sources.reduce((s, u, i) => s + ((weights[i] as number) / total) * h(u, k, o), 0))
    })
  })
  close(y, expected)
})

test('SageLayer pool is the maximum of relu(x pool + bias), then both linear layers', () => {
  const layer = new SageLayer({ inChannels: CHANNELS, outChannels: 2, aggregation: 'pool', normalize: true })
  const { y, values } = run(layer, graph, (inputs) => layer.forward(inputs.x, inputs.edge_index))
  const [pool, neighbourWeight, own] = ['pool.weight', 'neighbours.weight', 'own.weight'].map((name) => matrix(values[name]))
  const bias = (name: string, o: number): number => Number(values[name]?.data[o])
  const sent = (u: number, c: number): number =>
    Math.max(0, bias('pool.bias', c) + sum(CHANNELS, (d) => x(u, d) * (pool?.(d, c) as number)))
  const expected = numbers(graph.nodes).flatMap((v) => {
    const incoming = graph.edges.filter(([, t]) => t === v).map(([u]) => u)
    const aggregated = (c: number): number => (incoming.length === 0 ? 0 : Math.max(...incoming.map((u) => sent(u, c))))
    const row = [0, 1].map(
      (o) =>
        bias('neighbours.bias', o) +
        sum(CHANNELS, (c) => aggregated(c) * (neighbourWeight?.(c, o) as number) + x(v, c) * (own?.(c, o) as number)),
    )
    return row.map((value) => value / Math.hypot(...row))
  })
  close(y, expected)
})

test.each(['sum', 'mean', 'max'] as const)('EdgeNetworkLayer %s multiplies by a matrix for each edge', (aggregation) => {
  const [out, width] = [2, 4]
  const layer = new EdgeNetworkLayer({ inChannels: CHANNELS, outChannels: out, edgeChannels: 2, hidden: [width], aggregation })
  const { y, values } = run(layer, graph, (inputs) => layer.forward(inputs.x, inputs.edge_index, inputs.edge_attr))
  const [first, network, root] = ['features.layers.0.weight', 'network.weight', 'root.weight'].map((name) => matrix(values[name]))
  const bias = (name: string, o: number): number => Number(values[name]?.data[o])
  const hidden = (e: number, k: number): number =>
    Math.max(0, bias('features.layers.0.bias', k) + sum(2, (c) => (graph.attributes[2 * e + c] as number) * (first?.(c, k) as number)))
  const entry = (e: number, i: number, o: number): number =>
    bias('network.bias', i * out + o) + sum(width, (k) => hidden(e, k) * (network?.(k, i * out + o) as number))
  const expected = numbers(graph.nodes).flatMap((v) => {
    const incoming = numbers(graph.edges.length).filter((e) => graph.edges[e]?.[1] === v)
    return numbers(out).map((o) => {
      const messages = incoming.map((e) => sum(CHANNELS, (i) => x(graph.edges[e]?.[0] as number, i) * entry(e, i, o)))
      const total = messages.reduce((p, q) => p + q, 0)
      const aggregated = messages.length === 0 ? 0 : { sum: total, mean: total / messages.length, max: Math.max(...messages) }[aggregation]
      return aggregated + sum(CHANNELS, (c) => x(v, c) * (root?.(c, o) as number))
    })
  })
  close(y, expected)
})

test.each([2, 4])('HypergraphLayer to %i channels with weights is D^-1 H W B^-1 H^T x weight, 0 where a degree is 0', (out) => {
  const layer = new HypergraphLayer({ inChannels: CHANNELS, outChannels: out })
  const hyperedges = 4
  const incidence = [
    [0, 0],
    [1, 0],
    [2, 0],
    [2, 1],
    [3, 1],
    [4, 3],
    [0, 3],
  ] as const
  const weights = [0.5, 2, 3, 1.5]
  const [features, index, w] = [
    input('x', 'float32', ['nodes', CHANNELS]),
    input('incidence', 'int64', [2, 'incidences']),
    input('w', 'float32', ['hyperedges']),
  ]
  const parameters = Object.fromEntries(parametersOf(layer))
  const p = program({
    inputs: { x: features, incidence: index, w, ...parameters },
    outputs: { y: layer.forward(features, index, 'hyperedges', w) },
  })
  const values = initialize(layer, 1)
  const y = evaluate(p, {
    x: feedsOf(graph).x as TensorValue,
    incidence: {
      dtype: 'int64',
      shape: [2, 7],
      data: BigInt64Array.from([...incidence.map(([v]) => v), ...incidence.map(([, e]) => e)], BigInt),
    },
    w: { dtype: 'float32', shape: [hyperedges], data: Float64Array.from(weights) },
    ...values,
  }).y?.data
  const has = (v: number, e: number): number => Number(incidence.some(([a, b]) => a === v && b === e))
  const or0 = (value: number, by: number): number => (by === 0 ? 0 : value / by)
  const weight = matrix(values['linear.weight'])
  const expected = numbers(graph.nodes).flatMap((v) =>
    numbers(out).map((o) => {
      const degree = sum(hyperedges, (e) => has(v, e) * (weights[e] as number))
      const aggregated = sum(hyperedges, (e) => {
        const size = sum(graph.nodes, (u) => has(u, e))
        return (
          has(v, e) *
          (weights[e] as number) *
          or0(
            sum(graph.nodes, (u) => has(u, e) * sum(CHANNELS, (c) => x(u, c) * weight(c, o))),
            size,
          )
        )
      })
      return or0(aggregated, degree)
    }),
  )
  close(y, expected)
})

const nn4g = new Nn4g({ inChannels: CHANNELS, outputs: 2, units: 3, frozen: 0 })

test('Nn4g agrees with a loop over its units', () => {
  const both = union([graph, sparse(2, [[0, 1]])])
  const { y, values } = run(nn4g, both, ({ x: features, edge_index, batch }) => nn4g.forward(features, edge_index, batch, 'graphs'))
  const states: number[][] = []
  for (const k of numbers(3)) {
    const own = matrix(values[`units.${k}.own`])
    states.push(
      numbers(both.nodes).map((v) => {
        const context = states.reduce((total, earlier, j) => {
          const around = both.edges.filter(([, t]) => t === v).reduce((s, [u]) => s + (earlier[u] as number), 0)
          return total + around * matrix(values[`units.${k}.context`])(j, 0)
        }, 0)
        return Math.tanh(sum(CHANNELS, (c) => (both.x[v * CHANNELS + c] as number) * own(c, 0)) + context)
      }),
    )
  }
  const expected = [0, 1].flatMap((g) =>
    [0, 1].map((o) =>
      sum(3, (k) => matrix(values[`readouts.${k}`])(0, o) * sum(both.nodes, (v) => (both.batch[v] === g ? (states[k]?.[v] as number) : 0))),
    ),
  )
  close(y, expected)
})

test('Nn4g grows: earlier units keep their paths and are frozen, and with a zero readout of the new unit the value is unchanged', () => {
  const one = new Nn4g({ inChannels: CHANNELS, outputs: 2 })
  const two = one.grow()
  const trainable = (model: Nn4g): string[] => [...parametersOf(model)].flatMap(([path, p]) => (p.trainable ? [path] : []))
  expect(trainable(one)).toEqual(['units.0.own', 'units.0.bias', 'readouts.0', 'bias'])
  expect(trainable(two)).toEqual(['units.1.own', 'units.1.context', 'units.1.bias', 'readouts.0', 'readouts.1', 'bias'])
  expect([...parametersOf(two).keys()]).toEqual(expect.arrayContaining([...parametersOf(one).keys()]))
  expect(trainable(nn4g)).toHaveLength(parametersOf(nn4g).size)
  const value = (model: Nn4g, values: Record<string, TensorValue>): Float64Array => {
    const family: SparseFamily = {
      name: '',
      module: model,
      rows: 'graphs',
      forward: (i) => model.forward(i.x, i.edge_index, i.batch, 'graphs'),
    }
    return evaluate(programOf(family), { ...feedsOf(graph), ...values }).y?.data as Float64Array
  }
  const learned = initialize(one, 1)
  const silent: TensorValue = { dtype: 'float32', shape: [1, 2], data: new Float32Array(2) }
  close(value(two, { ...initialize(two, 2), ...learned, 'readouts.1': silent }), [...value(one, learned)])
})

test('the correlation of an Nn4g is the absolute covariance of the newest unit with the residual', () => {
  const model = new Nn4g({ inChannels: CHANNELS, outputs: 1 })
  const both = union([graph, randomSparse(4, 6), randomSparse(3, 3)])
  const residual = input('residual', 'float32', [3, 1])
  const given = feedsOf(both)
  const [features, edgeIndex, batch] = [
    input('x', 'float32', ['nodes', CHANNELS]),
    input('edge_index', 'int64', [2, 'edges']),
    input('batch', 'int64', ['nodes']),
  ]
  const reading = aggregate(model.states(features, edgeIndex)[0] as Tensor, batch, 3, 'sum')
  const p = program({
    inputs: { x: features, edge_index: edgeIndex, batch, residual, ...Object.fromEntries(parametersOf(model)) },
    outputs: { s: model.correlation(features, edgeIndex, batch, residual), reading },
  })
  const errors = [0.5, -2, 1]
  const { s, reading: read } = evaluate(p, {
    x: given.x as TensorValue,
    edge_index: given.edge_index as TensorValue,
    batch: given.batch as TensorValue,
    residual: { dtype: 'float32', shape: [3, 1], data: Float64Array.from(errors) },
    ...initialize(model, 1),
  })
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / 3
  const [x0, e0] = [mean(read?.data as Float64Array), mean(errors)]
  close(s?.data as Float64Array, [Math.abs(sum(3, (g) => ((read?.data[g] as number) - x0) * ((errors[g] as number) - e0)))])
})

test('Nn4g trained unit by unit: the loss falls at every stage, and frozen parameters do not change', () => {
  const rate = 0.05
  const graphs = numbers(12).map((i) => randomSparse(3 + (i % 4), 6 + i))
  const both = union(graphs)
  const target = Float64Array.from(graphs, ({ edges }) => edges.filter(([u, v]) => u === v).length + edges.length / 10)
  const losses: number[] = []
  let model = new Nn4g({ inChannels: CHANNELS, outputs: 1, average: true })
  let values: Record<string, TensorValue> = initialize(model, 3)
  for (let stage = 0; stage < 3; stage++) {
    const wanted = input('wanted', 'float32', ['graphs', 1])
    const given = [
      input('x', 'float32', ['nodes', CHANNELS]),
      input('edge_index', 'int64', [2, 'edges']),
      input('batch', 'int64', ['nodes']),
    ] as const
    const loss = meanSquaredError(model.forward(...given, 'graphs'), wanted)
    const trainable = [...parametersOf(model)].filter(([, p]) => p.trainable)
    const gradients = differentiate(
      loss,
      trainable.map(([, p]) => p),
    )
    const p = program({
      inputs: { x: given[0], edge_index: given[1], batch: given[2], wanted, ...Object.fromEntries(parametersOf(model)) },
      outputs: {
        loss,
        ...Object.fromEntries(trainable.map(([path, weight], i) => [`next ${path}`, sub(weight, mul(gradients[i] as Tensor, rate))])),
      },
    })
    const { x: features, edge_index, batch } = feedsOf(both) as Record<'x' | 'edge_index' | 'batch', TensorValue>
    const frozen = Object.entries(values).filter(([path]) => !trainable.some(([other]) => other === path))
    for (let step = 0; step < 60; step++) {
      const feeds = { x: features, edge_index, batch, wanted: { dtype: 'float32', shape: [12, 1], data: target } as TensorValue, ...values }
      const { loss: now, ...next }: Record<string, TensorValue> = evaluate(p, feeds)
      if (step === 59) losses.push(now?.data[0] as number)
      for (const [path, value] of Object.entries(next)) values[path.slice('next '.length)] = value
    }
    expect(trainable.length).toBe(4 + Number(stage > 0) + stage)
    for (const [path, value] of frozen) expect(values[path]).toBe(value)
    model = model.grow()
    values = { ...initialize(model, 4 + stage), ...values }
  }
  expect(losses[1]).toBeLessThan(losses[0] as number)
  expect(losses[2]).toBeLessThan(losses[1] as number)
})
