import { BatchNorm, crossEntropy, Dropout, initialize, Linear, Module, maskedMean, meanSquaredError, sgd } from '@equivar/nn'
import {
  type Backend,
  cast,
  concat,
  constant,
  type Dimension,
  div,
  equal,
  evaluate,
  gather,
  input,
  mean,
  mul,
  range,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  segmentSum,
  sizeOf,
  squeeze,
  sub,
  type Tensor,
  type TensorValue,
  times,
  transpose,
} from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { type Examples, fit, lastState, type Ranks, type RunState, rocAuc, startRun, type TrainStep, trainStep } from '../src/index.ts'
import { inMemoryRanks } from './in-memory-ranks.ts'

/** The float64 reference, which keeps all digits between the stages. */
const exact: Backend = {
  name: 'reference',
  compile: async (program) => ({
    run: async (feeds) => {
      const host = Object.entries(feeds).map(async ([name, value]) => {
        const data = typeof value.data === 'function' ? await value.data() : value.data
        return [name, { dtype: value.dtype, shape: value.shape, data }] as const
      })
      return Object.fromEntries(
        Object.entries(evaluate(program, Object.fromEntries(await Promise.all(host)))).map(([name, { dtype, shape, data }]) => [
          name,
          { dtype, shape, data: async () => (dtype === 'int64' ? BigInt64Array.from(data, BigInt) : data), dispose: () => {} },
        ]),
      )
    },
    dispose: async () => {},
  }),
}

const data = {
  x: input('x', 'float32', ['batch', 5]),
  label: input('label', 'int64', ['batch']),
  weight: input('weight', 'float32', ['batch']),
}
const numbers = (count: number, f: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => f(i))

/** Sets of points with classes, and a weight of each. */
const examples = {
  length: 13,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const own = Array.from(indices)
    return {
      x: {
        dtype: 'float32',
        shape: [own.length, 5],
        data: Float64Array.from(own.flatMap((i) => [...numbers(5, (c) => Math.sin(i * 5 + c * c))])),
      },
      label: { dtype: 'int64', shape: [own.length], data: BigInt64Array.from(own, (i) => BigInt((i * i) % 3)) },
      weight: { dtype: 'float32', shape: [own.length], data: Float64Array.from(own, (i) => (i % 4) / 2) },
    }
  },
}

class Network extends Module {
  readonly first = new Linear({ inChannels: 5, outChannels: 64 })
  readonly norm = new BatchNorm({ channels: 64 })
  readonly dropout = new Dropout({ rate: 0.3 })
  readonly second = new Linear({ inChannels: 64, outChannels: 3 })

  forward(x: Tensor): Tensor {
    return this.second.forward(this.dropout.forward(relu(this.norm.forward(this.first.forward(x)))))
  }
}

function network() {
  const model = new Network()
  const objective = () => {
    const logits = model.forward(data.x)
    const positive = gather(logits, constant(0, [], 'int64'), 1)
    return {
      loss: crossEntropy(logits, data.label),
      metrics: { weighted: mean(data.weight), auc: rocAuc(positive, cast(equal(data.label, 0), 'float32')) },
      examples: cast(sizeOf('batch'), 'float32'),
    }
  }
  return { model, step: trainStep(model, { inputs: data, objective, optimizer: sgd({ momentum: 0.9 }), clipNorm: 0.5, average: 0.9 }) }
}

/** The reports and the last state of one rank. */
interface Trained {
  readonly events: readonly unknown[]
  readonly state: RunState
}

/** What every rank gives. */
async function trainedBy(
  ranks: readonly (Ranks | undefined)[],
  { step, model, train = examples, statistics = 'all' }: { step: TrainStep; model: Module; train?: Examples; statistics?: 'all' | 'rank' },
) {
  const runs = ranks.map(async (own) => {
    const events: unknown[] = []
    const options = {
      step,
      backend: exact,
      train,
      validation: train,
      epochs: 2,
      batchSize: 5,
      schedule: () => 0.02,
      seed: 5,
      keepBest: true,
      statistics,
    }
    const state = await lastState(
      fit({ ...options, state: startRun(step, initialize(model, 1)), ...(own === undefined ? {} : { ranks: own }) }),
      (event) => void events.push(event.type === 'epoch' ? event.val : event.type === 'step' ? event.report : event.reason),
    )
    return { events, state }
  })
  return Promise.all(runs)
}

/** Graphs of different sizes as one: nodes, edges between them, and the graph of each node. */
const graphs = {
  x: input('x', 'float32', ['nodes', 3]),
  edge_index: input('edge_index', 'int64', [2, 'edges']),
  graph_index: input('graph_index', 'int64', ['nodes']),
  num_graphs: input('num_graphs', 'int64', [], { binds: 'graphs' }),
  y: input('y', 'float32', ['graphs']),
}

