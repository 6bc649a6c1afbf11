import * as t from '@equivar/tensor'
import { expect, test } from 'vitest'

type Nested = number | readonly Nested[]
const f = (data: Nested): t.Tensor => t.constant(data)
const i64 = (data: Nested): t.Tensor => t.constant(data, undefined, 'int64')
const bool = (data: Nested): t.Tensor => t.constant(data, undefined, 'bool')
const m = f([
  [1, 2, 3],
  [4, 5, 6],
])
const line = f([[[1, 2, 3, 4, 5]]])
const plane = f([
  [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
])

/** What each operator gives for a few numbers, as ONNX's documents say and as can be checked by hand: type, shape and numbers. */
const values: [string, string, () => t.Tensor][] = [
  // Pointwise
  ['neg', 'float32 [3]: -1 2 -0.5', () => t.neg(f([1, -2, 0.5]))],
  ['neg of integers', 'int64 [2]: -1 2', () => t.neg(i64([1, -2]))],
  ['abs', 'float32 [3]: 1 2 0', () => t.abs(f([1, -2, 0]))],
  ['reciprocal', 'float32 [2]: 0.5 -0.25', () => t.reciprocal(f([2, -4]))],
  ['sigmoid', 'float32 [2]: 0.5 0.7499999999999999', () => t.sigmoid(f([0, Math.log(3)]))],
  ['softplus', 'float32 [3]: 0.6931471805599453 800 0', () => t.softplus(f([0, 800, -800]))],
  ['softsign', 'float32 [2]: 0.5 -0.75', () => t.softsign(f([1, -3]))],
  ['relu', 'float32 [3]: 0 0 2', () => t.relu(f([-1, 0, 2]))],
  ['leakyRelu', 'float32 [3]: -0.02 0 3', () => t.leakyRelu(f([-2, 0, 3]))],
  ['leakyRelu of a slope', 'float32 [2]: -0.5 3', () => t.leakyRelu(f([-2, 3]), 0.25)],
  ['elu', 'float32 [3]: -1 0 3', () => t.elu(f([-Infinity, 0, 3]))],
  ['elu of a scale', 'float32 [3]: -2 -1 3', () => t.elu(f([-Infinity, -Math.log(2), 3]), 2)],
  ['selu', 'float32 [3]: -1.7580993408473766 0 1.0507009873554805', () => t.selu(f([-Infinity, 0, 1]))],
  ['hardSigmoid', 'float32 [4]: 0 0.5 0.7 1', () => t.hardSigmoid(f([-5, 0, 1, 5]))],
  ['hardSigmoid of a slope', 'float32 [3]: 0 0.25 0.75', () => t.hardSigmoid(f([-5, 0, 1]), 0.5, 0.25)],
  ['clip', 'float32 [3]: -1 0.5 2', () => t.clip(f([-3, 0.5, 3]), -1, 2)],
  ['clip without bounds', 'float32 [2]: -3 3', () => t.clip(f([-3, 3]))],
  ['clip from below', 'float32 [2]: 1 3', () => t.clip(f([-3, 3]), 1)],
  [
    'floor, ceil, round to even',
    'float32 [6]: -2 -1 0 2 -2 2',
    () => t.concat([t.floor(f([-1.5])), t.ceil(f([-1.5])), t.round(f([0.5, 1.5, -2.5, 2.4]))], 0),
  ],
  ['sign', 'float32 [3]: -1 0 1', () => t.sign(f([-2, 0, 3]))],
  ['step', 'float32 [3]: 0 0 1', () => t.step(f([-2, 0, 3]))],
  ['isNaN', 'bool [3]: 1 0 0', () => t.isNaN(f([Number.NaN, 1, Infinity]))],
  ['isInf', 'bool [4]: 0 0 1 1', () => t.isInf(f([Number.NaN, 1, Infinity, -Infinity]))],
  ['not', 'bool [2]: 0 1', () => t.not(bool([1, 0]))],
  ['cast to int64', 'int64 [2]: 2 -2', () => t.cast(f([2.7, -2.7]), 'int64')],
  ['cast to int32', 'int32 [2]: 2 -2', () => t.cast(f([2.7, -2.7]), 'int32')],
  ['cast to bool', 'bool [3]: 1 0 1', () => t.cast(f([2.5, 0, -1]), 'bool')],
  ['cast of bool', 'float32 [2]: 1 0', () => t.cast(bool([1, 0]), 'float32')],
  ['stopGradient', 'float32 [2]: 1 2', () => t.stopGradient(f([1, 2]))],
  ['erf', 'float32 [5]: 0 0.8427007929497148 -0.9999779095030014 1 -1', () => t.erf(f([0, 1, -3, 7, -7]))],
  [
    'add, sub, mul, div',
    'float32 [4]: 7 3 10 2.5',
    () => t.concat([t.add(f([5]), 2), t.sub(5, f([2])), t.mul(f([5]), 2), t.div(5, f([2]))], 0),
  ],
  ['integer div', 'int64 [4]: 3 -3 -3 3', () => t.div(i64([7, -7, 7, -7]), i64([2, 2, -2, -2]))],
  ['integer mod', 'int64 [4]: 1 2 -2 -1', () => t.mod(i64([7, -7, 7, -7]), i64([3, 3, -3, -3]))],
  ['float mod', 'float32 [4]: 1.5 -1.5 1.5 -1.5', () => t.mod(f([7.5, -7.5, 7.5, -7.5]), f([2, 2, -2, -2]))],
  ['pow', 'float32 [2]: 8 2', () => t.pow(f([2, 4]), f([3, 0.5]))],
  ['integer pow', 'int64 [3]: 1024 27 0', () => t.pow(i64([2, 3, 2]), i64([10, 3, -1]))],
  ['max, min', 'float32 [4]: 2 4 1 2', () => t.concat([t.max(f([1, 4]), 2), t.min(f([1, 4]), 2)], 0)],
  ['equal', 'bool [3]: 0 1 0', () => t.equal(f([1, 2, 3]), 2)],
  ['less', 'bool [3]: 1 0 0', () => t.less(f([1, 2, 3]), 2)],
  ['lessOrEqual', 'bool [3]: 1 1 0', () => t.lessOrEqual(f([1, 2, 3]), 2)],
  ['greater', 'bool [3]: 0 0 1', () => t.greater(f([1, 2, 3]), 2)],
  ['greaterOrEqual', 'bool [3]: 0 1 1', () => t.greaterOrEqual(f([1, 2, 3]), 2)],
  ['and', 'bool [4]: 0 0 0 1', () => t.and(bool([0, 0, 1, 1]), bool([0, 1, 0, 1]))],
  ['or', 'bool [4]: 0 1 1 1', () => t.or(bool([0, 0, 1, 1]), bool([0, 1, 0, 1]))],
  ['xor', 'bool [4]: 0 1 1 0', () => t.xor(bool([0, 0, 1, 1]), bool([0, 1, 0, 1]))],
  [
    'where',
    'float32 [2, 2]: 1 9 3 9',
    () =>
      t.where(
        bool([1, 0]),
        f([
          [1, 2],
          [3, 4],
        ]),
        9,
      ),
  ],
  ['broadcast', 'float32 [2, 3]: 11 21 31 12 22 32', () => t.add(f([[1], [2]]), f([10, 20, 30]))],
  // Reductions
  ['reduceSum', 'float32 []: 21', () => t.reduceSum(m)],
  ['reduceSum of an axis', 'float32 [3]: 5 7 9', () => t.reduceSum(m, { axis: 0 })],
  ['reduceSum of an axis kept', 'float32 [2, 1]: 6 15', () => t.reduceSum(m, { axis: -1, keepDims: true })],
  ['reduceMean', 'float32 [2]: 2 5', () => t.reduceMean(m, { axis: 1 })],
  ['reduceMax', 'float32 [3]: 4 5 6', () => t.reduceMax(m, { axis: 0 })],
  ['reduceMin', 'float32 [3]: 1 2 3', () => t.reduceMin(m, { axis: 0 })],
  ['reduceProd', 'float32 [2]: 6 120', () => t.reduceProd(m, { axis: 1 })],
  [
    'reduceLogSumExp',
    'float32 [3]: 1.3862943611198906 -Infinity Infinity',
    () =>
      t.reduceLogSumExp(
        f([
          [Math.log(1), Math.log(3)],
          [-Infinity, -Infinity],
          [Infinity, 0],
        ]),
        { axis: 1 },
      ),
  ],
  ['reduceSum of no numbers', 'float32 [2]: 0 0', () => t.reduceSum(t.zeros([0, 2]), { axis: 0 })],
  [
    'argMax',
    'int64 [2]: 1 0',
    () =>
      t.argMax(
        f([
          [1, 3, 3],
          [2, 0, 1],
        ]),
        1,
      ),
  ],
  [
    'argMin kept',
    'int64 [2, 1]: 1 2',
    () =>
      t.argMin(
        f([
          [1, 0, 0],
          [2, 5, 1],
        ]),
        1,
        { keepDims: true },
      ),
  ],
  ['cumSum', 'float32 [2, 3]: 1 3 6 4 9 15', () => t.cumSum(m, 1)],
  ['cumSum exclusive', 'float32 [2, 3]: 0 1 3 0 4 9', () => t.cumSum(m, 1, { exclusive: true })],
  ['cumSum reverse', 'float32 [2, 3]: 6 5 3 15 11 6', () => t.cumSum(m, 1, { reverse: true })],
  ['cumSum exclusive, reverse, along axis 0', 'float32 [2, 3]: 4 5 6 0 0 0', () => t.cumSum(m, 0, { exclusive: true, reverse: true })],
  [
    'softmax',
    'float32 [2, 2]: 0.25 0.75 0.5000000000000275 0.5000000000000275',
    () =>
      t.softmax(
        f([
          [0, Math.log(3)],
          [1000, 1000],
        ]),
      ),
  ],
  [
    'softmax along axis 0',
    'float32 [2, 2]: 0.25 0.49999999999999994 0.75 0.49999999999999994',
    () =>
      t.softmax(
        f([
          [0, 1],
          [Math.log(3), 1],
        ]),
        0,
      ),
  ],
  ['logSoftmax', 'float32 [2]: 0.25 0.75', () => t.exp(t.logSoftmax(f([0, Math.log(3)])))],
  ['topK values', 'float32 [3]: 5 5 3', () => t.topK(f([1, 5, 3, 5]), 3).values],
  ['topK indices', 'int64 [3]: 1 3 2', () => t.topK(f([1, 5, 3, 5]), 3).indices],
  [
    'topK smallest along axis 0',
    'float32 [2, 2]: 2 0 3 1',
    () =>
      t.topK(
        f([
          [4, 1],
          [2, 1],
          [3, 0],
        ]),
        2,
        0,
        { largest: false },
      ).values,
  ],
  [
    'topK smallest indices',
    'int64 [2, 2]: 1 2 2 0',
    () =>
      t.topK(
        f([
          [4, 1],
          [2, 1],
          [3, 0],
        ]),
        2,
        0,
        { largest: false },
      ).indices,
  ],
  [
    'norm',
    'float32 [2]: 5 0',
    () =>
      t.norm(
        f([
          [3, 4],
          [0, 0],
        ]),
        { axis: 1 },
      ),
  ],
  ['norm with epsilon', 'float32 []: 0.5', () => t.norm(f([0, 0]), { epsilon: 0.25 })],
  // Products
  ['matMul', 'float32 [2, 2]: 14 32 32 77', () => t.matMul(m, t.transpose(m))],
  ['matMul of a vector and a matrix', 'float32 [3]: 9 12 15', () => t.matMul(f([1, 2]), m)],
  ['matMul of two vectors', 'float32 []: 11', () => t.matMul(f([1, 2]), f([3, 4]))],
  ['matMul of a matrix and a vector', 'float32 [2]: 7 16', () => t.matMul(m, f([1, 0, 2]))],
  [
    'matMul, broadcast',
    'float32 [2, 1, 2]: 201 2010 403 4030',
    () =>
      t.matMul(
        f([[[1, 2]], [[3, 4]]]),
        f([
          [1, 10],
          [100, 1000],
        ]),
      ),
  ],
  ['einsum', 'float32 [2, 2]: 14 32 32 77', () => t.einsum('ij,kj->ik', m, m)],
  ['einsum without an arrow', 'float32 [3, 3]: 17 22 27 22 29 36 27 36 45', () => t.einsum('ji, jk', m, m)],
  [
    'einsum of a trace',
    'float32 []: 5',
    () =>
      t.einsum(
        'ii',
        f([
          [1, 2],
          [3, 4],
        ]),
      ),
  ],
  [
    'einsum of a diagonal',
    'float32 [2]: 1 4',
    () =>
      t.einsum(
        'ii->i',
        f([
          [1, 2],
          [3, 4],
        ]),
      ),
  ],
  // Shapes
  ['reshape', 'float32 [3, 2]: 1 2 3 4 5 6', () => t.reshape(m, [3, -1])],
  ['squeeze', 'float32 [2]: 1 2', () => t.squeeze(f([[[1], [2]]]), [0, -1])],
  ['unsqueeze', 'float32 [1, 2, 3, 1]: 1 2 3 4 5 6', () => t.unsqueeze(m, [0, -1])],
  ['transpose', 'float32 [3, 2]: 1 4 2 5 3 6', () => t.transpose(m)],
  ['swapAxes', 'int64 [3, 2, 1]: 0 3 1 4 2 5', () => t.swapAxes(t.reshape(t.range(6), [1, 2, 3]), 0, 2)],
  ['moveAxis', 'int64 [2, 3, 1]: 0 1 2 3 4 5', () => t.moveAxis(t.reshape(t.range(6), [1, 2, 3]), 0, 2)],
  ['expand', 'float32 [2, 2, 2]: 1 1 2 2 1 1 2 2', () => t.expand(f([[1], [2]]), [2, 2, 2])],
  ['concat', 'float32 [2, 6]: 1 2 3 -1 -2 -3 4 5 6 -4 -5 -6', () => t.concat([m, t.neg(m)], 1)],
  ['stack', 'float32 [2, 2]: 1 2 3 4', () => t.stack([f([1, 2]), f([3, 4])])],
  ['stack along axis 1', 'float32 [2, 2]: 1 3 2 4', () => t.stack([f([1, 2]), f([3, 4])], 1)],
  ['slice', 'float32 [1, 2]: 2 3', () => t.slice(m, { axis: 1, start: 1 }, { axis: 0, end: 1 })],
  ['slice from the end, beyond the end', 'float32 [2, 2]: 2 3 5 6', () => t.slice(m, { axis: 1, start: -2, end: 9 })],
  ['slice in steps', 'int64 [3]: 1 3 5', () => t.slice(t.range(7), { axis: 0, start: 1, end: 6, step: 2 })],
  ['slice of nothing', 'float32 [2, 0]:', () => t.slice(m, { axis: 1, start: 2, end: 1 })],
  ['flip', 'float32 [2, 3]: 6 5 4 3 2 1', () => t.flip(m, [0, 1])],
  ['split', 'float32 [2, 2]: 2 3 5 6', () => t.split(m, [1, 2], 1)[1] as t.Tensor],
  ['pad', 'float32 [3, 5]: 0 0 0 0 0 1 2 3 0 0 4 5 6 0 0', () => t.pad(m, [1, 0, 0, 2])],
  ['pad with a number', 'float32 [4]: 7 1 2 7', () => t.pad(f([1, 2]), [1, 1], { value: 7 })],
  ['pad reflect', 'float32 [6]: 3 2 1 2 3 2', () => t.pad(f([1, 2, 3]), [2, 1], { mode: 'reflect' })],
  ['pad edge', 'float32 [6]: 1 1 1 2 3 3', () => t.pad(f([1, 2, 3]), [2, 1], { mode: 'edge' })],
  ['pad wrap', 'float32 [8]: 2 3 1 2 3 1 2 3', () => t.pad(f([1, 2, 3]), [2, 3], { mode: 'wrap' })],
  ['pad reflect as far as it goes', 'float32 [7]: 3 2 1 2 3 2 1', () => t.pad(f([1, 2, 3]), [2, 2], { mode: 'reflect' })],
  ['tile', 'float32 [2, 4]: 1 2 1 2 1 2 1 2', () => t.tile(f([[1, 2]]), [2, 2])],
  ['trilu', 'float32 [3, 3]: 1 1 1 0 1 1 0 0 1', () => t.trilu(t.ones([3, 3]))],
  ['trilu lower', 'float32 [3, 3]: 0 0 0 1 0 0 1 1 0', () => t.trilu(t.ones([3, 3]), { upper: false, k: -1 })],
  ['trilu above', 'float32 [2, 3]: 0 1 1 0 0 1', () => t.trilu(t.ones([2, 3]), { k: 1 })],
  ['range', 'int64 [3]: 0 1 2', () => t.range(3)],
  ['eyeLike', 'float32 [2, 3]: 0 1 0 0 0 1', () => t.eyeLike(2, 3, { k: 1 })],
  ['eyeLike below', 'int64 [3, 2]: 0 0 1 0 0 1', () => t.eyeLike(3, 2, { k: -1, dtype: 'int64' })],
  ['eyeLike square', 'float32 [2, 2]: 1 0 0 1', () => t.eyeLike(2)],
  ['zeros, ones, full', 'float32 [4]: 0 1 7 7', () => t.concat([t.zeros([1]), t.ones([1]), t.full(7, [2])], 0)],
  ['zeros of integers', 'int64 [2]: 0 0', () => t.zeros([2], 'int64')],
  ['ones of bool', 'bool [2]: 1 1', () => t.ones([2], 'bool')],
  [
    'keepDiagonal',
    'float32 [2, 2]: 1 0 0 4',
    () =>
      t.keepDiagonal(
        f([
          [1, 2],
          [3, 4],
        ]),
        0,
        1,
      ),
  ],
  ['keepDiagonal of one row', 'float32 [2, 2]: 1 0 0 2', () => t.keepDiagonal(f([[1, 2]]), 0, 1, { size: 2 })],
  ['diagonal', 'float32 [2, 2]: 0 3 4 7', () => t.diagonal(t.reshape(t.cast(t.range(8), 'float32'), [2, 2, 2]))],
  ['diagonal of the first axes', 'float32 [2, 2]: 0 6 1 7', () => t.diagonal(t.reshape(t.cast(t.range(8), 'float32'), [2, 2, 2]), 0, 1)],
  ['sizeOf', 'int64 []: 5', () => t.sizeOf(5)],
  // Positions
  ['gather', 'float32 [3, 3]: 4 5 6 4 5 6 1 2 3', () => t.gather(m, i64([1, -1, 0]))],
  ['gather along axis 1', 'float32 [2, 1, 2]: 3 1 6 4', () => t.gather(m, i64([[2, 0]]), 1)],
  ['gatherElements', 'float32 [1, 3]: 4 2 6', () => t.gatherElements(m, i64([[1, 0, 1]]))],
  [
    'gatherElements along axis 1',
    'float32 [2, 2]: 3 3 4 6',
    () =>
      t.gatherElements(
        m,
        i64([
          [2, 2],
          [0, -1],
        ]),
        1,
      ),
  ],
  [
    'gatherND',
    'float32 [2]: 6 2',
    () =>
      t.gatherND(
        m,
        i64([
          [1, 2],
          [0, 1],
        ]),
      ),
  ],
  ['gatherND of rows', 'float32 [3, 3]: 4 5 6 1 2 3 4 5 6', () => t.gatherND(m, i64([[1], [0], [1]]))],
  ['scatterElements', 'float32 [2, 3]: 1 20 3 10 5 6', () => t.scatterElements(m, i64([[1, 0]]), f([[10, 20]]))],
  ['scatterElements add', 'float32 [2]: 1 31', () => t.scatterElements(f([1, 1]), i64([1, 1]), f([10, 20]), { reduction: 'add' })],
  ['scatterElements mul', 'float32 [2]: 1 24', () => t.scatterElements(f([1, 2]), i64([1, 1]), f([3, 4]), { reduction: 'mul' })],
  [
    'scatterElements max along axis 1',
    'float32 [2, 3]: 9 2 3 4 5 6',
    () => t.scatterElements(m, i64([[0], [2]]), f([[9], [1]]), { axis: 1, reduction: 'max' }),
  ],
  ['scatterElements min', 'float32 [2]: 1 -1', () => t.scatterElements(f([1, 2]), i64([1, 0]), f([-1, 5]), { reduction: 'min' })],
  ['scatterND', 'float32 [2, 3]: 1 2 3 7 8 9', () => t.scatterND(m, i64([[1]]), f([[7, 8, 9]]))],
  ['scatterND add', 'float32 [2]: 1 31', () => t.scatterND(f([1, 1]), i64([[1], [1]]), f([10, 20]), { reduction: 'add' })],
  [
    'scatterND of elements',
    'float32 [2, 3]: 1 2 7 8 5 6',
    () =>
      t.scatterND(
        m,
        i64([
          [0, 2],
          [1, 0],
        ]),
        f([7, 8]),
      ),
  ],
  ['oneHot', 'float32 [3, 3]: 0 1 0 0 0 1 0 0 0', () => t.oneHot(i64([1, -1, 3]), 3)],
  ['oneHot along axis 0', 'int32 [2, 3]: 0 1 0 1 0 1', () => t.oneHot(i64([1, 0, 1]), 2, { axis: 0, dtype: 'int32' })],
  [
    'segmentSum',
    'float32 [3, 2]: 3 4 0 0 6 8',
    () =>
      t.segmentSum(
        f([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        i64([2, 0, 2]),
        3,
      ),
  ],
  ['segmentCount', 'float32 [3]: 1 0 2', () => t.segmentCount(i64([2, 0, 2]), 3)],
  [
    'segmentMean',
    'float32 [3, 2]: 3 4 0 0 3 4',
    () =>
      t.segmentMean(
        f([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
        i64([2, 0, 2]),
        3,
      ),
  ],
  ['segmentMax', 'float32 [3]: -3 0 -1', () => t.segmentMax(f([-1, -3, -5]), i64([2, 0, 2]), 3)],
  ['segmentMax of none', 'float32 [3, 1]: -3 -9 -1', () => t.segmentMax(f([[-1], [-3], [-5]]), i64([2, 0, 2]), 3, { empty: -9 })],
  ['segmentMin', 'float32 [3]: 3 0 1', () => t.segmentMin(f([1, 3, 5]), i64([2, 0, 2]), 3)],
  ['segmentMin of none', 'float32 [3]: 3 9 1', () => t.segmentMin(f([1, 3, 5]), i64([2, 0, 2]), 3, { empty: 9 })],
  ['segmentSoftmax', 'float32 [3]: 0.25 1 0.7499999999999999', () => t.segmentSoftmax(f([0, 5, Math.log(3)]), i64([2, 0, 2]), 3)],
  // Windows
  ['conv', 'float32 [1, 1, 4]: 21 32 43 54', () => t.conv(line, f([[[1, 10]]]))],
  [
    'conv with bias, stride, pads and dilation',
    'float32 [1, 2, 2]: 120 142 2 4',
    () => t.conv(line, f([[[1, 10]], [[0, 1]]]), { bias: f([100, 0]), strides: 2, pads: [1, 0], dilations: 2 }),
  ],
  [
    'conv in groups',
    'float32 [1, 2, 2]: 1 2 30 40',
    () =>
      t.conv(
        f([
          [
            [1, 2],
            [3, 4],
          ],
        ]),
        f([[[1]], [[10]]]),
        { groups: 2 },
      ),
  ],
  [
    'conv of planes',
    'float32 [1, 1, 1, 1]: 61',
    () =>
      t.conv(
        plane,
        f([
          [
            [
              [1, 0, 0],
              [0, 0, 10],
            ],
          ],
        ]),
      ),
  ],
  ['convTranspose', 'float32 [1, 1, 6]: 1 12 23 34 45 50', () => t.convTranspose(line, f([[[1, 10]]]))],
  [
    'convTranspose with stride, pads, output padding and bias',
    'float32 [1, 2, 10]: 10 102 20 203 30 304 40 405 50 500 1.5 0.5 2.5 0.5 3.5 0.5 4.5 0.5 5.5 0.5',
    () =>
      t.convTranspose(
        line,
        f([
          [
            [1, 10, 100],
            [0, 1, 0],
          ],
        ]),
        { strides: 2, pads: 1, outputPadding: 1, bias: f([0, 0.5]) },
      ),
  ],
  ['maxPool', 'float32 [1, 1, 2]: 2 4', () => t.maxPool(line, { kernel: 2 })],
  [
    'maxPool with stride, pads and dilation',
    'float32 [1, 1, 4]: -1 -2 -3 -4',
    () => t.maxPool(t.neg(line), { kernel: 2, strides: 1, pads: [0, 1], dilations: 2 }),
  ],
  ['maxPool of planes', 'float32 [1, 1, 2, 2]: 2 3 5 6', () => t.maxPool(plane, { kernel: [1, 2], strides: [1, 1] })],
  ['averagePool', 'float32 [1, 1, 2]: 1.5 3.5', () => t.averagePool(line, { kernel: 2 })],
  ['averagePool with pads', 'float32 [1, 1, 6]: 0.5 1.5 2.5 3.5 4.5 2.5', () => t.averagePool(line, { kernel: 2, strides: 1, pads: 1 })],
  [
    'averagePool without pads',
    'float32 [1, 1, 6]: 1 1.5 2.5 3.5 4.5 5',
    () => t.averagePool(line, { kernel: 2, strides: 1, pads: 1, countIncludePad: false }),
  ],
  ['eyeLike, higher than wide', 'float32 [4, 2]: 1 0 0 1 0 0 0 0', () => t.eyeLike(4, 2)],
  ['eyeLike above the diagonal', 'float32 [3, 2]: 0 1 0 0 0 0', () => t.eyeLike(3, 2, { k: 1 })],
  ['eyeLike below the diagonal', 'float32 [3, 3]: 0 0 0 0 0 0 1 0 0', () => t.eyeLike(3, 3, { k: -2 })],
  // Random numbers
  [
    'randomUniform',
    'float32 [2, 2]: 0.02194809913635254 0.6164408922195435 0.8111395239830017 0.6607765555381775',
    () => t.randomUniform(t.constant(5, [], 'int64'), 1, [2, 2]),
  ],
  [
    'randomUniform of another stream',
    'float32 [2]: 0.8339638710021973 0.30950236320495605',
    () => t.randomUniform(t.constant(5, [], 'int64'), 2, [2]),
  ],
  [
    'randomMask',
    'bool [2, 8]: 0 1 0 1 0 0 0 1 0 0 1 0 0 0 0 0',
    () => t.slice(t.randomMask(t.constant(5, [], 'int64'), 1, [2, 64], 0.5), { axis: 1, end: 8 }),
  ],
  [
    'randomMask of few columns',
    'bool [2, 8]: 1 0 0 0 1 1 0 0 0 1 0 0 0 0 1 1',
    () => t.randomMask(t.constant(5, [], 'int64'), 1, [2, 8], 0.25),
  ],
]

test.each(values)('%s: %s', (_, expected, build) => {
  const y = build()
  const value = t.evaluate(t.program({ inputs: [], outputs: { y } }), {}).y
  expect(`${y.dtype} ${t.printShape(y.shape)}`).toBe(`${value?.dtype} ${t.printShape(value?.shape ?? [])}`)
  const [type, numbers = ''] = expected.split(':').map((part) => part.trim())
  expect(`${value?.dtype} ${t.printShape(value?.shape ?? [])}`).toBe(type)
  const wanted = numbers === '' ? [] : numbers.split(' ').map(Number)
  expect(value?.data).toHaveLength(wanted.length)
  wanted.forEach((number, k) => {
    if (Number.isFinite(number)) expect(value?.data[k]).toBeCloseTo(number, 12)
    else expect(value?.data[k]).toBe(number)
  })
})
