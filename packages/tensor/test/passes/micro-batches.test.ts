import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'
import { cutBatch } from '../../src/passes/micro-batches/batch-cut.ts'
import { batchRules } from '../../src/passes/micro-batches/batch-rules.ts'
import { loopOverPieces } from '../../src/passes/micro-batches/loop-over-pieces.ts'
import { microBatches } from '../../src/passes/micro-batches/micro-batches.ts'
import { expectLaw } from '../law/pass.ts'
import { caseFeeds, caseInputs, type OperatorCase, operatorCases } from '../operator-cases.ts'
import { recipeNames } from '../random-programs.ts'
import { shown } from '../shown.ts'
import { placesOfOtherAxes } from './places-of-other-axes.ts'

const context = { fixed: new Set<never>() }
const inPieces = (program: t.Program, size: number): t.Program => microBatches({ size }).run(program, context)
const isCut = (program: t.Program): boolean => program.nodes.some((node) => t.isNode(node, 'Loop') && node.attributes.divided > 0)

const x = t.input('x', 'float32', ['batch', 2, 3])
const w = t.input('w', 'float32', [3, 4])
const y = t.input('y', 'float32', ['batch', 2, 4])
const numbers = (seed: number, shape: readonly number[]): t.TensorValue =>
  t.tensorValue(
    'float32',
    shape,
    Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(seed + 1.7 * i)),
  )

function expectClose(got: t.ReferenceValue | undefined, { shape, data }: t.ReferenceValue): void {
  expect(got?.shape).toEqual(shape)
  const scale = Math.max(1, ...data.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)))
  for (const [i, value] of data.entries()) {
    if (Number.isFinite(value)) expect(Math.abs((got?.data[i] as number) - value)).toBeLessThanOrEqual(1e-12 * scale)
    else expect(got?.data[i]).toBe(value)
  }
}

function expectEqual(program: t.Program, feeds: Readonly<Record<string, t.TensorValue>>, sizes: readonly number[] = [1, 2, 3, 7]): void {
  const expected = t.evaluate(program, feeds)
  for (const size of sizes) {
    const cut = inPieces(program, size)
    expect(isCut(cut)).toBe(true)
    const got = t.evaluate(cut, feeds)
    for (const [name, value] of Object.entries(expected)) expectClose(got[name], value)
  }
}

test('before and after', () => {
  const product = t.matMul(t.reshape(t.transpose(x, [2, 0, 1]), [3, -1]), t.reshape(y, [-1, 4]))
  const given = t.program({ inputs: [x, y], outputs: { product } })
  expect(shown(given)).toBe('MatMul(Reshape([3 2*batch])(Transpose([2 0 1])(x)), Reshape([2*batch 4])(y))')
  expect(shown(inPieces(given, 2))).toBe(
    'Loop({ Add(sum.0, MatMul(Reshape([3 2*batch_piece])(Transpose([2 0 1])(divided.0)), Reshape([2*batch_piece 4])(divided.1))) }, batch, 2, 1, 2)(Expand([3 4])(0), x, y)',
  )
})

/** A regression with a loss, its gradient and an update. */
function regression(loss: (error: t.Tensor) => t.Tensor): t.Program {
  const error = t.sub(t.tanh(t.matMul(x, w)), y)
  const value = loss(error)
  const [gradient] = t.differentiate(value, [w])
  return t.program({ inputs: [x, w, y], outputs: { value, next: t.sub(w, t.mul(0.1, gradient as t.Tensor)) } })
}

test.each([0, 1, 2, 5, 7])('a training step, %i examples', (batch) => {
  const feeds = { x: numbers(1, [batch, 2, 3]), w: numbers(2, [3, 4]), y: numbers(3, [batch, 2, 4]) }
  expectEqual(
    regression((error) => t.reduceMean(t.mul(error, error))),
    feeds,
  )
  expectEqual(
    regression((error) => t.reduceSum(t.abs(error))),
    feeds,
  )
})

test('what sizes alone make is made in each piece, where passes see what it is', () => {
  const [pairs, scale] = [t.input('pairs', 'float32', ['batch', 'n', 'n', 2]), t.input('scale', 'float32', [2])]
  const kept = t.keepDiagonal(t.tanh(t.mul(pairs, scale)), 1, 2)
  const loss = t.reduceSum(kept)
  const [gradient] = t.differentiate(loss, [scale])
  const given = t.program({ inputs: [pairs, scale], outputs: { loss, gradient: gradient as t.Tensor } })
  const text = shown(inPieces(given, 2))
  expect(text).toMatch(/Loop\(\{[^}]*EyeLike[^}]*\}/)
  expect(text.replace(/\{[^}]*\}/g, '')).not.toContain('EyeLike')
  for (const [batch, n] of [
    [5, 3],
    [1, 1],
    [3, 0],
  ] as const)
    expectEqual(given, { pairs: numbers(1, [batch, n, n, 2]), scale: numbers(2, [2]) })
})