const nodesOf = (graph: number): number => 2 + ((graph * 5) % 4)

const graphExamples = {
  length: 11,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const own = Array.from(indices)
    const starts = own.map((_, i) => own.slice(0, i).reduce((sum, graph) => sum + nodesOf(graph), 0))
    const x = own.flatMap((graph) => [...numbers(3 * nodesOf(graph), (i) => Math.cos(graph + i * i))])
    const edges = own.flatMap((graph, i) =>
      Array.from({ length: nodesOf(graph) - 1 }, (_, node) => [(starts[i] as number) + node, (starts[i] as number) + node + 1]),
    )
    const graphIndex = own.flatMap((graph, i) => Array.from({ length: nodesOf(graph) }, () => i))
    const int64 = (shape: number[], values: number[]): TensorValue => ({ dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) })
    return {
      x: { dtype: 'float32', shape: [x.length / 3, 3], data: Float64Array.from(x) },
      edge_index: int64([2, edges.length], [...edges.map(([from]) => from as number), ...edges.map(([, to]) => to as number)]),
      graph_index: int64([graphIndex.length], graphIndex),
      num_graphs: int64([], [own.length]),
      y: { dtype: 'float32', shape: [own.length], data: Float64Array.from(own, (graph) => Math.sin(graph)) },
    }
  },
}

class GraphNetwork extends Module {
  readonly first = new Linear({ inChannels: 3, outChannels: 64 })
  readonly norm = new BatchNorm({ channels: 64 })
  readonly dropout = new Dropout({ rate: 0.2 })
  readonly second = new Linear({ inChannels: 64, outChannels: 1 })

  /** Sums over neighbours and the node itself, by edges that go on to where each node meets itself. */
  forward(): Tensor {
    const [from, to] = [0, 1].map((end) => concat([gather(graphs.edge_index, constant(end, [], 'int64')), range('nodes')], 0)) as [
      Tensor,
      Tensor,
    ]
    const sums = segmentSum(gather(graphs.x, from), to, 'nodes')
    const hidden = this.dropout.forward(relu(this.norm.forward(this.first.forward(sums))))
    return squeeze(this.second.forward(segmentSum(hidden, graphs.graph_index, 'graphs')), -1)
  }
}

function graphNetwork() {
  const model = new GraphNetwork()
  const objective = () => ({ loss: meanSquaredError(model.forward(), graphs.y) })
  return {
    model,
    train: graphExamples,
    step: trainStep(model, { inputs: graphs, objective, optimizer: sgd({ momentum: 0.9 }), clipNorm: 0.1 }),
  }
}

/** Sets that are padded to the largest of a batch. */
const sets = {
  x: input('x', 'float32', ['batch', 'n', 2]),
  mask: input('mask', 'bool', ['batch', 'n']),
  y: input('y', 'float32', ['batch']),
}

const setExamples = {
  length: 11,
  batch: (indices: ArrayLike<number>): Record<string, TensorValue> => {
    const own = Array.from(indices)
    const n = Math.max(0, ...own.map(nodesOf))
    return {
      x: {
        dtype: 'float32',
        shape: [own.length, n, 2],
        data: Float64Array.from(own.flatMap((one) => [...numbers(2 * n, (i) => (i < 2 * nodesOf(one) ? Math.cos(one + i) : 0))])),
      },
      mask: {
        dtype: 'bool',
        shape: [own.length, n],
        data: Uint8Array.from(own.flatMap((one) => Array.from({ length: n }, (_, i) => (i < nodesOf(one) ? 1 : 0)))),
      },
      y: { dtype: 'float32', shape: [own.length], data: Float64Array.from(own, (one) => Math.sin(one)) },
    }
  },
}

class SetNetwork extends Module {
  readonly first = new Linear({ inChannels: 2, outChannels: 8 })
  readonly norm = new BatchNorm({ channels: 8 })
  readonly dropout = new Dropout({ rate: 0.2 })
  readonly second = new Linear({ inChannels: 8, outChannels: 1 })

  forward(): Tensor {
    const hidden = this.dropout.forward(relu(this.norm.forward(this.first.forward(sets.x), sets.mask)))
    return squeeze(this.second.forward(maskedMean(hidden, sets.mask, { axis: 1 })), -1)
  }
}

function setNetwork() {
  const model = new SetNetwork()
  const objective = () => ({ loss: meanSquaredError(model.forward(), sets.y) })
  return { model, train: setExamples, step: trainStep(model, { inputs: sets, objective, optimizer: sgd({ momentum: 0.9 }) }) }
}

