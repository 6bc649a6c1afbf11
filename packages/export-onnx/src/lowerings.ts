import {
  type CompositeName,
  type Dimension,
  type Node,
  type OperatorAttributes,
  type OperatorName,
  type Program,
  pieceSymbol,
  type Tensor,
} from '@equivar/tensor'
import type { Attribute } from './attribute.ts'
import { isCarried } from './carried.ts'
import { dataTypeCodes } from './codes.ts'
import { isComposed } from './composed.ts'
import { isForeign } from './foreign.ts'
import type { GraphBuilder } from './graph-builder.ts'
import { loopBody } from './loops.ts'
import { valueInfo } from './value-info.ts'

/** Writes one node in another way than usual. */
export type Lowered = (graph: GraphBuilder, inputs: readonly string[]) => string | readonly string[]

/** Which nodes of a graph, or of a loop's body, are written in another way. */
export type Special = (nodes: readonly Node[]) => ReadonlyMap<Node, Lowered>

const nothingSpecial: Special = () => new Map()

/** Writes one operator with ONNX's nodes and returns the names of its outputs. */
export type Lowering<K extends OperatorName> = (
  graph: GraphBuilder,
  inputs: readonly string[],
  attributes: OperatorAttributes[K],
  node: Node,
  special: Special,
) => string | readonly string[]

const withAxis =
  (operator: string): ((graph: GraphBuilder, inputs: readonly string[], attributes: { axis: number }) => string) =>
  (graph, inputs, { axis }) =>
    graph.emit(operator, inputs, { axis: { int: axis } })

const reduction =
  (operator: string) =>
  (graph: GraphBuilder, inputs: readonly string[], { axes, keepDims }: OperatorAttributes['ReduceSum']): string =>
    graph.emit(operator, [...inputs, graph.integers(axes)], { keepdims: { int: Number(keepDims) } })

const argument =
  (operator: string) =>
  (graph: GraphBuilder, inputs: readonly string[], { axis, keepDims }: OperatorAttributes['ArgMax']): string =>
    graph.emit(operator, inputs, { axis: { int: axis }, keepdims: { int: Number(keepDims) } })

const windows = ({ kernel, strides, pads, dilations }: OperatorAttributes['MaxPool']): Record<string, Attribute> => ({
  kernel_shape: { ints: kernel },
  strides: { ints: strides },
  pads: { ints: pads },
  dilations: { ints: dilations },
})

const convolution: Lowering<'Conv'> = (graph, inputs, attributes) =>
  graph.emit('Conv', inputs, { ...windows(attributes), group: { int: attributes.groups } })

const slice: Lowering<'Slice'> = (graph, inputs, { axes, starts, ends, steps }) => {
  const bounds = (values: readonly Dimension[], reversed: number): Dimension[] =>
    values.map((d, i) => ((steps[i] as number) < 0 ? reversed : d))
  const first = graph.dimensions(bounds(starts, -1))
  const last = graph.dimensions(bounds(ends, -(2 ** 53 - 1)))
  return graph.emit('Slice', [...inputs, first, last, graph.integers(axes), graph.integers(steps)])
}

const reshape: Lowering<'Reshape'> = (graph, inputs, { shape }) => {
  const symbolic = shape.flatMap((d, i) => (typeof d === 'number' ? [] : [i]))
  const empty = shape.some((d) => d === 0)
  if (symbolic.length === 1 && !empty) {
    return graph.emit('Reshape', [...inputs, graph.integers(shape.map((d) => (typeof d === 'number' ? d : -1)))])
  }
  return graph.emit('Reshape', [...inputs, graph.dimensions(shape)], { allowzero: { int: 1 } })
}

const eyeLike: Lowering<'EyeLike'> = (graph, _, { rows, columns, k, dtype }) => {
  const shape = graph.emit('ConstantOfShape', [graph.dimensions([rows, columns])])
  return graph.emit('EyeLike', [shape], { k: { int: k }, dtype: { int: dataTypeCodes[dtype] } })
}

/** Declares names with the types of a body's inputs or outputs. */
const typed = (names: readonly string[], like: Program['inputs'] | Program['outputs']): ReturnType<typeof valueInfo>[] =>
  like.map(({ tensor }, i) => valueInfo(names[i] as string, tensor.dtype, tensor.shape))

/** Writes the rows of divided inputs that one iteration reads: the end may lie beyond the last row. */
function rowsOfIteration(inner: GraphBuilder, iteration: string, { size }: OperatorAttributes['Loop']): (x: string) => string {
  const each = inner.dimension(size)
  const start = inner.emit('Mul', [inner.emit('Reshape', [iteration, inner.integers([1])]), each])
  const end = inner.emit('Add', [start, each])
  return (x) => inner.emit('Slice', [x, start, end, inner.integers([0])])
}