test('places along other axes than that of the examples, and sizes of inputs that pieces do not read', () => {
  const given = placesOfOtherAxes()
  for (const m of [1, 4]) expectEqual(given, { rows: numbers(1, [5, 3]), scale: numbers(2, [1]), other: numbers(3, [m]) })
})

test('what divides a masked mean is counted before', () => {
  const mask = t.input('mask', 'bool', ['batch', 2])
  const counted = t.unsqueeze(t.cast(mask, 'float32'), -1)
  const error = t.mul(t.sub(t.tanh(t.matMul(x, w)), y), counted)
  const loss = t.div(t.reduceSum(t.mul(error, error)), t.reduceSum(counted))
  const [gradient] = t.differentiate(loss, [w])
  const program = t.program({ inputs: [x, w, y, mask], outputs: { loss, gradient: gradient as t.Tensor } })
  const feeds = { x: numbers(1, [5, 2, 3]), w: numbers(2, [3, 4]), y: numbers(3, [5, 2, 4]) }
  const data = [1, 1, 0, 1, 0, 0, 1, 1, 0, 1]
  expectEqual(program, { ...feeds, mask: t.tensorValue('bool', [5, 2], data) })
})

test('random numbers are those of the whole batch', () => {
  const seed = t.input('seed', 'int64', [])
  const wide = t.input('wide', 'float32', [3, 64])
  const hidden = t.matMul(t.reshape(x, ['batch', 2, 3]), wide)
  const kept = t.cast(t.randomMask(seed, 1, hidden.shape, 0.5), 'float32')
  const loss = t.reduceSum(t.mul(t.tanh(t.mul(hidden, kept)), t.randomUniform(seed, 2, ['batch', 1, 64])))
  const [gradient] = t.differentiate(loss, [wide])
  const program = t.program({ inputs: [x, wide, seed], outputs: { loss, gradient: gradient as t.Tensor } })
  expectEqual(program, { x: numbers(1, [5, 2, 3]), wide: numbers(2, [3, 64]), seed: t.tensorValue('int64', [], [7]) })
})

const features = t.tanh(t.matMul(x, w))
test.each<[string, Record<string, t.Tensor>]>([
  ['outputs of their own for each example', { features, loss: t.reduceSum(features) }],
  ['the largest of the batch', { largest: t.reduceMax(features) }],
  [
    'products of each example with each other',
    { gram: t.matMul(t.reshape(features, ['batch', 8]), t.transpose(t.reshape(features, ['batch', 8]))) },
  ],
  ['statistics over the batch', { loss: t.reduceSum(t.abs(t.sub(features, t.reduceMean(features, { axis: 0, keepDims: true })))) }],
  ['sums of nothing that is fed', { places: t.reduceSum(t.tanh(t.cast(t.range('batch'), 'float32'))) }],
  ['sums along the batch', { loss: t.reduceSum(t.abs(t.cumSum(features, 0))) }],
])('does not apply: %s', (_, outputs) => {
  const given = t.program({ inputs: [x, w, y], outputs })
  expect(inPieces(given, 2)).toBe(given)
})

test('sums that may be as long as the batch are no sums of pieces: each would add all of them', () => {
  const messages = t.input('messages', 'float32', ['edges', 4])
  const to = t.input('to', 'int64', ['edges'])
  const weight = t.input('weight', 'float32', [4, 3])
  const sums = t.segmentSum(t.matMul(messages, weight), to, 'nodes')
  const nodes = t.input('nodes', 'float32', ['nodes', 3])
  const program = t.program({ inputs: [messages, to, weight, nodes], outputs: { y: t.add(sums, nodes) } })
  expect(inPieces(program, 2)).toBe(program)
})

test('nothing to do a second time', () => {
  const once = inPieces(
    regression((error) => t.reduceMean(error)),
    2,
  )
  expect(inPieces(once, 2)).toBe(once)
})