/** Channels that lie before the examples, and are partly joined with them into one axis, as spectra on the sphere are. */
class FoldedNetwork extends Module {
  readonly first = new Linear({ inChannels: 5, outChannels: 6 })
  readonly second = new Linear({ inChannels: 2, outChannels: 4 })
  readonly third = new Linear({ inChannels: 12, outChannels: 3 })

  forward(x: Tensor): Tensor {
    const [batch] = x.shape as [Dimension]
    const folded = reshape(transpose(this.first.forward(x), [1, 0]), [2, times(3, batch)])
    const mixed = relu(this.second.forward(transpose(folded, [1, 0])))
    const unfolded = transpose(reshape(mixed, [3, batch, 4]), [1, 0, 2])
    return this.third.forward(reshape(unfolded, [batch, 12]))
  }
}

function foldedNetwork() {
  const model = new FoldedNetwork()
  const objective = () => ({ loss: crossEntropy(model.forward(data.x), data.label) })
  return { model, step: trainStep(model, { inputs: { x: data.x, label: data.label }, objective, optimizer: sgd({ momentum: 0.9 }) }) }
}

/** A loss of weighted examples, some of which have no weight at all. */
function weightedNetwork() {
  const model = new FoldedNetwork()
  const objective = () => {
    const logits = model.forward(data.x)
    const each = mul(reduceMean(mul(logits, logits), { axis: 1 }), data.weight)
    const total = reduceSum(data.weight)
    return { loss: div(reduceSum(each), total), metrics: { square: div(reduceSum(mul(each, each)), total) }, examples: total }
  }
  return {
    model,
    step: trainStep(model, { inputs: { x: data.x, weight: data.weight }, objective, optimizer: sgd({ momentum: 0.9 }), clipNorm: 0.1 }),
  }
}

