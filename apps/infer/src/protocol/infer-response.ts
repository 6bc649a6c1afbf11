import type { TensorValue, TypedArray } from '@equivar/tensor'
import { RequestFailure } from '../errors.ts'
import { datatypeOf } from './datatypes.ts'
import type { WantedOutput } from './infer-request.ts'

/** An encoded answer. */
export interface InferResponse {
  readonly body: Uint8Array | string
  /** Length of the JSON in bytes if binary tensors follow it. */
  readonly headerLength: number | undefined
}

const allFinite = (data: Float32Array): boolean => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false
  return true
}

/** The elements as a flat JSON array. NaN and infinities become null, as JSON does not have them. */
function jsonNumbers({ dtype, data }: TensorValue, name: string): string {
  if (dtype === 'float16') {
    throw new RequestFailure(
      400,
      `output "${name}": expected a request for binary data, received one for JSON, which has no FP16. Set "binary_data": true.`,
    )
  }
  if (dtype === 'bool') return `[${Array.from(data as Uint8Array, (value) => value !== 0).join(',')}]`
  if (dtype !== 'float32' || allFinite(data as Float32Array)) return `[${data.join(',')}]`
  return `[${Array.from(data as Float32Array, (value) => (Number.isFinite(value) ? value : 'null')).join(',')}]`
}

const bytesOfArray = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/**
 * Encodes the answer to an inference request.
 *
 * @throws RequestFailure (400) if JSON cannot represent the type of an output.
 */
export function writeInferResponse(
  { name, version, id }: { readonly name: string; readonly version: string; readonly id: string | undefined },
  wanted: readonly WantedOutput[],
  outputs: Readonly<Record<string, TensorValue>>,
): InferResponse {
  const binary: Uint8Array[] = []
  const written = wanted.map((output) => {
    const value = outputs[output.name] as TensorValue
    const start = `{"name":${JSON.stringify(output.name)},"datatype":"${datatypeOf(value.dtype)}","shape":[${value.shape.join(',')}],`
    if (!output.binary) return `${start}"data":${jsonNumbers(value, output.name)}}`
    const bytes = bytesOfArray(value.data)
    binary.push(bytes)
    return `${start}"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const identity = id === undefined ? '' : `"id":${JSON.stringify(id)},`
  const json = `{"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)},${identity}"outputs":[${written.join(',')}]}`
  if (binary.length === 0) return { body: json, headerLength: undefined }
  const header = Buffer.from(json)
  return { body: Buffer.concat([header, ...binary]), headerLength: header.length }
}
