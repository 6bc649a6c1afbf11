import { describe, expect, test } from 'vitest'
import { importOnnx, OnnxFormatError } from '../src/index.ts'
import { declared, file, floats, integers, node, types } from './hand-made-files.ts'

type Input = ReturnType<typeof declared>
type Attributes = NonNullable<Parameters<typeof node>[3]>

/** Inputs of the files below, by name: letters for float32, and what their names say. */
const inputs: Readonly<Record<string, Input>> = {
  s: declared('s', []),
  v: declared('v', [3]),
  m: declared('m', ['n', 4]),
  w: declared('w', [4, 2]),
  x: declared('x', ['n', 6, 5]),
  k: declared('k', [2, 6, 3]),
  open: declared('open', [2, 6, 'l']),
  nothing: declared('nothing', [0]),
  deep: declared('deep', [1, 1, 1, 1, 1]),
  image: declared('image', [1, 4, 6, 'h']),
  whole: declared('whole', [2], types.int64),
  many: declared('many', ['k'], types.int64),
  flag: declared('flag', [], types.bool),
}
const initializer = [
  integers('zero', [], [0]),
  integers('one', [1], [1]),
  integers('two', [2], [0, 1]),
  integers('three', [3], [1, 1, 1]),
  integers('minus', [], [-1]),
  integers('open shape', [2], [3, -1]),
  integers('empty', [2], [0, 3]),
  integers('far', [1], [-2]),
  floats('edge', [1], [65_536]),
  floats('half list', [1], [0.5]),
  floats('half', [], [0.5]),
  floats('pair', [2], [0, 1]),
  floats('none', [1], [0]),
  floats('huge', [3], [1, 1, 70_000]),
  floats('below', [3], [1, 1, -1]),
  { name: 'true', dims: [], dataType: types.bool, int32Data: [1] },
]
/** What reading a node of these operands says; an operand that is no input is a number of the file. */
function refusal(opType: string, operands: readonly string[], attributes: Attributes = {}, outputs = ['y']): string {
  const bytes = file({
    input: operands.flatMap((name) => inputs[name] ?? []),
    initializer: initializer.filter(({ name = '' }) => operands.includes(name)),
    node: [node(opType, operands, outputs, attributes)],
    output: [declared('y')],
  })
  try {
    importOnnx(bytes, { carry: false, frozen: true })
  } catch (error) {
    expect(error).toBeInstanceOf(OnnxFormatError)
    return (error as Error).message.replace(`importOnnx: node ${opType}: `, '')
  }
  return 'none'
}

