import * as t from '@equivar/tensor'
import { type DataType, type Input, input, type Tensor, type TensorValue, tensorValue } from '@equivar/tensor'
import { Random } from '@equivar/tensor/random'

/** One use of an operator on random inputs; every operator has at least one, and each float input's derivative is checked. */
export interface OperatorCase {
  readonly name: string
  readonly inputs: Readonly<
    Record<
      string,
      { dtype?: DataType; shape: readonly (number | string)[]; low?: number; high?: number; integer?: boolean; distinct?: boolean }
    >
  >
  readonly sizes?: Readonly<Record<string, number>>
  /** The derivative is defined as zero, whatever the values do. */
  readonly constantDerivative?: boolean
  build(inputs: Readonly<Record<string, Tensor>>): Tensor
}

type Shape = readonly (number | string)[]
const x = (shape: Shape, low = -2, high = 2): { shape: Shape; low: number; high: number } => ({ shape, low, high })
const distinct = (shape: Shape): { shape: Shape; distinct: boolean } => ({ shape, distinct: true })
const index = (shape: Shape, below: number): { dtype: DataType; shape: Shape; low: number; high: number; integer: boolean } => ({
  dtype: 'int64',
  shape,
  low: 0,
  high: below,
  integer: true,
})
const bool = (shape: Shape): { dtype: DataType; shape: Shape; low: number; high: number; integer: boolean } => ({
  dtype: 'bool',
  shape,
  low: 0,
  high: 2,
  integer: true,
})

type Inputs = Readonly<Record<string, Tensor>>
const get = (inputs: Inputs, name: string): Tensor => inputs[name] as Tensor

/** f(x) with the node's own settings left out; undefined where floats give no floats. */
function floatsOf(entry: t.OperatorOf): ((x: Tensor) => Tensor) | undefined {
  const f = (x: Tensor): Tensor => new t.Node(entry, [x], {}).output
  try {
    return f(input('x', 'float32', [])).dtype === 'float32' ? f : undefined
  } catch {
    return undefined
  }
}

/** Every operator of one float that gives a float and has no settings, from the table; but Identity, which stops gradients. */
const plainOperators = Object.values<t.OperatorOf>(t.operators).flatMap((entry): [string, (x: Tensor) => Tensor, number?, number?][] => {
  const [least, most] = entry.arity
  const isPlain = entry.traits.includes('plain') && entry.traits.includes('pointwise') && least === 1 && most === 1
  const f = isPlain && entry.name !== 'Identity' ? floatsOf(entry) : undefined
  return f === undefined ? [] : [[entry.name.charAt(0).toLowerCase() + entry.name.slice(1), f, ...(entry.domain ?? [])]]
})

const unaryOperators: readonly [string, (x: Tensor) => Tensor, number?, number?][] = [
  ...plainOperators,
  ['leakyRelu', (a) => t.leakyRelu(a, 0.1)],
  ['elu', (a) => t.elu(a, 1.3)],
  ['hardSigmoid', (a) => t.hardSigmoid(a, 0.3, 0.4)],
  ['clip', (a) => t.clip(a, -1, 1.5)],
  ['clip above', (a) => t.clip(a, 0)],
]

const binaryOperators: readonly [string, (a: Tensor, b: Tensor) => Tensor, number?, number?][] = [
  ['add', t.add],
  ['sub', t.sub],
  ['mul', t.mul],
  ['div', t.div, 0.5],
  ['pow', t.pow, 0.3],
  ['max', t.max],
  ['min', t.min],
]

const comparisons: readonly [string, (a: Tensor, b: Tensor) => Tensor][] = [
  ['equal', t.equal],
  ['less', t.less],
  ['lessOrEqual', t.lessOrEqual],
  ['greater', t.greater],
  ['greaterOrEqual', t.greaterOrEqual],
]

const reductions: readonly [string, (x: Tensor, options?: t.ReduceOptions) => Tensor][] = [
  ['reduceSum', t.reduceSum],
  ['reduceMean', t.reduceMean],
  ['reduceMax', t.reduceMax],
  ['reduceMin', t.reduceMin],
  ['reduceProd', t.reduceProd],
  ['reduceLogSumExp', t.reduceLogSumExp],
]

