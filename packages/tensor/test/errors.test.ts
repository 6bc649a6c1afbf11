import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'

const n = t.symbol('n')
const wide = (count: number): t.Dimension => t.total(Array.from({ length: count }, (_, k) => t.symbol(`a${k}`)))
const x = t.input('x', 'float32', ['batch', 'n', 3])
const c = t.input('c', 'bool', ['batch', 'n', 1])
const i = t.input('i', 'int64', ['n'])
const v = t.input('v', 'float32', [4])
const w = t.input('w', 'float32', [3, 4])
const signal = t.input('signal', 'float32', [1, 2, 7])
const kernel = t.input('kernel', 'float32', [3, 2, 3])
const kernel2 = t.input('kernel', 'float32', [2, 2, 3])
const state = t.input('state', 'float32', [3, 4])
const step = t.input('step', 'int64', [])
const own = t.program({ inputs: [w], outputs: { y: t.exp(w) } })
const sized = t.program({ inputs: [t.input('size', 'int64', [], { binds: 'n' })], outputs: { y: t.range('n') } })
const body = (inputs: readonly t.Input[], outputs: Record<string, t.Tensor>): t.Program => t.program({ inputs, outputs })
const value = (y: t.Tensor): unknown => t.evaluate(t.program({ inputs: [], outputs: { y } }), {}).y
/** A pass that writes one operator in place of another. */
const swapped = (name: string, from: 'Add' | 'Sub', to: 'Add' | 'Sub'): t.Pass =>
  t.rewriting(name, [t.rule(from, ({ inputs: [a, b] }) => (to === 'Add' ? t.add(a, b) : t.sub(a, b)))])

