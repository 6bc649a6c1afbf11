import type { DataType, Dimension, ScatterReduction, Tensor } from '@equivar/tensor'
import * as t from '@equivar/tensor'
import { dataTypeOf } from '../codes.ts'
import type { NodeReader } from './node-reader.ts'

/** Builds what a node computes from public functions of `tensor`. */
type Builder = (node: NodeReader) => Tensor | readonly Tensor[]

const unary =
  (f: (x: Tensor) => Tensor): Builder =>
  (node) =>
    f(node.tensor(0))

const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Builder =>
  (node) =>
    f(node.tensor(0), node.tensor(1))

/** Two or more operands, one after the other. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Builder =>
  (node) =>
    node.tensors().reduce(f)

const reduction =
  (f: (x: Tensor, options: t.ReduceOptions) => Tensor): Builder =>
  (node) => {
    const x = node.tensor(0)
    const axes = node.has(1) ? node.integers(1) : node.ints('axes')
    const keepDims = node.int('keepdims', 1) !== 0
    if (axes.length > 0) return f(x, { axis: axes, keepDims })
    return node.int('noop_with_empty_axes', 0) !== 0 ? x : f(x, { keepDims })
  }

const argument =
  (f: (x: Tensor, axis: number, options: { keepDims: boolean }) => Tensor): Builder =>
  (node) => {
    const [x, axis, options] = [node.tensor(0), node.int('axis', 0), { keepDims: node.int('keepdims', 1) !== 0 }]
    if (node.int('select_last_index', 0) === 0) return f(x, axis, options)
    // The last of equals is the first from the end.
    return t.sub(t.sizeOf(t.minus(x.shape.at(axis) as Dimension, 1)), f(t.flip(x, [axis]), axis, options))
  }

function dataTypeAt(node: NodeReader, attribute: string, otherwise: DataType): DataType {
  if (!node.hasAttribute(attribute)) return otherwise
  const code = node.int(attribute, 0)
  // double is what float32 stands for here.
  return dataTypeOf(code) ?? (code === 11 ? 'float32' : node.refuse(`${attribute} float, float16, int32, int64 or bool`, `type ${code}`))
}

const reshape: Builder = (node) => {
  const x = node.tensor(0)
  const copies = node.int('allowzero', 0) === 0
  return t.reshape(
    x,
    node.sizes(1).map((d, i) => (copies && d === 0 ? (x.shape[i] as Dimension) : d)),
  )
}

const squeeze: Builder = (node) => {
  const x = node.tensor(0)
  const single = x.shape.flatMap((d, i) => (d === 1 ? [i] : []))
  return t.squeeze(x, node.has(1) ? node.integers(1) : node.ints('axes', single))
}

const BEYOND = 2 ** 31 - 1

const slice: Builder = (node) => {
  const x = node.tensor(0)
  const [starts, ends] = [node.sizes(1), node.sizes(2)]
  const axes = node.has(3) ? node.integers(3) : starts.map((_, i) => i)
  const steps = node.has(4) ? node.integers(4) : starts.map(() => 1)
  const reversed = axes.filter((_, i) => (steps[i] as number) < 0)
  axes.forEach((_, i) => {
    const whole = starts[i] === -1 && typeof ends[i] === 'number' && (ends[i] as number) <= -BEYOND
    if ((steps[i] as number) < 0 && (steps[i] !== -1 || !whole))
      node.refuse('a negative step to reverse the whole axis', `[${starts[i]}:${ends[i]}:${steps[i]}]`)
  })
  const intervals = axes.flatMap((axis, i) => {
    if ((steps[i] as number) < 0) return []
    const end = ends[i] as Dimension
    return [{ axis, start: starts[i] as Dimension, step: steps[i] as number, ...(typeof end === 'number' && end >= BEYOND ? {} : { end }) }]
  })
  const cut = t.slice(x, ...intervals)
  return reversed.length === 0 ? cut : t.flip(cut, reversed)
}

const split: Builder = (node) => {
  const x = node.tensor(0)
  const axis = node.int('axis', 0)
  const given = node.has(1) ? node.sizes(1) : node.ints('split')
  if (given.length > 0) return t.split(x, given, axis)
  const count = node.node.output.length
  const size = x.shape.at(axis)
  if (typeof size !== 'number') return node.refuse('the sizes of the pieces, or an axis of known size', `axis ${axis} of size ${size}`)
  const piece = Math.ceil(size / count)
  return t.split(
    x,
    Array.from({ length: count }, (_, i) => Math.min(piece, size - i * piece)),
    axis,
  )
}

const pad: Builder = (node) => {
  const x = node.tensor(0)
  const mode = node.string('mode', 'constant')
  if (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge' && mode !== 'wrap')
    return node.refuse('mode constant, reflect, edge or wrap', mode)
  const given = node.sizes(1)
  const axes = node.has(3) ? node.integers(3) : undefined
  const zero: Dimension[] = Array.from({ length: 2 * x.rank }, () => 0)
  const pads =
    axes === undefined
      ? given
      : axes.reduce((so, axis, i) => so.with(axis, given[i] as Dimension).with(axis + x.rank, given[i + axes.length] as Dimension), zero)
  return t.pad(x, pads, { mode, value: node.number(2, 0) })
}

interface Window {
  readonly strides: number[]
  readonly pads: number[]
  readonly dilations: number[]
}

/** Pads that keep a stride's share of an axis: an odd one goes to the end (SAME_UPPER) or to the start. */
function samePads(node: NodeReader, kernel: readonly number[], { strides, dilations }: Omit<Window, 'pads'>): number[] {
  const totals = kernel.map((k, i) => {
    const [stride, reach] = [strides[i] as number, (k - 1) * (dilations[i] as number)]
    const size = node.tensor(0).shape[i + 2]
    if (stride === 1) return reach
    if (typeof size !== 'number') return node.refuse('explicit pads, or a stride of 1, or axes of known size', `an axis of size ${size}`)
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach + 1 - size)
  })
  const smaller = totals.map((total) => Math.floor(total / 2))
  const larger = totals.map((total) => Math.ceil(total / 2))
  return node.string('auto_pad', '') === 'SAME_UPPER' ? [...smaller, ...larger] : [...larger, ...smaller]
}