/** How many iterations there are: ceil(count / size). */
function tripCount(graph: GraphBuilder, { count, size }: OperatorAttributes['Loop']): string {
  if (size === 1) return graph.emit('Squeeze', [graph.dimension(count)])
  const each = graph.dimension(size)
  const up = graph.emit('Sub', [graph.emit('Add', [graph.dimension(count), each]), graph.integers([1])])
  return graph.emit('Squeeze', [graph.emit('Div', [up, each])])
}

/** Names of a body's results, all different: what one of its nodes makes as it is, else a copy. */
function resultsOf(inner: GraphBuilder, { outputs }: Program): string[] {
  const made = new Set(inner.nodes.flatMap(({ output }) => output))
  return outputs.map(({ tensor }) => {
    const name = inner.name(tensor)
    return made.delete(name) ? name : inner.emit('Identity', [name])
  })
}

const loop: Lowering<'Loop'> = (graph, inputs, attributes, _, special) => {
  const { body, states, divided } = attributes
  const symbol = pieceSymbol(attributes)
  const inner = graph.subgraph(body, symbol === undefined ? [] : [symbol])
  const iteration = inner.fresh('iteration')
  const stateNames = body.inputs.slice(1, states + 1).map(() => inner.fresh('state'))
  const rows = divided === 0 ? (x: string): string => x : rowsOfIteration(inner, iteration, attributes)
  const within = inputs.slice(states).map((x, i) => (i < divided ? rows(x) : x))
  for (const [i, name] of [iteration, ...stateNames, ...within].entries()) inner.setName(body.inputs[i]?.tensor as Tensor, name)
  lowerNodes(inner, body.nodes, special)
  const results = resultsOf(inner, body)
  const proto = loopBody(inner, {
    iteration,
    states: typed(stateNames, body.inputs.slice(1, states + 1)),
    results: typed(results, body.outputs),
  })
  const trip = tripCount(graph, attributes)
  const outputs = body.outputs.map(() => graph.fresh('loop'))
  graph.emitAll('Loop', [trip, graph.scalar('bool', 1), ...inputs.slice(0, states)], { body: { graph: proto } }, outputs)
  return outputs
}

/** Operators whose node has their own name and nothing else. */
type Plain = { [K in OperatorName]: OperatorAttributes[K] extends Readonly<Record<string, never>> ? K : never }[OperatorName]