const elementwiseCases: OperatorCase[] = [
  ...unaryOperators.map(([name, f, low = -2, high = 2]) => ({
    name,
    inputs: { x: x(['n', 7], low, high) },
    sizes: { n: 3 },
    build: (v: Inputs) => f(get(v, 'x')),
  })),
  ...binaryOperators.flatMap(([name, f, low = -2]) => [
    { name, inputs: { a: x(['n', 1, 5], low), b: x([3, 1], low) }, sizes: { n: 2 }, build: (v: Inputs) => f(get(v, 'a'), get(v, 'b')) },
    { name: `${name} scalar`, inputs: { a: x([], low), b: x([1, 3], low) }, build: (v: Inputs) => f(get(v, 'a'), get(v, 'b')) },
    { name: `${name} empty`, inputs: { a: x([0, 3], low), b: x([1], low) }, build: (v: Inputs) => f(get(v, 'a'), get(v, 'b')) },
  ]),
  ...comparisons.flatMap(([name, f]) => [
    { name, inputs: { a: index([4, 5], 3), b: index([5], 3) }, build: (v: Inputs) => f(get(v, 'a'), get(v, 'b')) },
    { name: `${name} float`, inputs: { a: distinct([4, 5]), b: distinct([5]) }, build: (v: Inputs) => f(get(v, 'a'), get(v, 'b')) },
  ]),
  { name: 'equal bool', inputs: { a: bool([7]), b: bool([7]) }, build: (v) => t.equal(get(v, 'a'), get(v, 'b')) },
  {
    name: 'and or xor not',
    inputs: { a: bool([7]), b: bool([7]) },
    build: (v) => t.or(t.and(get(v, 'a'), get(v, 'b')), t.not(t.xor(get(v, 'a'), get(v, 'b')))),
  },
  // 0 times infinity: on a GPU the logarithm of -1 need not be NaN, nor, on tfjs's webgl, 0 / 0.
  { name: 'mul of one tensor', inputs: { x: x(['n', 3]) }, sizes: { n: 4 }, build: (v) => t.mul(get(v, 'x'), get(v, 'x')) },
  { name: 'isNaN', inputs: { x: x([5]) }, build: (v) => t.isNaN(t.mul(t.div(1, t.relu(get(v, 'x'))), 0)) },
  {
    name: 'hardSigmoid beside NaN',
    constantDerivative: true,
    inputs: { x: x([5, 3]) },
    build: (v) => t.stopGradient(t.where(t.less(get(v, 'x'), 0), 0, t.hardSigmoid(t.log(get(v, 'x')), 3, 0.5))),
  },
  { name: 'isInf', inputs: { x: x([5]) }, build: (v) => t.isInf(t.div(1, t.relu(get(v, 'x')))) },
  { name: 'where', inputs: { c: bool([3, 1]), a: x([3, 4]), b: x([1]) }, build: (v) => t.where(get(v, 'c'), get(v, 'a'), get(v, 'b')) },
  {
    name: 'where five axes',
    inputs: { c: bool([2, 1, 1, 3, 1]), a: x([2, 1, 2, 3, 2]), b: x([]) },
    build: (v) => t.where(get(v, 'c'), get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'where bool',
    inputs: { c: bool([3, 1]), a: bool([3, 4]), b: bool([4]) },
    build: (v) => t.where(get(v, 'c'), get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'where int64',
    inputs: { c: bool([3]), a: index([3], 9), b: index([3], 9) },
    build: (v) => t.where(get(v, 'c'), get(v, 'a'), get(v, 'b')),
  },
  { name: 'cast', inputs: { x: x([5], -3, 3) }, build: (v) => t.cast(t.cast(get(v, 'x'), 'int64'), 'float32') },
  {
    name: 'mod int64',
    inputs: { a: { ...index([9], 20), low: -20 }, b: { ...index([9], 7), low: 1 } },
    build: (v) => t.mod(get(v, 'a'), get(v, 'b')),
  },
  { name: 'mod float', inputs: { a: { ...distinct([9]) }, b: x([9], 0.4, 0.9) }, build: (v) => t.mod(get(v, 'a'), get(v, 'b')) },
  {
    name: 'integer arithmetic',
    inputs: { a: { ...index([9], 20), low: -20 }, b: { ...index([9], 7), low: 1 } },
    build: (v) => t.max(t.div(get(v, 'a'), get(v, 'b')), t.neg(t.min(t.mul(get(v, 'a'), 2), t.sub(get(v, 'b'), 3)))),
  },
]

const reduceCases: OperatorCase[] = [
  ...reductions.flatMap(([name, f]) => [
    { name: `${name} middle`, inputs: { x: distinct(['a', 3, 5]) }, sizes: { a: 2 }, build: (v: Inputs) => f(get(v, 'x'), { axis: 1 }) },
    {
      name: `${name} several kept`,
      inputs: { x: distinct([2, 'a', 5]) },
      sizes: { a: 3 },
      build: (v: Inputs) => f(get(v, 'x'), { axis: [0, -1], keepDims: true }),
    },
    { name: `${name} all`, inputs: { x: distinct([3, 1]) }, build: (v: Inputs) => f(get(v, 'x')) },
  ]),
  { name: 'reduceLogSumExp of no axis', inputs: { x: x([2, 3]) }, build: (v) => t.exp(t.reduceLogSumExp(get(v, 'x'), { axis: [] })) },
  { name: 'reduceSum empty', inputs: { x: x([3, 0]) }, build: (v) => t.reduceSum(get(v, 'x'), { axis: 1 }) },
  { name: 'reduceSum int64', inputs: { x: index([3, 4], 9) }, build: (v) => t.reduceSum(get(v, 'x'), { axis: 1 }) },
  { name: 'reduceMax int64', inputs: { x: index([3, 4], 9) }, build: (v) => t.reduceMax(get(v, 'x'), { axis: 1 }) },
  { name: 'argMax', inputs: { x: distinct([3, 'a', 2]) }, sizes: { a: 5 }, build: (v) => t.argMax(get(v, 'x'), 1) },
  {
    name: 'argMin kept',
    inputs: { x: distinct([3, 'a', 2]) },
    sizes: { a: 5 },
    build: (v) => t.argMin(get(v, 'x'), -1, { keepDims: true }),
  },
  { name: 'cumSum', inputs: { x: x([3, 'a']) }, sizes: { a: 5 }, build: (v) => t.cumSum(get(v, 'x'), 1) },
  {
    name: 'cumSum exclusive reverse',
    inputs: { x: x([3, 2]) },
    build: (v) => t.cumSum(get(v, 'x'), 0, { exclusive: true, reverse: true }),
  },
  { name: 'softmax', inputs: { x: x([3, 'a', 2]) }, sizes: { a: 5 }, build: (v) => t.softmax(get(v, 'x'), 1) },
  { name: 'logSoftmax', inputs: { x: x([3, 'a']) }, sizes: { a: 5 }, build: (v) => t.logSoftmax(get(v, 'x')) },
  { name: 'topK', inputs: { x: distinct([3, 5]) }, build: (v) => t.topK(get(v, 'x'), 2).values },
  { name: 'topK smallest indices', inputs: { x: distinct([5, 3]) }, build: (v) => t.topK(get(v, 'x'), 3, 0, { largest: false }).indices },
  { name: 'norm', inputs: { x: x([3, 4], 0.5) }, build: (v) => t.norm(get(v, 'x'), { axis: 1 }) },
]

const linalgCases: OperatorCase[] = [
  { name: 'matMul', inputs: { a: x(['m', 3]), b: x([3, 'n']) }, sizes: { m: 2, n: 5 }, build: (v) => t.matMul(get(v, 'a'), get(v, 'b')) },
  {
    name: 'matMul batch',
    inputs: { a: x(['b', 2, 3]), b: x(['b', 3, 1]) },
    sizes: { b: 2 },
    build: (v) => t.matMul(get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'matMul broadcast',
    inputs: { a: x(['b', 1, 2, 3]), b: x([5, 3, 4]) },
    sizes: { b: 2 },
    build: (v) => t.matMul(get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'matMul one weight',
    inputs: { a: x(['b', 'n', 3]), b: x([3, 4]) },
    sizes: { b: 2, n: 7 },
    build: (v) => t.matMul(get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'matMul left weight',
    inputs: { a: x([4, 3]), b: x(['b', 3, 2]) },
    sizes: { b: 2 },
    build: (v) => t.matMul(get(v, 'a'), get(v, 'b')),
  },
  {
    name: 'matMul transposed left',
    inputs: { a: x([3, 'n']), b: x([2, 3, 4]) },
    sizes: { n: 5 },
    build: (v) => t.matMul(t.swapAxes(get(v, 'a'), 0, 1), get(v, 'b')),
  },
  {
    name: 'matMul transposed right',
    inputs: { a: x(['b', 2, 3]), b: x([4, 3]) },
    sizes: { b: 2 },
    build: (v) => t.matMul(get(v, 'a'), t.swapAxes(get(v, 'b'), 0, 1)),
  },
  {
    name: 'matMul both transposed',
    inputs: { a: x(['b', 1, 3, 2]), b: x([5, 4, 3]) },
    sizes: { b: 2 },
    build: (v) => t.matMul(t.swapAxes(get(v, 'a'), 2, 3), t.swapAxes(get(v, 'b'), 1, 2)),
  },
  {
    name: 'matMul of computed matrices, odd',
    inputs: { a: { ...x(['m', 3]), low: 0.5 }, b: { ...x([3, 'n']), low: 0.5 } },
    sizes: { m: 2, n: 3 },
    build: (v) => t.matMul(t.log(get(v, 'a')), t.log(get(v, 'b'))),
  },
  { name: 'matMul vectors', inputs: { a: x([3]), b: x([2, 3, 4]) }, build: (v) => t.matMul(get(v, 'a'), get(v, 'b')) },
  { name: 'matMul empty', inputs: { a: x([0, 3]), b: x([3, 2]) }, build: (v) => t.matMul(get(v, 'a'), get(v, 'b')) },
  {
    name: 'einsum',
    inputs: { a: x(['b', 2, 3]), b: x([3, 4]) },
    sizes: { b: 2 },
    build: (v) => t.einsum('bij,jk->kbi', get(v, 'a'), get(v, 'b')),
  },
  { name: 'einsum sums an index', inputs: { a: x([2, 3]), b: x([2, 4]) }, build: (v) => t.einsum('ij,ik->k', get(v, 'a'), get(v, 'b')) },
  { name: 'einsum trace', inputs: { a: x([2, 'n', 'n']) }, sizes: { n: 3 }, build: (v) => t.einsum('bii->b', get(v, 'a')) },
  {
    name: 'einsum three',
    inputs: { a: x([2, 3]), b: x([3, 4]), c: x([4, 2]) },
    build: (v) => t.einsum('ij,jk,ki->i', get(v, 'a'), get(v, 'b'), get(v, 'c')),
  },
]

const shapeCases: OperatorCase[] = [
  { name: 'reshape', inputs: { x: x(['n', 2, 3]) }, sizes: { n: 5 }, build: (v) => t.reshape(get(v, 'x'), ['n', 6]) },
  { name: 'reshape open', inputs: { x: x(['n', 'm', 3]) }, sizes: { n: 5, m: 2 }, build: (v) => t.reshape(get(v, 'x'), [-1, 3]) },
  { name: 'squeeze', inputs: { x: x(['n', 1, 3]) }, sizes: { n: 2 }, build: (v) => t.exp(t.squeeze(get(v, 'x'), 1)) },
  { name: 'unsqueeze', inputs: { x: x(['n', 3]) }, sizes: { n: 2 }, build: (v) => t.exp(t.unsqueeze(get(v, 'x'), [0, -1])) },
  { name: 'transpose', inputs: { x: x(['n', 2, 3]) }, sizes: { n: 5 }, build: (v) => t.transpose(get(v, 'x'), [2, 0, 1]) },
  { name: 'expand', inputs: { x: x([1, 3, 1]) }, build: (v) => t.expand(get(v, 'x'), [2, 1, 3, 5]) },
  {
    name: 'expand symbolic',
    inputs: { x: x([1, 3]), b: x(['n', 1]) },
    sizes: { n: 4 },
    build: (v) => t.mul(t.exp(t.expand(get(v, 'x'), ['n', 3])), get(v, 'b')),
  },
  {
    name: 'concat',
    inputs: { a: x([2, 'n']), b: x([2, 3]), c: x([2, 0]) },
    sizes: { n: 2 },
    build: (v) => t.concat([get(v, 'a'), get(v, 'b'), get(v, 'c')], 1),
  },
  {
    name: 'slice',
    inputs: { x: x([5, 'n']) },
    sizes: { n: 4 },
    build: (v) => t.slice(get(v, 'x'), { axis: 0, start: 1, end: -1 }, { axis: 1, end: -2 }),
  },
  {
    name: 'slice step',
    inputs: { x: x([7, 'n']) },
    sizes: { n: 5 },
    build: (v) => t.slice(get(v, 'x'), { axis: 0, start: 1, step: 3 }, { axis: 1, step: 2 }),
  },
  { name: 'flip', inputs: { x: x([3, 'n']) }, sizes: { n: 4 }, build: (v) => t.flip(get(v, 'x'), [0, 1]) },
  {
    name: 'split',
    inputs: { x: x([2, 'n']) },
    sizes: { n: 5 },
    build: (v) => {
      const [a, b] = t.split(get(v, 'x'), [2, t.minus(t.symbol('n'), 2)], 1)
      return t.concat([t.exp(b as Tensor), t.neg(a as Tensor)], 1)
    },
  },
  { name: 'pad', inputs: { x: x([2, 'n']) }, sizes: { n: 3 }, build: (v) => t.pad(get(v, 'x'), [1, 0, 0, 'n'], { value: 0.5 }) },
  { name: 'pad reflect', inputs: { x: x([2, 5]) }, build: (v) => t.pad(get(v, 'x'), [0, 2, 0, 3], { mode: 'reflect' }) },
  { name: 'pad edge', inputs: { x: x([2, 'n']) }, sizes: { n: 3 }, build: (v) => t.pad(get(v, 'x'), [1, 2, 0, 1], { mode: 'edge' }) },
  { name: 'pad wrap', inputs: { x: x([2, 'n']) }, sizes: { n: 3 }, build: (v) => t.pad(get(v, 'x'), [1, 2, 0, 3], { mode: 'wrap' }) },
  { name: 'tile', inputs: { x: x(['n', 3]) }, sizes: { n: 2 }, build: (v) => t.tile(get(v, 'x'), [2, 3]) },
  { name: 'trilu', inputs: { x: x([2, 3, 4]) }, build: (v) => t.trilu(get(v, 'x'), { upper: false, k: 1 }) },
  { name: 'range', inputs: { x: x(['n']) }, sizes: { n: 4 }, build: (v) => t.mul(get(v, 'x'), t.cast(t.range('n'), 'float32')) },
  { name: 'eyeLike', inputs: { x: x(['n', 3]) }, sizes: { n: 4 }, build: (v) => t.mul(get(v, 'x'), t.eyeLike('n', 3, { k: 1 })) },
  { name: 'diagonal', inputs: { x: x([2, 'n', 'n']) }, sizes: { n: 3 }, build: (v) => t.diagonal(get(v, 'x')) },
  {
    name: 'sizeOf',
    inputs: { x: x(['n', 'm']) },
    sizes: { n: 3, m: 2 },
    build: (v) =>
      t.mul(get(v, 'x'), t.cast(t.sizeOf(t.plus(t.times(t.symbol('n'), t.symbol('m')), t.floorDivide(t.symbol('n'), 2))), 'float32')),
  },
]

const indexingCases: OperatorCase[] = [
  { name: 'gather', inputs: { x: x(['n', 3]), i: index([2, 4], 4) }, sizes: { n: 4 }, build: (v) => t.gather(get(v, 'x'), get(v, 'i')) },
  {
    name: 'gather int32',
    inputs: { x: x(['n', 3]), i: { ...index([2, 4], 4), dtype: 'int32' } },
    sizes: { n: 4 },
    build: (v) => t.gather(get(v, 'x'), get(v, 'i')),
  },
  {
    name: 'gather axis',
    inputs: { x: x([2, 'n', 3]), i: index([4], 3) },
    sizes: { n: 3 },
    build: (v) => t.gather(get(v, 'x'), get(v, 'i'), 1),
  },
  ...Object.entries({
    permutations: [1, 2, 0, 0, 1, 2],
    'some rows': [2, 0],
    'rows again': [2, 2, 0],
    'from the end': [-1, 0, 1],
    none: [],
  }).map(([name, rows]) => ({
    name: `gather constant ${name}`,
    inputs: { x: x([2, 3, 'n']) },
    sizes: { n: 2 },
    build: (v: Inputs) =>
      t.gather(get(v, 'x'), t.constant(BigInt64Array.from(rows, BigInt), name === 'permutations' ? [2, 3] : undefined), 1),
  })),
  { name: 'gather scalar', inputs: { x: x([4, 3]), i: index([], 4) }, build: (v) => t.gather(get(v, 'x'), get(v, 'i')) },
  { name: 'gatherElements', inputs: { x: x([4, 3]), i: index([2, 3], 4) }, build: (v) => t.gatherElements(get(v, 'x'), get(v, 'i'), 0) },
  {
    name: 'gatherND',
    inputs: { x: x([4, 3, 2]), i: index(['m', 2], 3) },
    sizes: { m: 5 },
    build: (v) => t.gatherND(get(v, 'x'), get(v, 'i')),
  },
  {
    name: 'scatterElements',
    inputs: { x: x([3, 2]), u: x([1, 2]), i: index([1, 2], 3) },
    build: (v) => t.scatterElements(get(v, 'x'), get(v, 'i'), get(v, 'u'), { axis: 0 }),
  },
  ...(['add', 'max', 'min'] as const).flatMap((reduction) => [
    {
      name: `scatterElements ${reduction}`,
      inputs: { x: distinct([3, 2]), u: distinct([4, 2]), i: index([4, 2], 3) },
      build: (v: Inputs) => t.scatterElements(get(v, 'x'), get(v, 'i'), get(v, 'u'), { axis: 0, reduction }),
    },
    {
      name: `scatterND ${reduction}`,
      inputs: { x: distinct(['n', 2]), u: distinct([5, 2]), i: index([5, 1], 3) },
      sizes: { n: 3 },
      build: (v: Inputs) => t.scatterND(get(v, 'x'), get(v, 'i'), get(v, 'u'), { reduction }),
    },
  ]),
  {
    name: 'scatterND',
    inputs: { x: x([3, 2]), u: x([1, 2]), i: index([1, 1], 3) },
    build: (v) => t.scatterND(get(v, 'x'), get(v, 'i'), get(v, 'u')),
  },
  { name: 'oneHot', inputs: { i: index([2, 3], 4) }, build: (v) => t.oneHot(get(v, 'i'), 4, { axis: 1 }) },
  ...(['int32', 'bool'] as const).map((dtype) => ({
    name: `oneHot ${dtype}`,
    inputs: { i: index([5], 4) },
    build: (v: Inputs) => t.oneHot(t.cast(get(v, 'i'), 'int32'), 4, { dtype }),
  })),
  {
    name: 'nonZero',
    inputs: { x: x(['n', 3]), m: bool(['n']) },
    sizes: { n: 5 },
    build: (v) => t.reduceSum(t.gather(get(v, 'x'), t.squeeze(t.nonZero(get(v, 'm'), 'kept'), 0)), { axis: 0 }),
  },
  {
    name: 'asSizes',
    inputs: { x: x([3]), m: bool([5]) },
    build: (v) => {
      const rows = t.asSizes(t.reduceSum(t.cast(get(v, 'm'), 'int64'), { keepDims: true }), ['rows'])
      return t.reduceSum(t.expand(get(v, 'x'), [...rows, 3]), { axis: 0 })
    },
  },
  ...(
    [
      ['segmentSum', t.segmentSum],
      ['segmentMean', t.segmentMean],
      ['segmentMax', t.segmentMax],
      ['segmentMin', t.segmentMin],
    ] as const
  ).map(([name, f]) => ({
    name,
    inputs: { x: distinct(['rows', 3]), s: index(['rows'], 3) },
    sizes: { rows: 7 },
    build: (v: Inputs) => f(get(v, 'x'), get(v, 's'), 4),
  })),
]

const convolutionCases: OperatorCase[] = [
  {
    name: 'conv 1d',
    inputs: { x: x(['b', 2, 'n']), w: x([3, 2, 3]), b: x([3]) },
    sizes: { b: 2, n: 7 },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { bias: get(v, 'b') }),
  },
  { name: 'conv 1d wide', inputs: { x: x([1, 9, 5]), w: x([2, 9, 3]) }, build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { pads: 1 }) },
  {
    name: 'conv 2d of one tap, odd',
    inputs: { x: { ...x([1, 3, 3, 5]), low: 0.5 }, w: { ...x([3, 3, 1, 1]), low: 0.5 } },
    build: (v) => t.conv(t.log(get(v, 'x')), t.log(get(v, 'w'))),
  },
  {
    name: 'conv 1d stride',
    inputs: { x: x(['b', 2, 'n']), w: x([3, 2, 3]) },
    sizes: { b: 2, n: 8 },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { strides: 2, pads: [1, 0] }),
  },
  {
    name: 'conv 2d',
    inputs: { x: x([2, 2, 5, 4]), w: x([3, 2, 3, 2]) },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { pads: [1, 0, 1, 1] }),
  },
  ...[
    { of: 'a tail that no window reads', x: [2, 5, 10], w: [3, 5, 3], strides: 2, pads: 0 },
    { of: 'a kernel as long as the stride', x: [2, 4, 9], w: [3, 4, 3], strides: 3, pads: 0 },
    { of: 'one-sided pads', x: [2, 2, 7], w: [3, 2, 4], strides: 3, pads: [3, 1] },
    { of: 'a kernel shorter than the stride', x: [2, 4, 7], w: [3, 4, 1], strides: 2, pads: 0 },
    { of: 'planes', x: [2, 3, 6, 7], w: [3, 3, 3, 2], strides: [2, 1], pads: [1, 0, 0, 1] },
    { of: 'planes, few channels', x: [2, 1, 5, 5], w: [2, 1, 3, 3], strides: 2, pads: 1 },
  ].map(({ of, x: sizes, w, strides, pads }) => ({
    name: `conv in phases: ${of}`,
    inputs: { x: x(sizes), w: x(w) },
    build: (v: Inputs) => t.conv(get(v, 'x'), get(v, 'w'), { strides, pads }),
  })),
  ...[
    { of: 'a line of nine', x: ['b', 2, 12], w: [3, 2, 9], b: 2 },
    { of: 'a plane, one window', x: ['b', 2, 3, 3], w: [2, 2, 3, 3], b: 3 },
    { of: 'a plane of columns', x: ['b', 1, 5, 4], w: [2, 1, 3, 1], b: 2 },
  ].map(({ of, x: sizes, w, b }) => ({
    name: `conv taps: ${of}`,
    inputs: { x: x(sizes), w: x(w) },
    sizes: { b },
    build: (v: Inputs) => t.conv(get(v, 'x'), get(v, 'w')),
  })),
  {
    name: 'conv 2d stride dilation',
    inputs: { x: x([1, 2, 9, 8]), w: x([2, 2, 3, 2]) },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { strides: [2, 3], dilations: [2, 1], pads: 1 }),
  },
  {
    name: 'conv 2d groups',
    inputs: { x: x([1, 4, 4, 3]), w: x([6, 2, 2, 2]) },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { groups: 2 }),
  },
  {
    name: 'conv 2d six channels',
    inputs: { x: x([1, 6, 5, 4]), w: x([4, 6, 3, 3]) },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { pads: 1 }),
  },
  {
    name: 'conv 3d',
    inputs: { x: x([1, 2, 3, 4, 3]), w: x([2, 2, 2, 3, 1]) },
    build: (v) => t.conv(get(v, 'x'), get(v, 'w'), { pads: [0, 1, 0, 1, 1, 0] }),
  },
  {
    name: 'convTranspose 1d',
    inputs: { x: x(['b', 2, 'n']), w: x([2, 3, 3]) },
    sizes: { b: 2, n: 4 },
    build: (v) => t.convTranspose(get(v, 'x'), get(v, 'w'), { strides: 2, pads: 1, outputPadding: 1 }),
  },
  {
    name: 'convTranspose 2d groups',
    inputs: { x: x([1, 4, 3, 2]), w: x([4, 1, 2, 3]) },
    build: (v) => t.convTranspose(get(v, 'x'), get(v, 'w'), { groups: 2, dilations: [1, 2] }),
  },
  { name: 'maxPool', inputs: { x: distinct([2, 1, 4, 6]) }, build: (v) => t.maxPool(get(v, 'x'), { kernel: [2, 3] }) },
  {
    name: 'maxPool uneven',
    inputs: { x: distinct(['b', 1, 'n', 5]) },
    sizes: { b: 1, n: 7 },
    build: (v) => t.maxPool(get(v, 'x'), { kernel: 3, strides: 2, pads: 1 }),
  },
  { name: 'maxPool of one row', inputs: { x: distinct([2, 2, 3, 4]) }, build: (v) => t.maxPool(get(v, 'x'), { kernel: [3, 1] }) },
  { name: 'maxPool that tiles 1d', inputs: { x: distinct([2, 2, 6]) }, build: (v) => t.maxPool(get(v, 'x'), { kernel: 3 }) },
  {
    name: 'maxPool of relu in another shape',
    inputs: { x: distinct([2, 4, 4]) },
    build: (v) => t.maxPool(t.reshape(t.relu(get(v, 'x')), [1, 2, 4, 4]), { kernel: 2 }),
  },
  { name: 'maxPool 1d', inputs: { x: distinct([1, 2, 'n']) }, sizes: { n: 7 }, build: (v) => t.maxPool(get(v, 'x'), { kernel: 2 }) },
  { name: 'averagePool', inputs: { x: x([2, 1, 4, 5]) }, build: (v) => t.averagePool(get(v, 'x'), { kernel: 2 }) },
  {
    name: 'averagePool pads',
    inputs: { x: x(['b', 2, 'n']) },
    sizes: { b: 2, n: 6 },
    build: (v) => t.averagePool(get(v, 'x'), { kernel: 3, strides: 2, pads: 1, countIncludePad: false }),
  },
]