function expectClose(received: unknown, expected: number, tolerance = 1e-12): void {
  expect(Math.abs(Number(received) - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance)
}

/** The same run by one process and by that many ranks. */
async function expectSame(own: Parameters<typeof trainedBy>[1], size: number, eventCount: number) {
  const [alone] = (await trainedBy([undefined], own)) as unknown as [Trained]
  const together = await trainedBy(inMemoryRanks(size), own)
  expect(alone.events).toHaveLength(eventCount)
  for (const { events, state } of together) {
    expect(events).toEqual(together[0]?.events)
    for (const [i, event] of events.entries())
      for (const [name, value] of Object.entries(event as object))
        expectClose(value, (alone.events[i] as Record<string, number>)[name] ?? Number.NaN)
    expect(state.best?.epoch).toBe(alone.state.best?.epoch)
    expect(Object.keys(state.values)).toEqual(Object.keys(alone.state.values))
    for (const [name, { data: expected }] of Object.entries(alone.state.values)) {
      const received = state.values[name]?.data ?? []
      for (const [i, value] of Array.from(expected as Float64Array, Number).entries()) expectClose(received[i], value)
    }
  }
}

describe('ranks that take statistics by themselves', () => {
  test.each([2, 3, 9])('%i ranks train as one where examples meet in a mean only, whatever it divides by', async (size) => {
    await expectSame({ ...foldedNetwork(), statistics: 'rank' }, size, 8)
    await expectSame({ ...weightedNetwork(), statistics: 'rank' }, size, 8)
  })

  test('batch norm sees the rows of its rank; its running statistics are means over the ranks', async () => {
    const norm = new BatchNorm({ channels: 5, momentum: 1 })
    const objective = () => ({ loss: meanSquaredError(norm.forward(data.x), mul(data.x, 2)) })
    const step = trainStep(norm, { inputs: { x: data.x }, objective, optimizer: sgd({ momentum: 0 }), accumulate: 2 })
    const halves: number[][] = []
    const batch = (indices: ArrayLike<number>) => {
      halves.push(Array.from(indices))
      return { x: examples.batch(indices).x as TensorValue }
    }
    const rows = { length: 6, batch }
    const [first] = await Promise.all(
      inMemoryRanks(2).map((ranks) => {
        const state = startRun(step, initialize(norm, 1))
        return lastState(
          fit({
            step,
            backend: exact,
            train: rows,
            epochs: 1,
            batchSize: 6,
            schedule: () => 0.1,
            seed: 5,
            state,
            ranks,
            statistics: 'rank',
          }),
        )
      }),
    )
    expect(halves.map(({ length }) => length)).toEqual([3, 3])
    const meanOf = (some: readonly number[], c: number): number => some.reduce((sum, i) => sum + Math.sin(i * 5 + c * c), 0) / some.length
    const varianceOf = (some: readonly number[], c: number): number =>
      some.reduce((sum, i) => sum + (Math.sin(i * 5 + c * c) - meanOf(some, c)) ** 2, 0) / (some.length - 1)
    for (let c = 0; c < 5; c++) {
      expectClose(first?.values.runningMean?.data[c], meanOf(halves.flat(), c), 1e-6)
      expectClose(
        first?.values.runningVariance?.data[c],
        halves.reduce((sum, half) => sum + varianceOf(half, c) / 2, 0),
        1e-6,
      )
    }
  })

  test('a repeated step is refused, and so are statistics of something else', async () => {
    const { step, model } = foldedNetwork()
    await expect(trainedBy(inMemoryRanks(2), { step: { ...step, gradients: [] }, model, statistics: 'rank' })).rejects.toThrow(
      'fit: expected one training step at a time with statistics of each rank, received a step that repeats itself.',
    )
    await expect(trainedBy([undefined], { step, model, statistics: 'host' as 'rank' })).rejects.toThrow(
      'fit: expected statistics of "all" or of each "rank", received "host".',
    )
  })
})

describe('fit over ranks', () => {
  test.each([2, 3, 9])('%i ranks train as one, with dropout, batch norm, clipping and averages, whatever the last batch', async (size) => {
    await expectSame(network(), size, 8)
  })

  test.each([2, 3, 5])('graphs of different sizes on %i ranks: edges, self-loops, segments, batch norm over nodes', async (size) => {
    await expectSame(graphNetwork(), size, 8)
  })

  test.each([2, 3])('padded sets on %i ranks: dropout where one process would have it', async (size) => {
    await expectSame(setNetwork(), size, 8)
  })

  test.each([2, 3])('examples between channels of one axis, on %i ranks', async (size) => {
    await expectSame(foldedNetwork(), size, 8)
  })

  test('rows in different orders do not meet', async () => {
    const model = new Linear({ inChannels: 5, outChannels: 3 })
    const objective = () => {
      const logits = model.forward(data.x)
      const inTurn = [times(3, data.x.size(0))]
      return { loss: mean(mul(reshape(logits, inTurn), reshape(transpose(logits, [1, 0]), inTurn))) }
    }
    const step = trainStep(model, { inputs: { x: data.x }, objective, optimizer: sgd() })
    await expect(trainedBy(inMemoryRanks(2), { step, model })).rejects.toThrow('Mul of [3*batch], [3*batch] to [3*batch]')
  })

  test('examples that meet other than in sums are refused by name', async () => {
    const model = new Linear({ inChannels: 5, outChannels: 3 })
    const objective = () => {
      const logits = model.forward(data.x)
      return { loss: mean(sub(reduceMax(logits, { axis: 0, keepDims: true }), logits)) }
    }
    const step = trainStep(model, { inputs: { x: data.x }, objective, optimizer: sgd() })
    await expect(trainedBy(inMemoryRanks(2), { step, model })).rejects.toThrow('ReduceMax of [batch, 3] to [1, 3]')
  })

  test('a signal on one rank stops all at the same step, and the state goes on with another number of ranks', async () => {
    const own = network()
    const [alone] = (await trainedBy([undefined], own)) as unknown as [Trained]
    const stop = new AbortController()
    const options = {
      step: own.step,
      backend: exact,
      train: examples,
      validation: examples,
      epochs: 2,
      batchSize: 5,
      schedule: () => 0.02,
      seed: 5,
      keepBest: true,
    }
    const begun = await Promise.all(
      inMemoryRanks(3).map((ranks) =>
        lastState(
          fit({
            ...options,
            ranks,
            state: startRun(own.step, initialize(own.model, 1)),
            ...(ranks.rank === 1 ? { signal: stop.signal } : {}),
          }),
          (event) => {
            if (ranks.rank === 1 && event.type === 'step' && event.done === 4) stop.abort()
          },
        ),
      ),
    )
    expect(begun.map(({ step }) => step)).toEqual([4, 4, 4])
    // Only rank 0 has read the state.
    const [own0] = begun as [RunState]
    const empty = {
      ...own0,
      step: 0,
      values: Object.fromEntries(
        Object.entries(own0.values).map(([name, value]) => [name, { ...value, data: value.data.slice().reverse() }]),
      ),
    }
    const ended = await Promise.all(
      inMemoryRanks(2).map((ranks) => lastState(fit({ ...options, ranks, state: ranks.rank === 0 ? own0 : empty }))),
    )
    for (const { values, step } of ended) {
      expect(step).toBe(6)
      for (const [name, { data: expected }] of Object.entries(alone.state.values))
        for (const [i, value] of Array.from(expected as Float64Array, Number).entries()) expectClose(values[name]?.data[i], value)
    }
  })
})
