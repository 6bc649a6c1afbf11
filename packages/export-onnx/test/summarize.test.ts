import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { add, input, matMul, program, relu, tensorValue } from '@equivar/tensor'
import { expect, test } from 'vitest'
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../src/generated/onnx_pb.ts'
import { exportOnnx, OnnxFormatError, summarizeOnnx } from '../src/index.ts'

const [x, w, b] = [input('x', 'float32', ['batch', 3]), input('w', 'float32', [3, 2]), input('b', 'float32', [2])]
const values = { w: tensorValue('float32', [3, 2], [1, 2, 3, 4, 5, 6]), b: tensorValue('float32', [2], [7, 8]) }
const bytes = exportOnnx(program({ inputs: { x, w, b }, outputs: { y: relu(add(matMul(x, w), b)) } }), { values, name: 'a layer' })

test('a summary counts weights and operators, and names the producer', () => {
  const { graph, producer, opset, operators, weights, externalFiles } = summarizeOnnx(bytes, 'model.onnx')
  expect({ graph, opset, weights, externalFiles }).toEqual({ graph: 'a layer', opset: 18, weights: 8, externalFiles: [] })
  expect(producer).toContain('equivar')
  expect(operators.Relu).toBe(1)
  expect(Object.values(operators).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2)
})

test('weights in other files are counted, and the files named once', () => {
  const model = fromBinary(ModelProtoSchema, bytes)
  for (const tensor of model.graph?.initializer ?? []) {
    tensor.dataLocation = 1
    tensor.rawData = new Uint8Array()
    tensor.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: 'weights.bin' })]
  }
  expect(summarizeOnnx(toBinary(ModelProtoSchema, model), 'model.onnx')).toMatchObject({ weights: 8, externalFiles: ['weights.bin'] })
})

test('what is no ONNX file is refused', () => {
  expect(() => summarizeOnnx(Uint8Array.of(1, 2, 3), 'a file')).toThrow(OnnxFormatError)
})