function windowOf(node: NodeReader, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1)
  const steps = { strides: node.ints('strides', ones), dilations: node.ints('dilations', ones) }
  const automatic = node.string('auto_pad', 'NOTSET')
  if (automatic === 'NOTSET' || automatic === 'VALID') {
    const none = [...ones, ...ones].map(() => 0)
    return { ...steps, pads: node.ints('pads', none) }
  }
  if (node.node.opType === 'ConvTranspose') node.refuse('explicit pads', `auto_pad ${automatic}`)
  return { ...steps, pads: samePads(node, kernel, steps) }
}

const convolution =
  (f: typeof t.conv | typeof t.convTranspose): Builder =>
  (node) => {
    const [x, weight] = [node.tensor(0), node.tensor(1)]
    const bias = node.has(2) ? { bias: node.tensor(2) } : {}
    const outputPadding = f === t.convTranspose && node.hasAttribute('output_padding') ? { outputPadding: node.ints('output_padding') } : {}
    if (node.hasAttribute('output_shape')) node.refuse('pads and output_padding', 'output_shape')
    const kernel = weight.shape.slice(2).map((d) => (typeof d === 'number' ? d : node.refuse('a kernel of known size', `${d}`)))
    return f(x, weight, { ...windowOf(node, kernel), groups: node.int('group', 1), ...bias, ...outputPadding })
  }

function poolOptions(node: NodeReader): { kernel: number[] } & Window {
  if (node.int('ceil_mode', 0) !== 0) node.refuse('ceil_mode 0', '1')
  const kernel = node.ints('kernel_shape')
  return { kernel, ...windowOf(node, kernel) }
}

const constantNode: Builder = (node) => {
  if (node.hasAttribute('value_float')) return t.constant(node.float('value_float', 0), [], 'float32')
  if (node.hasAttribute('value_floats')) return t.constant(Float32Array.from(node.attribute('value_floats')?.floats ?? []))
  return node.refuse('value, value_int, value_ints, value_float or value_floats', 'another attribute')
}

const batchNormalization: Builder = (node) => {
  if (node.int('training_mode', 0) !== 0) node.refuse('training_mode 0', '1')
  const x = node.tensor(0)
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) =>
    t.unsqueeze(
      node.tensor(i),
      Array.from({ length: Math.max(0, x.rank - 2) }, (_, k) => k + 1),
    ),
  ) as [Tensor, Tensor, Tensor, Tensor]
  const normal = t.div(t.sub(x, mean), t.sqrt(t.add(variance, node.float('epsilon', 1e-5))))
  return t.add(t.mul(normal, scale), bias)
}