/** How operators are written that need more than a node of their name. */
const lowerings: { readonly [K in Exclude<OperatorName, Plain | CompositeName>]: Lowering<K> } = {
  Constant: (graph, _, { data, shape, dtype }) => graph.constant(dtype, shape, data),
  Dimension: (graph, _, { dimension }) => graph.emit('Squeeze', [graph.dimension(dimension)]),
  LeakyRelu: (graph, inputs, { alpha }) => graph.emit('LeakyRelu', inputs, { alpha: { float: alpha } }),
  Elu: (graph, inputs, { alpha }) => graph.emit('Elu', inputs, { alpha: { float: alpha } }),
  HardSigmoid: (graph, inputs, { alpha, beta }) => graph.emit('HardSigmoid', inputs, { alpha: { float: alpha }, beta: { float: beta } }),
  Clip: (graph, [x], { min, max }, node) => {
    const dtype = node.output.dtype
    const bound = (value: number): string => (Number.isFinite(value) ? graph.scalar(dtype, value) : '')
    return graph.emit('Clip', [x as string, bound(min), bound(max)])
  },
  Cast: (graph, inputs, { to }) => graph.emit('Cast', inputs, { to: { int: dataTypeCodes[to] } }),
  Mod: (graph, inputs, { truncated }) => graph.emit('Mod', inputs, { fmod: { int: Number(truncated) } }),
  ReduceSum: reduction('ReduceSum'),
  ReduceMean: reduction('ReduceMean'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMin: reduction('ReduceMin'),
  ReduceProd: reduction('ReduceProd'),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  CumSum: (graph, [x], { axis, exclusive, reverse }) =>
    graph.emit('CumSum', [x as string, graph.scalar('int64', axis)], {
      exclusive: { int: Number(exclusive) },
      reverse: { int: Number(reverse) },
    }),
  Softmax: withAxis('Softmax'),
  LogSoftmax: withAxis('LogSoftmax'),
  NonZero: (graph, inputs) => graph.emit('NonZero', inputs),
  AsSizes: (_, [x]) => x as string,
  Einsum: (graph, inputs, { equation }) => graph.emit('Einsum', inputs, { equation: { string: equation } }),
  Reshape: reshape,
  Squeeze: (graph, inputs, { axes }) => graph.emit('Squeeze', [...inputs, graph.integers(axes)]),
  Unsqueeze: (graph, inputs, { axes }) => graph.emit('Unsqueeze', [...inputs, graph.integers(axes)]),
  Transpose: (graph, inputs, { permutation }) => graph.emit('Transpose', inputs, { perm: { ints: permutation } }),
  Expand: (graph, inputs, { shape }, node) => {
    if (!shape.includes(0)) return graph.emit('Expand', [...inputs, graph.dimensions(shape)])
    // Quirk: ONNX Runtime (1.30) takes an Expand from 1 to 0 for one that does nothing; `quirks.test.ts` says when it no longer does.
    return graph.emit('Cast', [graph.emit('ConstantOfShape', [graph.dimensions(shape)])], { to: { int: dataTypeCodes[node.output.dtype] } })
  },
  Concat: withAxis('Concat'),
  Slice: slice,
  Split: (graph, inputs, { axis, sizes }, node) => {
    const outputs = node.outputs.map(() => graph.fresh('split'))
    graph.emitAll('Split', [...inputs, graph.dimensions(sizes)], { axis: { int: axis } }, outputs)
    return outputs
  },
  Pad: (graph, inputs, { pads, value }, node) =>
    graph.emit('Pad', [...inputs, graph.dimensions(pads), graph.scalar(node.output.dtype, value)], {
      mode: { string: 'constant' },
    }),
  Tile: (graph, inputs, { repeats }) => graph.emit('Tile', [...inputs, graph.dimensions(repeats)]),
  Trilu: (graph, inputs, { upper, k }) => graph.emit('Trilu', [...inputs, graph.scalar('int64', k)], { upper: { int: Number(upper) } }),
  Gather: withAxis('Gather'),
  GatherElements: withAxis('GatherElements'),
  ScatterElements: (graph, inputs, { axis, reduction: how }) =>
    graph.emit('ScatterElements', inputs, { axis: { int: axis }, reduction: { string: how } }),
  ScatterND: (graph, inputs, { reduction: how }) => graph.emit('ScatterND', inputs, { reduction: { string: how } }),
  Range: (graph, _, { length }) =>
    graph.emit('Range', [graph.scalar('int64', 0), graph.emit('Squeeze', [graph.dimension(length)]), graph.scalar('int64', 1)]),
  EyeLike: eyeLike,
  OneHot: (graph, [indices], { depth, axis, dtype }) => {
    const values = graph.constant(dtype, [2], Float64Array.of(0, 1))
    return graph.emit('OneHot', [indices as string, graph.dimension(depth), values], { axis: { int: axis } })
  },
  TopK: (graph, inputs, { k, axis, largest }) => {
    const outputs = [graph.fresh('values'), graph.fresh('indices')]
    graph.emitAll(
      'TopK',
      [...inputs, graph.dimension(k)],
      { axis: { int: axis }, largest: { int: Number(largest) }, sorted: { int: 1 } },
      outputs,
    )
    return outputs
  },
  Conv: convolution,
  ConvTranspose: (graph, inputs, attributes) =>
    graph.emit('ConvTranspose', inputs, {
      ...windows(attributes),
      group: { int: attributes.groups },
      output_padding: { ints: attributes.outputPadding },
    }),
  MaxPool: (graph, inputs, attributes) => graph.emit('MaxPool', inputs, windows(attributes)),
  AveragePool: (graph, inputs, { kernel, strides, pads }) =>
    graph.emit('AveragePool', inputs, {
      kernel_shape: { ints: kernel },
      strides: { ints: strides },
      pads: { ints: pads },
      count_include_pad: { int: 1 },
    }),
  Loop: loop,
}

/** Writes one node with these inputs and returns the names of its outputs. @param special - what a loop's body has, as in lowerNodes. */
export function lowerNode(
  graph: GraphBuilder,
  node: Node,
  inputs: readonly string[],
  special: Special = nothingSpecial,
): string | readonly string[] {
  const { name } = node.operator
  if (node.has('composite'))
    throw new RangeError(
      `exportOnnx: expected operators of ONNX, received ${name}. Run the Program through optimize with an ONNX target first.`,
    )
  if (isCarried(node.operator)) return graph.emitRegion(node.operator.region, inputs)
  if (isForeign(node.operator)) return graph.emitForeign(node.operator, inputs, node.attributes)
  if (isComposed(node.operator)) return node.operator.write(graph, inputs, node.attributes)
  const written: Partial<Record<string, Lowering<OperatorName>>> = lowerings as object
  const lower = Object.hasOwn(written, name) ? written[name] : undefined
  return lower === undefined ? graph.emit(name, inputs) : lower(graph, inputs, node.attributes as never, node, special)
}

/** Writes nodes in order, naming their outputs. @param special - nodes that are written in another way. */
export function lowerNodes(graph: GraphBuilder, nodes: readonly Node[], special: Special = nothingSpecial): void {
  const others = special(nodes)
  for (const node of nodes) {
    const inputs = node.inputs.map((x) => graph.name(x))
    const names = others.get(node)?.(graph, inputs) ?? lowerNode(graph, node, inputs, special)
    node.outputs.forEach((y, i) => {
      graph.setName(y, typeof names === 'string' ? names : (names[i] as string))
    })
    if (node.has('telling')) graph.tell(node)
  }
}