test('the size of a piece may be an input', () => {
  const given = regression((error) => t.reduceMean(t.mul(error, error)))
  const cut = microBatches({ size: 'piece' }).run(given, context)
  const feeds = { x: numbers(1, [5, 2, 3]), w: numbers(2, [3, 4]), y: numbers(3, [5, 2, 4]) }
  expect(cut.inputs.map(({ name }) => name)).toEqual(['x', 'w', 'y', 'piece'])
  const { value } = t.evaluate(cut, { ...feeds, piece: t.tensorValue('int64', [], [3]) })
  expect(value?.data[0]).toBeCloseTo(t.evaluate(given, feeds).value?.data[0] as number, 12)
})

/** Two convolutions with a pooling, and the gradients of both. */
function convolutions(): Fed {
  const [images, first, second] = [
    t.input('images', 'float32', ['batch', 2, 6, 6]),
    t.input('first', 'float32', [3, 2, 3, 3]),
    t.input('second', 'float32', [2, 3, 2, 2]),
  ]
  const loss = t.reduceSum(t.tanh(t.conv(t.maxPool(t.conv(images, first), { kernel: 2 }), second)))
  const [a, b] = t.differentiate(loss, [first, second]) as [t.Tensor, t.Tensor]
  const feeds = { images: numbers(1, [3, 2, 6, 6]), first: numbers(2, [3, 2, 3, 3]), second: numbers(3, [2, 3, 2, 2]) }
  return { program: t.program({ inputs: [images, first, second], outputs: { loss, a, b } }), feeds, batch: 'batch' }
}

/** Each input with the batch at one of its axes, or at none, in all ways. */
function assignments(inputs: readonly t.Input[]): (number | undefined)[][] {
  return inputs.reduce<(number | undefined)[][]>(
    (made, { rank }) =>
      made.flatMap((some) => [undefined, ...Array.from({ length: rank }, (_, axis) => axis)].map((axis) => [...some, axis])),
    [[]],
  )
}

/** The axis moved to the front. */
function rowsFirst({ dtype, shape, data }: t.TensorValue, axis: number): t.TensorValue {
  const x = t.input('x', dtype, shape)
  const y = t.evaluate(t.program({ inputs: [x], outputs: { y: t.moveAxis(x, axis, 0) } }), { x: { dtype, shape, data } })
    .y as t.ReferenceValue
  return t.tensorValue(dtype as 'float32', y.shape, y.data)
}

/** A Program whose inputs have a batch, and what it is fed. */
interface Fed {
  readonly batch: string
  readonly program: t.Program
  readonly feeds: Readonly<Record<string, t.TensorValue>>
}

/** The sum over the batch of a case's result times a weight of each example, and its gradients; undefined if the examples cannot lie there. */
function summed(given: OperatorCase, axes: readonly (number | undefined)[]): Fed | undefined {
  const [values, leaves] = [caseFeeds(given, 1), Object.values(caseInputs(given))]
  const lengths = leaves.flatMap(({ name, shape }, i) => {
    const axis = axes[i]
    return axis === undefined ? [] : [{ size: shape[axis], count: values[name]?.shape[axis] as number }]
  })
  const batch = typeof lengths[0]?.size === 'number' ? 'batch' : String(lengths[0]?.size)
  if (new Set(lengths.map(({ size, count }) => `${size} ${count}`)).size !== 1) return undefined
  const inputs = leaves.map((leaf, i) => {
    const [axis, value] = [axes[i], values[leaf.name] as t.TensorValue]
    if (axis === undefined) return { leaf, tensor: leaf as t.Tensor, value }
    const rows = t.input(leaf.name, leaf.dtype, [batch, ...leaf.shape.toSpliced(axis, 1)])
    return { leaf: rows, tensor: t.moveAxis(rows, 0, axis), value: rowsFirst(value, axis) }
  })
  const weight = t.input('weight', 'float32', [batch])
  try {
    const result = t.cast(given.build(Object.fromEntries(inputs.map(({ leaf, tensor }) => [leaf.name, tensor]))), 'float32')
    const along = result.shape.findIndex((d) => String(d) === batch)
    const weights = t.reshape(
      weight,
      result.shape.map((_, i) => (i === along ? batch : 1)),
    )
    const output = along < 0 ? result : t.reduceSum(t.mul(result, weights), { axis: along })
    const still = inputs.flatMap(({ leaf }, i) => (axes[i] === undefined && leaf.dtype === 'float32' ? [leaf] : []))
    const gradients = t.differentiate(t.reduceSum(output), still).map((gradient, i): [string, t.Tensor] => [`gradient.${i}`, gradient])
    return {
      program: t.program({ inputs: [...inputs.map(({ leaf }) => leaf), weight], outputs: { output, ...Object.fromEntries(gradients) } }),
      feeds: {
        ...Object.fromEntries(inputs.map(({ leaf, value }) => [leaf.name, value])),
        weight: numbers(5, [lengths[0]?.count as number]),
      },
      batch,
    }
  } catch (error) {
    if (error instanceof t.ShapeError || error instanceof t.DimensionError) return undefined
    throw error
  }
}