const layerNormalization: Builder = (node) => {
  const x = node.tensor(0)
  const first = node.int('axis', -1)
  const start = first < 0 ? first + x.rank : first
  const axis = Array.from({ length: x.rank - start }, (_, i) => start + i)
  const mean = t.reduceMean(x, { axis, keepDims: true })
  const centred = t.sub(x, mean)
  const variance = t.reduceMean(t.mul(centred, centred), { axis, keepDims: true })
  const deviation = t.sqrt(t.add(variance, node.float('epsilon', 1e-5)))
  const scaled = t.mul(t.div(centred, deviation), node.tensor(1))
  return [node.has(2) ? t.add(scaled, node.tensor(2)) : scaled, mean, t.reciprocal(deviation)]
}

const gemm: Builder = (node) => {
  const side = (i: number, flag: string): Tensor => (node.int(flag, 0) === 0 ? node.tensor(i) : t.swapAxes(node.tensor(i), 0, 1))
  const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : t.mul(x, factor))
  const product = scaled(t.matMul(side(0, 'transA'), side(1, 'transB')), node.float('alpha', 1))
  return node.has(2) ? t.add(product, scaled(node.tensor(2), node.float('beta', 1))) : product
}

const flatten: Builder = (node) => {
  const x = node.tensor(0)
  const axis = node.int('axis', 1)
  const at = axis < 0 ? axis + x.rank : axis
  return t.reshape(x, [t.product(x.shape.slice(0, at)), t.product(x.shape.slice(at))])
}

const range: Builder = (node) => {
  const [start, limit, step] = [0, 1, 2].map((i) => node.sizes(i)[0] as Dimension) as [Dimension, Dimension, Dimension]
  if (typeof start !== 'number' || typeof step !== 'number' || step < 1)
    return node.refuse('a known start and a known positive step', `${start}, ${step}`)
  const length = t.floorDivide(t.plus(t.minus(limit, start), step - 1), step)
  const counted = t.range(length)
  return start === 0 && step === 1 ? counted : t.add(t.mul(counted, step), start)
}

const oneHot: Builder = (node) => {
  const values = node.value(2)?.data
  const axis = node.int('axis', -1)
  const depth = node.value(1)?.sizes?.[0] ?? node.number(1, 0)
  if (values === undefined) {
    const [off, on] = [0, 1].map((i) => t.gather(node.tensor(2), t.constant(i, [], 'int64'))) as [Tensor, Tensor]
    return t.where(t.oneHot(node.tensor(0), depth, { axis, dtype: 'bool' }), on, off)
  }
  const [off, on] = [Number(values.data[0]), Number(values.data[1])]
  const hot = t.oneHot(node.tensor(0), depth, { axis, dtype: values.dtype })
  return off === 0 && on === 1 ? hot : t.add(t.mul(hot, on - off), off)
}

const eyeLike: Builder = (node) => {
  const like = node.tensor(0)
  const [rows, columns] = like.shape as [Dimension, Dimension]
  return t.eyeLike(rows, columns, { k: node.int('k', 0), dtype: dataTypeAt(node, 'dtype', like.dtype) })
}

const gelu = (x: Tensor): Tensor => t.mul(t.mul(x, 0.5), t.add(t.erf(t.mul(x, Math.SQRT1_2)), 1))

/** Selu is Elu with a factor; ONNX lets both be chosen. */
const selu: Builder = (node) => {
  const x = node.tensor(0)
  if (!node.hasAttribute('alpha') && !node.hasAttribute('gamma')) return t.selu(x)
  return t.mul(t.elu(x, node.float('alpha', 1.6732632423543772)), node.float('gamma', 1.0507009873554805))
}

const isInfinite: Builder = (node) => {
  const x = node.tensor(0)
  const sides = [
    node.int('detect_negative', 1) !== 0 ? t.less(x, 0) : undefined,
    node.int('detect_positive', 1) !== 0 ? t.greater(x, 0) : undefined,
  ]
  const [first, second] = sides.filter((side) => side !== undefined)
  if (first === undefined) return node.refuse('one infinity at least', 'neither')
  return second === undefined ? t.and(t.isInf(x), first) : t.isInf(x)
}

/** The remainder with the sign of the divisor for integers, of the dividend for floats; with fmod of the dividend for integers too. */
const modulo: Builder = (node) => {
  const [a, b] = [node.tensor(0), node.tensor(1)]
  const float = a.dtype === 'float32' || a.dtype === 'float16'
  const truncated = node.int('fmod', 0) !== 0
  if (float && !truncated) return node.refuse('fmod 1 for floats', '0')
  return float || !truncated ? t.mod(a, b) : t.sub(a, t.mul(t.div(a, b), b))
}