const controlCases: OperatorCase[] = [
  {
    name: 'repeat',
    constantDerivative: true,
    inputs: { x: { ...x([2, 'n']), dtype: 'float32' }, w: x(['n']) },
    sizes: { n: 3 },
    build: (v) => {
      const [i, state, w] = [input('i', 'int64', []), input('state', 'float32', [2, 'n']), input('w', 'float32', ['n'])]
      const next = t.add(t.mul(state, 0.5), t.mul(w, t.cast(i, 'float32')))
      const body = t.program({ inputs: [i, state, w], outputs: { next, total: t.reduceSum(next) } })
      const [last, totals] = t.repeat(body, { count: 4, states: [get(v, 'x')], captured: [get(v, 'w')] }) as [Tensor, Tensor]
      return t.stopGradient(t.add(t.reduceSum(last), totals))
    },
  },
  ...[1, 3, 7, 9].map((size) => ({
    name: `repeat in pieces of ${size}`,
    constantDerivative: true,
    inputs: { x: x(['rows', 2]), w: x([2]) },
    sizes: { rows: 7 },
    build: (v: Inputs) => {
      const [i, total] = [input('i', 'int64', []), input('total', 'float32', [2, 2])]
      const [rows, w] = [input('rows', 'float32', ['piece', 2]), input('w', 'float32', [2])]
      const weighted = t.mul(rows, t.mul(w, t.add(t.cast(t.sizeOf('piece'), 'float32'), t.cast(i, 'float32'))))
      const body = t.program({
        inputs: [i, total, rows, w],
        outputs: { next: t.add(total, t.matMul(t.transpose(rows), t.reshape(weighted, ['piece', 2]))) },
      })
      const [last] = t.repeat(body, { count: 'rows', size, states: [t.zeros([2, 2])], divided: [get(v, 'x')], captured: [get(v, 'w')] })
      return t.stopGradient(last as Tensor)
    },
  })),
  { name: 'randomUniform', inputs: { seed: index([], 1000) }, build: (v) => t.randomUniform(get(v, 'seed'), 3, [4, 5]) },
  { name: 'randomMask', inputs: { seed: index([], 1000) }, build: (v) => t.cast(t.randomMask(get(v, 'seed'), 3, [5, 70], 0.4), 'float32') },
]