/** Operators that a piece computes, if the Program can be cut; its values in pieces of 1 and 2 are those of the whole. */
function checkedCut({ program, feeds, batch }: Fed): string[] {
  const cut = cutBatch(program, batch)
  if (cut === undefined || cut.sums.length === 0) return []
  const expected = t.evaluate(program, feeds)
  for (const size of [1, 2]) {
    const got = t.evaluate(program.withOutputs(loopOverPieces(program, cut, { batch, size })), feeds)
    for (const [name, value] of Object.entries(expected)) expectClose(got[name], value)
  }
  return [...cut.inside].map(({ operator }) => operator.name)
}

/** Beside those that every backend is tested with: what leaves an axis as it is. */
const moreCases: readonly OperatorCase[] = [
  { name: 'pad one axis', inputs: { x: { shape: [3, 2] } }, build: ({ x: given }) => t.pad(given as t.Tensor, [0, 1, 0, 2]) },
  { name: 'tile one axis', inputs: { x: { shape: [3, 2] } }, build: ({ x: given }) => t.tile(given as t.Tensor, [1, 2]) },
]

test('every operator, its examples along every axis', () => {
  const found = new Set<string>(checkedCut(convolutions()))
  const ways = [...operatorCases, ...moreCases].map((given) => {
    const cuts = assignments(Object.values(caseInputs(given))).flatMap((axes) => {
      const made = axes.every((axis) => axis === undefined) ? undefined : summed(given, axes)
      const inside = made === undefined ? [] : checkedCut(made)
      for (const name of inside) found.add(name)
      return inside.length > 0 ? [axes.map((axis) => axis ?? '-').join('')] : []
    })
    return `${given.name}: ${cuts.join(' ')}`
  })
  expect(Object.keys(batchRules).filter((name) => !found.has(name))).toEqual([])
  // Where the examples may lie, input by input: along that axis, or (-) nowhere.
  expect(ways.join('\n')).toMatchInlineSnapshot(`
    "neg: 0 1
    abs: 0 1
    exp: 0 1
    log: 0 1
    sqrt: 0 1
    reciprocal: 0 1
    sin: 0 1
    cos: 0 1
    tan: 0 1
    asin: 0 1
    acos: 0 1
    atan: 0 1
    sinh: 0 1
    cosh: 0 1
    asinh: 0 1
    acosh: 0 1
    atanh: 0 1
    tanh: 0 1
    sigmoid: 0 1
    softplus: 0 1
    softsign: 0 1
    relu: 0 1
    erf: 0 1
    floor: 0 1
    ceil: 0 1
    round: 0 1
    sign: 0 1
    selu: 0 1
    leakyRelu: 0 1
    elu: 0 1
    hardSigmoid: 0 1
    clip: 0 1
    clip above: 0 1
    add: -0 0- 2-
    add scalar: -0 -1
    add empty: 0- 1-
    sub: -0 0- 2-
    sub scalar: -0 -1
    sub empty: 0- 1-
    mul: -0 0- 2-
    mul scalar: -0 -1
    mul empty: 0- 1-
    div: -0 0- 2-
    div scalar: -0 -1
    div empty: 0- 1-
    pow: -0 0- 2-
    pow scalar: -0 -1
    pow empty: 0- 1-
    max: -0 0- 2-
    max scalar: -0 -1
    max empty: 0- 1-
    min: -0 0- 2-
    min scalar: -0 -1
    min empty: 0- 1-
    equal: 0- 10
    equal float: 0- 10
    less: 0- 10
    less float: 0- 10
    lessOrEqual: 0- 10
    lessOrEqual float: 0- 10
    greater: 0- 10
    greater float: 0- 10
    greaterOrEqual: 0- 10
    greaterOrEqual float: 0- 10
    equal bool: 00
    and or xor not: 00
    mul of one tensor: 0 1
    isNaN: 0
    hardSigmoid beside NaN: 0 1
    isInf: 0
    where: -1- 00-
    where five axes: -1- -2- -4- 00- 1-- 11- 33-
    where bool: -10 00-
    where int64: 000
    cast: 0
    mod int64: 00
    mod float: 00
    integer arithmetic: 00
    reduceSum middle: 0 2
    reduceSum several kept: 1
    reduceSum all: 
    reduceMean middle: 0 2
    reduceMean several kept: 1
    reduceMean all: 
    reduceMax middle: 0 2
    reduceMax several kept: 1
    reduceMax all: 
    reduceMin middle: 0 2
    reduceMin several kept: 1
    reduceMin all: 
    reduceProd middle: 0 2
    reduceProd several kept: 1
    reduceProd all: 
    reduceLogSumExp middle: 0 2
    reduceLogSumExp several kept: 1
    reduceLogSumExp all: 
    reduceLogSumExp of no axis: 0 1
    reduceSum empty: 0
    reduceSum int64: 0
    reduceMax int64: 0
    argMax: 0 2
    argMin kept: 0 1
    cumSum: 0
    cumSum exclusive reverse: 0 1
    softmax: 0 2
    logSoftmax: 0
    topK: 0
    topK smallest indices: 1
    norm: 0
    matMul: -1 0-
    matMul batch: -0 -2 0- 00 1-
    matMul broadcast: -0 -2 0- 2-
    matMul one weight: -1 0-
    matMul left weight: -0 -2 0-
    matMul transposed left: -0 -2 1-
    matMul transposed right: -0 0-
    matMul both transposed: -0 -1 0- 3-
    matMul of computed matrices, odd: -1 0-
    matMul vectors: -0 -2
    matMul empty: -1 0-
    einsum: -1 0- 1-
    einsum sums an index: -1
    einsum trace: 0
    einsum three: 0-1
    reshape: 0
    reshape open: 
    squeeze: 0 2
    unsqueeze: 0 1
    transpose: 0 1 2
    expand: 0
    expand symbolic: -0
    concat: 000
    slice: 
    slice step: 
    flip: 0
    split: 0
    pad: 
    pad reflect: 0
    pad edge: 
    pad wrap: 
    tile: 
    trilu: 0
    range: 0
    eyeLike: 0
    diagonal: 0
    sizeOf: 0 1
    gather: -0 -1 1-
    gather int32: -0 -1 1-
    gather axis: -0 0- 2-
    gather constant permutations: 0 2
    gather constant some rows: 0 2
    gather constant rows again: 0 2
    gather constant from the end: 0 2
    gather constant none: 0 2
    gather scalar: 1-
    gatherElements: -0 11
    gatherND: -0 2-
    scatterElements: 0-- 111
    scatterElements add: 0-- 111
    scatterND add: 0-- 11-
    scatterElements max: 0-- 111
    scatterND max: 0-- 11-
    scatterElements min: 0-- 111
    scatterND min: 0-- 11-
    scatterND: 0-- 11-
    oneHot: 0 1
    oneHot int32: 0
    oneHot bool: 0
    nonZero: 1-
    asSizes: 
    segmentSum: 1-
    segmentMean: 1-
    segmentMax: 1-
    segmentMin: 1-
    conv 1d: 0--
    conv 1d wide: 0-
    conv 2d of one tap, odd: 0-
    conv 1d stride: 0-
    conv 2d: 0-
    conv in phases: a tail that no window reads: 0-
    conv in phases: a kernel as long as the stride: 0-
    conv in phases: one-sided pads: 0-
    conv in phases: a kernel shorter than the stride: 0-
    conv in phases: planes: 0-
    conv in phases: planes, few channels: 0-
    conv taps: a line of nine: 0-
    conv taps: a plane, one window: 0-
    conv taps: a plane of columns: 0-
    conv 2d stride dilation: 0-
    conv 2d groups: 0-
    conv 2d six channels: 0-
    conv 3d: 0-
    convTranspose 1d: 0-
    convTranspose 2d groups: 0-
    maxPool: 0 1
    maxPool uneven: 0 1
    maxPool of one row: 0 1
    maxPool that tiles 1d: 0 1
    maxPool of relu in another shape: 
    maxPool 1d: 0 1
    averagePool: 0 1
    averagePool pads: 0 1
    repeat: 
    repeat in pieces of 1: 
    repeat in pieces of 3: 
    repeat in pieces of 7: 
    repeat in pieces of 9: 
    randomUniform: 
    randomMask: 
    pad one axis: 0
    tile one axis: 0"
  `)
})

test('changes no value', () => expectLaw(microBatches({ size: 2 }), recipeNames, 20, 0))