const refused: [string, string, () => unknown][] = [
  // Sizes
  ['DimensionError', 'dimension: expected a non-negative integer, a symbol or a polynomial, received -1.', () => t.dimension(-1)],
  ['DimensionError', 'dimension: expected a non-negative integer, a symbol or a polynomial, received 1.5.', () => t.dimension(1.5)],
  ['DimensionError', 'symbol: expected a name of letters, digits and underscores, received "2n".', () => t.symbol('2n')],
  ['DimensionError', 'symbol: expected a name of letters, digits and underscores, received "n ".', () => t.symbol('n ')],
  ['DimensionError', 'dimension: the symbol n has no value; give an input whose shape holds it.', () => t.dimensionValue(n, new Map())],
  ['DimensionError', 'dimension: expected a size within 2^53, received one of about 9.01e+15.', () => t.plus(2 ** 53 - 1, 1)],
  [
    'DimensionError',
    'dimension: expected a size of at most 256 terms, received one of 257: it is too complicated for a size.',
    () => t.total(Array.from({ length: 257 }, (_, i) => t.symbol(`a${i}`))),
  ],
  [
    'DimensionError',
    'dimension: expected a size of at most 64 factors a term, received one of 65: it is too complicated for a size.',
    () => Array.from({ length: 65 }).reduce<t.Dimension>((d) => t.times(d, n), 1),
  ],
  [
    'DimensionError',
    'dimension: expected a size of at most 1024 characters, received one of 1026: it is too complicated for a size.',
    () => t.symbol('n'.repeat(1024)),
  ],
  [
    'DimensionError',
    'dimension: expected a size of at most 256 terms, received one of 272: it is too complicated for a size.',
    () => t.times(wide(16), t.plus(wide(16), t.symbol('b'))),
  ],
  // Axes and shapes
  ['ShapeError', 'size: expected an axis of [batch, n, 3], received 3.', () => x.size(3)],
  [
    'ShapeError',
    'input size: expected an int64 scalar, because its value is a size, received float32 [].',
    () => t.input('size', 'float32', [], { binds: 'n' }),
  ],
  [
    'ShapeError',
    'input size: expected an int64 scalar, because its value is a size, received int64 [1].',
    () => t.input('size', 'int64', [1], { binds: 'n' }),
  ],
  ['ShapeError', 'ReduceSum: expected an axis from -3 to 2, received 3.', () => t.reduceSum(x, { axis: 3 })],
  ['ShapeError', 'Softmax: expected an axis from -3 to 2, received {"axis":1}.', () => t.softmax(x, { axis: 1 } as never)],
  ['ShapeError', 'ReduceSum: expected an axis from -3 to 2, received -4.', () => t.reduceSum(x, { axis: -4 })],
  ['ShapeError', 'ReduceSum: expected an axis from -3 to 2, received 0.5.', () => t.reduceSum(x, { axis: 0.5 })],
  ['ShapeError', 'ReduceSum: expected different axes, received [1, 1].', () => t.reduceSum(x, { axis: [1, -2] })],
  [
    'ShapeError',
    'Add: expected shapes that broadcast (equal sizes, or 1), received [batch, n, 3] and [4]. Axis -1 is 3 and 4.',
    () => t.add(x, v),
  ],
  [
    'ShapeError',
    'Where: expected shapes that broadcast (equal sizes, or 1), received [batch, n, 3] and [4]. Axis -1 is 3 and 4.',
    () => t.where(c, x, v),
  ],
  [
    'ShapeError',
    'Expand: expected shapes that broadcast (equal sizes, or 1), received [batch, n, 3] and [2, 3]. Axis -2 is n and 2.',
    () => t.expand(x, [2, 3]),
  ],
  ['ShapeError', 'ArgMax: expected an axis from -3 to 2, received 3.', () => t.argMax(x, 3)],
  ['ShapeError', 'ArgMin: expected an axis from -3 to 2, received 3.', () => t.argMin(x, 3)],
  ['ShapeError', 'CumSum: expected an axis from -3 to 2, received 3.', () => t.cumSum(x, 3)],
  ['ShapeError', 'Softmax: expected an axis from -3 to 2, received 3.', () => t.softmax(x, 3)],
  ['ShapeError', 'LogSoftmax: expected an axis from -3 to 2, received 3.', () => t.logSoftmax(x, 3)],
  ['ShapeError', 'TopK: expected k of at most 3, the size of axis 2 of [batch, n, 3], received 4.', () => t.topK(x, 4)],
  ['ShapeError', 'TopK: expected an axis from -3 to 2, received 3.', () => t.topK(x, 1, 3)],
  [
    'ShapeError',
    'Reshape: expected a shape of 3*batch*n elements, as [batch, n, 3] has, received [batch, 5] of 5*batch.',
    () => t.reshape(x, ['batch', 5]),
  ],
  ['ShapeError', 'Reshape: expected sizes that divide the elements of [batch, n, 3], received [1, 5].', () => t.reshape(x, [-1, 5])],
  ['ShapeError', 'Squeeze: expected size 1 at axis 2, received [batch, n, 3].', () => t.squeeze(x, 2)],
  ['ShapeError', 'Squeeze: expected an axis from -3 to 2, received 3.', () => t.squeeze(x, 3)],
  ['ShapeError', 'Unsqueeze: expected an axis from -4 to 3, received 4.', () => t.unsqueeze(x, 4)],
  ['ShapeError', 'Transpose: expected a permutation of the axes 0 to 2, received [0, 1].', () => t.transpose(x, [0, 1])],
  ['ShapeError', 'Transpose: expected a permutation of the axes 0 to 2, received [0, 1, 1].', () => t.transpose(x, [0, 1, 1])],
  ['ShapeError', 'Transpose: expected an axis from -3 to 2, received 3.', () => t.transpose(x, [0, 1, 3])],
  ['ShapeError', 'swapAxes: expected an axis from -3 to 2, received 3.', () => t.swapAxes(x, 0, 3)],
  ['ShapeError', 'swapAxes: expected an axis from -3 to 2, received 3.', () => t.swapAxes(x, 3, 0)],
  ['ShapeError', 'moveAxis: expected an axis from -3 to 2, received 3.', () => t.moveAxis(x, 3, 0)],
  ['ShapeError', 'moveAxis: expected an axis from -3 to 2, received 3.', () => t.moveAxis(x, 0, 3)],
  ['ShapeError', 'Concat: expected at least one tensor, received none.', () => t.concat([], 0)],
  [
    'ShapeError',
    'Concat: expected shapes that differ at axis 2 only, received [batch, n, 3] and [batch, m, 3].',
    () => t.concat([x, t.input('y', 'float32', ['batch', 'm', 3])], 2),
  ],
  ['ShapeError', 'Concat: expected shapes that differ at axis 2 only, received [batch, n, 3] and [4].', () => t.concat([x, v], 2)],
  ['ShapeError', 'Concat: expected an axis from -3 to 2, received 3.', () => t.concat([x, x], 3)],
  [
    'TypeMismatchError',
    'Concat: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.concat([x, t.cast(x, 'int64')], 2),
  ],
  ['ShapeError', 'Slice: expected an axis from -3 to 2, received 3.', () => t.slice(x, { axis: 3 })],
  ['ShapeError', 'Slice: expected a positive step (flip reverses), received 0.', () => t.slice(x, { axis: 2, step: 0 })],
  ['ShapeError', 'Slice: expected a positive step (flip reverses), received 1.5.', () => t.slice(x, { axis: 2, step: 1.5 })],
  [
    'ShapeError',
    'Slice: expected 0 <= start <= end <= 3 at axis 2, received start 2, end 1.',
    () => t.apply(t.operators.Slice, [x], { axes: [2], starts: [2], ends: [1], steps: [1] }),
  ],
  [
    'ShapeError',
    'Slice: expected 0 <= start <= end <= 3 at axis 2, received start -1, end 1.',
    () => t.apply(t.operators.Slice, [x], { axes: [2], starts: [-1], ends: [1], steps: [1] }),
  ],
  [
    'ShapeError',
    'Slice: expected 0 <= start <= end <= 3 at axis 2, received start 0, end 4.',
    () => t.apply(t.operators.Slice, [x], { axes: [2], starts: [0], ends: [4], steps: [1] }),
  ],
  ['ShapeError', 'flip: expected an axis from -3 to 2, received 3.', () => t.flip(x, 3)],
  ['ShapeError', 'Split: expected sizes that add up to 3, the size of axis 2, received [1, 1] with sum 2.', () => t.split(x, [1, 1], 2)],
  ['ShapeError', 'Split: expected an axis from -3 to 2, received 3.', () => t.split(x, [1, 1], 3)],
  ['ShapeError', 'Pad: expected 6 non-negative pads for shape [batch, n, 3], received [1, 1]. Use slice to cut.', () => t.pad(x, [1, 1])],
  [
    'DimensionError',
    'dimension: expected a non-negative integer, a symbol or a polynomial, received -1.',
    () => t.pad(x, [0, 0, -1, 0, 0, 0]),
  ],
  [
    'DimensionError',
    'dimension: expected a non-negative integer, a symbol or a polynomial, received -1.',
    () => t.pad(x, [0, 0, 0, 0, 0, -1]),
  ],
  [
    'ShapeError',
    'Pad: expected 6 non-negative pads for shape [batch, n, 3], received [0, 0, -1, 0, 0, 0]. Use slice to cut.',
    () => t.apply(t.operators.Pad, [x], { pads: [0, 0, -1, 0, 0, 0], value: 0 }),
  ],
  [
    'ShapeError',
    'pad: expected pads of at most 2 in mode reflect at axis 2, received 3.',
    () => t.pad(x, [0, 0, 3, 0, 0, 0], { mode: 'reflect' }),
  ],
  [
    'ShapeError',
    'pad: expected pads of at most 3 in mode wrap at axis 2, received 4.',
    () => t.pad(x, [0, 0, 0, 0, 0, 4], { mode: 'wrap' }),
  ],
  ['ShapeError', 'Tile: expected 3 repeats, one an axis, received 2.', () => t.tile(x, [1, 2])],
  ['ShapeError', 'Trilu: expected at least two axes, received [4].', () => t.trilu(v)],
  ['ShapeError', 'keepDiagonal: expected an axis from -3 to 2, received 3.', () => t.keepDiagonal(x, 0, 3)],
  ['ShapeError', 'keepDiagonal: expected an axis from -3 to 2, received 3.', () => t.keepDiagonal(x, 3, 0)],
  ['ShapeError', 'diagonal: expected an axis from -3 to 2, received 3.', () => t.diagonal(x, 0, 3)],
  ['ShapeError', 'diagonal: expected an axis from -3 to 2, received 3.', () => t.diagonal(x, 3, 0)],
  ['FeedError', 'constant: expected 3 numbers for shape [3], received 2.', () => t.constant([1, 2], [3])],
  ['FeedError', 'constant: expected 4 numbers for shape [2, 2], received 2.', () => t.constant(Int32Array.of(1, 2), [2, 2])],
  ['FeedError', 'tensorValue: expected 6 numbers for shape [2, 3], received 1.', () => t.tensorValue('float32', [2, 3], [1])],
  // Types
  [
    'TypeMismatchError',
    'Add: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.add(x, t.cast(x, 'int64')),
  ],
  ['TypeMismatchError', 'Add: expected numeric tensors, received bool. Use cast(x, ...) if that is meant.', () => t.add(c, c)],
  ['TypeMismatchError', 'And: expected bool tensors, received float32. Use cast(x, ...) if that is meant.', () => t.and(x, x)],
  ['TypeMismatchError', 'Exp: expected a floating-point tensor, received bool. Use cast(x, ...) if that is meant.', () => t.exp(c)],
  ['TypeMismatchError', 'Exp: expected a floating-point tensor, received int64. Use cast(x, ...) if that is meant.', () => t.exp(i)],
  ['TypeMismatchError', 'Neg: expected a numeric tensor, received bool. Use cast(x, ...) if that is meant.', () => t.neg(c)],
  ['TypeMismatchError', 'Not: expected a bool tensor, received float32. Use cast(x, ...) if that is meant.', () => t.not(x)],
  ['TypeMismatchError', 'Where: expected a bool condition, received float32. Use cast(x, ...) if that is meant.', () => t.where(x, x, x)],
  [
    'TypeMismatchError',
    'Where: expected two branches of one type, received float32 and int64. Use cast(x, ...).',
    () => t.where(c, x, t.cast(x, 'int64')),
  ],
  ['TypeMismatchError', 'ReduceSum: expected numbers, received bool. Use cast(x, ...) to count.', () => t.reduceSum(c)],
  ['TypeMismatchError', 'ReduceLogSumExp: expected numbers, received int64. Use cast(x, ...) to count.', () => t.reduceLogSumExp(i)],
  ['TypeMismatchError', "Gather: expected int64 or int32 indices, received float32. Use cast(x, 'int64').", () => t.gather(x, x)],
  [
    'TypeMismatchError',
    "GatherElements: expected int64 or int32 indices, received float32. Use cast(x, 'int64').",
    () => t.gatherElements(x, x),
  ],
  ['TypeMismatchError', "GatherND: expected int64 or int32 indices, received float32. Use cast(x, 'int64').", () => t.gatherND(x, x)],
  [
    'TypeMismatchError',
    "ScatterElements: expected int64 or int32 indices, received float32. Use cast(x, 'int64').",
    () => t.scatterElements(x, x, x),
  ],
  ['TypeMismatchError', "ScatterND: expected int64 or int32 indices, received float32. Use cast(x, 'int64').", () => t.scatterND(x, x, x)],
  ['TypeMismatchError', "OneHot: expected int64 or int32 indices, received float32. Use cast(x, 'int64').", () => t.oneHot(x, 3)],
  [
    'TypeMismatchError',
    "segmentSum: expected int64 or int32 indices, received float32. Use cast(x, 'int64').",
    () => t.segmentSum(x, v, 2),
  ],
  // Products
  [
    'ShapeError',
    'matMul: expected the last axis of a to equal the second-last of b, received [batch, n, 3] and [4, 8].',
    () => t.matMul(x, t.input('w', 'float32', [4, 8])),
  ],
  [
    'ShapeError',
    'matMul: expected shapes that broadcast (equal sizes, or 1), received [batch] and [2, 5]. Axis -1 is batch and 5.',
    () => t.matMul(x, t.input('w', 'float32', [2, 5, 3, 8])),
  ],
  [
    'ShapeError',
    'matMul: expected tensors of rank 1 or more, received [batch, n, 3] and [].',
    () => t.matMul(x, t.input('s', 'float32', [])),
  ],
  [
    'ShapeError',
    'matMul: expected tensors of rank 1 or more, received [] and [batch, n, 3].',
    () => t.matMul(t.input('s', 'float32', []), x),
  ],
  [
    'TypeMismatchError',
    'matMul: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.matMul(x, t.input('w', 'int64', [3, 8])),
  ],
  [
    'ShapeError',
    'einsum: expected every index of the result once, and in some operand, received k in "ij->k".',
    () => t.einsum('ij->k', w),
  ],
  [
    'ShapeError',
    'einsum: expected every index of the result once, and in some operand, received i in "ij->ii".',
    () => t.einsum('ij->ii', w),
  ],
  ['ShapeError', 'einsum: expected letters, commas and one arrow, as in "bij,jk->bik", received "i.->i".', () => t.einsum('i.->i', w)],
  ['ShapeError', 'einsum: expected letters, commas and one arrow, as in "bij,jk->bik", received "ij->i1".', () => t.einsum('ij->i1', w)],
  ['ShapeError', 'einsum: expected 2 operands, as the equation has, received 1.', () => t.einsum('ij,jk->ik', w)],
  ['ShapeError', 'einsum: expected rank 3 for operand 0 ("ijk"), received [3, 4].', () => t.einsum('ijk->i', w)],
  [
    'ShapeError',
    'einsum: expected one size for the index i, received 3 and 5.',
    () => t.einsum('ij,ik->jk', w, t.input('u', 'float32', [5, 2])),
  ],
  ['ShapeError', 'einsum: expected one size for the index i, received 3 and 4.', () => t.einsum('ii->i', w)],
  // Positions
  ['ShapeError', 'Gather: expected an axis from -3 to 2, received 3.', () => t.gather(x, i, 3)],
  ['ShapeError', 'GatherElements: expected indices of the rank of x, received [n] for [batch, n, 3].', () => t.gatherElements(x, i)],
  ['ShapeError', 'GatherElements: expected an axis from -3 to 2, received 3.', () => t.gatherElements(x, t.cast(x, 'int64'), 3)],
  [
    'ShapeError',
    'GatherND: expected indices of shape [..., 1 to 3], received [2, 4].',
    () => t.gatherND(x, t.input('at', 'int64', [2, 4])),
  ],
  [
    'ShapeError',
    'GatherND: expected indices of shape [..., 1 to 3], received [2, 0].',
    () => t.gatherND(x, t.input('at', 'int64', [2, 0])),
  ],
  ['ShapeError', 'GatherND: expected indices of shape [..., 1 to 3], received [n].', () => t.gatherND(x, t.input('at', 'int64', ['n']))],
  [
    'ShapeError',
    'ScatterElements: expected indices and updates of one shape and the rank of data, received [1, 4] and [1, 3] for [3, 4].',
    () => t.scatterElements(w, t.input('at', 'int64', [1, 4]), t.input('u', 'float32', [1, 3])),
  ],
  [
    'ShapeError',
    'ScatterElements: expected indices and updates of one shape and the rank of data, received [4] and [4] for [3, 4].',
    () => t.scatterElements(w, t.input('at', 'int64', [4]), t.input('u', 'float32', [4])),
  ],
  [
    'ShapeError',
    'ScatterElements: expected an axis from -2 to 1, received 2.',
    () => t.scatterElements(w, t.input('at', 'int64', [1, 4]), t.input('u', 'float32', [1, 4]), { axis: 2 }),
  ],
  [
    'TypeMismatchError',
    'ScatterElements: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.scatterElements(w, t.input('at', 'int64', [1, 4]), t.input('u', 'int64', [1, 4])),
  ],
  [
    'ShapeError',
    'ScatterND: expected updates of shape [2, 4], received [2, 3].',
    () => t.scatterND(w, t.input('at', 'int64', [2, 1]), t.input('u', 'float32', [2, 3])),
  ],
  [
    'TypeMismatchError',
    'ScatterND: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.scatterND(w, t.input('at', 'int64', [2, 1]), t.input('u', 'int64', [2, 4])),
  ],
  ['ShapeError', 'OneHot: expected an axis from -2 to 1, received 2.', () => t.oneHot(i, 3, { axis: 2 })],
  [
    'ShapeError',
    'segmentSum: expected one segment number for each row of x, received segments [2] for x [3, 4].',
    () => t.segmentSum(w, t.input('at', 'int64', [2]), 2),
  ],
  [
    'ShapeError',
    'segmentSum: expected one segment number for each row of x, received segments [3, 1] for x [3, 4].',
    () => t.segmentSum(w, t.input('at', 'int64', [3, 1]), 2),
  ],
  [
    'ShapeError',
    'segmentMax: expected one segment number for each row of x, received segments [2] for x [3, 4].',
    () => t.segmentMax(w, t.input('at', 'int64', [2]), 2),
  ],
  [
    'ShapeError',
    'segmentMin: expected one segment number for each row of x, received segments [2] for x [3, 4].',
    () => t.segmentMin(w, t.input('at', 'int64', [2]), 2),
  ],
  // Windows
  [
    'ShapeError',
    'conv: expected x [batch, channels, ...spatial] and a weight of the same rank, received [3, 4] and [3, 4].',
    () => t.conv(w, w),
  ],
  [
    'ShapeError',
    'conv: expected x [batch, channels, ...spatial] and a weight of the same rank, received [1, 2, 7] and [3, 4].',
    () => t.conv(signal, w),
  ],
  [
    'ShapeError',
    'conv: expected 3 channels, as weight [3, 3, 3] with 1 groups takes, received x [1, 2, 7].',
    () => t.conv(signal, t.input('k', 'float32', [3, 3, 3])),
  ],
  [
    'ShapeError',
    'conv: expected channels divisible by 2 groups, received 3.',
    () => t.conv(signal, t.input('k', 'float32', [3, 1, 3]), { groups: 2 }),
  ],
  ['ShapeError', 'conv: expected a kernel of known size, received [3, 2, k].', () => t.conv(signal, t.input('k', 'float32', [3, 2, 'k']))],
  [
    'ShapeError',
    'conv: expected spatial axis 0 of at least 8, received 7. Pad more, or use a smaller kernel.',
    () => t.conv(signal, t.input('k', 'float32', [3, 2, 8])),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [0], dilations [1], pads [0,0].',
    () => t.conv(signal, kernel, { strides: 0 }),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [1], dilations [0.5], pads [0,0].',
    () => t.conv(signal, kernel, { dilations: 0.5 }),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [1], dilations [1], pads [-1,-1].',
    () => t.conv(signal, kernel, { pads: -1 }),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [1], dilations [1], pads [1,1,1].',
    () => t.conv(signal, kernel, { pads: [1, 1, 1] }),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [1,1], dilations [1], pads [0,0].',
    () => t.conv(signal, kernel, { strides: [1, 1] }),
  ],
  [
    'ShapeError',
    'conv: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [0], strides [1], dilations [1], pads [0,0].',
    () => t.conv(signal, t.input('k', 'float32', [3, 2, 0])),
  ],
  [
    'ShapeError',
    'conv: expected a bias float32 [3], one number an output channel, received float32 [2].',
    () => t.conv(signal, kernel, { bias: t.input('b', 'float32', [2]) }),
  ],
  [
    'ShapeError',
    'conv: expected a bias float32 [3], one number an output channel, received int64 [3].',
    () => t.conv(signal, kernel, { bias: t.input('b', 'int64', [3]) }),
  ],
  [
    'TypeMismatchError',
    'conv: expected two tensors of one type, received float32 and int64. Use cast(x, ...).',
    () => t.conv(signal, t.input('k', 'int64', [3, 2, 3])),
  ],
  [
    'ShapeError',
    'convTranspose: expected 3 channels, as weight [3, 2, 3] with 1 groups takes, received x [1, 2, 7].',
    () => t.convTranspose(signal, t.input('k', 'float32', [3, 2, 3])),
  ],
  [
    'ShapeError',
    'convTranspose: expected channels divisible by 3 groups, received 2.',
    () => t.convTranspose(signal, kernel2, { groups: 3 }),
  ],
  [
    'ShapeError',
    'convTranspose: expected a kernel of known size, received [2, 2, k].',
    () => t.convTranspose(signal, t.input('k', 'float32', [2, 2, 'k'])),
  ],
  [
    'ShapeError',
    'convTranspose: expected positive kernel, strides and dilations and non-negative pads for 1 spatial axes, received kernel [3], strides [0], dilations [1], pads [0,0].',
    () => t.convTranspose(signal, kernel2, { strides: 0 }),
  ],
  [
    'ShapeError',
    'convTranspose: expected 1 numbers of outputPadding, one a spatial axis, smaller than the stride or the dilation, received [1].',
    () => t.convTranspose(signal, kernel2, { outputPadding: 1 }),
  ],
  [
    'ShapeError',
    'convTranspose: expected 1 numbers of outputPadding, one a spatial axis, smaller than the stride or the dilation, received [-1].',
    () => t.convTranspose(signal, kernel2, { strides: 2, outputPadding: -1 }),
  ],
  ['ShapeError', 'maxPool: expected x [batch, channels, ...spatial], received [3, 4].', () => t.maxPool(w, { kernel: 2 })],
  [
    'ShapeError',
    'maxPool: expected spatial axis 0 of at least 8, received 7. Pad more, or use a smaller kernel.',
    () => t.maxPool(signal, { kernel: 8 }),
  ],
  ['ShapeError', 'maxPool: expected pads smaller than the kernel, received [2,2].', () => t.maxPool(signal, { kernel: 2, pads: 2 })],
  ['ShapeError', 'maxPool: expected pads smaller than the kernel, received [0,2].', () => t.maxPool(signal, { kernel: 2, pads: [0, 2] })],
  ['ShapeError', 'averagePool: expected x [batch, channels, ...spatial], received [3, 4].', () => t.averagePool(w, { kernel: 2 })],
  ['ShapeError', 'averagePool: expected no dilations, received 1.', () => t.averagePool(signal, { kernel: 2, dilations: 1 })],
  [
    'ShapeError',
    'averagePool: expected spatial axis 0 of at least 8, received 7. Pad more, or use a smaller kernel.',
    () => t.averagePool(signal, { kernel: 8 }),
  ],
  [
    'ShapeError',
    'averagePool: expected a kernel of 1 sizes, one a spatial axis, received [2,2].',
    () => t.averagePool(signal, { kernel: [2, 2] }),
  ],
  [
    'ShapeError',
    'maxPool: expected a kernel of 1 sizes, one a spatial axis, received [2,2].',
    () => t.maxPool(signal, { kernel: [2, 2], pads: 1 }),
  ],
  [
    'ShapeError',
    'maxPool: expected a kernel of 2 sizes, one a spatial axis, received [2].',
    () => t.maxPool(t.input('images', 'float32', [1, 2, 8, 8]), { kernel: [2] }),
  ],
  [
    'ShapeError',
    'convTranspose: expected 1 numbers of outputPadding, one a spatial axis, smaller than the stride or the dilation, received [1,1].',
    () => t.convTranspose(signal, kernel2, { strides: 2, outputPadding: [1, 1] }),
  ],
  [
    'ShapeError',
    'convTranspose: expected 1 numbers of outputPadding, one a spatial axis, smaller than the stride or the dilation, received [2].',
    () => t.convTranspose(signal, kernel2, { strides: 2, outputPadding: 2 }),
  ],
  // Loops
  [
    'ShapeError',
    'repeat: expected an int64 scalar, the iteration, as first input of the body, received Input float32 [3, 4].',
    () => t.repeat(body([state], { next: state }), { count: 2, states: [w] }),
  ],
  [
    'ShapeError',
    'repeat: expected an int64 scalar, the iteration, as first input of the body, received nothing.',
    () => t.repeat(body([], {}), { count: 2, states: [] }),
  ],
  [
    'ShapeError',
    'repeat: expected an int64 scalar, the iteration, as first input of the body, received Input int64 [1].',
    () => t.repeat(body([t.input('i', 'int64', [1])], {}), { count: 2, states: [] }),
  ],
  [
    'ShapeError',
    'repeat: input "state" of the body: expected float32 [3, 4], received float32 [4].',
    () => t.repeat(body([step, state], { next: state }), { count: 2, states: [v] }),
  ],
  [
    'ShapeError',
    'repeat: input "state" of the body: expected float32 [3, 4], received nothing.',
    () => t.repeat(body([step, state], { next: state }), { count: 2, states: [] }),
  ],
  [
    'ShapeError',
    'repeat: next state "next": expected Input float32 [3, 4], received ReduceSum float32 [].',
    () => t.repeat(body([step, state], { next: t.reduceSum(state) }), { count: 2, states: [w] }),
  ],
  [
    'ShapeError',
    'repeat: expected a number of rows an iteration where values are recorded, received size.',
    () => t.repeat(body([step], { record: step }), { count: 'rows', size: 'size', states: [] }),
  ],
  [
    'ShapeError',
    'repeat: expected a number of rows an iteration where values are recorded, received 0.',
    () => t.repeat(body([step], { record: step }), { count: 'rows', size: 0, states: [] }),
  ],
  [
    'ShapeError',
    'repeat: a divided input of the body: expected a symbol as size of axis 0, received 2.',
    () => t.repeat(body([step, t.input('rows', 'float32', [2, 4])], {}), { count: 3, states: [], divided: [w] }),
  ],
  [
    'ShapeError',
    'repeat: a divided input of the body: expected a symbol as size of axis 0, received n+1.',
    () => t.repeat(body([step, t.input('rows', 'float32', [t.plus(n, 1), 4])], {}), { count: 3, states: [], divided: [w] }),
  ],
  [
    'ShapeError',
    'repeat: input "rows" of the body: expected float32 [piece, 4], received float32 [3, 4].',
    () => t.repeat(body([step, t.input('rows', 'float32', ['piece', 4])], {}), { count: 4, states: [], divided: [w] }),
  ],
  [
    'ShapeError',
    'repeat: input "rows" of the body: expected float32 [piece, 5], received float32 [3, 4].',
    () => t.repeat(body([step, t.input('rows', 'float32', ['piece', 5])], {}), { count: 3, states: [], divided: [w] }),
  ],
  [
    'ShapeError',
    'repeat: input "rows" of the body: expected int64 [piece, 4], received float32 [3, 4].',
    () => t.repeat(body([step, t.input('rows', 'int64', ['piece', 4])], {}), { count: 3, states: [], divided: [w] }),
  ],
  // Programs and feeds
  [
    'DimensionError',
    'program: the outputs depend on "b", float32 [n, 3], which is not among the inputs x.',
    () => t.program({ inputs: [x], outputs: { y: t.add(x, t.input('b', 'float32', ['n', 3])) } }),
  ],
  [
    'DimensionError',
    'program: the outputs depend on "parameter", float32 [4], which is not among the inputs x, w. A parameter is found where it is a field of a Module, or in an array of one: not in a closure, a private field, a Map or a plain object.',
    () => t.program({ inputs: [x, w], outputs: { y: t.input('parameter', 'float32', [4]) } }),
  ],
  [
    'DimensionError',
    'program: expected different names of inputs and outputs, received "x" twice.',
    () => t.program({ inputs: [x], outputs: { x: t.exp(x) } }),
  ],
  ['FeedError', 'evaluate: the input "w" float32 [3, 4] is missing.', () => t.evaluate(own, {})],
  [
    'FeedError',
    'evaluate: expected input "w" of type float32, received int64.',
    () => t.evaluate(own, { w: t.tensorValue('int64', [3, 4], new Float32Array(12)) }),
  ],
  [
    'FeedError',
    'evaluate: expected 12 numbers for input "w" of shape [3, 4], received 3.',
    () => t.evaluate(own, { w: { dtype: 'float32', shape: [3, 4], data: new Float32Array(3) } }),
  ],
  [
    'FeedError',
    'run: expected input "w" of shape [3, 4], received [3, 4, 1].',
    () => t.evaluate(own, { w: t.tensorValue('float32', [3, 4, 1], new Float32Array(12)) }),
  ],
  [
    'FeedError',
    'run: input "w", axis 1: expected size 4, received 3.',
    () => t.evaluate(own, { w: t.tensorValue('float32', [3, 3], new Float32Array(9)) }),
  ],
  ['FeedError', 'run: the input "w" float32 [3, 4] is missing.', () => new t.FeedCheck(own).check({})],
  [
    'FeedError',
    'run: expected numbers on the host for "size", whose value is a size, received a tensor on the device.',
    () =>
      new t.FeedCheck(sized).check({
        size: { dtype: 'int64', shape: [], data: async () => BigInt64Array.of(1n), dispose: () => undefined },
      }),
  ],
  ['FeedError', 'run: the input "w" float32 [3, 4] is missing.', () => own.bind({})],
  [
    'FeedError',
    'run: input "c", axis 0: expected size batch = 2, as other inputs say, received 3.',
    () => t.program({ inputs: [x, c], outputs: {} }).bind({ x: [2, 5, 3], c: [3, 5, 1] }),
  ],
  [
    'FeedError',
    'run: input "twice", axis 0: no value of n makes 2*n equal 3.',
    () => t.program({ inputs: [t.input('twice', 'float32', [t.times(2, n)])], outputs: {} }).bind({ twice: [3] }),
  ],
  [
    'FeedError',
    'run: input "area", axis 0: no value of m, n makes m*n equal 3.',
    () => t.program({ inputs: [t.input('area', 'float32', [t.times(n, t.symbol('m'))])], outputs: {} }).bind({ area: [3] }),
  ],
  // Values
  [
    'FeedError',
    'Div: expected integer divisors other than 0, received 0. Replace it first, as in where(equal(b, 0), 1, b).',
    () => value(t.div(t.constant(1, [], 'int64'), t.constant(0, [], 'int64'))),
  ],
  [
    'FeedError',
    'Mod: expected integer divisors other than 0, received 0. Replace it first, as in where(equal(b, 0), 1, b).',
    () => value(t.mod(t.constant(1, [], 'int32'), t.constant(0, [], 'int32'))),
  ],
  [
    'FeedError',
    'Gather: expected indices from -2 to 1, received 2.',
    () => value(t.gather(t.constant([1, 2]), t.constant(2, [], 'int64'))),
  ],
  [
    'FeedError',
    'Gather: expected indices from -2 to 1, received -3.',
    () => value(t.gather(t.constant([1, 2]), t.constant(-3, [], 'int64'))),
  ],
  [
    'FeedError',
    'GatherElements: expected indices from -2 to 1, received 2.',
    () => value(t.gatherElements(t.constant([1, 2]), t.constant([2], [1], 'int64'))),
  ],
  [
    'FeedError',
    'GatherND: expected indices from -2 to 1, received 2.',
    () => value(t.gatherND(t.constant([1, 2]), t.constant([2], [1], 'int64'))),
  ],
  [
    'FeedError',
    'ScatterElements: expected indices from -2 to 1, received 2.',
    () => value(t.scatterElements(t.constant([1, 2]), t.constant([2], [1], 'int64'), t.constant([1]))),
  ],
  [
    'FeedError',
    'ScatterND: expected indices from -2 to 1, received 2.',
    () => value(t.scatterND(t.constant([1, 2]), t.constant([[2]], [1, 1], 'int64'), t.constant([1]))),
  ],
  // Derivatives
  [
    'DerivativeError',
    'differentiate: expected a floating-point loss with one element, received float32 [batch, n, 3]. Sum or average it first.',
    () => t.differentiate(x, x),
  ],
  [
    'DerivativeError',
    'differentiate: expected a floating-point loss with one element, received int64 []. Sum or average it first.',
    () => t.differentiate(t.cast(t.reduceSum(x), 'int64'), x),
  ],
  [
    'DerivativeError',
    'scatterND: the derivative with reduction mul is not provided; write the product as exp of a sum of logs.',
    () =>
      t.differentiate(t.reduceSum(t.scatterND(w, t.constant([[0]], [1, 1], 'int64'), t.constant([[1, 2, 3, 4]]), { reduction: 'mul' })), w),
  ],
  [
    'DerivativeError',
    'scatterElements: the derivative with reduction mul is not provided; write the product as exp of a sum of logs.',
    () =>
      t.differentiate(t.reduceSum(t.scatterElements(w, t.constant([[0]], [1, 1], 'int64'), t.constant([[1]]), { reduction: 'mul' })), w),
  ],
  // Edges
  ['RangeError', 'graph: expected a number of nodes, received -1.', () => t.requireEdges('graph', -1, { sources: [], targets: [] })],
  ['RangeError', 'graph: expected a number of nodes, received 1.5.', () => t.requireEdges('graph', 1.5, { sources: [], targets: [] })],
  ['RangeError', 'graph: expected 1 edges.targets, received 0.', () => t.requireEdges('graph', 2, { sources: [0], targets: [] })],
  [
    'RangeError',
    'graph: expected no edges in a graph without nodes, received edge 0 from 0 to 0.',
    () => t.requireEdges('graph', 0, { sources: [0], targets: [0] }),
  ],
  [
    'RangeError',
    'graph: expected edges between nodes from 0 to 2, received edge 1 from 1 to 3. If nodes are numbered from 1, subtract 1.',
    () => t.requireEdges('graph', 3, { sources: [0, 1, 2], targets: [1, 3, 4] }),
  ],
  [
    'RangeError',
    'graph: expected edges between nodes from 0 to 2, received edge 0 from 0 to -1.',
    () => t.requireEdges('graph', 3, { sources: [0, 5], targets: [-1, 1] }),
  ],
  [
    'RangeError',
    'graph: expected edges between nodes from 0 to 2, received edge 1 from 1.5 to 2.',
    () => t.requireEdges('graph', 3, { sources: [0, 1.5], targets: [1, 2] }),
  ],
  // Random numbers
  [
    'RangeError',
    'Random: expected seed to be an integer from 0 to 2^53 - 1, or a bigint below 2^64, received -1. Same seed, same numbers.',
    () => new t.Random({ seed: -1 }),
  ],
  [
    'RangeError',
    'Random: expected seed to be an integer from 0 to 2^53 - 1, or a bigint below 2^64, received -1n. Same seed, same numbers.',
    () => new t.Random({ seed: -1n }),
  ],
  [
    'RangeError',
    'Random: expected seed to be an integer from 0 to 2^53 - 1, or a bigint below 2^64, received 1.5. Same seed, same numbers.',
    () => new t.Random({ seed: 1.5 }),
  ],
  [
    'RangeError',
    'Random: expected seed to be an integer from 0 to 2^53 - 1, or a bigint below 2^64, received 18446744073709551616n. Same seed, same numbers.',
    () => new t.Random({ seed: 1n << 64n }),
  ],
  [
    'RangeError',
    'Random: expected stream to be an integer from 0 to 4294967295, received 4294967296.',
    () => new t.Random({ seed: 1, stream: 2 ** 32 }),
  ],
  [
    'RangeError',
    'Random: expected stream to be an integer from 0 to 4294967295, received -1.',
    () => new t.Random({ seed: 1, stream: -1 }),
  ],
  [
    'RangeError',
    'Random: expected index to be an integer from 0 to 4294967295, received 0.5.',
    () => new t.Random({ seed: 1, index: 0.5 }),
  ],
  [
    'RangeError',
    'Random: expected index to be an integer from 0 to 4294967295, received 4294967296.',
    () => new t.Random({ seed: 1, index: 2 ** 32 }),
  ],
  [
    'RangeError',
    'Random: expected position to be an integer from 0 to 9007199254740987, received -1.',
    () => new t.Random({ seed: 1, position: -1 }),
  ],
  [
    'RangeError',
    'Random: expected position to be an integer from 0 to 9007199254740987, received 9007199254740988.',
    () => new t.Random({ seed: 1, position: 2 ** 53 - 4 }),
  ],
  ['RangeError', 'Random.integer: expected n to be an integer from 1 to 2^32, received 0.', () => new t.Random({ seed: 1 }).integer(0)],
  [
    'RangeError',
    'Random.integer: expected n to be an integer from 1 to 2^32, received 4294967297.',
    () => new t.Random({ seed: 1 }).integer(2 ** 32 + 1),
  ],
  ['RangeError', 'Random.integer: expected n to be an integer from 1 to 2^32, received 1.5.', () => new t.Random({ seed: 1 }).integer(1.5)],
  [
    'RangeError',
    'Random.permutation: expected n to be an integer from 0 to 2^32 - 1, received -1.',
    () => new t.Random({ seed: 1 }).permutation(-1),
  ],
  [
    'RangeError',
    'Random.permutation: expected n to be an integer from 0 to 2^32 - 1, received 4294967296.',
    () => new t.Random({ seed: 1 }).permutation(2 ** 32),
  ],
  [
    'RangeError',
    'Random.permutation: expected n to be an integer from 0 to 2^32 - 1, received 0.5.',
    () => new t.Random({ seed: 1 }).permutation(0.5),
  ],
  // Passes
  [
    'Error',
    'optimize: the passes to, fro undo each other; this is a defect of Equivar.',
    () =>
      t
        .untilStable('back and forth', [swapped('to', 'Add', 'Sub'), swapped('fro', 'Sub', 'Add')])
        .run(t.program({ inputs: [w], outputs: { y: t.add(w, w) } }), { fixed: new Set() }),
  ],
]

function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('expected an error, received none.')
}

test.each(refused)('%s %s', (name, message, act) => {
  const error = thrownBy(act)
  expect(error.name).toBe(name)
  expect(error.message).toBe(message)
  if (error instanceof t.ShapeError || error instanceof t.TypeMismatchError)
    expect(message).toContain(`: expected ${error.expected}, received ${error.received}.`)
})

test('errors are of the classes that callers catch', () => {
  const classes = { ShapeError: t.ShapeError, TypeMismatchError: t.TypeMismatchError, DimensionError: t.DimensionError }
  for (const [name, , act] of refused) {
    const expected = { ...classes, FeedError: t.FeedError, DerivativeError: t.DerivativeError, RangeError, Error }[name]
    expect(thrownBy(act)).toBeInstanceOf(expected)
  }
})
