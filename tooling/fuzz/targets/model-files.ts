import { carryOnnx, importOnnx, inspectOnnx, OnnxFormatError, onnxNodes } from '@equivar/export-onnx'
import { tensorValue } from '@equivar/tensor'
import { CheckpointError, decodeSafetensors, encodeSafetensors } from '@equivar/train'
import { modelFaults, models } from '../corpus/models.ts'
import { type Target, text } from '../target.ts'

const operators =
  'Add Mul Sub Div Mod Neg Shape Size Gather Slice Concat Squeeze Unsqueeze Reshape Flatten Expand Tile Pad Split Transpose Conv MaxPool AveragePool ConvTranspose Gemm MatMul Einsum TopK OneHot Range EyeLike ConstantOfShape Constant Cast Loop ReduceSum ReduceProd ArgMax CumSum ScatterND GatherND ScatterElements Trilu Softmax LayerNormalization BatchNormalization Clip Dropout Identity'
const attributes =
  'axis axes perm to keepdims group strides pads dilations kernel_shape auto_pad SAME_UPPER mode wrap reflect value value_int value_ints start end equation ij,jk->ik ...i,...i->... body reduction add allowzero k upper n m x y s w floor((n+1)/2) n*m 2*n-1 equivar.binds {"x":"n"}'

export const onnxTarget: Target = {
  name: 'onnx',
  read: (bytes) => {
    const { program, values, metadata } = importOnnx(bytes)
    return [program, values, metadata]
  },
  errors: [OnnxFormatError],
  forms: [{ kind: 'protobuf', seeds: models(), words: `${operators} ${attributes}`.split(' ') }],
  corpus: modelFaults(),
}

export const inspectTarget: Target = {
  name: 'onnx-inspect',
  read: (bytes) => [inspectOnnx(bytes, 'the file'), onnxNodes(bytes, 'the file')],
  errors: [OnnxFormatError],
  forms: [{ kind: 'protobuf', seeds: models() }],
}

export const carriedTarget: Target = {
  name: 'onnx-carried',
  read: (bytes) => carryOnnx(bytes).apply({}),
  errors: [OnnxFormatError],
  forms: [{ kind: 'protobuf', seeds: models(), words: attributes.split(' ') }],
  corpus: modelFaults(),
}

/** A checkpoint of that header and some numbers. */
function checkpoint(header: Uint8Array, data: Uint8Array = new Uint8Array(48)): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  return Buffer.concat([length, header, data])
}

const entry = (dtype: string, shape: readonly number[], start: number, end: number): unknown => ({
  dtype,
  shape,
  data_offsets: [start, end],
})
const headers = [
  { __metadata__: { step: '3' }, w: entry('F32', [2, 3], 0, 24), step: entry('I64', [3], 24, 48) },
  { a: entry('BF16', [4], 0, 8), b: entry('U8', [8], 8, 16), c: entry('F64', [2, 2], 16, 48) },
].map((header) => text(JSON.stringify(header)))

const described = { __metadata__: { task: 'sets', model: 'dss', step: '3', epoch: '1', order: '[1, 2]' }, w: entry('F32', [12], 0, 48) }

export const safetensorsTarget: Target = {
  name: 'safetensors',
  read: (bytes) => decodeSafetensors(bytes, 'the file'),
  errors: [CheckpointError],
  forms: [
    { kind: 'json', seeds: [text(JSON.stringify(described))], wrap: (header) => checkpoint(header) },
    {
      kind: 'json',
      seeds: headers,
      wrap: (header) => checkpoint(header),
      words: ['F32', 'F16', 'BF16', 'F64', 'U64', 'BOOL', 'F8', 'dtype', 'shape'],
    },
    {
      kind: 'bytes',
      seeds: [
        encodeSafetensors({ values: { w: tensorValue('float32', [3], [1, 2, 3]) }, metadata: { a: 'b' } }),
        checkpoint(headers[0] as Uint8Array),
      ],
    },
  ],
  corpus: {
    'a name on the prototype': checkpoint(text('{"__proto__":{"dtype":"F32","shape":[12],"data_offsets":[0,48]}}')),
    'many values at one place': checkpoint(
      text(`{${Array.from({ length: 5000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[48],"data_offsets":[0,48]}`).join()}}`),
    ),
    'an entry nested deep': checkpoint(text(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)),
    'a shape beyond numbers': checkpoint(text(`{"a":{"dtype":"F32","shape":[${Array(60).fill(2 ** 40)}],"data_offsets":[0,48]}}`)),
    'a shape of zero times infinity': checkpoint(
      text(`{"a":{"dtype":"F32","shape":[${Array(60).fill(2 ** 40)},0],"data_offsets":[0,48]}}`),
    ),
  },
}