/** The type of the base, whatever that of the exponent is. */
const power: Builder = (node) => {
  const [base, exponent] = [node.tensor(0), node.tensor(1)]
  if (base.dtype === exponent.dtype) return t.pow(base, exponent)
  const float = (x: Tensor): Tensor => t.cast(x, 'float32')
  return t.cast(t.pow(float(base), float(exponent)), base.dtype)
}

const dropout: Builder = (node) => {
  if (node.has(2) && node.number(2, 0) !== 0) return node.refuse('training_mode false', 'true')
  const x = node.tensor(0)
  return [x, t.full(1, x.shape, 'bool')]
}

const spatialAxes = (x: Tensor): number[] => Array.from({ length: x.rank - 2 }, (_, i) => i + 2)

const builders: Readonly<Record<string, Builder>> = {
  Identity: unary((x) => x),
  Dropout: dropout,
  Neg: unary(t.neg),
  Abs: unary(t.abs),
  Exp: unary(t.exp),
  Log: unary(t.log),
  Sqrt: unary(t.sqrt),
  Reciprocal: unary(t.reciprocal),
  Sin: unary(t.sin),
  Cos: unary(t.cos),
  Tan: unary(t.tan),
  Asin: unary(t.asin),
  Acos: unary(t.acos),
  Atan: unary(t.atan),
  Sinh: unary(t.sinh),
  Cosh: unary(t.cosh),
  Asinh: unary(t.asinh),
  Acosh: unary(t.acosh),
  Atanh: unary(t.atanh),
  Tanh: unary(t.tanh),
  Sigmoid: unary(t.sigmoid),
  Softplus: unary(t.softplus),
  Softsign: unary(t.softsign),
  Relu: unary(t.relu),
  LeakyRelu: (node) => t.leakyRelu(node.tensor(0), node.float('alpha', 0.01)),
  PRelu: (node) => t.where(t.less(node.tensor(0), 0), t.mul(node.tensor(0), node.tensor(1)), node.tensor(0)),
  Elu: (node) => t.elu(node.tensor(0), node.float('alpha', 1)),
  Selu: selu,
  Gelu: unary(gelu),
  HardSigmoid: (node) => t.hardSigmoid(node.tensor(0), node.float('alpha', 0.2), node.float('beta', 0.5)),
  Clip: (node) => t.clip(node.tensor(0), node.number(1, Number.NEGATIVE_INFINITY), node.number(2, Number.POSITIVE_INFINITY)),
  Erf: unary(t.erf),
  Floor: unary(t.floor),
  Ceil: unary(t.ceil),
  Round: unary(t.round),
  Sign: unary(t.sign),
  IsNaN: unary(t.isNaN),
  IsInf: isInfinite,
  Not: unary(t.not),
  Cast: (node) => t.cast(node.tensor(0), dataTypeAt(node, 'to', 'float32')),
  Add: binary(t.add),
  Sub: binary(t.sub),
  Mul: binary(t.mul),
  Div: binary(t.div),
  Mod: modulo,
  Pow: power,
  Min: variadic(t.min),
  Max: variadic(t.max),
  Sum: variadic(t.add),
  Mean: (node) =>
    t.div(
      node.tensors().reduce((a, b) => t.add(a, b)),
      node.count,
    ),
  And: binary(t.and),
  Or: binary(t.or),
  Xor: binary(t.xor),
  Equal: binary(t.equal),
  Less: binary(t.less),
  LessOrEqual: binary(t.lessOrEqual),
  Greater: binary(t.greater),
  GreaterOrEqual: binary(t.greaterOrEqual),
  Where: (node) => t.where(node.tensor(0), node.tensor(1), node.tensor(2)),
  ReduceSum: reduction(t.reduceSum),
  ReduceMean: reduction(t.reduceMean),
  ReduceMax: reduction(t.reduceMax),
  ReduceMin: reduction(t.reduceMin),
  ReduceProd: reduction(t.reduceProd),
  ReduceLogSumExp: reduction(t.reduceLogSumExp),
  ReduceSumSquare: reduction((x, options) => t.reduceSum(t.mul(x, x), options)),
  ReduceL1: reduction((x, options) => t.reduceSum(t.abs(x), options)),
  ReduceL2: reduction((x, options) => t.sqrt(t.reduceSum(t.mul(x, x), options))),
  ArgMax: argument(t.argMax),
  ArgMin: argument(t.argMin),
  CumSum: (node) =>
    t.cumSum(node.tensor(0), node.number(1, 0), { exclusive: node.int('exclusive', 0) !== 0, reverse: node.int('reverse', 0) !== 0 }),
  Softmax: (node) => t.softmax(node.tensor(0), node.int('axis', -1)),
  LogSoftmax: (node) => t.logSoftmax(node.tensor(0), node.int('axis', -1)),
  TopK: (node) => {
    if (node.int('sorted', 1) === 0) node.refuse('sorted 1', '0')
    const { values, indices } = t.topK(node.tensor(0), node.sizes(1)[0] as Dimension, node.int('axis', -1), {
      largest: node.int('largest', 1) !== 0,
    })
    return [values, indices]
  },
  MatMul: binary(t.matMul),
  Gemm: gemm,
  Einsum: (node) => t.einsum(node.string('equation', ''), ...node.tensors()),
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: (node) => t.unsqueeze(node.tensor(0), node.has(1) ? node.integers(1) : node.ints('axes')),
  Transpose: (node) => t.transpose(node.tensor(0), node.hasAttribute('perm') ? node.ints('perm') : undefined),
  Expand: (node) => {
    const x = node.tensor(0)
    return t.expand(x, t.broadcastShapes('Expand', x.shape, node.sizes(1)))
  },
  Concat: (node) => t.concat(node.tensors(), node.int('axis', 0)),
  Slice: slice,
  Split: split,
  Pad: pad,
  Tile: (node) => t.tile(node.tensor(0), node.sizes(1)),
  Trilu: (node) => t.trilu(node.tensor(0), { upper: node.int('upper', 1) !== 0, k: node.number(1, 0) }),
  Gather: (node) => t.gather(node.tensor(0), node.tensor(1), node.int('axis', 0)),
  GatherElements: (node) => t.gatherElements(node.tensor(0), node.tensor(1), node.int('axis', 0)),
  GatherND: (node) =>
    node.int('batch_dims', 0) === 0 ? t.gatherND(node.tensor(0), node.tensor(1)) : node.refuse('batch_dims 0', 'another'),
  ScatterElements: (node) =>
    t.scatterElements(node.tensor(0), node.tensor(1), node.tensor(2), {
      axis: node.int('axis', 0),
      reduction: node.string('reduction', 'none') as ScatterReduction,
    }),
  ScatterND: (node) =>
    t.scatterND(node.tensor(0), node.tensor(1), node.tensor(2), { reduction: node.string('reduction', 'none') as ScatterReduction }),
  Constant: constantNode,
  ConstantOfShape: (node) => {
    const value = node.attribute('value')?.t
    const dtype = dataTypeOf(value?.dataType ?? 1) ?? 'float32'
    const number =
      value === undefined ? 0 : Number(value.floatData[0] ?? value.int64Data[0] ?? value.int32Data[0] ?? scalarOf(value.rawData, dtype))
    return t.full(number, node.sizes(0), dtype)
  },
  Range: range,
  EyeLike: eyeLike,
  OneHot: oneHot,
  Conv: convolution(t.conv),
  ConvTranspose: convolution(t.convTranspose),
  MaxPool: (node) => t.maxPool(node.tensor(0), poolOptions(node)),
  AveragePool: (node) => {
    const { dilations, ...options } = poolOptions(node)
    if (dilations.some((d) => d !== 1)) node.refuse('dilations 1', `${dilations}`)
    return t.averagePool(node.tensor(0), { ...options, countIncludePad: node.int('count_include_pad', 0) !== 0 })
  },
  GlobalAveragePool: unary((x) => t.reduceMean(x, { axis: spatialAxes(x), keepDims: true })),
  GlobalMaxPool: unary((x) => t.reduceMax(x, { axis: spatialAxes(x), keepDims: true })),
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
}

function scalarOf(raw: Uint8Array, dtype: DataType): number {
  if (raw.length === 0) return 0
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  if (dtype === 'int64') return Number(view.getBigInt64(0, true))
  if (dtype === 'int32') return view.getInt32(0, true)
  return dtype === 'bool' ? view.getUint8(0) : view.getFloat32(0, true)
}

/** The operators that can be read. */
export function importedOperators(): string[] {
  return [...Object.keys(builders), 'Loop', 'Shape', 'Size'].sort()
}

/** What a node computes. @throws OnnxFormatError if the operator, or a setting of it, is none of ours. */
export function buildNode(node: NodeReader): readonly Tensor[] {
  const builder = builders[node.node.opType]
  if (builder === undefined || (node.node.domain !== '' && node.node.domain !== 'ai.onnx'))
    return node.refuse(
      `an operator that Equivar has (${importedOperators().join(', ')})`,
      `${node.node.domain}${node.node.domain === '' ? '' : '.'}${node.node.opType}`,
    )
  const result = builder(node)
  return Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor]
}