describe('what a node must not be: the whole message', () => {
  test.each<[string, string[], Attributes, string]>([
    ['Constant', [], {}, 'expected value, value_int, value_ints, value_float or value_floats, received no attribute.'],
    [
      'Constant',
      [],
      { value_string: 'a', other: 1 },
      'expected value, value_int, value_ints, value_float or value_floats, received value_string, other.',
    ],
    ['ConstantOfShape', ['one'], { value: { tensor: floats('', [2], [1, 2]) } }, 'expected one number as value, received 2.'],
    ['ConstantOfShape', ['one'], { value: { tensor: floats('', [0], []) } }, 'expected one number as value, received 0.'],
    ['ConstantOfShape', ['v'], {}, 'expected input 0 to be known, or computed from shapes, received numbers that only a run tells.'],
    ['ConstantOfShape', ['many'], {}, 'expected input 0 to be known, or computed from shapes, received numbers that only a run tells.'],
    ['Range', ['zero', 'zero', 'zero'], {}, 'expected a known start and a known positive step, received 0, 0.'],
    ['Range', ['zero', 'zero', 'minus'], {}, 'expected a known start and a known positive step, received 0, -1.'],
    ['Range', ['two', 'zero', 'one'], {}, 'expected one number as input 0, received [0, 1].'],
    ['EyeLike', ['v'], {}, 'expected a matrix, received [3].'],
    ['EyeLike', ['x'], {}, 'expected a matrix, received [n, 6, 5].'],
    ['EyeLike', ['m'], { dtype: 16 }, 'expected dtype float, double, float16, int32, int64 or bool, received bfloat16.'],
    ['Cast', ['m'], { to: 8 }, 'expected to float, double, float16, int32, int64 or bool, received string.'],
    ['Cast', ['m'], { to: 77 }, 'expected to float, double, float16, int32, int64 or bool, received number 77.'],
    ['Conv', ['m', 'w'], {}, 'expected an input and a weight of the same rank, 3 or more, received [n, 4] and [4, 2].'],
    ['Conv', ['x', 'w'], {}, 'expected an input and a weight of the same rank, 3 or more, received [n, 6, 5] and [4, 2].'],
    ['Conv', ['x', 'open'], {}, 'expected a kernel of known size, received [2, 6, l].'],
    ['Conv', ['x', 'k'], { strides: [1, 1] }, 'expected 1 strides of 1 or more, received [1, 1].'],
    ['Conv', ['x', 'k'], { strides: [0] }, 'expected 1 strides of 1 or more, received [0].'],
    ['Conv', ['x', 'k'], { dilations: [0] }, 'expected 1 dilations of 1 or more, received [0].'],
    ['Conv', ['x', 'k'], { pads: [1] }, 'expected 2 pads of 0 or more, received [1].'],
    ['Conv', ['x', 'k'], { pads: [0, -1] }, 'expected 2 pads of 0 or more, received [0, -1].'],
    ['Conv', ['x', 'k'], { auto_pad: 'SAME' }, 'expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, received SAME.'],
    [
      'Conv',
      ['open', 'k'],
      { auto_pad: 'SAME_LOWER', strides: [2] },
      'expected explicit pads, or a stride of 1, or axes of known size, received an axis of size l.',
    ],
    ['ConvTranspose', ['x', 'k'], { auto_pad: 'SAME_UPPER' }, 'expected explicit pads, received auto_pad SAME_UPPER.'],
    ['ConvTranspose', ['x', 'k'], { output_shape: [5] }, 'expected pads and output_padding, received output_shape.'],
    ['ConvTranspose', ['x', 'k'], { output_padding: [1, 1] }, 'expected 1 output_padding of 0 or more, received [1, 1].'],
    ['MaxPool', ['x'], {}, 'expected a kernel_shape, received none.'],
    ['MaxPool', ['x'], { kernel_shape: [2, 2] }, 'expected 1 kernel_shape of 1 or more, received [2, 2].'],
    ['MaxPool', ['x'], { kernel_shape: [0] }, 'expected 1 kernel_shape of 1 or more, received [0].'],
    ['MaxPool', ['x'], { kernel_shape: [2], ceil_mode: 1 }, 'expected ceil_mode 0, received 1.'],
    ['AveragePool', ['x'], { kernel_shape: [2], dilations: [2] }, 'expected dilations 1, received 2.'],
    ['Gelu', ['v'], { approximate: 'erf' }, 'expected approximate none or tanh, received erf.'],
    ['IsInf', ['v'], { detect_negative: 0, detect_positive: 0 }, 'expected one infinity at least, received neither.'],
    ['Mod', ['v', 'v'], {}, 'expected fmod 1 for floats, received 0.'],
    ['Dropout', ['v', 'half', 'true'], {}, 'expected training_mode false, received true.'],
    ['Dropout', ['v', 'half', 'flag'], {}, 'expected input 2 to be part of the file, received a computed one.'],
    ['Clip', ['v', 'pair', 'half'], {}, 'expected one number as input 1, received 2.'],
    ['OneHot', ['whole', 'zero', 'none'], {}, 'expected two numbers as input 2, off and on, received 1.'],
    ['OneHot', ['whole', 'zero', 'huge'], {}, 'expected two numbers as input 2, off and on, received 3.'],
    ['ScatterND', ['v', 'whole', 'v'], { reduction: 'sum' }, 'expected reduction none, add, mul, max, min, received sum.'],
    ['Gather', ['v', 'minus', 'v'], { axis: 3 }, 'Gather: expected an axis from -1 to 0, received 3.'],
    ['GatherND', ['m', 'whole'], { batch_dims: 1 }, 'expected batch_dims 0, received another.'],
    ['BatchNormalization', ['s', 'v', 'v', 'v', 'v'], {}, 'expected an input of rank 1 or more, received [].'],
    ['BatchNormalization', ['x', 'v', 'v', 'v', 'v'], { training_mode: 1 }, 'expected training_mode 0, received 1.'],
    ['LayerNormalization', ['m', 'v'], { axis: 2 }, 'expected an axis of [n, 4], received 2.'],
    ['LayerNormalization', ['m', 'v'], { axis: -3 }, 'expected an axis of [n, 4], received -3.'],
    ['InstanceNormalization', ['m', 'v', 'v'], {}, 'expected an input of rank 3 or more, received [n, 4].'],
    ['GroupNormalization', ['v', 'v', 'v'], { num_groups: 1 }, 'expected an input of rank 2 or more, received [3].'],
    ['GroupNormalization', ['x', 'v', 'v'], { num_groups: 0 }, 'expected num_groups that divides the channels, received 0 for 6 channels.'],
    ['GroupNormalization', ['x', 'v', 'v'], {}, 'expected num_groups that divides the channels, received 0 for 6 channels.'],
    ['RNN', ['m', 'k', 'k'], {}, 'expected an input [steps, batch, channels], received [n, 4].'],
    ['RNN', ['x', 'k', 'k'], { direction: 'both' }, 'expected direction forward, reverse or bidirectional, received both.'],
    ['RNN', ['x', 'k', 'v'], {}, 'expected weights of rank 3 as input 2, received [3].'],
    ['RNN', ['x', 'm', 'k'], {}, 'expected weights of rank 3 as input 1, received [n, 4].'],
    ['RNN', ['x', 'k', 'k'], { layout: 1 }, 'expected layout 0, received 1.'],
    ['RNN', ['x', 'k', 'k'], { clip: { float: 1 } }, 'expected gates without clip, received clip.'],
    ['RNN', ['x', 'k', 'k'], {}, 'expected weights [directions, 1 channels, channels] as input 2, received [2, 6, 3].'],
    ['TopK', ['v', 'one'], { sorted: 0 }, 'expected sorted 1, received 0.'],
    ['ArgMax', ['v'], { axis: 1, select_last_index: 1 }, 'expected an axis of [3], received 1.'],
    ['CumSum', ['v', 'two'], {}, 'expected one number as input 1, received 2.'],
    [
      'Reshape',
      ['m', 'three'],
      {},
      'Reshape: expected a shape of 4*n elements, as [n, 4] has, received [1, 1, 1] of 1. Here the number of elements of input 0 is 4*n, that of the new shape is 1.',
    ],
    ['Reshape', ['m', 'open shape'], {}, 'Reshape: expected sizes that divide the elements of [n, 4], received [3, 1].'],
    ['Reshape', ['m', 'empty'], { allowzero: 1 }, 'Reshape: expected a shape of 4*n elements, as [n, 4] has, received [0, 3] of 0.'],
    [
      'Reshape',
      ['m', 'empty'],
      {},
      'Reshape: expected a shape of 4*n elements, as [n, 4] has, received [n, 3] of 3*n. Here the number of elements of input 0 is 4*n, that of the new shape is 3*n.',
    ],
    [
      'Reshape',
      ['v', 'empty'],
      {},
      'Reshape: expected a shape of 3 elements, as [3] has, received [3, 3] of 9. Here the number of elements of input 0 is 3, that of the new shape is 9.',
    ],
    ['Reshape', ['s', 'empty'], {}, 'expected an axis 0 to copy, received [].'],
    ['Gemm', ['v', 'w'], {}, 'expected a matrix as input 0, received [3].'],
    ['Gemm', ['m', 'k'], {}, 'expected a matrix as input 1, received [2, 6, 3].'],
    [
      'Gemm',
      ['m', 'w', 'v'],
      {},
      'Add: expected shapes that broadcast (equal sizes, or 1), received [n, 2] and [3]. Axis -1 is 2 and 3. Here axis 1 of input 1 ("w") is 2, axis 0 of input 2 ("v") is 3.',
    ],
    ['Flatten', ['m'], { axis: 3 }, 'expected an axis from -2 to 2, received 3.'],
    ['Flatten', ['m'], { axis: -3 }, 'expected an axis from -2 to 2, received -3.'],
    ['Slice', ['m', 'two', 'one'], {}, 'expected 2 starts, ends and steps, one an axis, received 2, 1 and 2.'],
    ['Slice', ['m', 'one', 'zero', 'zero', 'minus'], {}, 'expected a negative step to reverse the whole axis, received [1:0:-1].'],
    ['Split', ['m'], { axis: 0 }, 'expected the sizes of the pieces, or an axis of known size, received axis 0 of size n.'],
    ['Pad', ['m', 'two'], { mode: 'mirror' }, 'expected mode constant, reflect, edge or wrap, received mirror.'],
    ['Pad', ['m', 'two'], {}, 'expected 4 pads, two an axis, received 2.'],
    ['Pad', ['v', 'two', '', 'three'], {}, 'expected 6 pads, two an axis, received 2.'],
    ['Pad', ['v', 'two', '', 'one'], {}, 'expected axes of [3], received 1.'],
    ['Pad', ['v', 'two', '', 'far'], {}, 'expected axes of [3], received -2.'],
    ['Resize', ['v', '', 'half'], { mode: 'cubic' }, 'expected mode nearest or linear, received cubic.'],
    ['Resize', ['v', '', 'half'], { antialias: 1 }, 'expected antialias 0, received 1.'],
    [
      'Resize',
      ['v', '', 'half'],
      { keep_aspect_ratio_policy: 'not_larger' },
      'expected keep_aspect_ratio_policy stretch, received not_larger.',
    ],
    ['Resize', ['x', '', 'pair'], {}, 'expected scales above 0 and below 65536, received 0, 1.'],
    ['Resize', ['x', '', 'below'], {}, 'expected scales above 0 and below 65536, received 1, 1, -1.'],
    ['Resize', ['x', '', 'huge'], {}, 'expected scales above 0 and below 65536, received 1, 1, 70000.'],
    ['Resize', ['x', '', 'half'], {}, 'expected 3 scales or sizes, one an axis, received 1.'],
    ['Resize', ['x', '', 'v'], {}, 'expected scales that are part of the file, received computed ones.'],
    ['Resize', ['v', '', 'half'], { axes: [1] }, 'expected axes of [3], received 1.'],
    [
      'Resize',
      ['v', '', 'half'],
      { coordinate_transformation_mode: 'tf_crop_and_resize' },
      'expected coordinate_transformation_mode half_pixel, pytorch_half_pixel, asymmetric, align_corners, received tf_crop_and_resize.',
    ],
    [
      'Resize',
      ['v', '', 'half'],
      { nearest_mode: 'up' },
      'expected nearest_mode round_prefer_floor, round_prefer_ceil, floor, ceil, received up.',
    ],
    ['Resize', ['v'], {}, 'expected 1 scales or sizes, one an axis, received 0.'],
    ['Resize', ['v', '', 'edge'], {}, 'expected scales above 0 and below 65536, received 65536.'],
    ['Resize', ['nothing', '', '', 'one'], {}, 'expected an axis of one element or more, received 0.'],
    ['Resize', ['many', '', '', 'one'], {}, 'expected a size that is a known multiple of the one before, received 1 for k.'],
    ['Resize', ['many', '', 'half list'], {}, 'expected an axis of known size, received k.'],
    ['DepthToSpace', ['deep'], { blocksize: 1 }, 'expected an input of rank 4, received [1, 1, 1, 1, 1].'],
    ['SpaceToDepth', ['image'], { blocksize: -2 }, 'expected a blocksize of 1 or more, received -2.'],
    ['DepthToSpace', ['image'], { blocksize: -2 }, 'expected a blocksize of 1 or more, received -2.'],
    ['DepthToSpace', ['x'], { blocksize: 2 }, 'expected an input of rank 4, received [n, 6, 5].'],
    ['DepthToSpace', ['image'], { blocksize: 3 }, 'expected a known size that is a multiple of 9, received 4.'],
    ['DepthToSpace', ['image'], { blocksize: 0 }, 'expected a blocksize of 1 or more, received 0.'],
    ['DepthToSpace', ['image'], { blocksize: 2, mode: 'RCD' }, 'expected mode DCR or CRD, received RCD.'],
    ['SpaceToDepth', ['image'], { blocksize: 2 }, 'expected a known size that is a multiple of 2, received h.'],
    ['If', ['flag'], {}, 'expected a graph "then_branch", received none.'],
    ['Loop', ['zero', 'true'], {}, 'expected a graph "body", received none.'],
    ['Neg', [''], {}, 'expected input 0, received none.'],
    ['Softmax', ['v'], { axis: 'last' }, 'expected attribute axis of type int, received string.'],
    ['LeakyRelu', ['v'], { alpha: 1 }, 'expected attribute alpha of type float, received int.'],
    ['Transpose', ['m'], { perm: { float: 1 } }, 'expected attribute perm of type ints, received float.'],
    ['If', ['flag'], { then_branch: { tensor: floats('', [], [1]) } }, 'expected attribute then_branch of type graph, received tensor.'],
    ['Einsum', ['v'], { equation: { strings: ['i->i'] } }, 'expected attribute equation of type string, received strings.'],
    ['Constant', [], { value: { graph: { name: 'g' } } }, 'expected attribute value of type tensor, received graph.'],
  ])('%s of %j, row %#', (opType, operands, attributes, message) => {
    expect(refusal(opType, operands, attributes)).toBe(message)
  })

  test.each([
    'Identity',
    'Cast',
    'Concat',
    'Squeeze',
    'Unsqueeze',
    'Reshape',
    'Gather',
    'Slice',
    'ReduceProd',
    'Div',
    'Mod',
    'Equal',
    'Where',
  ])('%s of no operand', (opType) => {
    expect(refusal(opType, [])).toMatch(/^expected (input 0, received none|[23] inputs, received 0)\.$/)
  })

  test('more outputs than an operator has', () => {
    expect(refusal('Neg', ['v'], {}, ['y', 'z'])).toBe('expected 1 outputs, received 2.')
    expect(refusal('MaxPool', ['x'], { kernel_shape: [2] }, ['y', 'z'])).toBe('expected 1 outputs, received 2.')
  })

  test('names of nodes, and operators that are called alike', () => {
    const named = file({ input: [declared('v', [3])], node: [{ ...node('Sofmax', ['v'], ['y']), name: 'first' }], output: [declared('y')] })
    expect(() => importOnnx(named)).toThrow(
      /^importOnnx: node "first" Sofmax: unknown operator: expected one of the \d+ that Equivar has; called alike: Softmax, Softplus, Softsign, received Sofmax\.$/,
    )
    expect(refusal('Xyz', ['v'])).toMatch(/^unknown operator: expected one of the \d+ that Equivar has, received Xyz\.$/)
  })
})

