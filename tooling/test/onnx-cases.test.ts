import { fromBinary, toBinary } from '@bufbuild/protobuf'
import * as tf from '@tensorflow/tfjs-core'
import '../../packages/backend-tfjs/test/wasm.ts'
import { onnxBackend } from '@equivar/backend-onnx'
import { tfjsBackend } from '@equivar/backend-tfjs'
import { OnnxFormatError } from '@equivar/export-onnx'
import { type DeviceTensor, evaluate, FeedError, type Outputs } from '@equivar/tensor'
import { afterAll, describe, expect, test } from 'vitest'
import { ModelProtoSchema } from '../../packages/export-onnx/src/generated/onnx_pb.ts'
import { largestDifference } from '../../packages/tensor/test/backend-parity.ts'
import { keepCases, type OnnxCase, onnxCases, type ReadCase, readCase } from '../onnx-cases/cases.ts'

const source = process.env.EQUIVAR_ONNX_CASES
if (source !== undefined) keepCases(source)

const cases = onnxCases()
const supported: { readonly name: string; readonly one: OnnxCase; readonly read: ReadCase }[] = []
const refused = new Map<string, string[]>()
for (const one of cases) {
  try {
    supported.push({ name: one.name, one, read: readCase(one) })
  } catch (error) {
    if (!(error instanceof OnnxFormatError)) throw error
    const reason = error.message.replace(/^.*?: (node )?("\S*" )?/, '')
    refused.set(reason, [...(refused.get(reason) ?? []), one.name.replace('test_', '')])
  }
}

/** Of a number, or of 1 if that is larger: single precision, over the sums of a convolution or an exponential. */
const TOLERANCE = 1e-4

const onHost = (value: { readonly data: unknown }): DeviceTensor =>
  ({ ...value, data: async () => value.data, dispose: () => {} }) as DeviceTensor

const onTensorFlow =
  (name: string) =>
  async ({ program, feeds }: ReadCase): Promise<Outputs> => {
    await tf.setBackend(name)
    return (await tfjsBackend(tf).compile(program)).run(feeds)
  }

const executors: Readonly<Record<string, (read: ReadCase) => Promise<Outputs>>> = {
  evaluate: async ({ program, feeds }) =>
    Object.fromEntries(Object.entries(evaluate(program, feeds)).map(([name, value]) => [name, onHost(value)])),
  'ONNX Runtime': async ({ program, feeds }) => (await onnxBackend({ threads: 1 }).compile(program)).run(feeds),
  'tfjs cpu': onTensorFlow('cpu'),
  'tfjs wasm': onTensorFlow('wasm'),
}

describe.each(Object.keys(executors))("ONNX's own cases on %s", (executor) => {
  test.each(supported)('$name', async ({ read }) => {
    expect(await largestDifference((await executors[executor]?.(read)) as Outputs, read.expected)).toBeLessThan(TOLERANCE)
  })
})

test('at least nine of ten cases of the operators that can be read are supported', () => {
  expect(supported.length / cases.length).toBeGreaterThan(0.9)
})

/** The case whose file leaves every size of its inputs open. */
function withOpenSizes(one: OnnxCase): OnnxCase {
  const model = fromBinary(ModelProtoSchema, Buffer.from(one.model, 'base64'))
  for (const { type } of model.graph?.input ?? []) {
    const dimensions = type?.value.case === 'tensorType' ? (type.value.value.shape?.dim ?? []) : []
    for (const dimension of dimensions) dimension.value = { case: undefined }
  }
  return { ...one, model: Buffer.from(toBinary(ModelProtoSchema, model)).toString('base64') }
}

test("ONNX's own cases with every size of the inputs left open give the same numbers, or are refused", async () => {
  let same = 0
  for (const { name, one } of supported) {
    try {
      const read = readCase(withOpenSizes(one))
      expect(await largestDifference((await executors.evaluate?.(read)) as Outputs, read.expected), name).toBeLessThan(TOLERANCE)
      same++
    } catch (error) {
      // A size that must be known, or a 1 that would stretch to what another input has.
      if (!(error instanceof OnnxFormatError) && !(error instanceof FeedError && /expected size .*received [13]\.$/.test(error.message)))
        throw error
    }
  }
  expect(same / supported.length).toBeGreaterThan(0.9)
})

afterAll(() => {
  const lines = [...refused].map(([reason, names]) => `- ${names.length}: ${reason} (${names.join(', ')})`)
  process.stdout.write(`\n${supported.length} of ${cases.length} cases of ONNX are supported; not supported:\n${lines.join('\n')}\n`)
})