/** Every operator, small. */
export const operatorCases: readonly OperatorCase[] = [
  ...elementwiseCases,
  ...reduceCases,
  ...linalgCases,
  ...shapeCases,
  ...indexingCases,
  ...convolutionCases,
  ...controlCases,
]

/** Inputs of a case, fresh. */
export function caseInputs({ inputs }: OperatorCase): Record<string, Input> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { dtype = 'float32', shape }]) => [name, input(name, dtype, shape)]))
}

/** Random values for the inputs of a case, the same for the same seed. Distinct numbers are at least 0.05 apart, also across inputs. */
export function caseFeeds(operatorCase: OperatorCase, seed: number): Record<string, TensorValue> {
  const random = new Random({ seed })
  const total = 400
  const shuffled = random.permutation(total)
  let used = 0
  const feeds: Record<string, TensorValue> = {}
  for (const [name, { dtype = 'float32', shape, low = -2, high = 2, integer = false, distinct: apart = false }] of Object.entries(
    operatorCase.inputs,
  )) {
    const sizes = shape.map((d) => (typeof d === 'number' ? d : (operatorCase.sizes?.[d] as number)))
    const count = sizes.reduce((n, d) => n * d, 1)
    const numbers = Float64Array.from({ length: count }, () => {
      if (apart) return ((shuffled[used++ % total] as number) - total / 2) * 0.05 + 0.01
      const value = low + (high - low) * random.uniform()
      return integer ? Math.floor(value) : value
    })
    feeds[name] = dtype === 'float32' ? { dtype, shape: sizes, data: numbers } : tensorValue(dtype as 'int64', sizes, numbers)
  }
  return feeds
}
