import * as t from '@equivar/tensor'
import { describe, expect, test } from 'vitest'
import { nodesOf } from './written-files.ts'

const x = t.input('x', 'float32', ['n', 3, 4])
const signal = t.input('signal', 'float32', ['n', 4, 9])
const whole = t.input('whole', 'int64', [2])
const square = t.input('square', 'float32', [2, 4])
const n = t.symbol('n')

const size = [`Shape#1: Shape(x, start=0, end=1) -> shape#0`]

/** Each operator that needs more than a node of its name, with settings that all differ from what ONNX takes if they are left out. */
describe('what is written for an operator: nodes, their settings, numbers', () => {
  test.each<[string, t.Input[], t.Tensor[], string[]]>([
    ['Clip from below', [x], [t.clip(x, -1, Infinity)], ['constant#0: float [] = -1', 'Clip#2: Clip(x, constant#0, ) -> y0']],
    ['Clip from above', [x], [t.clip(x, -Infinity, 2)], ['constant#0: float [] = 2', 'Clip#2: Clip(x, , constant#0) -> y0']],
    ['LeakyRelu', [x], [t.leakyRelu(x, 0.25)], ['LeakyRelu#1: LeakyRelu(x, alpha=0.25) -> y0']],
    ['Elu', [x], [t.elu(x, 2)], ['Elu#1: Elu(x, alpha=2) -> y0']],
    ['HardSigmoid', [x], [t.hardSigmoid(x, 0.5, 0.25)], ['HardSigmoid#1: HardSigmoid(x, alpha=0.5, beta=0.25) -> y0']],
    ['Cast', [x], [t.cast(x, 'bool')], ['Cast#1: Cast(x, to=9) -> y0']],
    ['Mod', [x], [t.mod(x, x)], ['Mod#1: Mod(x, x, fmod=1) -> y0']],
    ['Mod of integers', [whole], [t.mod(whole, whole)], ['Mod#1: Mod(whole, whole, fmod=0) -> y0']],
    [
      'ReduceSum',
      [x],
      [t.reduceSum(x, { axis: [0, 2] })],
      ['constant#0: int64 [2] = 0 2', 'ReduceSum#2: ReduceSum(x, constant#0, keepdims=0) -> y0'],
    ],
    ['ArgMax', [x], [t.argMax(x, 1, { keepDims: true })], ['ArgMax#1: ArgMax(x, axis=1, keepdims=1) -> y0']],
    [
      'CumSum',
      [x],
      [t.cumSum(x, 1, { exclusive: true }), t.cumSum(x, 1, { reverse: true })],
      [
        'constant#0: int64 [] = 1',
        'CumSum#2: CumSum(x, constant#0, exclusive=1, reverse=0) -> y0',
        'CumSum#4: CumSum(x, constant#0, exclusive=0, reverse=1) -> y1',
      ],
    ],
    ['Softmax', [x], [t.softmax(x, 1)], ['Softmax#1: Softmax(x, axis=1) -> y0']],
    ['Einsum', [x], [t.einsum('nij,nkj->nik', x, x)], ['Einsum#1: Einsum(x, x, equation=nij,nkj->nik) -> y0']],
    ['Reshape', [x], [t.reshape(x, ['n', 12])], ['constant#0: int64 [2] = -1 12', 'Reshape#2: Reshape(x, constant#0) -> y0']],
    [
      'Reshape to a known shape',
      [square],
      [t.reshape(square, [4, 2])],
      ['constant#0: int64 [2] = 4 2', 'Reshape#2: Reshape(square, constant#0, allowzero=1) -> y0'],
    ],
    [
      'Reshape of nothing',
      [x],
      [t.reshape(t.slice(x, { axis: 1, end: 0 }), ['n', 0])],
      [
        'constant#0: int64 [1] = 0',
        'constant#1: int64 [1] = 1',
        'Slice#3: Slice(x, constant#0, constant#0, constant#1, constant#1) -> slice#2',
        'Shape#5: Shape(x, start=0, end=1) -> shape#4',
        'Concat#7: Concat(shape#4, constant#0, axis=0) -> concat#6',
        'Reshape#9: Reshape(slice#2, concat#6, allowzero=1) -> y0',
      ],
    ],
    ['Unsqueeze', [x], [t.unsqueeze(x, [0])], ['constant#0: int64 [1] = 0', 'Unsqueeze#2: Unsqueeze(x, constant#0) -> y0']],
    ['Transpose', [x], [t.transpose(x, [2, 0, 1])], ['Transpose#1: Transpose(x, perm=[2 0 1]) -> y0']],
    ['Expand', [whole], [t.expand(whole, [3, 2])], ['constant#0: int64 [2] = 3 2', 'Expand#2: Expand(whole, constant#0) -> y0']],
    [
      'Expand to nothing',
      [whole],
      [t.expand(whole, [0, 2])],
      [
        'constant#0: int64 [2] = 0 2',
        'ConstantOfShape#2: ConstantOfShape(constant#0) -> constantofshape#1',
        'Cast#4: Cast(constantofshape#1, to=7) -> y0',
      ],
    ],
    ['Concat', [x], [t.concat([x, x], 2)], ['Concat#1: Concat(x, x, axis=2) -> y0']],
    [
      'Slice',
      [x],
      [t.slice(x, { axis: 0, start: 1, end: t.minus(n, 1), step: 2 })],
      [
        'constant#0: int64 [1] = 1',
        'constant#3: int64 [1] = -1',
        'constant#6: int64 [1] = 0',
        'constant#7: int64 [1] = 2',
        'Shape#2: Shape(x, start=0, end=1) -> shape#1',
        'Add#5: Add(shape#1, constant#3) -> add#4',
        'Slice#9: Slice(x, constant#0, add#4, constant#6, constant#7) -> y0',
      ],
    ],
    [
      'Slice from the end',
      [x],
      [t.flip(x, [1])],
      [
        'constant#0: int64 [1] = -1',
        'constant#1: int64 [1] = -9007199254740991',
        'constant#2: int64 [1] = 1',
        'Slice#4: Slice(x, constant#0, constant#1, constant#2, constant#0) -> y0',
      ],
    ],
    ['Split', [x], [...t.split(x, [1, 2], 1)], ['constant#2: int64 [2] = 1 2', 'Split#3: Split(x, constant#2, axis=1) -> y0, y1']],
    [
      'Pad',
      [x],
      [t.pad(x, [0, 1, 0, 0, 0, 2], { value: 3 })],
      ['constant#0: int64 [6] = 0 1 0 0 0 2', 'constant#1: float [] = 3', 'Pad#3: Pad(x, constant#0, constant#1, mode=constant) -> y0'],
    ],
    ['Tile', [x], [t.tile(x, [1, 2, 1])], ['constant#0: int64 [3] = 1 2 1', 'Tile#2: Tile(x, constant#0) -> y0']],
    ['Trilu', [x], [t.trilu(x, { upper: false, k: -1 })], ['constant#0: int64 [] = -1', 'Trilu#2: Trilu(x, constant#0, upper=0) -> y0']],
    ['Gather', [x, whole], [t.gather(x, whole, 1)], ['Gather#1: Gather(x, whole, axis=1) -> y0']],
    [
      'ScatterElements',
      [square, whole],
      [
        t.scatterElements(square, t.reshape(whole, [1, 2]), t.slice(square, { axis: 0, end: 1 }, { axis: 1, end: 2 }), {
          axis: 1,
          reduction: 'mul',
        }),
      ],
      [
        'constant#0: int64 [2] = 1 2',
        'constant#3: int64 [2] = 0 0',
        'constant#4: int64 [2] = 0 1',
        'constant#5: int64 [2] = 1 1',
        'Reshape#2: Reshape(whole, constant#0, allowzero=1) -> reshape#1',
        'Slice#7: Slice(square, constant#3, constant#0, constant#4, constant#5) -> slice#6',
        'ScatterElements#9: ScatterElements(square, reshape#1, slice#6, axis=1, reduction=mul) -> y0',
      ],
    ],
    [
      'Range',
      [x],
      [t.range('n')],
      [
        'constant#0: int64 [] = 0',
        'constant#5: int64 [] = 1',
        'Shape#2: Shape(x, start=0, end=1) -> shape#1',
        'Squeeze#4: Squeeze(shape#1) -> squeeze#3',
        'Range#7: Range(constant#0, squeeze#3, constant#5) -> y0',
      ],
    ],
    [
      'EyeLike',
      [x],
      [t.eyeLike('n', 3, { k: 1, dtype: 'int32' })],
      [
        'constant#2: int64 [1] = 3',
        ...size,
        'Concat#4: Concat(shape#0, constant#2, axis=0) -> concat#3',
        'ConstantOfShape#6: ConstantOfShape(concat#3) -> constantofshape#5',
        'EyeLike#8: EyeLike(constantofshape#5, k=1, dtype=6) -> y0',
      ],
    ],
    [
      'OneHot',
      [whole],
      [t.oneHot(whole, 3, { axis: 0, dtype: 'int64' })],
      ['constant#0: int64 [2] = 0 1', 'constant#1: int64 [1] = 3', 'OneHot#3: OneHot(whole, constant#1, constant#0, axis=0) -> y0'],
    ],
    [
      'TopK',
      [x],
      Object.values(t.topK(x, 2, 1, { largest: false })),
      ['constant#2: int64 [1] = 2', 'TopK#3: TopK(x, constant#2, axis=1, largest=0, sorted=1) -> y0, y1'],
    ],
    [
      'MaxPool',
      [signal],
      [t.maxPool(signal, { kernel: 3, strides: 2, pads: 1 })],
      ['MaxPool#1: MaxPool(signal, kernel_shape=[3], strides=[2], pads=[1 1], dilations=[1]) -> y0'],
    ],
    [
      'AveragePool',
      [signal],
      [t.averagePool(signal, { kernel: 3, strides: 2, pads: 1, countIncludePad: true })],
      ['AveragePool#1: AveragePool(signal, kernel_shape=[3], strides=[2], pads=[1 1], count_include_pad=1) -> y0'],
    ],
  ])('%s', (_, inputs, outputs, expected) => expect(nodesOf(inputs, ...outputs)).toEqual(expected))

  test('convolutions', () => {
    const [w, v] = [t.input('w', 'float32', [2, 2, 3]), t.input('v', 'float32', [4, 2, 3])]
    expect(nodesOf([signal, w], t.conv(signal, w, { groups: 2, strides: 2, pads: [1, 2], dilations: 3 }))).toEqual([
      'Conv#1: Conv(signal, w, kernel_shape=[3], strides=[2], pads=[1 2], dilations=[3], group=2) -> y0',
    ])
    expect(nodesOf([signal, v], t.convTranspose(signal, v, { strides: 2, outputPadding: 1, groups: 2 }))).toEqual([
      'ConvTranspose#1: ConvTranspose(signal, v, kernel_shape=[3], strides=[2], pads=[0 0], dilations=[1], group=2, output_padding=[1]) -> y0',
    ])
  })
})