describe('files', () => {
  const graph = { input: [declared('v', [3])], node: [node('Neg', ['v'], ['y'])], output: [declared('y')] }
  test('opsets from 13 on, of the standard domain', () => {
    expect(importOnnx(file(graph, { opset: 13 })).program.outputs.length).toBe(1)
    expect(() => importOnnx(file(graph, { opset: 12 }), { where: 'old.onnx' })).toThrow(
      new OnnxFormatError('old.onnx: expected opset 13 or later of the standard domain, received 12. Convert the model first.'),
    )
  })

  test('outputs are chosen by the names of values, and parameters that nothing reads are left out', () => {
    const deep = file({
      ...graph,
      initializer: [floats('a', [3], [1, 2, 3]), floats('b', [3], [4, 5, 6])],
      node: [node('Add', ['v', 'a'], ['h']), node('Mul', ['h', 'b'], ['y'])],
    })
    const chosen = importOnnx(deep, { outputs: ['h'] })
    expect([chosen.program.inputs, chosen.program.outputs].map((all) => all.map(({ name }) => name))).toEqual([['v', 'a'], ['h']])
    expect(Object.keys(chosen.values)).toEqual(['a'])
    expect(Object.keys(importOnnx(deep).values)).toEqual(['a', 'b'])
    expect(() => importOnnx(deep, { outputs: ['z'] })).toThrow(
      new OnnxFormatError('importOnnx: expected outputs to name values of the file, received "z". onnxNodes and viewers list them.'),
    )
  })

  test('a value that nothing computes', () => {
    expect(() => importOnnx(file({ ...graph, node: [node('Neg', ['u'], ['y'])] }))).toThrow(
      new OnnxFormatError('importOnnx: "u" is read before anything computes it. The file is damaged.'),
    )
  })

  test('values beside the model', () => {
    const beside = (externalData: { key: string; value: string }[]): Uint8Array =>
      file({
        ...graph,
        initializer: [{ name: 'w', dims: [2n], dataType: types.float, dataLocation: 1, externalData }],
        node: [node('Neg', ['w'], ['y'])],
      })
    const at = (...entries: [string, string][]): Uint8Array => beside(entries.map(([key, value]) => ({ key, value })))
    const asked: unknown[] = []
    const readExternal = (...given: unknown[]): Uint8Array => {
      asked.push(given)
      return new Uint8Array(Float32Array.of(1, 2).buffer)
    }
    expect(importOnnx(at(['location', 'a.bin'], ['offset', '16'], ['length', '8']), { readExternal }).values.w?.data).toEqual(
      Float32Array.of(1, 2),
    )
    importOnnx(at(['location', 'b.bin']), { readExternal })
    expect(asked).toEqual([
      ['a.bin', 16, 8],
      ['b.bin', 0, undefined],
    ])
    asked.length = 0
    const again = file({
      input: [declared('a', [null]), declared('b', [null])],
      initializer: [{ name: 'w', dims: [2n], dataType: types.float, dataLocation: 1, externalData: [{ key: 'location', value: 'c.bin' }] }],
      node: [node('Add', ['a', 'b'], ['s']), node('Add', ['s', 'w'], ['y'])],
      output: [declared('y', [2])],
    })
    for (const frozen of [false, true]) expect(importOnnx(again, { readExternal, frozen }).program.inputs[0]?.tensor.shape).toEqual([2])
    expect(asked).toEqual([
      ['c.bin', 0, undefined],
      ['c.bin', 0, undefined],
    ])
    expect(() => importOnnx(at(['offset', '0']), { readExternal })).toThrow(
      new OnnxFormatError('importOnnx: expected "w" to name the file beside the model that holds its values, received none.'),
    )
    expect(() => importOnnx(at(['location', 'a.bin']))).toThrow(
      new OnnxFormatError('importOnnx: the values of "w" lie in the file "a.bin" beside the model. Give readExternal, which reads it.'),
    )
  })

  test.each([
    [0, 'no type'],
    [2, 'uint8'],
    [3, 'int8'],
    [4, 'uint16'],
    [5, 'int16'],
    [8, 'string'],
    [12, 'uint32'],
    [13, 'uint64'],
    [14, 'complex64'],
    [15, 'complex128'],
    [16, 'bfloat16'],
    [17, 'number 17'],
  ])('type %i of a parameter is called %s', (dataType, name) => {
    const bytes = file({ ...graph, initializer: [{ name: 'w', dims: [1n], dataType }], node: [node('Neg', ['w'], ['y'])] })
    const message = `importOnnx: expected "w" of type float, double, float16, int32, int64 or bool, received ${name}. Convert it to one of these.`
    expect(() => importOnnx(bytes, { carry: false })).toThrow(expect.objectContaining({ message }))
    expect(() => importOnnx(bytes)).toThrow(
      'The file does not tell the type and the shape of what comes of it: write them into the file (onnx.shape_inference).',
    )
  })
})
